"""The tempo of another clock as a take writes it: as few tempos as explain when its pulses came.

A clock's pulses come with milliseconds of jitter, so a tempo read off any one beat is off by half a percent. Here each
quarter note of pulses is averaged, and one tempo holds for as long as it explains those averages.
"""

from typing import NamedTuple

from melodyrnn.live.time.axes import TakePulse
from melodyrnn.music.pulses import PULSES_PER_QUARTER, seconds_per_pulse

TOLERANCE_SECONDS = 0.002  # a quarter note is explained if it comes, on average, so near to where the tempo puts it
EARLY_TOLERANCE_SECONDS = 0.004  # more for a tempo of n quarter notes: divided by n


class TempoFrom(NamedTuple):
    """The tempo from a pulse on. A later one for the same pulse is more exact."""

    pulse: TakePulse
    bpm: float


class TempoTrace:
    """Finds the tempos of a clock from when its pulses came. Constant time and memory.

    The present tempo is the slope of a least squares line through the quarter notes since it began; in each run of the
    clock the line goes through the first of them. If a quarter note lies off the line, another tempo begins with it.
    """

    def __init__(self) -> None:
        self._period_seconds: float | None = None
        self._since = TakePulse(0)  # where the present tempo begins
        self._products = self._squares = 0.0  # sums of pulses x seconds, and of pulses squared, over its quarter notes
        self._quarters = 0
        self._origin: tuple[float, float] | None = None  # of the run: a pulse and its time
        self._run_since = TakePulse(0)  # the first pulse of the run
        self._first = TakePulse(0)  # of the quarter note that is coming in
        self._times: list[float] = []  # its pulses so far

    @property
    def bpm(self) -> float | None:
        """The present tempo; None before the first whole quarter note."""
        return None if self._period_seconds is None else 60 / (PULSES_PER_QUARTER * self._period_seconds)

    def restart(self) -> None:
        """The next pulse follows no other: the clock stood still, or the song went elsewhere."""
        self._origin, self._times = None, []

    def add(self, pulse: TakePulse, seconds: float, estimated_bpm: float) -> TempoFrom | None:
        """A pulse came -> the tempo and where it began, if that is another or known more exactly.

        `estimated_bpm`: the tempo until a second quarter note has come.
        """
        if not self._times:
            self._first = pulse
        self._times.append(seconds)
        if len(self._times) < PULSES_PER_QUARTER:
            return None if self._quarters or self._origin else TempoFrom(self._since, estimated_bpm)
        middle, mean = int(self._first) + (PULSES_PER_QUARTER - 1) / 2, sum(self._times) / PULSES_PER_QUARTER
        self._times = []
        if self._period_seconds is None:
            self._period_seconds = seconds_per_pulse(estimated_bpm)
        if self._origin is None:
            self._origin, self._run_since = (middle, mean), self._first
        else:
            self._explain(middle, mean)
        return TempoFrom(self._since, 60 / (PULSES_PER_QUARTER * self._period_seconds))

    def _explain(self, middle: float, mean: float) -> None:
        """Refine the present tempo by a quarter note, or begin another with it."""
        assert self._origin is not None
        assert self._period_seconds is not None
        pulses, seconds = middle - self._origin[0], mean - self._origin[1]
        off = abs(seconds - pulses * self._period_seconds)
        if self._quarters and off > TOLERANCE_SECONDS + EARLY_TOLERANCE_SECONDS / self._quarters:
            self._products = self._squares = 0.0
            self._quarters = 0
            if self._first - self._run_since == PULSES_PER_QUARTER:
                self._since = self._run_since  # the run began with it
            else:
                self._since, start = self._first, float(int(self._first))
                self._origin = start, self._origin[1] + (start - self._origin[0]) * self._period_seconds
                pulses, seconds = middle - self._origin[0], mean - self._origin[1]
        self._products += pulses * seconds
        self._squares += pulses * pulses
        self._quarters += 1
        self._period_seconds = self._products / self._squares
