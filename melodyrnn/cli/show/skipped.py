"""Which files were left out and why: each by itself, or, where many are alike, once for all."""

from collections.abc import Sequence

from melodyrnn.cli.show.text import say_on
from melodyrnn.errors import count

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
        say_on(f"skipped {len(files)} files: {why} ({_first([path for path, _ in files])})")
    if cut:
        say_on("`melodyrnn inspect` lists what each file holds, or why it cannot be read")


def tell_beside(paths: Sequence[str]) -> None:
    """Print which files lie beside the folders of styles, if any, and what takes them in."""
    if paths:
        advice = "move into one of them, or add --one-style"
        say_on(f"skipped {count(len(paths), 'file')} beside the folders of styles: {advice} ({_first(paths)})")


def _first(paths: Sequence[str]) -> str:
    return ", ".join([*paths[:NAMED], *(["..."] if len(paths) > NAMED else [])])
