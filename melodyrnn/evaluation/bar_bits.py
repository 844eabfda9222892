"""Bits per note in all, and apart for bars that repeat an earlier bar of the piece and for bars that are new."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from melodyrnn.arrays import Doubles
from melodyrnn.encoding.events import END, Cursor, EventArray
from melodyrnn.evaluation.bars import name_bars, repeats
from melodyrnn.evaluation.likelihood import bits_of_pieces
from melodyrnn.generation import MusicModel
from melodyrnn.music.song import Song


@dataclass(frozen=True, slots=True)
class BarBits:
    """Bits per note of all bars, of those that repeat an earlier one note for note, and of the others."""

    all: float
    repeated: float
    new: float
    notes: int
    notes_in_repeated: int


def bar_bits(songs: Sequence[Song], pieces: Sequence[EventArray], bits: Sequence[Doubles]) -> BarBits:
    """Songs, their (n, 6) events and the (n,) bits of each event -> bits per note. Signs count where they stand."""
    total, notes = np.zeros(2), np.zeros(2, np.int64)
    for song, events, of_events in zip(songs, pieces, bits, strict=True):
        repeated = in_repeated_bar(song, events).astype(np.int64)
        is_note = (events[:, 3] < END) & (events[:, 5] > 0)
        total += np.bincount(repeated, of_events, 2)
        notes += np.bincount(repeated[is_note], minlength=2)
    new, again = (total[i] / notes[i] if notes[i] else math.nan for i in (0, 1))
    return BarBits(float(total.sum() / notes.sum()), float(again), float(new), int(notes.sum()), int(notes[1]))


def in_repeated_bar(song: Song, events: EventArray) -> npt.NDArray[np.bool_]:
    """(n, 6) events of a song -> whether each stands in a bar that repeats an earlier one."""
    cursor = Cursor()
    pulses = np.array([cursor.advance(event) for event in events.tolist()])
    bars = np.minimum(song.bar_lines.positions(pulses)[0], song.bars - 1)
    return repeats(name_bars(song).exact)[bars]


def model_bits(
    model: MusicModel, pieces: Sequence[EventArray], style: int, report: Callable[[float], None] | None = None
) -> list[Doubles]:
    """Pieces of (n, 6) events -> the bits of each event, (n,) each."""
    bits: list[Doubles] = [np.zeros(0)] * len(pieces)
    for index, of_events in bits_of_pieces(model, pieces, [style] * len(pieces), report):
        bits[index] = of_events.sum(1)
    return bits
