"""Parts that become rarer or denser than the seed has them, or fall silent."""

import copy
import math
from collections import deque
from collections.abc import Mapping, Sequence

import numpy as np

from melodyrnn.arrays import Doubles, Floats
from melodyrnn.encoding.events import END, FIELDS, PART, SIZES, Cursor
from melodyrnn.generation.terms.step import Constants, Expected, Step, waiting
from melodyrnn.music.pulses import PULSES_PER_QUARTER

EXPECTED_LEAST, EXPECTED_MOST = 0.9, 1.4  # times the density that is expected of a part that has not played
EXPECTED_LONGEST = 1.5  # times its usual distance between onsets: then it is overdue
CHORD_NATS = 6.0  # for another note of a chord that such a part has begun


class PartBalance:
    """How present each part is: its onsets of late, fading over `fade_beats`.

    A part that is rarer than it ever was in the last bars of the seed gets likelier, one that is denser than ever in
    the seed less likely, by `power` nats for each factor e. Where all parts together are rarer or denser, so it is with
    what comes soon. A part that played in the last bars and has now been silent for longer than ever before gains
    `overdue_nats` a beat, without end: it goes on playing.
    """

    def __init__(self, constants: Constants) -> None:
        self._constants = constants
        self._fade = constants["fade_beats"] * PULSES_PER_QUARTER
        self._window = constants["last_beats"] * PULSES_PER_QUARTER
        self._levels = np.zeros(0)  # one a part, the last one for all together
        self._pulse = 0
        self._onsets: frozenset[int] = frozenset()
        self._last = np.zeros(0)  # the last onset of each part
        self._gaps = np.zeros(0)  # the longest time between two of its onsets
        self._history: deque[tuple[int, Doubles]] = deque()  # of the last bars: pulse and levels
        self._peaks = np.zeros(0)  # the highest levels there were
        self._lowest: Doubles | None = None  # in the last bars of the seed; None before
        self._highest = np.zeros(0)  # in all of the seed
        self._due = np.zeros(0)  # pulses of silence after which a part is overdue
        self._chords: Mapping[int, int] = {}  # how many notes an expected part begins together
        self._together = (-1, 0)  # the part of the last note, and how many it has begun at this pulse

    def __deepcopy__(self, _: dict[int, object]) -> "PartBalance":
        other = copy.copy(self)  # what is not copied below is replaced, never changed
        other._levels, other._last, other._gaps = self._levels.copy(), self._last.copy(), self._gaps.copy()
        other._history = self._history.copy()
        return other

    def push(self, event: Sequence[int], cursor: Cursor) -> None:
        """As Follower says."""
        _, _, part, pitch, _, velocity = event
        pulse = cursor.pulse
        if pitch >= PART:
            self._levels, self._peaks = np.zeros(part + 2), np.zeros(part + 2)
            self._last, self._gaps = np.full(part + 1, -1.0), np.zeros(part + 1)
            self._history = deque()
        elif pitch < END and velocity:
            if pulse > self._pulse:
                self._move(pulse)
            self._together = (part, self._together[1] + 1 if self._together[0] == part else 1)
            if part not in self._onsets:  # a chord counts once
                self._levels[part] += 1
                self._levels[-1] += not self._onsets
                self._onsets |= {part}
                if self._last[part] >= 0:
                    self._gaps[part] = max(self._gaps[part], pulse - self._last[part])
                self._last[part] = pulse

    def _move(self, pulse: int) -> None:
        self._levels = self._at(pulse)
        self._pulse, self._onsets, self._together = pulse, frozenset(), (-1, 0)
        if pulse >= self._fade / 2:  # before, it is not known how present a part is
            settled = self._levels / -math.expm1(-pulse / self._fade)
            self._peaks = np.maximum(self._peaks, settled)
            self._history.append((pulse, settled))
            while self._history[0][0] < pulse - self._window:
                self._history.popleft()

    def _at(self, pulse: int) -> Doubles:
        faded: Doubles = self._levels * math.exp((self._pulse - pulse) / self._fade)
        return faded

    def mark_as_seed(self, cursor: Cursor) -> None:
        """As Follower says. From here on the parts are to be as they were in the last bars."""
        self._move(max(cursor.pulse, self._pulse))
        self._lowest, self._highest = np.zeros_like(self._levels), np.full_like(self._levels, np.inf)
        if self._history:
            self._lowest, self._highest = np.min([levels for _, levels in self._history], 0), self._peaks
        recent = cursor.pulse - self._last < self._window
        plays = recent & (self._last >= 0)
        bar = cursor.bar_pulses(cursor.bar)
        self._due = np.where(plays, np.maximum(self._gaps, bar), np.inf)

    def expect(self, part: int, expected: Expected, cursor: Cursor) -> None:
        """A part that has not played plays from here on, about as often as is usual for it."""
        assert self._lowest is not None
        self._lowest, self._highest, self._due = self._lowest.copy(), self._highest.copy(), self._due.copy()
        level = expected.onsets_a_pulse * self._fade
        self._lowest[part], self._highest[part] = EXPECTED_LEAST * level, EXPECTED_MOST * level
        self._lowest[-1], self._highest[-1] = 0, np.inf  # all parts together will be denser
        self._chords = {**self._chords, part: expected.chord}
        self._last[part] = cursor.pulse
        self._due[part] = EXPECTED_LONGEST / expected.onsets_a_pulse

    def nats(self, step: Step) -> Floats | None:
        """As Follower says: of parts, or of waiting."""
        if self._lowest is None:
            return None
        if step.field == "part":
            pulse = step.pulse
            balance = self._power * np.log(self._imbalance(pulse, step.density)[:-1])
            overdue = np.maximum(0, (pulse - self._last - self._due) / PULSES_PER_QUARTER)
            balance += self._constants["overdue_nats"] * overdue
            result = np.zeros(SIZES[FIELDS.index("part")], np.float32)
            result[: len(balance)] = balance
            last, count = self._together
            if pulse == self._pulse and count < self._chords.get(last, 0):
                result[last] = CHORD_NATS
            return result
        factor = self._imbalance(self._pulse, step.density)[-1] ** self._power
        rate = math.log(min(max(factor, 1 / self._constants["most_factor"]), self._constants["most_factor"]))
        if not rate:
            return None
        return waiting(step, rate)

    @property
    def _power(self) -> float:
        return self._constants["power"]

    def _imbalance(self, pulse: int, density: float) -> Doubles:
        """By which factor each part, and all together, should be more present: below 1, less. 1 where all is well."""
        settled = -math.expm1(-max(pulse, 1) / self._fade)
        now = np.maximum(self._at(pulse), 1e-9)
        assert self._lowest is not None
        most = self._constants["most_missing"]
        lowest, highest = self._lowest * min(density, 1), self._highest * max(density, 1)
        missing = np.clip(lowest * settled / now, 1, most)
        excess = np.clip(now / np.maximum(highest * settled, 1e-9), 1, most)
        result: Doubles = missing / excess
        return result
