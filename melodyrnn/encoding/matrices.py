"""Whole pieces as a network takes them: the rows of a Context, all at once, and the columns that a model reads."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from melodyrnn.encoding.context import (
    COLUMNS,
    HINTS,
    INPUTS,
    NUMBER_UNIT,
    NUMBERS,
    RECALLED,
    RECALLED_PITCHES,
    REGISTER,
    TONALITY,
    Context,
)
from melodyrnn.encoding.events import DRUM, SIZES


class Rows(NamedTuple):
    """A whole piece as the network takes it: row i is what is known before `events[i]` is drawn, and while it is.

    inputs (n, len(INPUTS)), numbers (n, 12), hints (n, len(HINTS)), events (n, 6).
    """

    inputs: npt.NDArray[np.int16]
    numbers: npt.NDArray[np.uint8]
    hints: npt.NDArray[np.int16]
    events: npt.NDArray[np.int16]


KINDS = (np.dtype(np.int16), np.dtype(np.uint8), np.dtype(np.int16), np.dtype(np.int16))
UNSIGNED = tuple(np.dtype(f"u{kind.itemsize}") for kind in KINDS)  # in which a negative number is a large one
LARGEST = tuple(
    np.array(sizes) - 1
    for sizes in (
        [size for _, size in INPUTS],
        [NUMBER_UNIT + 1] * sum(width for _, width in NUMBERS),
        [size for _, size in HINTS],
        SIZES,
    )
)
LARGEST_OF_ALL = np.concatenate(LARGEST)
AT_ONCE = 4096  # events: as lists they take six times the memory that they take as arrays
MOVED = [COLUMNS[name] for name in ("reference", "last", *REGISTER)]  # hints that are pitches: transposed with the rest


def rows(events: npt.NDArray[np.int64], style: int = 0) -> Rows:
    """A piece's (n, 6) events -> Rows, through the same Context that plays."""
    context = Context(style)
    parts = [_rows(events[start : start + AT_ONCE], context) for start in range(0, max(1, len(events)), AT_ONCE)]
    return Rows(*map(np.concatenate, zip(*parts, strict=True)))


def _rows(events: npt.NDArray[np.int64], context: Context) -> Rows:
    """The next rows of a piece."""
    inputs, numbers, hints = [], [], []
    for event in events.tolist():
        inputs.append(context.inputs)
        numbers.append(context.numbers)
        hint = context.recall(*event[:3])
        context.compare(hint, event[3])
        hints.append(hint)
        context.push(event)
    return Rows(
        np.array(inputs, np.int16).reshape(-1, len(INPUTS)),
        np.array(numbers, np.uint8).reshape(len(inputs), -1),
        np.array(hints, np.int16).reshape(-1, len(HINTS)),
        events.astype(np.int16),
    )


def are_sound(piece: Rows) -> bool:
    """Whether rows of any origin are such as `rows` makes, as far as a network and `transposed` depend on it: of the
    same length, in the vocabularies of their columns, and with no pitch to be moved outside those of the piece.
    """
    arrays: tuple[npt.NDArray[np.integer], ...] = piece
    events = len(piece.events)
    for array, kind, largest in zip(arrays, KINDS, LARGEST, strict=True):
        if array.dtype != kind or array.shape != (events, len(largest)) or not events:
            return False
    found = [np.maximum.reduce(array.view(kind)) for array, kind in zip(arrays, UNSIGNED, strict=True)]
    if np.count_nonzero(np.concatenate(found) > LARGEST_OF_ALL):
        return False
    pitches = piece.events[:, 3]
    melodic = pitches < DRUM
    pitches, moved = pitches[melodic], piece.hints[melodic.argmax() + 1 :, MOVED]
    if not len(pitches) or not len(moved):
        return True
    return bool(pitches.min() <= moved.min() and moved.max() <= pitches.max())


def are_kept(
    inputs: Sequence[tuple[str, int]],
    numbers: Sequence[tuple[str, int]],
    hints: Sequence[tuple[str, int]],
    number_unit: int,
) -> bool:
    """Whether a Context keeps all that a model reads: each column by its name and how many values it takes.

    A model need not read all inputs; its hints are those of today, or the first of them, as older versions had them.
    """
    unknown = {*inputs} - {*INPUTS} or {*numbers} - {*NUMBERS}
    return not unknown and tuple(hints) == HINTS[: len(hints)] and number_unit == NUMBER_UNIT


class Selection:
    """The columns of `inputs` and `numbers` that a model reads, by name; a model may read fewer than there are."""

    def __init__(self, inputs: Sequence[str], numbers: Sequence[str]) -> None:
        starts = np.cumsum([0, *(width for _, width in NUMBERS)]).tolist()
        spans = {name: range(start, start + width) for (name, width), start in zip(NUMBERS, starts, strict=False)}
        self.inputs = [COLUMNS[name] for name in inputs]
        self.numbers = [column for name in numbers for column in spans[name]]

    def __call__(self, piece: Rows) -> Rows:
        """The same piece with these columns only."""
        return Rows(piece.inputs[:, self.inputs], piece.numbers[:, self.numbers], piece.hints, piece.events)


def transposed(piece: Rows, semitones: int) -> Rows:
    """The rows of the same piece, its melodic pitches moved by `semitones` (which must keep them within 0 to 127)."""
    inputs, hints, events = piece.inputs.copy(), piece.hints.copy(), piece.events.copy()
    columns = [hints[:, RECALLED_PITCHES + i] for i in range(len(RECALLED))]
    for column in (events[:, 3], inputs[:, 3], *columns):
        column[column < DRUM] += semitones
    before = np.argmax(events[:, 3] < DRUM) + 1  # until the first melodic note, pitch is measured from middle C
    hints[before:, MOVED] += semitones
    classes = hints[:, COLUMNS[TONALITY[0]] :].reshape(len(hints), -1, 12)
    hints[:, COLUMNS[TONALITY[0]] :] = np.roll(classes, semitones, 2).reshape(len(hints), -1)
    return Rows(inputs, piece.numbers, hints, events)
