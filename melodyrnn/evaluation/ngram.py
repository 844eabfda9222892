"""An interpolated n-gram model over the events that the recurrent network learns from: what counting alone reaches.

Each field of an event is predicted from the fields of it that are drawn before and from the n - 1 events before it.
Its contexts grow from nothing: first what matters most for that field (for a pitch the pitches before it, for a
duration the rhythm), event by event; then the events whole. Velocities of earlier events belong to a context only where
a velocity is predicted, since elsewhere they scatter the counts. Smoothing is modified Kneser-Ney (S. F. Chen and
J. Goodman, "An empirical study of smoothing techniques for language modeling", Computer Speech & Language 13, 1999).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from melodyrnn.music.events import DRUM, FIELDS, PITCHES, SIZES, EventArray

Floats = npt.NDArray[np.float64]
Hashes = npt.NDArray[np.uint64]
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
NOTHING_YET = 300  # in place of every field of the events before the first: larger than any


@dataclass(frozen=True, slots=True)
class NGram:
    """`order`: n. `relative`: melodic pitches count as the distance from the part's last, so in all keys alike."""

    order: int
    relative: bool

    def bits(self, training: Sequence[EventArray], pieces: Sequence[EventArray]) -> list[Floats]:
        """Learn from (n, 6) training pieces -> bits of each field of each event of the `pieces`, (n, 6) each."""
        sizes = [STEPS + PITCHES - DRUM if self.relative and i == PITCH else size for i, size in enumerate(SIZES)]
        known, asked = (_Events([self._written(piece) for piece in side]) for side in (training, pieces))
        bits = np.column_stack(
            [-np.log2(_probabilities(known, asked, field, self.order, sizes[field])) for field in range(len(FIELDS))]
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
) -> tuple[NGram, list[Floats]]:
    """The order, and then the way to write pitches, that validation pieces need the fewest bits with; and `bits`."""
    tried: dict[NGram, tuple[float, list[Floats]]] = {}

    def cost(ngram: NGram) -> float:
        if ngram not in tried:
            bits = ngram.bits(training, [*validation, *pieces])
            tried[ngram] = sum(float(of_piece.sum()) for of_piece in bits[: len(validation)]), bits[len(validation) :]
        return tried[ngram][0]

    order = min(ORDERS, key=lambda order: cost(NGram(order, True)))
    best = min((NGram(order, relative) for relative in (True, False)), key=cost)
    return best, tried[best][1]


class _Events:
    """Pieces joined, (n, 6), and how many events each lies behind the start of its piece."""

    def __init__(self, pieces: Sequence[EventArray]) -> None:
        self.joined = np.concatenate(pieces).astype(np.uint64)
        self._behind = np.concatenate([np.arange(len(piece)) for piece in pieces])

    def before(self, events: int) -> Hashes:
        """(n, 6): for each event the one that many events before it in its piece."""
        earlier = np.roll(self.joined, events, axis=0)
        earlier[self._behind < events] = NOTHING_YET
        return earlier

    def contexts(self, field: int, order: int) -> list[Hashes]:
        """The growing contexts of a field, each a hash an event, (n,)."""
        beside, before = MATTERS_MOST[FIELDS[field]]
        history = [self.before(ago) for ago in range(1, order)]
        grown = [np.zeros(len(self.joined), np.uint64)]
        if beside:
            grown.append(_mixed(grown[-1], self.joined, beside))
        grown += _each_more(grown[-1], history, before)
        whole = _mixed(grown[-1], self.joined, FIELDS[:field])
        return grown + _each_more(whole, history, FIELDS if FIELDS[field] == "velocity" else FIELDS[:VELOCITY])


def _each_more(context: Hashes, history: Sequence[Hashes], names: Sequence[str]) -> list[Hashes]:
    """A context with one event of the history in it, with two, and so on; of each the fields that are named."""
    grown = [context]
    for event in history:
        grown.append(_mixed(grown[-1], event, names))
    return grown[1:]


def _probabilities(known: _Events, asked: _Events, field: int, order: int, size: int) -> Floats:
    """The probability of one field of every event asked for, from the shortest context to the longest."""
    contexts = known.contexts(field, order)
    name = FIELDS[field : field + 1]
    pairs = [_mixed(context, known.joined, name) for context in contexts]
    probabilities = np.full(len(asked.joined), 1 / size)
    for level, asked_context in enumerate(asked.contexts(field, order)):
        # The longest context is counted as it occurs, a shorter one once for every longer one that it was seen in.
        longest = level == len(contexts) - 1
        counted = slice(None) if longest else np.unique(pairs[level + 1], return_index=True)[1]
        context, pair = contexts[level][counted], pairs[level][counted]
        pair_names, first, counts = np.unique(pair, return_index=True, return_counts=True)
        context_names, totals = np.unique(context, return_counts=True)
        discount = _discounts(counts)[np.minimum(counts, 3)]
        owner = np.searchsorted(context_names, context[first])
        kept = np.bincount(owner, discount, len(totals)) / totals
        there, seen = _look_up(context_names, asked_context)
        pair_there, pair_seen = _look_up(pair_names, _mixed(asked_context, asked.joined, name))
        own = np.where(pair_seen, (counts - discount)[pair_there], 0) / totals[there]
        probabilities = np.where(seen, own + kept[there] * probabilities, probabilities)
    return probabilities


def _discounts(counts: npt.NDArray[np.int64]) -> Floats:
    """What is taken from a count of 0, 1, 2, and 3 or more, estimated from how many counts are 1 to 4, if there are."""
    n = np.bincount(np.minimum(counts, 5), minlength=6).astype(float)
    if not n[1:5].all():
        return np.array([0.0, 0.5, 0.5, 0.5])
    share = n[1] / (n[1] + 2 * n[2])
    wanted = [i - (i + 1) * share * n[i + 1] / n[i] for i in (1, 2, 3)]
    return np.array([0.0, *np.clip(wanted, 0.1, [0.95, 1.9, 2.9])])


def _look_up(names: Hashes, asked: Hashes) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Where in sorted `names` each hash stands, and whether it does."""
    there = np.minimum(np.searchsorted(names, asked), len(names) - 1)
    return there, names[there] == asked


def _mixed(hashes: Hashes, events: Hashes, names: Sequence[str]) -> Hashes:
    """(n,) hashes with the named fields of (n, 6) events mixed in, by the finalizer of the splitmix64 generator."""
    for name in names:
        mixed = (hashes ^ (events[:, FIELDS.index(name)] + np.uint64(1))) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        hashes = mixed ^ (mixed >> np.uint64(31))
    return hashes
