"""Sound fonts: where each system keeps them, which is taken, and how to get one."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from melodyrnn.errors import OptionError

VARIABLE = "MELODYRNN_SOUNDFONT"
FOLDERS = {
    "linux": (
        "~/.local/share/soundfonts",
        "/usr/local/share/soundfonts",
        "/usr/share/soundfonts",
        "/usr/share/sounds/sf2",
        "/usr/share/sounds/sf3",
    ),
    "darwin": (
        "~/Library/Audio/Sounds/Banks",
        "/Library/Audio/Sounds/Banks",
        "/opt/homebrew/share/soundfonts",
        "/usr/local/share/soundfonts",
    ),
    "win32": (r"~\soundfonts", r"C:\soundfonts", r"C:\ProgramData\soundfonts"),
}  # by sys.platform
FIRST = ("default", "fluidr3", "generaluser", "musescore", "timgm6mb")  # how the names of well-known ones begin
SUFFIXES = (".sf2", ".sf3")


def folders() -> tuple[Path, ...]:
    """The folders that are searched on this system."""
    return tuple(Path(folder).expanduser() for folder in FOLDERS.get(sys.platform, FOLDERS["linux"]))


def find_soundfont(given: Path | None = None) -> Path | None:
    """The sound font to use: the one given, or that of MELODYRNN_SOUNDFONT, or the best known in the usual folders.

    None where there is none; OptionError where the one that was named is no sound font.
    """
    named = given or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    if named is not None:
        if not is_soundfont(named):
            where = "" if given else f" ({VARIABLE})"
            raise OptionError(f"{named}{where}: is no sound font (.sf2 or .sf3)")
        return named
    return next((path for folder in folders() for path in _in(folder) if is_soundfont(path)), None)


def is_soundfont(path: Path) -> bool:
    """Whether the file begins as a sound font does."""
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError:
        return False
    return head[:4] == b"RIFF" and head[8:] == b"sfbk"


def _in(folder: Path) -> Iterator[Path]:
    """The files that may be sound fonts, well-known ones first."""
    try:
        found = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES]
    except OSError:
        return
    yield from sorted(found, key=lambda path: (_rank(path.name.lower()), path.name))


def _rank(name: str) -> int:
    return next((place for place, first in enumerate(FIRST) if name.startswith(first)), len(FIRST))
