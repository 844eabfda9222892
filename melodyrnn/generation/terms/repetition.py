"""A pattern that came too often in a row must change."""

from collections.abc import Sequence

import numpy as np

from melodyrnn.arrays import Floats
from melodyrnn.encoding.events import END, FIELDS, SIZES, Cursor
from melodyrnn.generation.terms.step import Constants, Step

BarNotes = tuple[tuple[int, int, int, int], ...]  # place, part, pitch and duration of each note of a bar
PATTERN_BARS = (1, 2, 4, 8)


class Repetition:
    """A pattern of 1, 2, 4 or 8 bars that came `most_times` in a row must change, unless the seed repeats it longer.

    Each note of a pattern played once more costs `nats_a_note`; the last note, which would complete it, far more.
    """

    def __init__(self, constants: Constants) -> None:
        self._nats, self._last_nats = constants["nats_a_note"], constants["nats_last_note"]
        self._bars: list[BarNotes] = []  # the last whole ones
        self._now: list[tuple[int, int, int, int]] = []
        self._bar = 0
        self._runs = dict.fromkeys(PATTERN_BARS, 0)  # bars in a row that equal the bar so many before
        self._most = {bars: (constants["most_times"] - 1) * bars for bars in PATTERN_BARS}
        self._bounded = frozenset(PATTERN_BARS)

    def push(self, event: Sequence[int], cursor: Cursor) -> None:
        """As Follower says."""
        while self._bar < cursor.bar:
            self._runs = self._runs_after(tuple(self._now))
            self._bars = [*self._bars[1 - PATTERN_BARS[-1] :], tuple(self._now)]
            self._now = []
            self._bar += 1
        _, place, part, pitch, duration, _ = event
        if pitch < END:
            self._now.append((place, part, pitch, duration))

    def mark_as_seed(self, _: Cursor) -> None:
        """As Follower says. Patterns that the seed repeats too often may be repeated."""
        runs = self._runs_after(tuple(self._now))
        often = {bars for bars in PATTERN_BARS if runs[bars] >= self._most[bars]}
        self._bounded = frozenset(bars for bars in PATTERN_BARS if all(bars % pattern for pattern in often))

    def _runs_after(self, now: BarNotes) -> dict[int, int]:
        """How long the runs are once a bar of these notes is over."""
        return {
            bars: run + 1 if now and len(self._bars) >= bars and self._bars[-bars] == now else 0
            for bars, run in self._runs.items()
        }

    def nats(self, step: Step) -> Floats | None:
        """As Follower says: of the pitches that would go on with a pattern that came too often."""
        bars, place, part = step.drawn
        if bars > 1:
            return None
        now, runs, past = self._now, self._runs, self._bars
        if bars:
            now, runs, past = [], self._runs_after(tuple(self._now)), [*self._bars, tuple(self._now)]
        result: Floats | None = None
        for pattern in self._bounded:
            if runs[pattern] < self._most[pattern]:
                continue
            again, count = past[-pattern], len(now)
            if count < len(again) and list(again[:count]) == now and again[count][:2] == (place, part):
                if result is None:
                    result = np.zeros(SIZES[FIELDS.index("pitch")], np.float32)
                result[again[count][2]] -= self._nats if count + 1 < len(again) else self._last_nats
        return result
