"""The density asked for."""

import math
from collections.abc import Sequence

import numpy as np

from melodyrnn.arrays import Floats
from melodyrnn.encoding.events import DRUM, DURATIONS, END, Cursor
from melodyrnn.generation.terms.step import Constants, Step, waiting
from melodyrnn.music.pulses import PULSES_PER_QUARTER


class Density:
    """The density asked for. Waiting w beats is multiplied by exp(-rate w); a bar line crossed counts as one bar.

    The rate begins with log(density). Where it is known how dense the music is at density 1, the `reference`, the rate
    follows what is played: it rises while the onsets of late are fewer than asked for, and falls while they are more.
    So are melodic durations of w beats, up to four: the next note tends to wait for the last to end.
    """

    _BEATS_LASTED = np.minimum(np.arange(DURATIONS, dtype=np.float32) / PULSES_PER_QUARTER, 4)

    def __init__(self, constants: Constants) -> None:
        self._constants = constants
        self._fade = constants["fade_beats"] * PULSES_PER_QUARTER
        self._level, self._first, self._pulse, self._onsets = 0.0, 0, -1, 0
        self._correction = 0.0
        self._asked = 1.0
        self.reference: float | None = None  # onsets a pulse, of music of density 1

    def push(self, event: Sequence[int], cursor: Cursor) -> None:
        """As Follower says."""
        _, _, _, pitch, _, velocity = event
        pulse = cursor.pulse
        if pitch >= END or not velocity or pulse == self._pulse:
            return
        if self._pulse < 0:
            self._first = pulse
        self._level = self._level * math.exp((self._pulse - pulse) / self._fade) + 1
        beats = min((pulse - self._pulse) / PULSES_PER_QUARTER, self._constants["most_beats"])
        self._pulse = pulse
        self._onsets += 1
        if self.reference and self._asked != 1:
            settled = -math.expm1(-(pulse - self._first + 1) / self._fade)
            wanted = self.reference * self._asked * self._fade * settled + 0.5  # a level is 0.5 higher at an onset
            rate = self._correction + self._constants["gain_a_beat"] * beats * math.log(wanted / self._level)
            self._correction = min(max(rate, -self._constants["most_rate"]), self._constants["most_rate"])

    def mark_as_seed(self, _: Cursor) -> None:
        """As Follower says: the rate begins anew."""
        self._correction = 0.0

    @property
    def onsets_a_pulse(self) -> float:
        """Of all music so far; 0 of fewer than two onsets."""
        return (self._onsets - 1) / (self._pulse - self._first) if self._onsets > 1 else 0.0

    def nats(self, step: Step) -> Floats | None:
        """As Follower says, of waiting and of durations."""
        self._asked = step.density
        if step.density == 1:
            return None
        rate = math.log(step.density) + self._correction
        if step.field == "duration":
            return -np.float32(rate) * self._BEATS_LASTED if step.drawn[3] < DRUM else None
        return waiting(step, rate)
