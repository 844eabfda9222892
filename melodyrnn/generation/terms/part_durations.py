"""Lengths of notes as the part has them in the seed."""

from collections.abc import Sequence

import numpy as np

from melodyrnn.arrays import Floats
from melodyrnn.encoding.events import DRUM, DURATIONS, PART, Cursor
from melodyrnn.generation.terms.step import Constants, Expected, Step

EXPECTED_OCTAVES, MOST_UNEXPECTED_NATS = (
    1.0,
    5.0,
)  # how lengths of a part that has not played spread, and what others cost


class PartDurations:
    """A length that is rare in the part's notes of the seed costs `weight` nats for each factor e that it is rarer.

    Lengths near those of the seed count as they do: `spread_octaves` is the standard deviation of what is near. Each
    length counts as if there were `prior_notes` more of it, since few notes do not say what is rare. No length costs
    more than `most_nats`. Of fewer than `least_notes` of a part nothing is known.
    """

    _OCTAVES = np.log2(np.maximum(np.arange(DURATIONS), 0.5))

    def __init__(self, constants: Constants) -> None:
        self._constants = constants
        self._counts: dict[int, dict[int, int]] = {}  # by part and duration
        self._costs: dict[int, Floats] = {}  # by part

    def __deepcopy__(self, _: dict[int, object]) -> "PartDurations":
        other = PartDurations(self._constants)
        other._costs = self._costs  # replaced, never changed
        other._counts = {part: counts.copy() for part, counts in self._counts.items()}
        return other

    def push(self, event: Sequence[int], __: Cursor) -> None:
        """As Follower says."""
        _, _, part, pitch, duration, velocity = event
        if pitch >= PART:
            self._counts[part] = {}
        elif pitch < DRUM and velocity:
            counts = self._counts[part]
            counts[duration] = counts.get(duration, 0) + 1

    def mark_as_seed(self, _: Cursor) -> None:
        """As Follower says."""
        self._costs = {
            part: self._cost(counts)
            for part, counts in self._counts.items()
            if sum(counts.values()) >= self._constants["least_notes"]
        }

    def expect(self, part: int, expected: Expected, _: Cursor) -> None:
        """A part that has not played has notes of about its usual length."""
        far = (self._OCTAVES - np.log2(expected.pulses)) / EXPECTED_OCTAVES
        self._costs = {**self._costs, part: (-(far**2) / 2).clip(-MOST_UNEXPECTED_NATS).astype(np.float32)}

    def _cost(self, counts: dict[int, int]) -> Floats:
        far = (self._OCTAVES[:, None] - self._OCTAVES[list(counts)]) / self._constants["spread_octaves"]
        share = np.exp(-(far**2) / 2) @ np.array(list(counts.values()), float) + self._constants["prior_notes"]
        nats = self._constants["weight"] * np.log(np.maximum(share / share.max(), 1e-9))
        cost: Floats = np.maximum(nats, -self._constants["most_nats"]).astype(np.float32)
        return cost

    def nats(self, step: Step) -> Floats | None:
        """As Follower says, of the durations of melodic notes."""
        return self._costs.get(step.drawn[2]) if step.drawn[3] < DRUM else None
