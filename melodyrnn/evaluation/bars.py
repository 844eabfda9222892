"""Bars of a Song compared with one another: which are the same, note for note or in rhythm."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from melodyrnn.arrays import Ints
from melodyrnn.music.pulses import PULSES_PER_QUARTER
from melodyrnn.music.song import Song, Track

EMPTY = -1  # the name of a bar in which no note begins
SIXTEENTH_PULSES = PULSES_PER_QUARTER // 4


@dataclass(frozen=True, slots=True)
class BarNames:
    """One number a bar, (bars,) each: bars of one number are the same, -1 is a bar in which no note begins.

    `exact`: the same notes (track, place, pitch, duration; not how loud). `rhythm`: the same places and durations. A
    drum's hit stands at the nearest sixteenth and has no duration: no hand plays a bar twice to the pulse.
    """

    exact: Ints
    rhythm: Ints


def name_bars(song: Song) -> BarNames:
    """Compare the bars of a song; a bar is named by the first that is the same."""
    columns = [np.insert(_heard(track), 0, number, axis=1) for number, track in enumerate(song.tracks)]
    notes = np.concatenate([np.empty((0, 4), np.int64), *columns])
    notes = notes[np.lexsort(notes.T[::-1])]
    bars, places = song.bar_lines.positions(notes[:, 1])
    bars = np.minimum(bars, song.bars - 1)  # a last hit may be early for a bar line with nothing after it
    exact: list[list[tuple[int, ...]]] = [[] for _ in range(song.bars)]
    rhythm: list[set[tuple[int, ...]]] = [set() for _ in range(song.bars)]
    for bar, place, (track, _, pitch, duration) in zip(bars.tolist(), places.tolist(), notes.tolist(), strict=True):
        exact[bar].append((track, place, pitch, duration))
        rhythm[bar].add((track, place, duration))
    return BarNames(_names([tuple(bar) for bar in exact]), _names([tuple(sorted(bar)) for bar in rhythm]))


def _heard(track: Track) -> Ints:
    """(n, 3) onset_pulses, pitch, duration_pulses by which bars are compared."""
    if not track.is_drum:
        return track.array[:, :3]
    onsets = (track.array[:, 0] + SIXTEENTH_PULSES // 2 - 1) // SIXTEENTH_PULSES * SIXTEENTH_PULSES
    return np.column_stack([onsets, track.array[:, 1], np.zeros_like(onsets)])


def _names(bars: list[tuple[tuple[int, ...], ...]]) -> Ints:
    first: dict[tuple[tuple[int, ...], ...], int] = {}
    return np.array([first.setdefault(bar, index) if bar else EMPTY for index, bar in enumerate(bars)], np.int64)


def repeats(names: Ints) -> npt.NDArray[np.bool_]:
    """(bars,) names -> whether each bar repeats any earlier one. Empty bars do not."""
    return np.not_equal(names, EMPTY) & np.not_equal(names, np.arange(len(names)))
