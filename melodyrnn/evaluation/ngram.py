"""An interpolated n-gram model over the events that the recurrent network learns from: what counting alone reaches.

Each field of an event is predicted from the fields of it that are drawn before and from the n - 1 events before it.
Its contexts grow from nothing: first what matters most for that field (for a pitch the pitches before it, for a
duration the rhythm), event by event; then the events whole. Velocities of earlier events belong to a context only where
a velocity is predicted, since elsewhere they scatter the counts. Smoothing is modified Kneser-Ney (S. F. Chen and
J. Goodman, "An empirical study of smoothing techniques for language modeling", Computer Speech & Language 13, 1999).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from melodyrnn.arrays import Doubles, Ints
from melodyrnn.encoding.events import DRUM, FIELDS, PITCHES, SIZES, EventArray

PITCH, VELOCITY = FIELDS.index("pitch"), FIELDS.index("velocity")
FIRST_PITCH = 60  # what the first pitch of a part is measured from
WIDEST = DRUM - 1
STEPS = 2 * WIDEST + 1
ORDERS = (3, 5, 8)
RHYTHM = ("bars", "place", "duration")
MATTERS_MOST: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # of the event itself, and of those before it
    "bars": ((), RHYTHM),
    "place": (("bars",), RHYTHM),
    "part": (("place",), ("part",)),
    "pitch": (("part",), ("pitch",)),
    "duration": (("place", "part"), RHYTHM),
    "velocity": (("place", "part"), ("velocity",)),
}
WIDEST_FIELD = 512  # more values than any field has, relative pitch included


@dataclass(frozen=True, slots=True)
class NGram:
    """`order`: n. `relative`: melodic pitches count as the distance from the part's last, so in all keys alike."""

    order: int
    relative: bool

    def bits(self, training: Sequence[EventArray], pieces: Sequence[EventArray]) -> list[Doubles]:
        """Learn from (n, 6) training pieces -> bits of each field of each event of the `pieces`, (n, 6) each."""
        sizes = [STEPS + PITCHES - DRUM if self.relative and i == PITCH else size for i, size in enumerate(SIZES)]
        events = _Events(*([self._written(piece) for piece in side] for side in (training, pieces)))
        bits = np.column_stack(
            [-np.log2(_probabilities(events, field, self.order, sizes[field])) for field in range(len(FIELDS))]
        )
        return np.split(bits, np.cumsum([len(piece) for piece in pieces])[:-1])

    def _written(self, piece: EventArray) -> EventArray:
        if not self.relative:
            return piece
        written = piece.copy()
        last: dict[int, int] = {}
        for row in written:
            part, pitch = int(row[2]), int(row[PITCH])
            row[PITCH] = pitch - last.get(part, FIRST_PITCH) + WIDEST if pitch < DRUM else STEPS + pitch - DRUM
            if pitch < DRUM:
                last[part] = pitch
        return written


def best_ngram(
    training: Sequence[EventArray], validation: Sequence[EventArray], pieces: Sequence[EventArray]
) -> tuple[NGram, list[Doubles]]:
    """The order, and then the way to write pitches, that validation pieces need the fewest bits with; and `bits`."""
    tried: dict[NGram, tuple[float, list[Doubles]]] = {}

    def cost(ngram: NGram) -> float:
        if ngram not in tried:
            bits = ngram.bits(training, [*validation, *pieces])
            tried[ngram] = sum(float(of_piece.sum()) for of_piece in bits[: len(validation)]), bits[len(validation) :]
        return tried[ngram][0]

    order = min(ORDERS, key=lambda order: cost(NGram(order, True)))
    best = min((NGram(order, relative) for relative in (True, False)), key=cost)
    return best, tried[best][1]


