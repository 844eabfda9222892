"""Is an added part one of its kind, and does it go with the others? Over pieces of some folders, as JSON.

    python benchmarks/added_parts.py FOLDER... [--kinds bass pad] [--pieces 6] [--random-seed 1] [--stay 0..1]

Of each piece 12 bars are taken, and of them a part of each kind, as its notes tell (`kind_of`); `generate --add` makes
the part again beside the others. The same is measured of the true part, and of one of the same kind in another piece:

- `onsets_a_bar`, `coverage`: how often it begins notes, and the share of the time in which it sounds.
- `pitches`, `middle`: how many pitches it has, and the median of them, as a MIDI number.
- `repeats`: the share of its notes that have the pitch of the note before (of a chord: all of its pitches).
- `clashes`: the share of its notes beside which another of its own sounds a semitone away; `dissonant`: the share that
  begins while another part sounds a semitone away, in any octave.
- `roots`: of the bars that it begins on beat one, the share in which its lowest note is the root of the chord that all
  true parts play there. `tones`: the share of its notes that are tones of that chord.
- `above`: the share of its notes that are higher than all that sounds beside them.
- `steady`: the share of the quarters on which the sound plays that plays on most of them (drums).
- `same_bars`: the share of its bars whose rhythm some bar before had.
- `beside_bits`: bits a note of the other parts with it, under the model as it is.
- `likeness`: to the true part. 1 the same, 0 as far as that of another piece.
"""

# ruff: noqa: E402
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[variable] = "1"  # numpy reads them when it is imported

import argparse
import json
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from infill import BARS, EVERYWHERE, Excerpt, bits, dissonant, excerpts_in, with_part

import melodyrnn
from melodyrnn.api import load_model
from melodyrnn.evaluation.resemblance import resemblance
from melodyrnn.generation import MusicModel
from melodyrnn.generation.part_kinds import KINDS
from melodyrnn.music.chord_finding import found_progression
from melodyrnn.music.pulses import PULSES_PER_QUARTER
from melodyrnn.music.song import NoteArray, Song, Track
from melodyrnn.performance import separate

Measure = Callable[[Song, int, Song], float | None]  # of a part of a song, beside the true song
FEWEST_ONSETS = 6
LOW_MIDDLE, HIGH_MIDDLE = 52, 57  # the median pitch of a bass lies below, that of a melody above
CHORDAL, LINEAR = 1.8, 1.25  # notes that begin together, in the mean
PAD_QUARTERS = 3  # the median length of a pad's notes


def kind_of(track: Track) -> str | None:
    """Which kind of part it is, as its notes tell."""
    onsets = np.unique(track.array[:, 0])
    if len(onsets) < FEWEST_ONSETS:
        return None
    if track.is_drum:
        return "drums"
    together = len(track) / len(onsets)
    middle, quarters = np.median(track.array[:, 1]), np.median(track.array[:, 2]) / PULSES_PER_QUARTER
    if together >= CHORDAL:
        return "pad" if quarters >= PAD_QUARTERS else "chords"
    if together <= LINEAR and middle < LOW_MIDDLE:
        return "bass"
    return "melody" if together <= LINEAR and middle > HIGH_MIDDLE else None


def onset_chords(notes: NoteArray) -> list[tuple[int, frozenset[int]]]:
    """When notes begin, and with which pitches."""
    return [(int(onset), frozenset(notes[notes[:, 0] == onset, 1].tolist())) for onset in np.unique(notes[:, 0])]


def onsets_a_bar(song: Song, part: int, _: Song) -> float:
    """Onsets in a bar."""
    return len(np.unique(song.tracks[part].array[:, 0])) / BARS


def coverage(song: Song, part: int, _: Song) -> float:
    """The share of the time in which it sounds."""
    sounds = np.zeros(song.end_pulses, bool)
    for onset, _pitch, duration, _velocity in song.tracks[part].array.tolist():
        sounds[onset : onset + duration] = True
    return float(sounds.mean())


def repeats(song: Song, part: int, _: Song) -> float:
    """How often it plays again what it played."""
    chords = [chord for _, chord in onset_chords(song.tracks[part].array)]
    return statistics.mean(one == other for one, other in pairwise(chords))


def clashes(song: Song, part: int, _: Song) -> float:
    """Semitones inside the part."""
    notes = song.tracks[part].array
    sounds = (notes[:, 0] <= notes[:, :1]) & (notes[:, 0] + notes[:, 2] > notes[:, :1])
    return float((sounds & (abs(notes[:, 1] - notes[:, 1:2]) == 1)).any(1).mean())


