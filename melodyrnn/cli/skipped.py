"""Which files were left out and why: each by itself, or, where many are alike, once for all."""

from collections.abc import Sequence

from melodyrnn.cli.lines import say_on

NAMED = 3  # of files that are skipped for one reason


def tell_skipped(skipped: Sequence[tuple[str, str]]) -> None:
    """Print the (path, reason)s in a few lines, and where the rest can be read."""
    alike: dict[str, list[tuple[str, str]]] = {}
    for path, reason in skipped:
        alike.setdefault(reason.removeprefix(f"{path}: "), []).append((path, reason))
    cut = False
    for why, files in alike.items():
        if len(files) <= NAMED:
            for _, reason in files:
                say_on(f"skipped {reason}")
            continue
        cut = True
        names = ", ".join(path for path, _ in files[:NAMED])
        say_on(f"skipped {len(files)} files: {why} ({names}, ...)")
    if cut:
        say_on("`melodyrnn inspect` names each file that cannot be read")
