"""Pitches outside the scale of late."""

import math
from collections.abc import Sequence

import numpy as np

from melodyrnn.arrays import Floats
from melodyrnn.encoding.events import DRUM, FIELDS, LONGEST_NOTE, SIZES, Cursor
from melodyrnn.generation.terms.step import Constants, Step
from melodyrnn.music.pulses import PULSES_PER_QUARTER


class OutOfScale:
    """A note outside the scale that is drawn by chance can pull the piece into another key.

    Pitch classes that have hardly sounded of late cost up to `nats`, in proportion to what they lack of `least_share`.
    """

    _CLASSES = np.arange(DRUM) % 12

    def __init__(self, constants: Constants) -> None:
        self._constants = constants
        self._shares = np.zeros(12)
        self._notes = self._pulse = 0

    def push(self, event: Sequence[int], cursor: Cursor) -> None:
        """As Follower says."""
        _, _, _, pitch, duration, velocity = event
        if pitch < DRUM and velocity:
            fade = self._constants["fade_beats"] * PULSES_PER_QUARTER
            self._shares = self._shares * math.exp((self._pulse - cursor.pulse) / fade)
            self._pulse = cursor.pulse
            longest = self._constants["longest_beats"] * PULSES_PER_QUARTER
            self._shares[pitch % 12] += min(duration or LONGEST_NOTE, longest)
            self._notes += 1

    def mark_as_seed(self, _: Cursor) -> None:
        """As Follower says: the scale goes on."""

    def nats(self, _: Step) -> Floats | None:
        """As Follower says, of melodic pitches."""
        if self._notes < self._constants["least_notes"]:
            return None
        lacks = np.maximum(0, 1 - self._shares / (self._shares.sum() * self._constants["least_share"]))
        result = np.zeros(SIZES[FIELDS.index("pitch")], np.float32)
        result[:DRUM] = (-self._constants["nats"] * lacks).astype(np.float32)[self._CLASSES]
        return result