class _Events:
    """Known pieces joined and the asked ones after them, (n, 6), and what came before each event in its piece."""

    def __init__(self, known: Sequence[EventArray], asked: Sequence[EventArray]) -> None:
        pieces = [*known, *asked]
        self.known = sum(map(len, known))
        self.joined = np.concatenate([np.empty((0, len(FIELDS)), np.int64), *pieces]).astype(np.int64)
        self._behind = np.concatenate([np.arange(len(piece)) for piece in pieces])
        self._named: dict[tuple[str, ...], Ints] = {}

    def named(self, fields: Sequence[str]) -> Ints:
        """(n,) numbers from 1, the same for events that agree in these fields; 1 for all if there are none."""
        key = tuple(fields)
        if key not in self._named:
            packed = np.zeros(len(self.joined), np.int64)
            for name in key:
                packed = packed * WIDEST_FIELD + self.joined[:, FIELDS.index(name)]
            self._named[key] = np.unique(packed, return_inverse=True)[1] + 1
        return self._named[key]

    def contexts(self, field: int, order: int) -> Iterator[Ints]:
        """The growing contexts of a field: of each, (n,) numbers from 0, the same for events that stand in the same."""
        beside, before = MATTERS_MOST[FIELDS[field]]
        context = np.zeros(len(self.joined), np.int64)
        yield context
        if beside:
            context = _both(context, self.named(beside))
            yield context
        for number in self._before(before, order):
            context = _both(context, number)
            yield context
        context = _both(context, self.named(FIELDS[:field]))
        for number in self._before(FIELDS if FIELDS[field] == "velocity" else FIELDS[:VELOCITY], order):
            context = _both(context, number)
            yield context

    def _before(self, fields: Sequence[str], order: int) -> Iterator[Ints]:
        """`named` of the event one before each, then of the one two before; 0 before a piece begins."""
        numbers = self.named(fields)
        for ago in range(1, order):
            earlier = np.roll(numbers, ago)
            earlier[self._behind < ago] = 0
            yield earlier


def _both(context: Ints, numbers: Ints) -> Ints:
    """(n,) and (n,) -> (n,) numbers from 0, the same where both are."""
    both: Ints = np.unique(context * (int(numbers.max()) + 1) + numbers, return_inverse=True)[1]
    return both


def _probabilities(events: _Events, field: int, order: int, size: int) -> Doubles:
    """The probability of one field of every event asked for, from the shortest context to the longest."""
    values = events.joined[:, field]
    known, asked = slice(events.known), slice(events.known, None)
    probabilities = np.full(len(values[asked]), 1 / size)
    contexts = [*events.contexts(field, order)]
    longer_ones: list[Ints | None] = [*contexts[1:], None]
    for context, longer in zip(contexts, longer_ones, strict=True):
        # The longest context is counted as it occurs, a shorter one once for every longer one that it was seen in.
        if longer is None:
            counted = context[known] * size + values[known]
        else:
            shorter = np.empty(int(longer.max()) + 1, np.int64)
            shorter[longer] = context
            in_longer = np.unique(longer[known] * size + values[known])
            counted = shorter[in_longer // size] * size + in_longer % size
        pairs, counts = np.unique(counted, return_counts=True)
        discount = _discounts(counts)[np.minimum(counts, 3)]
        different = int(context.max()) + 1
        totals = np.bincount(pairs // size, counts, different)
        taken = np.bincount(pairs // size, discount, different)
        wanted = context[asked] * size + values[asked]
        there = np.minimum(np.searchsorted(pairs, wanted), len(pairs) - 1)
        own = np.where(pairs[there] == wanted, (counts - discount)[there], 0)
        of_context = totals[context[asked]]
        mixed = (own + taken[context[asked]] * probabilities) / np.maximum(of_context, 1)
        probabilities = np.where(of_context > 0, mixed, probabilities)
    return probabilities


def _discounts(counts: npt.NDArray[np.int64]) -> Doubles:
    """The discounts of a count of 0, 1, 2, and 3 or more, estimated from how many counts are 1 to 4, if there are."""
    n = np.bincount(np.minimum(counts, 5), minlength=6).astype(float)
    if not n[1:5].all():
        return np.array([0.0, 0.5, 0.5, 0.5])
    share = n[1] / (n[1] + 2 * n[2])
    wanted = [i - (i + 1) * share * n[i + 1] / n[i] for i in (1, 2, 3)]
    return np.array([0.0, *np.clip(wanted, 0.1, [0.95, 1.9, 2.9])])
