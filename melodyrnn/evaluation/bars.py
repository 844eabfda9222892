"""Bars of a Song compared with one another: which are the same, note for note or in rhythm."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from melodyrnn.music.song import Song

Ints = npt.NDArray[np.int64]
EMPTY = -1  # the name of a bar in which no note begins


@dataclass(frozen=True, slots=True)
class BarNames:
    """One number a bar, (bars,) each: bars of one number are the same, -1 is a bar in which no note begins.

    `exact`: the same notes (track, place, pitch, duration; not how loud). `rhythm`: the same places and durations.
    """

    exact: Ints
    rhythm: Ints


def name_bars(song: Song) -> BarNames:
    """Compare the bars of a song; a bar is named by the first that is the same."""
    columns = [np.insert(track.array[:, :3], 0, number, axis=1) for number, track in enumerate(song.tracks)]
    notes = np.concatenate([np.empty((0, 4), np.int64), *columns])
    notes = notes[np.lexsort(notes.T[::-1])]
    bars, places = song.bar_lines.positions(notes[:, 1])
    exact: list[list[tuple[int, ...]]] = [[] for _ in range(song.bars)]
    rhythm: list[set[tuple[int, ...]]] = [set() for _ in range(song.bars)]
    for bar, place, (track, _, pitch, duration) in zip(bars.tolist(), places.tolist(), notes.tolist(), strict=True):
        exact[bar].append((track, place, pitch, duration))
        rhythm[bar].add((track, place, duration))
    return BarNames(_names([tuple(bar) for bar in exact]), _names([tuple(sorted(bar)) for bar in rhythm]))


def _names(bars: list[tuple[tuple[int, ...], ...]]) -> Ints:
    first: dict[tuple[tuple[int, ...], ...], int] = {}
    return np.array([first.setdefault(bar, index) if bar else EMPTY for index, bar in enumerate(bars)], np.int64)


def repeats(names: Ints) -> npt.NDArray[np.bool_]:
    """(bars,) names -> whether each bar repeats any earlier one. Empty bars do not."""
    return np.not_equal(names, EMPTY) & np.not_equal(names, np.arange(len(names)))
