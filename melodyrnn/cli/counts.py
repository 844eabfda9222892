"""Numbers of things in plain words."""


def count(number: int, unit: str) -> str:
    """1, "bar" -> "1 bar"; 2, "bar" -> "2 bars"."""
    return f"{number} {unit}{'' if number == 1 else 's'}"
