"""The tempo of another clock as a take writes it: as few tempos as explain when its pulses came.

A clock's pulses come with milliseconds of jitter, so a tempo read off any one beat is off by half a percent. Here each
quarter note of pulses is averaged, and one tempo holds for as long as it explains those averages.
"""

from collections.abc import Sequence
from typing import NamedTuple

from melodyrnn.live.time.axes import TakePulse
from melodyrnn.music.pulses import PULSES_PER_QUARTER

TOLERANCE_SECONDS = 0.002  # a quarter note is explained if it comes, on average, so near to where the tempo puts it
EARLY_TOLERANCE_SECONDS = 0.004  # more for a tempo of n quarter notes: divided by n
MIDDLE = (PULSES_PER_QUARTER - 1) / 2


class TempoFrom(NamedTuple):
    """The tempo from a pulse on. A later one for the same pulse is more exact."""

    pulse: TakePulse
    bpm: float


class _Fit:
    """A least squares fit of seconds to pulses: one slope for some runs, each with its own phase."""

    def __init__(self) -> None:
        self.quarters = 0
        self._squares = self._products = 0.0  # about the means of the runs that are over
        self.start_run()

    def start_run(self) -> None:
        """The pulses to come have another phase than those before."""
        if self.quarters:
            self._squares, self._products = self._sums()
        self._count = 0
        self._mean_pulse = self._mean_seconds = self._run_squares = self._run_products = 0.0

    def add(self, first: int, times: Sequence[float]) -> None:
        """A quarter note, from a pulse on."""
        self.quarters += 1
        for pulse, seconds in enumerate(times, first):
            self._count += 1
            from_mean = pulse - self._mean_pulse
            self._mean_pulse += from_mean / self._count
            self._mean_seconds += (seconds - self._mean_seconds) / self._count
            self._run_squares += from_mean * (pulse - self._mean_pulse)
            self._run_products += from_mean * (seconds - self._mean_seconds)

    def _sums(self) -> tuple[float, float]:
        return self._squares + self._run_squares, self._products + self._run_products

    @property
    def period_seconds(self) -> float:
        """The slope, once there is a quarter note."""
        squares, products = self._sums()
        return products / squares

    def at(self, pulse: float, period_seconds: float) -> float:
        """When a pulse of the present run is by its quarter notes."""
        return self._mean_seconds + (pulse - self._mean_pulse) * period_seconds


class TempoTrace:
    """Finds the tempos of a clock from when its pulses came. Constant time and memory.

    The present tempo is a least squares fit to the quarter notes since it began. If one lies off the fit, another tempo
    begins with it. The first quarter note of a tempo also makes up for the time by which the fit before it was off, so
    that such times do not add up.
    """

    def __init__(self) -> None:
        self._period_seconds: float | None = None
        self._since = TakePulse(0)  # where the present tempo begins
        self._fit = _Fit()
        self._anchor: tuple[int, float] | None = None  # where the tempo before ended; None: it begins with a run
        self._run: tuple[TakePulse, list[float]] | None = None  # the first pulse of the run, its first quarter note
        self._first = TakePulse(0)  # the first pulse of the quarter note that is coming in
        self._times: list[float] = []  # its pulses so far

    @property
    def bpm(self) -> float | None:
        """The present tempo; None before the first whole quarter note."""
        return None if self._period_seconds is None else 60 / (PULSES_PER_QUARTER * self._period_seconds)

    def restart(self) -> None:
        """The next pulse follows no other: the clock stood still, or the song went elsewhere."""
        self._run, self._times = None, []

    def add(self, pulse: TakePulse, seconds: float, estimated_bpm: float) -> TempoFrom | None:
        """A pulse came -> the tempo and where it began, if that is another or known more exactly.

        `estimated_bpm`: the tempo until a whole quarter note has come.
        """
        if not self._times:
            self._first = pulse
        self._times.append(seconds)
        if len(self._times) < PULSES_PER_QUARTER:
            return None if self._fit.quarters else TempoFrom(self._since, estimated_bpm)
        times, self._times = self._times, []
        self._period_seconds = self._explain(int(self._first), times)
        return TempoFrom(self._since, 60 / (PULSES_PER_QUARTER * self._period_seconds))

    def _explain(self, first: int, times: list[float]) -> float:
        """Take in a quarter note -> the length of a pulse."""
        fit = self._fit
        if self._run is None:
            self._run, self._anchor = (self._first, times), None
            fit.start_run()
        elif self._is_off(first, times):
            self._fit = _Fit()
            run, run_times = self._run
            if self._first - run > PULSES_PER_QUARTER:
                return self._begin(fit, first, times)
            self._since, self._anchor = run, None  # the run began with this tempo
            self._fit.add(int(run), run_times)
        self._fit.add(first, times)
        return self._fit.period_seconds

    def _is_off(self, first: int, times: list[float]) -> bool:
        assert self._period_seconds is not None
        error = sum(times) / len(times) - self._fit.at(first + MIDDLE, self._period_seconds)
        return abs(error) > TOLERANCE_SECONDS + EARLY_TOLERANCE_SECONDS / self._fit.quarters

    def _begin(self, before: _Fit, first: int, times: list[float]) -> float:
        """Begin a tempo with a quarter note, which ends when it should -> the length of a pulse until there is more."""
        assert self._period_seconds is not None
        if self._anchor is None:
            start = before.at(first, self._period_seconds)
        else:
            start = self._anchor[1] + (first - self._anchor[0]) * self._period_seconds
        self._since, self._anchor = self._first, (first, start)
        self._fit.add(first, times)
        end = self._fit.at(first + PULSES_PER_QUARTER, self._fit.period_seconds)
        return (end - start) / PULSES_PER_QUARTER
