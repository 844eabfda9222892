"""Files to write: their names, whether they can be written, and writing one whole or not at all."""

import os
import secrets
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from melodyrnn.errors import OutputError


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A new path beside `target` to write to; at the end it takes `target`'s place. OSError as the system gives it.

    Where anything goes wrong, also an interruption, `target` stays what it was and nothing is left beside it.
    """
    beside = target.with_name(f".melodyrnn-{secrets.token_hex(8)}.part")  # short, so that it fits where `target` does
    try:
        yield beside
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def numbered(path: Path, copies: int) -> list[Path]:
    """out.mid for one copy; out-1.mid, out-2.mid and so on for several. OutputError for a path without a name."""
    if not path.name:
        raise OutputError(f"{path}: is a folder; give the name of a file")
    if copies == 1:
        return [path]
    return [path.with_name(f"{path.stem}-{number}{path.suffix}") for number in range(1, copies + 1)]


def unused(stem: str, copies: int) -> list[Path]:
    """Names for `copies` new MIDI files in the current folder, none of which exists."""
    for attempt in count(1):
        targets = numbered(Path(f"{stem}.mid" if attempt == 1 else f"{stem}-{attempt}.mid"), copies)
        if not any(os.path.lexists(target) for target in targets):
            return targets
    raise AssertionError


def check_writable(targets: Iterable[Path], overwrite: bool) -> None:
    """OutputError if one of the files is in the way (unless `overwrite`), or cannot be written. Leaves no trace."""
    for target in targets:
        try:
            if target.is_dir():
                raise OutputError(f"{target}: is a folder; give the name of a file")
            if target.exists() and not (overwrite and target.is_file()):
                raise OutputError(f"{target}: already exists; give another name, or add --overwrite")
            if not target.parent.is_dir():
                raise OutputError(f"{target}: cannot be written (there is no folder {target.parent})")
            with tempfile.TemporaryFile(dir=target.parent):
                pass
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise OutputError(f"{target}: cannot be written ({reason})") from None
