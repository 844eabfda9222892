"""Runs the commands of docs/gallery.md, and draws what they make into docs/gallery/.

    python scripts/gallery.py             # everything; a minute or two
    python scripts/gallery.py NAME ...    # the entries whose pictures have these names

An entry of the page is a command that writes NAME.mid, and the picture gallery/NAME.svg: what was given above what was
made, or that alone where nothing was given, or what the command draws itself. The loops come from corpus/loops.
"""

import re
import shlex
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from melodyrnn.corpus.loops import draw_loop
from melodyrnn.drawing import Shown, notes_not_in, piano_roll, picture_bytes
from melodyrnn.midi import read_song, write_song
from melodyrnn.music import Song

ROOT = Path(__file__).parents[1]
PAGE, FOLDER = ROOT / "docs/gallery.md", ROOT / "docs/gallery"
LOOP_NUMBER, LOOP_BARS, SEMITONES = 33, 8, 1  # up, into E minor
LOOPS = {"loop.mid": ("Drums", "Bass", "Chords", "Lead"), "keys.mid": ("Chords", "Lead")}  # their parts
COMMAND = re.compile(r"^melodyrnn generate .*$", re.MULTILINE)


class Entry(NamedTuple):
    """A command of the page: its words after `melodyrnn`, what it continues, and the name of what it makes."""

    words: tuple[str, ...]
    seed: str | None
    name: str


def entries() -> list[Entry]:
    """The commands of the page, in order."""
    found = []
    for command in COMMAND.findall(PAGE.read_text("utf-8")):
        words = tuple(shlex.split(command)[1:])
        seed = words[1] if words[1].endswith(".mid") else None
        found.append(Entry(words, seed, Path(words[words.index("-o") + 1]).stem))
    return found


def run(entry: Entry, folder: Path) -> None:
    """Run the command of an entry in a folder. CalledProcessError where it fails."""
    words = [str(ROOT / word) if word == entry.seed else word for word in entry.words]
    subprocess.run([sys.executable, "-m", "melodyrnn", *words], cwd=folder, check=True)


def given(entry: Entry) -> Song | None:
    """What an entry continues: the bars of its seed that its command takes."""
    if entry.seed is None:
        return None
    song = read_song(ROOT / entry.seed)
    if "--to-bar" not in entry.words:
        return song
    bar = int(entry.words[entry.words.index("--to-bar") + 1])
    return song.until_pulse(song.bar_lines.start(bar))


def picture_of(entry: Entry, folder: Path) -> bytes:
    """The picture of an entry whose command has run in a folder: that which it has drawn itself, if it has."""
    own = folder / f"{entry.name}.svg"
    if own.exists():
        return own.read_bytes()
    before, made = given(entry), read_song(folder / f"{entry.name}.mid")
    if before is None:
        return picture_bytes(piano_roll(Shown(made)), ".svg")
    shown = Shown(before, title="given"), Shown(made, notes_not_in(made, before), "made")
    return picture_bytes(piano_roll(*shown), ".svg")


def main() -> None:
    loop = draw_loop(np.random.default_rng(LOOP_NUMBER))
    loop = loop.until_pulse(loop.bar_lines.start(LOOP_BARS))
    for name, parts in LOOPS.items():
        tracks = [track for track in loop.tracks if track.name in parts]
        moved = [t if t.is_drum else t.with_notes(t.array + np.array([0, SEMITONES, 0, 0])) for t in tracks]
        song = replace(loop, tracks=tuple(moved))
        write_song(song, FOLDER / name, overwrite=True)
    for entry in entries():
        if sys.argv[1:] and entry.name not in sys.argv[1:]:
            continue
        with tempfile.TemporaryDirectory() as work:
            run(entry, Path(work))
            (FOLDER / f"{entry.name}.svg").write_bytes(picture_of(entry, Path(work)))


if __name__ == "__main__":
    main()