def of_chords(song: Song, part: int, true: Song) -> Iterator[tuple[int, int, set[int], int]]:
    """For each onset its place, its lowest pitch class, and the tones and the root of the chord of all true parts."""
    found = found_progression(true)
    bar = true.time_signatures[0].bar_pulses
    for onset, pitches in onset_chords(song.tracks[part].array):
        if found is None or onset // bar >= len(found.bars):
            continue
        chords = found.bars[onset // bar]
        chord = chords[onset % bar * len(chords) // bar]
        if chord is not None:
            yield onset % bar, min(pitches) % 12, set(chord.pitch_classes), chord.root


def roots(song: Song, part: int, true: Song) -> float | None:
    """Of bars begun on beat one."""
    found = [low == root for place, low, _, root in of_chords(song, part, true) if not place]
    return statistics.mean(found) if found else None


def tones(song: Song, part: int, true: Song) -> float | None:
    """The lowest notes that are tones of the chord."""
    found = [low in chord for _, low, chord, _ in of_chords(song, part, true)]
    return statistics.mean(found) if found else None


def above(song: Song, part: int, _: Song) -> float:
    """Notes above all that sounds."""
    rest = np.concatenate(
        [np.zeros((0, 4), int), *(t.array for i, t in enumerate(song.tracks) if i != part and not t.is_drum)]
    )
    notes = song.tracks[part].array
    sounds = (rest[:, 0] <= notes[:, :1]) & (rest[:, 0] + rest[:, 2] > notes[:, :1])
    return float((~(sounds & (rest[:, 1] >= notes[:, 1:2]))).all(1).mean())


def steady(song: Song, part: int, _: Song) -> float:
    """A steady time-keeper."""
    notes = song.tracks[part].array
    struck = {
        (pitch, onset // PULSES_PER_QUARTER) for onset, pitch, *_ in notes.tolist() if onset % PULSES_PER_QUARTER < 3
    }
    counts = np.bincount([pitch for pitch, _ in struck], minlength=1)
    return float(counts.max()) / (song.end_pulses / PULSES_PER_QUARTER)


def same_bars(song: Song, part: int, _: Song) -> float:
    """Bars whose rhythm came before."""
    notes, bar = song.tracks[part].array, song.time_signatures[0].bar_pulses
    rhythms = [frozenset((np.unique(notes[notes[:, 0] // bar == i, 0]) % bar).tolist()) for i in range(BARS)]
    return statistics.mean(rhythm in rhythms[:i] for i, rhythm in enumerate(rhythms) if i)


PITCHED: dict[str, Measure] = {
    "coverage": coverage,
    "pitches": lambda song, part, _: float(len(np.unique(song.tracks[part].array[:, 1]))),
    "middle": lambda song, part, _: float(np.median(song.tracks[part].array[:, 1])),
    "repeats": repeats,
    "clashes": clashes,
    "dissonant": lambda song, part, _: dissonant(song, part),
    "roots": roots,
    "tones": tones,
    "above": above,
}
MEASURES: dict[str, Measure] = {"onsets_a_bar": onsets_a_bar, "same_bars": same_bars}
OF_DRUMS: dict[str, Measure] = {"steady": steady}


def added(
    excerpts: Sequence[Excerpt], kind: str, model: MusicModel, options: dict[str, Any], most: int
) -> dict[str, Any]:
    """The measures of parts of a kind: the true ones, those added in their place, and those of other pieces."""
    chosen = [(cut, part) for cut in excerpts for part, t in enumerate(cut.song.tracks) if kind_of(t) == kind]
    chosen = [(cut, part) for cut, part in chosen if len(cut.song.tracks) > 1]
    chosen = chosen[:: max(1, len(chosen) // most)][:most]
    if len(chosen) < 2:
        return {}
    cuts, parts = [cut for cut, _ in chosen], [part for _, part in chosen]
    made: dict[str, list[Song]] = {"true": [], "added": [], "another piece": []}
    for number, (cut, part) in enumerate(chosen):
        rest = replace(cut.song, tracks=tuple(t for i, t in enumerate(cut.song.tracks) if i != part))
        new = melodyrnn.generate(rest, add=kind, model=model, **options).tracks[-1].array
        other, other_part = chosen[(number + 1) % len(chosen)]
        made["true"].append(cut.song)
        made["added"].append(with_part(cut.song, part, new))
        made["another piece"].append(with_part(cut.song, part, other.song.tracks[other_part].array))
    measures = MEASURES | (OF_DRUMS if kind == "drums" else PITCHED)
    rows: dict[str, Any] = {"parts": len(chosen)}
    alone = {
        name: [replace(s, tracks=(s.tracks[p],)) for s, p in zip(songs, parts, strict=True)]
        for name, songs in made.items()
    }
    for name, songs in made.items():
        rows[name] = {}
        scores = [separate(song)[0] for song in songs]
        trues = [separate(song)[0] for song in made["true"]]
        for of, measure in measures.items():
            values = [
                measure(score, part, true)
                for score, part, true in zip(scores, parts, trues, strict=True)
                if len(score.tracks[part]) > 1
            ]
            known = [value for value in values if value is not None]
            rows[name][of] = round(statistics.mean(known), 3) if known else None
        beside = [
            with_part(true, part, score.tracks[part].array)
            for true, part, score in zip(trues, parts, scores, strict=True)
        ]
        rows[name]["beside_bits"] = bits(model, cuts, beside, parts, EVERYWHERE)[0]
        rows[name]["likeness"] = round(resemblance(alone["true"], alone[name], alone["true"], BARS).score, 2)
    return rows


def main() -> None:
    """Cut, take out, add, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--kinds", nargs="+", default=[kind for kind in KINDS if kind != "strings"])
    parser.add_argument("--pieces", type=int, default=6)
    parser.add_argument("--random-seed", type=int, default=1)
    parser.add_argument("--stay", type=float, default=0.5)
    a = parser.parse_args()
    model, result = load_model("any"), dict[str, Any]()
    for folder in a.folders:
        excerpts = excerpts_in(folder, 4 * a.pieces)
        options = {"random_seed": a.random_seed, "stay": a.stay}
        result[str(folder)] = {kind: added(excerpts, kind, model, options, a.pieces) for kind in a.kinds}
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
