"""Following another program's MIDI clock: its pulses come with jitter, and are smoothed into a tempo and a phase.

Start, Stop, Continue and Song Position follow the MIDI 1.0 Detailed Specification: the first clock after Start is
pulse 0, the first after Continue is the pulse that Song Position named, or the one at which the song stopped.
"""

from enum import Enum, auto

from melodyrnn.live.time.axes import SongPulse
from melodyrnn.messages import CLOCK, CONTINUE, POSITION, START, STOP, position_pulse
from melodyrnn.music.pulses import seconds_per_pulse

PHASE_GAIN, PERIOD_GAIN = 0.3, 0.05  # measured: see docs/benchmarks/live.md
STALL_SECONDS = 0.25  # the clock stalls when none comes for so long, or for three pulses if those last longer
STALL_PULSES = 3
AHEAD_PULSES = 2  # how far the song goes beyond the last clock
JOINED_PULSES = 24  # after so many clocks without Start or Stop, the clock counts as started before
STRANGE_PULSES = 0.75  # a clock so far from its expected time is a surprise; more than SURPRISES in a row: a new tempo
SURPRISES = 2
LEAST_PERIOD_SECONDS, MOST_PERIOD_SECONDS = 0.0005, 1.0  # 5000 and 2.5 bpm


class PulseEstimate:
    """Phase and period of the last pulse, from the times at which pulses came.

    An alpha-beta filter whose gains fall from those of a least squares line through all pulses to two constants (E.
    Brookner, Tracking and Kalman Filtering Made Easy, 1998): it has the tempo after two pulses, and follows it later.
    """

    def __init__(self, period_seconds: float) -> None:
        self.phase_seconds = self._last_seconds = 0.0
        self.period_seconds = period_seconds
        self._count = self._surprises = 0

    def restart(self) -> None:
        """The next pulse follows no other: only the period is kept."""
        self._count = self._surprises = 0

    @property
    def knows_period(self) -> bool:
        """Whether two pulses came that follow each other."""
        return self._count > 1

    @property
    def pulses(self) -> int:
        """How many pulses came in a row."""
        return self._count

    def expects(self, seconds: float) -> bool:
        """Whether the next pulse is nearest to that time."""
        return abs(seconds - self.phase_seconds - self.period_seconds) < self.period_seconds / 2

    def update(self, seconds: float) -> None:
        """The next pulse came."""
        n = self._count
        self._count += 1
        last, self._last_seconds = self._last_seconds, seconds
        if n == 0:
            self.phase_seconds = seconds
            return
        if n == 1:
            self.period_seconds, self.phase_seconds = max(seconds - last, LEAST_PERIOD_SECONDS), seconds
            return
        expected = self.phase_seconds + self.period_seconds
        error = seconds - expected
        self._surprises = self._surprises + 1 if abs(error) > STRANGE_PULSES * self.period_seconds else 0
        if self._surprises > SURPRISES:
            self.period_seconds, self.phase_seconds = max(seconds - last, LEAST_PERIOD_SECONDS), seconds
            self._count, self._surprises = 2, 0
        else:
            self.phase_seconds = expected + max(PHASE_GAIN, 2 * (2 * n + 1) / ((n + 1) * (n + 2))) * error
            change = max(PERIOD_GAIN, 6 / ((n + 1) * (n + 2))) * error
            self.period_seconds = max(self.period_seconds + change, LEAST_PERIOD_SECONDS)


class Signal(Enum):
    """A message of another clock beside its pulses."""

    START = auto()
    STOP = auto()
    CONTINUE = auto()
    LOCATE = auto()


class ExternalTransport:
    """The song as another clock drives it. Messages go in, pulses come out; it stands still while the clock stalls."""

    def __init__(self, bpm: float = 120.0) -> None:
        self._estimate = PulseEstimate(seconds_per_pulse(bpm))
        self._next = SongPulse(0)  # the pulse that the next clock will be
        self._rolling = self._moved = False
        self._commanded = False  # a Start, Stop, Continue or Song Position came
        self._clock_seconds = float("-inf")  # when the last clock came

    @property
    def bpm(self) -> float:
        """Quarter notes a minute, as estimated."""
        return 60 / (24 * self._estimate.period_seconds)

    @property
    def rolling(self) -> bool:
        """Whether the song was started: the clocks that come are its pulses."""
        return self._rolling

    @property
    def is_steady(self) -> bool:
        """Whether the last clock followed the one before it."""
        return self._estimate.pulses > 1

    @property
    def next_pulse(self) -> SongPulse:
        """The pulse that the next clock will be."""
        return self._next

    @property
    def waits_for(self) -> str:
        """Why it does not run, if it does not."""
        return "stopped" if self._commanded and not self._rolling else "waiting for the clock"

    def receive(self, message: bytes, at_seconds: float) -> Signal | None:
        """Take in a whole real time message or Song Position -> what it asks for, beside a pulse."""
        status = message[0]
        if status == CLOCK:
            self._tick(at_seconds)
            if self._commanded or self._estimate.pulses < JOINED_PULSES:
                return None
            status = START  # it started before anybody listened
        self._commanded = self._commanded or status in (START, CONTINUE, STOP, POSITION)
        if status == START:
            self._rolling, self._next, self._moved = True, SongPulse(0), True
            return Signal.START
        if status == CONTINUE:
            self._rolling, self._moved = True, True
            return Signal.CONTINUE
        if status == STOP:
            self._rolling = False
            return Signal.STOP
        if status == POSITION:
            self._next, self._moved = SongPulse(position_pulse(message)), True
            return Signal.LOCATE
        return None

    def _tick(self, at_seconds: float) -> None:
        gap, estimate = at_seconds - self._clock_seconds, self._estimate
        stalled = gap > self._patience() if estimate.knows_period else gap > MOST_PERIOD_SECONDS
        if stalled or (self._moved and not estimate.expects(at_seconds)):  # a clock may run on while the song stands
            estimate.restart()
        estimate.update(at_seconds)
        self._clock_seconds = at_seconds
        if self._rolling:
            self._next, self._moved = self._next + 1, False

    def _patience(self) -> float:
        return max(STALL_SECONDS, STALL_PULSES * self._estimate.period_seconds)

    def runs(self, now: float) -> bool:
        """Whether it was started and clocks come. After Start or a new position, from the next clock on."""
        return self._rolling and not self._moved and now - self._clock_seconds <= self._patience()

    def pulse(self, now: float) -> SongPulse:
        """See Transport; by the smoothed phase, as the last clock itself may have come early or late."""
        ahead = (now - self._estimate.phase_seconds) / self._estimate.period_seconds + 1e-7
        return self._next + (int(min(ahead, AHEAD_PULSES) // 1) - 1)

    def look_again(self, pulse: SongPulse) -> float:
        """When `pulse` is expected, or when the clock counts as stalled."""
        if not self._rolling or self._moved:
            return float("inf")
        stalls = self._clock_seconds + self._patience() + 1e-6
        ahead = pulse - self._next + 1
        if ahead > AHEAD_PULSES:
            return stalls
        return min(self._estimate.phase_seconds + ahead * self._estimate.period_seconds, stalls)

    def hold(self, pulses: int) -> bool:  # noqa: ARG002
        """See Transport: this one does not keep the time."""
        return False
