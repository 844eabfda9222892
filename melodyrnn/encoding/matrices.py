"""The features of whole pieces as matrices: a row an event, a column as FEATURES has them."""

from array import array
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from melodyrnn.encoding.context import Context
from melodyrnn.encoding.events import DRUM, FIELDS, SIZES
from melodyrnn.encoding.features import (
    DENSE_COLUMN,
    DENSE_FEATURES,
    DENSE_SCALE,
    DENSE_WIDTHS,
    HEAD_COLUMN,
    HEAD_FEATURES,
    INPUT_COLUMN,
    INPUT_FEATURES,
    Feature,
    Moves,
    sized,
)
from melodyrnn.encoding.pitch_class_profile import PITCH_CLASSES

Columns = Sequence[tuple[str, int]]  # name and size, or width, of each


class FeatureMatrices(NamedTuple):
    """A piece as a network reads it: row i holds the features known before `events[i]` is drawn, and while it is.

    inputs (n, columns of INPUT_FEATURES), dense (n, 12), head_features (n, columns of HEAD_FEATURES), events (n, 6).
    """

    inputs: npt.NDArray[np.int16]
    dense: npt.NDArray[np.uint8]
    head_features: npt.NDArray[np.int16]
    events: npt.NDArray[np.int16]


TYPES = (np.dtype(np.int16), np.dtype(np.uint8), np.dtype(np.int16), np.dtype(np.int16))
UNSIGNED_TYPES = tuple(np.dtype(f"u{kind.itemsize}") for kind in TYPES)  # in which a negative number is a large one
LARGEST = tuple(
    np.array(sizes) - 1
    for sizes in (*([size for _, size in sized(f)] for f in (INPUT_FEATURES, DENSE_FEATURES, HEAD_FEATURES)), SIZES)
)
LARGEST_OF_ALL = np.concatenate(LARGEST)
PITCH_FIELD = FIELDS.index("pitch")


def _indices(features: Sequence[Feature], moves: Moves) -> list[int]:
    """Where the columns stand that move so, among those of `features`."""
    movements = [feature.moves for feature in features for _ in feature.columns]
    return [column for column, movement in enumerate(movements) if movement == moves]


MOVED_INPUTS = _indices(INPUT_FEATURES, Moves.PITCH)
MOVED_HEADS = _indices(HEAD_FEATURES, Moves.PITCH)
ROTATED_HEADS = np.array(_indices(HEAD_FEATURES, Moves.ROTATES)).reshape(-1, PITCH_CLASSES)
# Those that are pitches in every row, and so bounded by the pitches of the piece.
PITCHES_OF_PIECE = [i for i in MOVED_HEADS if LARGEST[2][i] < DRUM]


def feature_matrices(events: npt.NDArray[np.int64], style: int = 0) -> FeatureMatrices:
    """A piece's (n, 6) events -> its matrices, by the same Context that plays."""
    context = Context(style)
    inputs, dense, head_features = array("h"), array("B"), array("h")  # they take a sixth of the memory of lists
    for event in events.tolist():
        inputs.fromlist(context.inputs)
        dense.fromlist(context.dense)
        head_features.fromlist(context.with_pitch(context.features_at(*event[:3]), event[PITCH_FIELD]))
        context.push(event)
    return FeatureMatrices(
        np.array(inputs, np.int16).reshape(len(events), len(LARGEST[0])),
        np.array(dense, np.uint8).reshape(len(events), len(LARGEST[1])),
        np.array(head_features, np.int16).reshape(len(events), len(LARGEST[2])),
        events.astype(np.int16),
    )


def joined_rows(rows: Sequence[FeatureMatrices]) -> FeatureMatrices:
    """Matrices one below the other."""
    return FeatureMatrices(*map(np.concatenate, zip(*rows, strict=True)))


def feature_row(context: Context, event: Sequence[int]) -> FeatureMatrices:
    """One row: that of an event which is about to be pushed to a context."""
    heads = context.with_pitch(context.features_at(*event[:3]), event[PITCH_FIELD])
    return FeatureMatrices(
        np.array([context.inputs], np.int16),
        np.array([context.dense], np.uint8),
        np.array([heads], np.int16),
        np.array([event], np.int16),
    )


def are_sound(piece: FeatureMatrices) -> bool:
    """Whether matrices of any origin are as `feature_matrices` makes them, where a network and `transposed` need it.

    They must have rows for the same events, values within the sizes of their features, and no pitch that transposing
    would move outside those of the piece.
    """
    matrices: tuple[npt.NDArray[np.integer], ...] = piece
    events = len(piece.events)
    for matrix, kind, largest in zip(matrices, TYPES, LARGEST, strict=True):
        if matrix.dtype != kind or matrix.shape != (events, len(largest)) or not events:
            return False
    found = [np.maximum.reduce(matrix.view(kind)) for matrix, kind in zip(matrices, UNSIGNED_TYPES, strict=True)]
    if np.count_nonzero(np.concatenate(found) > LARGEST_OF_ALL):
        return False
    pitches = piece.events[:, PITCH_FIELD]
    melodic = pitches < DRUM
    pitches, moved = pitches[melodic], piece.head_features[melodic.argmax() + 1 :, PITCHES_OF_PIECE]
    if not len(pitches) or not len(moved):
        return True
    return bool(pitches.min() <= moved.min() and moved.max() <= pitches.max())


class Selection:
    """The columns that a model reads, by their names and sizes; it may read fewer than there are, in another order.

    ValueError for a column that FEATURES does not have.
    """

    def __init__(self, inputs: Columns, dense: Columns, head_features: Columns, dense_scale: int) -> None:
        known = {*sized(INPUT_FEATURES)}, {*DENSE_WIDTHS}, {*sized(HEAD_FEATURES)}
        if not all({*read} <= names for read, names in zip((inputs, dense, head_features), known, strict=True)):
            raise ValueError("reads features that this version does not compute")
        if dense_scale != DENSE_SCALE:
            raise ValueError(f"reads dense features in units of 1/{dense_scale}, not 1/{DENSE_SCALE}")
        columns = {feature.name: feature.columns for feature in DENSE_FEATURES}
        self.inputs = [INPUT_COLUMN[name] for name, _ in inputs]
        self.dense = [DENSE_COLUMN[column] for name, _ in dense for column in columns[name]]
        self.head_features = [HEAD_COLUMN[name] for name, _ in head_features]

    def __call__(self, piece: FeatureMatrices) -> FeatureMatrices:
        """The same piece with these columns only."""
        heads = piece.head_features
        if self.head_features != [*range(heads.shape[1])]:
            heads = heads[:, self.head_features]
        return FeatureMatrices(piece.inputs[:, self.inputs], piece.dense[:, self.dense], heads, piece.events)


def transposed(piece: FeatureMatrices, semitones: int) -> FeatureMatrices:
    """The same piece, its melodic pitches moved by `semitones` (which must keep them within 0 to 127)."""
    inputs, heads, events = piece.inputs.copy(), piece.head_features.copy(), piece.events.copy()
    before = np.argmax(events[:, PITCH_FIELD] < DRUM) + 1  # until the first melodic note, pitches are not the piece's
    for matrix, columns in ((inputs, MOVED_INPUTS), (heads, MOVED_HEADS)):
        moved = matrix[before:, columns]
        matrix[before:, columns] = moved + semitones * (moved < DRUM)
    events[:, PITCH_FIELD] += semitones * (events[:, PITCH_FIELD] < DRUM)
    heads[:, ROTATED_HEADS] = np.roll(heads[:, ROTATED_HEADS], semitones, 2)
    return FeatureMatrices(inputs, piece.dense, heads, events)
