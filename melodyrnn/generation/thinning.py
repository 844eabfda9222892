"""Parts that are to play fewer notes than in the seed: some of the notes drawn for them are left out.

To steer the network away from a part would have other parts play at its places, and a network that hears fewer notes
plays fewer in all parts. So it draws, and hears, all of them, and what is too much is not kept.
"""

import math
from collections.abc import Sequence

import numpy as np

from melodyrnn.encoding.events import END, PART, Cursor
from melodyrnn.music.pulses import PULSES_PER_QUARTER

FADE_PULSES = 8 * PULSES_PER_QUARTER


class Thinning:
    """Follows the onsets of each part. After the seed an asked part's onsets of late, which fade over FADE_PULSES, are
    no more than the share asked for of those that the seed had.
    """

    def __init__(self) -> None:
        self._asked: dict[int, float] = {}
        self._rates = np.zeros(0)  # onsets a pulse of each part in the seed
        self._levels = np.zeros(0)  # of each part, at its last onset
        self._counts, self._first, self._last = (np.zeros(0, np.int64) for _ in range(3))  # onsets of each part
        self._start = 0

    def ask(self, densities: Sequence[tuple[int, float]]) -> None:
        """From here on these parts, by their numbers, have so many notes beside the seed, if below 1."""
        self._asked = {part: density for part, density in densities if density < 1}

    def limit(self, part: int, onsets_a_pulse: float) -> None:
        """From here on a part has so many onsets at most, whatever it had in the seed."""
        self._asked, self._rates = {**self._asked, part: 1.0}, self._rates.copy()
        self._rates[part] = onsets_a_pulse

    def push(self, event: Sequence[int], cursor: Cursor) -> None:
        """Take in an event that the cursor has just moved to."""
        _, _, part, pitch, _, velocity = event
        if pitch >= PART:
            self._levels, self._rates = np.zeros(part + 1), np.zeros(part + 1)
            self._counts, self._first, self._last = (np.zeros(part + 1, np.int64) for _ in range(3))
        elif pitch < END and velocity and self._begins(part, cursor.pulse) and not self.leaves_out(part, cursor.pulse):
            self._first[part] = self._first[part] if self._counts[part] else cursor.pulse
            self._levels[part] = self._level(part, cursor.pulse) + 1
            self._counts[part] += 1
            self._last[part] = cursor.pulse

    def mark_as_seed(self, cursor: Cursor) -> None:
        """The events taken in so far are given music."""
        self._start = cursor.bar_start(cursor.bar + 1)
        self._rates = self._counts / np.maximum(self._start - self._first, 1)
        self._levels = np.zeros(len(self._levels))

    def _begins(self, part: int, pulse: int) -> bool:
        return pulse != self._last[part] or not self._counts[part]

    def leaves_out(self, part: int, pulse: int) -> bool:
        """Whether a note of a part at a pulse would be too much."""
        if part not in self._asked or pulse == self._last[part]:  # more notes of a chord
            return False
        settled = -math.expm1(-max(pulse - self._start, 0) / FADE_PULSES)
        wanted = float(self._rates[part]) * self._asked[part] * FADE_PULSES * settled
        return self._level(part, pulse) > wanted

    def _level(self, part: int, pulse: int) -> float:
        return float(self._levels[part]) * math.exp((int(self._last[part]) - pulse) / FADE_PULSES)
