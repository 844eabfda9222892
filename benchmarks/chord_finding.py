"""Are the chords of a piece found from its notes? Shares of labelled beats, as JSON.

    python benchmarks/chord_finding.py POP909/test/aligned

Each file has two tracks: the music, and its labels as chords that sound as long as they hold. Of the beats at whose
beginning a label sounds: the share whose root is found, whose root and third are, and whose chord is. Beside it what
the simplest way finds: the lowest note of a beat is the root, and of the thirds above it the one that sounds longer.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from melodyrnn.midi import read_song
from melodyrnn.midi.folder import midi_files
from melodyrnn.music.chord_finding import beats_of, found_progression, sounding
from melodyrnn.music.chords import Chord
from melodyrnn.music.song import Song, Track

MAJOR, MINOR = (0, 4, 7), (0, 3, 7)
MINOR_THIRD = 3


def found(song: Song) -> list[Chord | None]:
    """The chord of each beat, as `--chords seed` finds it."""
    progression, beats = found_progression(song), beats_of(song)
    if progression is None:
        return [None] * len(beats.bars)
    rows = zip(beats.bars.tolist(), beats.numbers.tolist(), beats.counts.tolist(), strict=True)
    return [
        [chord for place, chord in progression.spans(bar, count, count) if place <= number][-1]
        for bar, number, count in rows
    ]


def by_lowest_note(song: Song) -> list[Chord | None]:
    """The chord of each beat by its lowest note; in silence the one before."""
    chords: list[Chord | None] = []
    for shares, lowest, _ in zip(*sounding(song, beats_of(song).edges), strict=True):
        root = int(lowest) % 12
        is_minor = shares[(root + MINOR_THIRD) % 12] > shares[(root + MINOR_THIRD + 1) % 12]
        before = chords[-1] if chords else None
        chords.append(before if lowest < 0 else Chord(root, MINOR if is_minor else MAJOR, root))
    return chords


def labels(track: Track, song: Song) -> list[Chord | None]:
    """The chord that sounds at the beginning of each beat of a song."""
    onsets, ends = track.array[:, 0], track.array[:, 0] + track.array[:, 2]
    held = [track.array[(onsets <= beat) & (beat < ends), 1].tolist() for beat in beats_of(song).edges[:-1].tolist()]
    return [Chord.of_pitches(pitches) if pitches else None for pitches in held]


def agreement(chord: Chord | None, label: Chord) -> tuple[bool, bool, bool]:
    """Whether the root agrees; and whether the chord is minor; or all of it."""
    root = chord is not None and chord.root == label.root
    third = chord is not None and (MINOR_THIRD in chord.intervals) == (MINOR_THIRD in label.intervals)
    return root, root and third, chord is not None and root and chord.intervals == label.intervals


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    rows: dict[str, list[tuple[bool, bool, bool]]] = {"found": [], "by the lowest note": []}
    for path in midi_files(parser.parse_args().folder):
        whole = read_song(path)
        song, track = Song(whole.tracks[:1], whole.tempos, whole.time_signatures), whole.tracks[1]
        for name, chords in (("found", found(song)), ("by the lowest note", by_lowest_note(song))):
            pairs = zip(chords, labels(track, song), strict=True)
            rows[name] += [agreement(chord, label) for chord, label in pairs if label is not None]
    parts = ("root", "root and third", "chord")
    shares = {name: dict(zip(parts, np.mean(right, 0).round(3).tolist(), strict=True)) for name, right in rows.items()}
    print(json.dumps({"beats": len(rows["found"]), **shares}, indent=1))


if __name__ == "__main__":
    main()
