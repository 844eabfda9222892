"""The pitch class profile: which pitch classes sound, until when, and how much of each sounded over the last bars.

A model that draws a pitch reads the profile rotated so that the class of that pitch comes first. It then judges "the
fifth of the chord" or "foreign to the last bars" alike in all keys.
"""

import copy
import math
from math import sqrt
from typing import Any

from melodyrnn.music.pulses import PULSES_PER_QUARTER

PITCH_CLASSES = 12
FADE_PULSES = (3 * PULSES_PER_QUARTER, 32 * PULSES_PER_QUARTER)  # until a weight is 1/e: of the chord, of the key
MAX_WEIGHT_PULSES = 4 * PULSES_PER_QUARTER  # a longer note weighs as much as one of these
MAX_SOUNDING_NOTES = 32
MAX_AGE_FADES = 100  # after which all weights are scaled down
SCALE = 64  # the value of a pitch class that sounds, or that alone sounded


class PitchClassProfile:
    """Follows the melodic notes of all parts."""

    def __init__(self) -> None:
        self._sounding: list[tuple[int, int]] = []  # end in pulses, pitch class
        self._weights = [[0.0] * PITCH_CLASSES for _ in FADE_PULSES]
        self._since = [0 for _ in FADE_PULSES]  # the pulse at which a note weighs its duration; later notes weigh more
        self._roots: list[int] | None = None  # `faded`, once it was asked for after the last note

    def __deepcopy__(self, _: dict[int, Any]) -> "PitchClassProfile":
        twin = copy.copy(self)
        twin._sounding, twin._since = self._sounding.copy(), self._since.copy()
        twin._weights = [weights.copy() for weights in self._weights]
        return twin

    def push(self, pitch: int, pulse: int, duration_pulses: int) -> None:
        """Take in a note that begins at `pulse`."""
        pitch_class = pitch % PITCH_CLASSES
        for i, fade in enumerate(FADE_PULSES):
            age = (pulse - self._since[i]) / fade
            if age > MAX_AGE_FADES:  # before the weights grow too large
                self._weights[i] = [weight * math.exp(-age) for weight in self._weights[i]]
                self._since[i], age = pulse, 0.0
            self._weights[i][pitch_class] += math.exp(age) * min(duration_pulses, MAX_WEIGHT_PULSES)
        self._sounding = [note for note in self._sounding if note[0] > pulse][1 - MAX_SOUNDING_NOTES :]
        self._sounding.append((pulse + duration_pulses, pitch_class))
        self._roots = None

    def sounding(self, pulse: int) -> set[int]:
        """The pitch classes that go on sounding at `pulse`."""
        return {pitch_class for end, pitch_class in self._sounding if end > pulse}

    def ends(self, pulse: int) -> tuple[int, int]:
        """The pulses at which the first and the last of the notes end that sound at `pulse`; -1 if none does."""
        ends = [end for end, _ in self._sounding if end > pulse]
        return (min(ends), max(ends)) if ends else (-1, -1)

    def at(self, pulse: int) -> list[int]:
        """(12,) SCALE for each class that sounds at `pulse`, else 0, then `faded`."""
        now = [0] * PITCH_CLASSES
        for end, pitch_class in self._sounding:
            if end > pulse:
                now[pitch_class] = SCALE
        return now + self.faded()

    def faded(self) -> list[int]:
        """For each of FADE_PULSES (12,) the roots of the shares of each class, from 0 to SCALE."""
        if self._roots is None:
            self._roots = []
            for weights in self._weights:
                total = math.fsum(weights)  # exact, so that no key is rounded otherwise than another
                scale = SCALE / sqrt(total) if total else 0.0
                self._roots += [int(scale * sqrt(weight) + 0.5) if weight else 0 for weight in weights]
        return self._roots
