"""Embedding tables cut down to the rows that a piece looks up: a few hundred of thousands.

A row that is not looked up has no gradient, so learning a piece with the cut tables is exactly learning it with the
whole ones. In place of each token stands the number of its row in the cut table.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from melodyrnn.arrays import AnyInts, Floats
from melodyrnn.model.config import ModelConfig
from melodyrnn.model.modelfile import Weights


class Piece(Protocol):
    """A piece as a network reads it, one row an event: what is known before each event, and its fields."""

    @property
    def inputs(self) -> npt.NDArray[Any]:
        """(n, I) tokens of what is known before each event is drawn."""

    @property
    def dense(self) -> npt.NDArray[Any]:
        """(n, D) dense features, known then too."""

    @property
    def head_features(self) -> npt.NDArray[Any]:
        """(n, H) head features."""

    @property
    def events(self) -> npt.NDArray[Any]:
        """(n, F) the fields to be drawn."""


class Tables:
    """Which rows of each table the events of a piece look up. `rows` by the table's name, in order."""

    def __init__(self, config: ModelConfig, piece: Piece) -> None:
        self.rows: dict[str, AnyInts] = {}
        self._places: dict[str, AnyInts] = {}
        for name, tokens in _tokens(config, piece):
            rows, places = np.unique(tokens, return_inverse=True)
            self.rows[name], self._places[name] = rows, places.reshape(tokens.shape)

    def cut(self, weights: Weights) -> Weights:
        """The same weights with short tables."""
        return {name: weight[self.rows[name]] if name in self.rows else weight for name, weight in weights.items()}

    def put_back(self, weights: Weights, learned: Mapping[str, Floats]) -> Weights:
        """A copy of `weights` with what was learned in its place."""
        result = {}
        for name, weight in weights.items():
            result[name] = learned[name].copy() if name not in self.rows else weight.copy()
            if name in self.rows:
                result[name][self.rows[name]] = learned[name]
        return result

    def looked_up(self, name: str, events: AnyInts) -> Floats:
        """(n,) numbers of events -> (n, rows of the cut table): 1 for each row that an event looks up, else 0.

        A product with the table then sums the rows of each event; a product with its transpose, the gradients of each
        row: both are quicker than to gather and to scatter.
        """
        places = self._places[name][events]
        found = np.zeros((len(events), len(self.rows[name])), np.float32)
        found[np.arange(len(events))[:, None], places] = 1  # an event looks up no row of a table twice
        return found


def _tokens(config: ModelConfig, piece: Piece) -> Iterator[tuple[str, AnyInts]]:
    """Each table's name and the (n, columns) rows of it that the events look up."""
    yield "inputs", piece.inputs + _offsets([size for _, size in config.inputs])
    for i, field in enumerate(config.fields):
        if i + 1 < len(config.fields):
            yield f"{field.name}.condition", piece.events[:, i : i + 1]
        if field.embedded:
            columns = config.head_columns(field.embedded)
            yield (
                f"{field.name}.embedded",
                piece.head_features[:, columns] + _offsets(config.head_sizes(field.embedded)),
            )


def _offsets(sizes: list[int]) -> AnyInts:
    return np.cumsum([0, *sizes[:-1]])
