"""Files to write: their names, whether they can be written, and writing one whole or not at all."""

import os
import re
import secrets
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from melodyrnn.errors import OutputError

PUNCTUATION = " -_.,'&+!#()"
LONGEST_STEM_BYTES = 200  # with an ending and a number it fits the 255 bytes that a name may have
WINDOWS_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\..*)?", re.IGNORECASE | re.DOTALL)


def not_written(target: Path, reason: OSError | str) -> OutputError:
    """The error for a file that cannot be written, and why. A file that is there already stays as it was."""
    why = reason if isinstance(reason, str) else reason.strerror or str(reason)
    stays = "; the file there stays as it was" if os.path.isfile(target) else ""
    return OutputError(f"{target}: cannot be written ({' '.join(why.split())}){stays}")


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A new path beside `target` to write to; at the end it takes `target`'s place. OutputError where that fails.

    Where anything goes wrong, also an interruption, `target` stays what it was and nothing is left beside it.
    """
    beside = target.with_name(f".melodyrnn-{secrets.token_hex(8)}.part")  # short, so that it fits where `target` does
    try:
        yield beside
        beside.replace(target)
    except OSError as error:
        raise not_written(target, error) from None
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def check_free(target: Path, overwrite: bool) -> None:
    """OutputError if a folder or a file (unless `overwrite`) is in the way, or there is no folder to write to."""
    if "\0" in str(target):
        raise not_written(target, "a name holds no null character")
    try:
        if target.is_dir():
            raise OutputError(f"{target}: is a folder; give the name of a file")
        if target.exists() and not (overwrite and target.is_file()):
            raise OutputError(f"{target}: already exists; give another name, or allow overwriting (--overwrite)")
        if not target.parent.is_dir():
            raise not_written(target, f"there is no folder {target.parent}")
    except OSError as error:  # such as a name that is too long, or a folder without rights
        raise not_written(target, error) from None


def check_writable(targets: Iterable[Path], overwrite: bool) -> None:
    """OutputError if one of the files is in the way (unless `overwrite`), or cannot be written. Leaves no trace."""
    for target in targets:
        check_free(target, overwrite)
        try:
            with tempfile.TemporaryFile(dir=target.parent):
                pass
        except OSError as error:
            raise not_written(target, error) from None


def safe_stem(text: str) -> str:
    """Any text as the name of a file, without its ending, that every system takes in the folder it is written to.

    Letters, marks and digits of any script, spaces and `PUNCTUATION` stay, all else becomes `_`. It begins with none of
    space, `.` and `-`, ends with neither space nor `.`, is no device of Windows, and is at most 200 bytes of UTF-8. A
    text that comes back as it was is such a name.
    """
    kept = "".join(c if c in PUNCTUATION or unicodedata.category(c)[0] in "LMN" else "_" for c in text)
    cut = kept.encode()[:LONGEST_STEM_BYTES].decode(errors="ignore")
    stem = cut.lstrip(" .-").rstrip(" .") or "_"
    return safe_stem(f"_{stem}") if WINDOWS_DEVICE.fullmatch(stem) else stem


def numbered(path: Path, copies: int) -> list[Path]:
    """out.mid for one copy; out-1.mid, out-2.mid and so on for several. OutputError for a path without a name."""
    if not path.name:
        raise OutputError(f"{path}: is a folder; give the name of a file")
    if copies == 1:
        return [path]
    return [path.with_name(f"{path.stem}-{number}{path.suffix}") for number in range(1, copies + 1)]


def unused(stem: str, copies: int, folder: Path = Path()) -> list[Path]:
    """Names for `copies` new MIDI files in a folder, the current one by default, none of which exists."""
    for attempt in count(1):
        targets = numbered(folder / (f"{stem}.mid" if attempt == 1 else f"{stem}-{attempt}.mid"), copies)
        if not any(os.path.lexists(target) for target in targets):
            return targets
    raise AssertionError
