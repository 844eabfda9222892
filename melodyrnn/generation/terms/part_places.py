"""Places in the bar as the parts have them in the seed."""

from collections.abc import Sequence

import numpy as np

from melodyrnn.arrays import Doubles, Floats
from melodyrnn.encoding.events import END, FIELDS, PART, PLACES, SIZES, Cursor
from melodyrnn.generation.terms.step import Constants, Expected, Step

MOST_UNEXPECTED_NATS = 8.0  # against places that are unusual for a part that has not played


class PartPlaces:
    """A place in the bar where a part rarely begins notes in the seed costs `weight` nats for each factor e.

    First the place, by all parts together, then the part, by its share of the onsets there. Places near those of the
    seed count as they do, within about `spread_pulses`. Nothing costs more than `most_nats`; nothing is known of seeds
    of fewer than `least_onsets`.
    """

    def __init__(self, constants: Constants) -> None:
        self._constants = constants
        self._counts = np.zeros((0, PLACES))  # onsets of each part
        self._last = (-1, -1)  # pulse, part: a chord counts once
        self._place_nats: Floats | None = None
        self._part_nats = np.zeros((PLACES, 0), np.float32)

    def __deepcopy__(self, _: dict[int, object]) -> "PartPlaces":
        other = PartPlaces(self._constants)
        other._counts, other._last = self._counts.copy(), self._last
        other._place_nats, other._part_nats = self._place_nats, self._part_nats  # replaced, never changed
        return other

    def push(self, event: Sequence[int], cursor: Cursor) -> None:
        """As Follower says."""
        _, place, part, pitch, _, velocity = event
        if pitch >= PART:
            self._counts = np.zeros((part + 1, PLACES))
        elif pitch < END and velocity and self._last != (cursor.pulse, part):
            self._counts[part, place] += 1
            self._last = cursor.pulse, part

    def mark_as_seed(self, _: Cursor) -> None:
        """As Follower says."""
        if self._counts.sum() < self._constants["least_onsets"]:
            return
        near = self._near(self._counts)
        self._place_nats = self._costs(near.sum(0))
        self._part_nats = self._costs(near).T.copy()

    def expect(self, part: int, expected: Expected, _: Cursor) -> None:
        """A part that has not played begins its notes at the places that are usual for it, hardly ever elsewhere."""
        places = self._near(expected.places)
        costs = np.log(np.maximum(places / max(places.max(), 1e-9), 1e-9)).clip(-MOST_UNEXPECTED_NATS)
        known = np.zeros((PLACES, part + 1), np.float32)
        known[:, : self._part_nats.shape[1]] = self._part_nats[:, : part + 1]
        known[:, part] = costs
        self._part_nats = known
        if self._place_nats is None:
            self._place_nats = np.zeros(PLACES, np.float32)

    def _near(self, counts: Doubles) -> Doubles:
        far = (np.arange(PLACES)[:, None] - np.arange(PLACES)) / self._constants["spread_pulses"]
        near: Doubles = counts @ np.exp(-(far**2) / 2)
        return near

    def _costs(self, shares: Doubles) -> Floats:
        """Beside the highest of each row."""
        highest = np.maximum(shares.max(-1, keepdims=True), 1e-9)
        nats = self._constants["weight"] * np.log(np.maximum(shares / highest, 1e-9))
        costs: Floats = np.maximum(nats, -self._constants["most_nats"]).astype(np.float32)
        return costs

    def nats(self, step: Step) -> Floats | None:
        """As Follower says, of places and of parts."""
        if self._place_nats is None:
            return None
        if step.field == "place":
            return self._place_nats
        result = np.zeros(SIZES[FIELDS.index("part")], np.float32)
        costs = self._part_nats[step.drawn[1]]
        result[: len(costs)] = costs
        return result
