"""Whether continuations stay as near to their seeds as the true continuations do.

A passage is described by histograms and levels: how dense it is, its chords, register, pitch classes, places in the
bar, lengths, loudness, distances between onsets, and the rhythm of its bars. The distance of a continuation from its
seed is set between two others: that of the true continuation (a score of 1) and that of other pieces' (a score of 0).
Above 1 it sticks to its seed more than its composer does, so the share of copied bars belongs beside it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from melodyrnn.arrays import Doubles
from melodyrnn.errors import OptionError
from melodyrnn.music.pulses import PULSES_PER_QUARTER
from melodyrnn.music.song import NoteArray, Song

TELLING = 0.03  # a feature counts where other pieces are so much farther away than true continuations
FARTHEST = 3.0  # times the distance of other pieces: one wild feature is not to outweigh the rest
RHYTHM_GRID_PULSES = 2
CHORD_SIZES = (1, 2, 3, 4, 5, 6, 8, math.inf)  # lower edges, the last one the end
GAP_PULSES = (0, 2, 3, 4, 5, 7, 9, 13, 19, 25, 49, math.inf)
LENGTH_OCTAVES = np.arange(-5.25, 5.3, 0.5)  # of a quarter note
PITCH_BANDS = np.arange(0, 129, 4)
VELOCITY_BANDS = np.arange(0, 129, 8)


@dataclass(frozen=True, slots=True)
class Resemblance:
    """`score`: 1 as the true continuations, 0 as other pieces; `features`: the same by feature, those that tell.

    `copied_bars`: share of the new bars of pitched parts that hold just the notes of a bar of the seed;
    `truly_copied_bars`: of the true ones. `stray`: share of continuations farther from their seed than other pieces.
    """

    pieces: int
    score: float
    copied_bars: float
    truly_copied_bars: float
    stray: float
    features: Mapping[str, float]


def resemblance(seeds: Sequence[Song], made: Sequence[Song], true: Sequence[Song], bars: int) -> Resemblance:
    """Compare continuations with seeds and with how the pieces truly went on: `bars` bars each, from pulse 0.

    OptionError for fewer than two pieces of one time signature: other pieces are needed to compare with.
    """
    described = [[_describe(song, bars) for song in songs] for songs in (seeds, made, true)]
    comparable = [
        (i, j) for i in range(len(seeds)) for j in range(len(seeds)) if i != j and _bar(seeds[i]) == _bar(true[j])
    ]
    if not comparable:
        raise OptionError("resemblance needs at least two pieces in the same time signature")
    own = [_distance(seed, song) for seed, song in zip(described[0], described[1], strict=True)]
    truly = [_distance(seed, song) for seed, song in zip(described[0], described[2], strict=True)]
    other = [_distance(described[0][i], described[2][j]) for i, j in comparable]
    means = [{name: float(np.mean([row[name] for row in rows])) for name in own[0]} for rows in (own, truly, other)]
    telling = [name for name in own[0] if means[2][name] - means[1][name] > TELLING]
    wholes = [
        np.array([np.mean([min(row[name] / means[2][name], FARTHEST) for name in telling]) for row in rows])
        for rows in (own, truly, other)
    ]
    near, true_near, far = (float(whole.mean()) for whole in wholes)
    copies = [
        [copied_bars(seed, song, bars) for seed, song in zip(seeds, songs, strict=True)] for songs in (made, true)
    ]
    return Resemblance(
        len(seeds),
        (far - near) / (far - true_near),
        _mean(copies[0]),
        _mean(copies[1]),
        float((wholes[0] > far).mean()),
        {name: (means[2][name] - means[0][name]) / (means[2][name] - means[1][name]) for name in telling},
    )


def copied_bars(seed: Song, made: Song, bars: int) -> float:
    """Share of the sounding new bars of pitched parts that hold just the notes of a bar of the seed; NaN for none."""
    copies = []
    for old, new in zip(seed.tracks, made.tracks, strict=False):
        if len(old) and not old.is_drum:
            given, drawn = (bar_contents(track.array, _bar(seed), bars) for track in (old, new))
            copies += [content in given for content in drawn if content]
    return float(np.mean(copies)) if copies else math.nan


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else math.nan


def _bar(song: Song) -> int:
    return song.time_signatures[0].bar_pulses


def bar_contents(notes: NoteArray, bar: int, bars: int) -> list[frozenset[tuple[int, int]]]:
    """(n, 4) notes from pulse 0 -> for each of the first `bars` bars its (onset on the grid, pitch)s."""
    contents: list[set[tuple[int, int]]] = [set() for _ in range(bars)]
    for onset, pitch in notes[notes[:, 0] < bar * bars, :2].tolist():
        contents[onset // bar].add((round(onset % bar / RHYTHM_GRID_PULSES), pitch))
    return [frozenset(content) for content in contents]


def _shares(values: npt.NDArray[np.number], edges: Sequence[float] | npt.NDArray[np.number]) -> Doubles:
    counts: Doubles = np.histogram(values, edges)[0].astype(np.float64)
    counts /= max(1.0, counts.sum())
    return counts


def _describe(song: Song, bars: int) -> dict[str, Doubles | list[frozenset[int]]]:
    bar = _bar(song)
    tracks = [track.array for track in song.tracks if len(track)]
    notes = np.concatenate([np.zeros((0, 4), np.int64), *tracks])
    notes = notes[notes[:, 0] < bar * bars]
    if not len(notes):
        notes = np.array([[0, 60, 1, 1]])  # as far from anything as a passage can be
    onsets, pitches, lengths, velocities = notes.T
    chords = np.unique(onsets, return_counts=True)[1]
    weights = np.minimum(lengths, 4 * PULSES_PER_QUARTER)
    sixteenth = PULSES_PER_QUARTER // 4
    places = np.round(onsets / sixteenth) % max(1, bar // sixteenth)
    contents = [frozenset(place for place, _ in content) for content in bar_contents(notes, bar, bars)]
    return {
        "density": np.array([math.log2(len(notes) / bars + 0.1)]),
        "chord sizes": _shares(chords, CHORD_SIZES),
        "largest chord": np.array([math.log2(chords.max())]),
        "pitches": _shares(pitches, PITCH_BANDS),
        "lowest": np.array([np.percentile(pitches, 3) / 12]),
        "highest": np.array([np.percentile(pitches, 97) / 12]),
        "pitch classes": np.bincount(pitches % 12, weights, 12) / weights.sum(),
        "places": np.bincount(places.astype(np.int64), minlength=max(1, bar // sixteenth)) / len(places),
        "lengths": _shares(np.log2(lengths / PULSES_PER_QUARTER), LENGTH_OCTAVES),
        "velocities": _shares(velocities, VELOCITY_BANDS),
        "gaps": _shares(np.diff(np.unique(onsets)), GAP_PULSES),
        "rhythm": contents,
    }


def _distance(seed: Mapping[str, object], other: Mapping[str, object]) -> dict[str, float]:
    """By feature: half the sum of differences of shares, the difference of levels; for rhythm see `rhythm_overlap`."""
    found = {}
    for name, here in seed.items():
        there = other[name]
        if isinstance(here, np.ndarray) and isinstance(there, np.ndarray):
            width = max(len(here), len(there))
            padded = [np.pad(values, (0, width - len(values))) for values in (here, there)]
            found[name] = float(np.abs(padded[0] - padded[1]).sum()) / (2 if width > 1 else 1)
        elif isinstance(here, list) and isinstance(there, list):
            found[name] = 1 - rhythm_overlap(there, here)
    return found


def rhythm_overlap(bars: Sequence[frozenset[int]], given: Sequence[frozenset[int]]) -> float:
    """The mean over `bars` of the largest overlap (intersection over union) of its onsets with a `given` bar's."""
    best = [max((len(bar & old) / len(bar | old) for old in given if bar | old), default=1.0) for bar in bars]
    return float(np.mean(best)) if best else 1.0
