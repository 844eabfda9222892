"""Do new bars keep within the bounds of any seed? Random excerpts of folders are continued, and each part is checked.

    python benchmarks/excerpts.py FOLDER... [--excerpts 200] [--random-seed 1] [--keep DIR]

The folders take turns; of a random file, 8 bars that begin at a random bar are a seed, and 8 bars are made after it, at
the default settings. A part of the new bars is at fault where it has

    cluster    more notes that begin within a 32nd than the seed's largest such chord, and one more
    silent     no note, though it played in the seed's last four bars
    kit        a drum sound that the seed does not have
    bounds     a note outside of the part's pitches, as generation/bounds.py says what they are

Prints one JSON object: the excerpts, the parts, how many have each fault, and a line for each. `--keep` writes the
music with faults, seed and new bars together.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from melodyrnn.api import continuation, load_seed
from melodyrnn.encoding.events import DRUM
from melodyrnn.errors import MelodyRnnError
from melodyrnn.generation import Continuation, Request, Seed
from melodyrnn.generation.bounds import PartBounds
from melodyrnn.midi import read_song, write_song
from melodyrnn.midi.folder import midi_files
from melodyrnn.music.song import NoteArray

BARS, LATE_BARS = 8, 4
FEWEST_NOTES = 8  # of a seed
TOGETHER_PULSES = 3  # notes that begin within a 32nd are a chord, however it is played
TRIES = 20  # files without such a seed in a row, before a folder is given up
FAULTS = ("cluster", "silent", "kit", "bounds")


class Excerpt(NamedTuple):
    """8 bars of a file, counted from 1."""

    path: Path
    first_bar: int
    seed: Seed


def excerpts(folder: Path, rng: np.random.Generator) -> Iterator[Excerpt]:
    """Random ones without end, or until many files in a row have none."""
    files, failed = midi_files(folder), 0
    while failed < TRIES:
        failed += 1
        path = files[rng.integers(len(files))]
        try:
            bars = read_song(path).bars
            first = 1 + int(rng.integers(max(1, bars - BARS + 1)))
            seed = load_seed(path, from_bar=first, to_bar=first + BARS - 1) if bars >= BARS else None
        except MelodyRnnError:
            continue
        if seed is not None and seed.song.note_count >= FEWEST_NOTES and seed.bars == BARS:
            failed = 0
            yield Excerpt(path, first, seed)


def largest_chord(notes: NoteArray) -> int:
    """The most notes that begin within TOGETHER_PULSES."""
    onsets = np.sort(notes[:, 0])
    return int((np.searchsorted(onsets, onsets + TOGETHER_PULSES) - np.arange(len(onsets))).max(initial=0))


def faults(seed: Seed, made: Continuation) -> Iterator[tuple[int, str, str]]:
    """The number of a part, a fault that it has, and what it is, in a few words."""
    late = seed.song.bar_lines.start(BARS - LATE_BARS)
    for part, (track, new) in enumerate(zip(seed.song.tracks, made.new_notes, strict=True)):
        old = track.array
        if not len(old):
            continue
        before, after = largest_chord(old), largest_chord(new)
        if after > before + 1:
            yield part, "cluster", f"{after} notes, in the seed {before}"
        if not len(new) and (old[:, 0] >= late).any():
            yield part, "silent", f"{(old[:, 0] >= late).sum()} notes in the seed's last {LATE_BARS} bars"
        allowed = PartBounds.of(old, track.is_drum).allowed()
        outside = sorted({*new[~allowed[new[:, 1] + DRUM * track.is_drum], 1].tolist()})
        if outside:
            seen = f"{outside}, in the seed {old[:, 1].min()} to {old[:, 1].max()}"
            yield part, "kit" if track.is_drum else "bounds", seen


def main() -> None:
    """Take excerpts, continue, check, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--excerpts", type=int, default=200)
    parser.add_argument("--random-seed", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    a = parser.parse_args()
    rng = np.random.default_rng(a.random_seed)
    sources = {folder: excerpts(folder, rng) for folder in a.folders}
    counts, found, parts, done, begun = Counter[str](), list[str](), 0, 0, time.process_time()
    while done < a.excerpts and sources:
        for folder in list(sources):
            excerpt = next(sources[folder], None)
            if excerpt is None:
                print(f"{folder}: no more seeds of {BARS} bars", file=sys.stderr)
                del sources[folder]
            elif done < a.excerpts:
                made = continuation(excerpt.seed, Request(bars=BARS, random_seed=done))
                wrong = list(faults(excerpt.seed, made))
                name = f"{excerpt.path.stem} bars {excerpt.first_bar}-{excerpt.first_bar + BARS - 1}"
                found += [f"{folder}: {name}, part {part + 1}: {kind}: {seen}" for part, kind, seen in wrong]
                counts.update({kind for _, kind, _ in wrong})
                parts, done = parts + sum(map(bool, map(len, excerpt.seed.song.tracks))), done + 1
                if wrong and a.keep:
                    a.keep.mkdir(parents=True, exist_ok=True)
                    write_song(made.song, a.keep / f"{done:03} {name}.mid", overwrite=True)
    result = {"excerpts": done, "parts": parts, "faulty_excerpts": {kind: counts[kind] for kind in FAULTS}}
    print(json.dumps({**result, "found": found, "cpu_seconds": round(time.process_time() - begun)}, indent=1))


if __name__ == "__main__":
    main()
