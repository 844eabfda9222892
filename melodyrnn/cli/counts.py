"""Numbers of things in plain words."""


def count(number: float, unit: str) -> str:
    """1, "bar" -> "1 bar"; 2, "bar" -> "2 bars"."""
    return f"{number if isinstance(number, int) else f'{number:g}'} {unit}{'' if number == 1 else 's'}"
