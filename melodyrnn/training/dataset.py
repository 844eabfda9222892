"""Pieces laid end to end into parallel streams, cut into windows. Knows rows of tokens, not what they mean."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from melodyrnn.model.tables import Piece

PieceT = TypeVar("PieceT", bound=Piece)


class Batch(NamedTuple):
    """A window of parallel streams, time first: (T, B, columns); keep (T, B, 1) is 0 where a piece begins."""

    inputs: Tensor
    dense: Tensor
    head_features: Tensor
    events: Tensor
    keep: Tensor

    def to(self, device: str) -> "Batch":
        """The same on a device."""
        return Batch(*(tensor.to(device, non_blocking=True) for tensor in self))


def batch_of(arrays: Sequence[npt.NDArray[Any]], keep: npt.NDArray[Any]) -> Batch:
    """(T, B, columns) arrays of inputs, dense, head features, events -> Batch."""
    inputs, dense, head_features, events = (torch.from_numpy(np.ascontiguousarray(array)) for array in arrays)
    return Batch(inputs.long(), dense.float(), head_features.long(), events.long(), torch.from_numpy(keep)[..., None])


@dataclass(slots=True)
class _Playing:
    group: str
    index: int
    variant: int
    position: int


class Streams(Generic[PieceT]):
    """Endless parallel streams of shuffled pieces. State carries over windows; it starts anew with each piece.

    `groups`: pieces by name (styles); `shares`: which part of all events each group is to have. `choose(piece, rng)`
    chooses a variant of a piece (a transposition) and `vary(piece, variant)` makes it. `state()` and `restore()` make
    a stopped run go on with the very next window.

    Long pieces do not drown short ones: in each round over a group, a piece of n events, where the median is m, is
    heard with the chance min(1, m / n) ** evenness. With 0 that is always; with 1 no piece gets more of the time than
    one of median length.
    """

    def __init__(
        self,
        groups: Mapping[str, Sequence[PieceT]],
        shares: Mapping[str, float],
        streams: int,
        window: int,
        random_seed: int,
        choose: Callable[[PieceT, np.random.Generator], int],
        vary: Callable[[PieceT, int], Piece],
        evenness: float = 0.0,
    ) -> None:
        self._groups, self._shares, self.window = groups, shares, window
        self._choose, self._vary = choose, vary
        self._chances = {name: _chances(pieces, evenness) for name, pieces in groups.items()}
        self._rng = np.random.default_rng(random_seed)
        self._drawn = dict.fromkeys(groups, 0)
        self._queues: dict[str, list[int]] = {name: [] for name in groups}
        self._playing = [self._next() for _ in range(streams)]
        self._pieces = [self._make(playing) for playing in self._playing]

    def _next(self) -> _Playing:
        total = sum(self._drawn.values()) + 1
        group = max(self._groups, key=lambda name: self._shares[name] * total - self._drawn[name])
        if not self._queues[group]:
            order = self._rng.permutation(len(self._groups[group]))
            self._queues[group] = order[self._rng.random(len(order)) < self._chances[group][order]].tolist()
        index = self._queues[group].pop()
        piece = self._groups[group][index]
        self._drawn[group] += len(piece.events)
        return _Playing(group, index, self._choose(piece, self._rng), 0)

    def _make(self, playing: _Playing) -> Piece:
        return self._vary(self._groups[playing.group][playing.index], playing.variant)

    def next_batch(self) -> Batch:
        """The next window of every stream."""
        columns: list[list[npt.NDArray[Any]]] = [[], [], [], []]
        keep = np.ones((self.window, len(self._playing)), np.float32)
        for stream in range(len(self._playing)):
            parts: list[list[npt.NDArray[Any]]] = [[], [], [], []]
            filled = 0
            while filled < self.window:
                playing, piece = self._playing[stream], self._pieces[stream]
                if playing.position == len(piece.events):
                    playing = self._playing[stream] = self._next()
                    piece = self._pieces[stream] = self._make(playing)
                if playing.position == 0:
                    keep[filled, stream] = 0
                taken = slice(playing.position, playing.position + self.window - filled)
                arrays = (piece.inputs[taken], piece.dense[taken], piece.head_features[taken], piece.events[taken])
                for part, array in zip(parts, arrays, strict=True):
                    part.append(array)
                playing.position += len(arrays[-1])
                filled += len(arrays[-1])
            for column, part in zip(columns, parts, strict=True):
                column.append(np.concatenate(part))
        return batch_of([np.stack(column, 1) for column in columns], keep)

    def state(self) -> dict[str, Any]:
        """Where every stream stands, as plain data."""
        return {
            "rng": self._rng.bit_generator.state,
            "drawn": self._drawn,
            "queues": self._queues,
            "playing": [[p.group, p.index, p.variant, p.position] for p in self._playing],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state()`. ValueError if it was not of these pieces."""
        self._rng.bit_generator.state = state["rng"]
        self._drawn, self._queues = dict(state["drawn"]), {name: list(q) for name, q in state["queues"].items()}
        self._playing = [_Playing(*row) for row in state["playing"]]
        for playing in self._playing:
            pieces = self._groups.get(playing.group, ())
            if playing.index >= len(pieces) or playing.position > len(pieces[playing.index].events):
                raise ValueError("made from other pieces")
        self._pieces = [self._make(playing) for playing in self._playing]


def _chances(pieces: Sequence[Piece], evenness: float) -> npt.NDArray[np.float64]:
    """The chance of each piece to be heard in a round."""
    lengths = np.array([len(piece.events) for piece in pieces], np.float64)
    chances: npt.NDArray[np.float64] = np.minimum(1.0, np.median(lengths) / lengths) ** evenness
    return chances


def whole_pieces(pieces: Sequence[Piece], streams: int) -> list[tuple[Batch, npt.NDArray[np.bool_]]]:
    """Every piece once, those of like length side by side: batches (T, B) and which of their rows are real (T, B)."""
    order = sorted(range(len(pieces)), key=lambda i: -len(pieces[i].events))
    result = []
    for first in range(0, len(order), streams):
        group = [pieces[i] for i in order[first : first + streams]]
        longest = len(group[0].events)
        real = np.arange(longest)[:, None] < np.array([len(piece.events) for piece in group])
        arrays = []
        for name in ("inputs", "dense", "head_features", "events"):
            columns = [getattr(piece, name) for piece in group]
            padded = [np.pad(column, ((0, longest - len(column)), (0, 0))) for column in columns]
            arrays.append(np.stack(padded, 1))
        keep = np.ones((longest, len(group)), np.float32)
        keep[0] = 0
        result.append((batch_of(arrays, keep), real))
    return result
