"""Passages of music, described and compared: how alike two of them are, feature by feature.

A passage is described by histograms and levels: how dense it is, its chords, register, pitch classes, places in the
bar, lengths, loudness, distances between onsets, and the rhythm of its bars.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from melodyrnn.arrays import Doubles
from melodyrnn.music.pulses import PULSES_PER_QUARTER
from melodyrnn.music.song import NoteArray, Song

RHYTHM_GRID_PULSES = 2
CHORD_SIZES = (1, 2, 3, 4, 5, 6, 8, math.inf)  # lower edges, the last one the end
GAP_PULSES = (0, 2, 3, 4, 5, 7, 9, 13, 19, 25, 49, math.inf)
LENGTH_OCTAVES = np.arange(-5.25, 5.3, 0.5)  # of a quarter note
PITCH_BANDS = np.arange(0, 129, 4)
VELOCITY_BANDS = np.arange(0, 129, 8)

Description = Mapping[str, Doubles | list[frozenset[int]]]


def bar_pulses(song: Song) -> int:
    """The length of the first bar."""
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


def describe(song: Song, bars: int) -> Description:
    """The first `bars` bars of a song, from pulse 0."""
    bar = bar_pulses(song)
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


def distances(passage: Description, other: Description) -> dict[str, float]:
    """By feature: half the sum of differences of shares, the difference of levels; for rhythm see `rhythm_overlap`."""
    found = {}
    for name, here in passage.items():
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
