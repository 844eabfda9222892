"""Runs the commands of docs/gallery.md, and draws what they make into docs/gallery/.

    python scripts/gallery.py             # everything; a minute or two
    python scripts/gallery.py NAME ...    # the entries whose pictures have these names

An entry of the page is a command that writes NAME.mid, and the picture gallery/NAME.svg: what was given above what was
made, or that alone where nothing was given, or several takes beside each other. The loops come from corpus/loops.
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
from melodyrnn.drawing import Picture, Shown, contact_sheet, notes_not_in, piano_roll, write_picture
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


def draw(entry: Entry, folder: Path) -> Picture:
    """The picture of an entry whose command has run in a folder."""
    before = given(entry)
    takes = sorted(folder.glob(f"{entry.name}-*.mid"))
    made = [read_song(path) for path in takes or [folder / f"{entry.name}.mid"]]
    shown = [
        Shown(song, None if before is None else notes_not_in(song, before), title)
        for song, title in zip(made, [path.stem for path in takes] or ["made"], strict=True)
    ]
    if takes:
        return contact_sheet(shown)
    return piano_roll(*([] if before is None else [Shown(before, title="given")]), *shown)


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
            write_picture(draw(entry, Path(work)), FOLDER / f"{entry.name}.svg", overwrite=True)


if __name__ == "__main__":
    main()
