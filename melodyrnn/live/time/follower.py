"""Following another program's MIDI clock: its pulses come with jitter, and are smoothed into a tempo and a phase.

Start, Stop, Continue and Song Position are those of the MIDI 1.0 Detailed Specification: the first clock after Start is
pulse 0, the first after Continue the pulse that was named or stopped at.
"""

from enum import Enum, auto

from melodyrnn.messages import CLOCK, CONTINUE, POSITION, START, STOP, position_pulse
from melodyrnn.music.pulses import seconds_per_pulse

PHASE_GAIN, PERIOD_GAIN = 0.3, 0.05  # measured: see docs/live.md
STALL_SECONDS = 0.25  # without a clock for so long (or three pulses, if those last longer) it stalls
STALL_PULSES = 3
AHEAD_PULSES = 2  # as far as the song goes without having heard the clock
JOINED_PULSES = 24  # of a clock that was never heard to start or stop: then it is taken to have started before
STRANGE_PULSES = 0.75  # a clock so far from where it was expected is a surprise; SURPRISES of them in a row a new tempo
SURPRISES = 2
LEAST_PERIOD_SECONDS, MOST_PERIOD_SECONDS = 0.0005, 1.0  # 5000 bpm, and 2.5; what lies outside is no tempo


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
        """Whether two pulses were heard that follow each other."""
        return self._count > 1

    @property
    def pulses_heard(self) -> int:
        """How many pulses in a row were heard."""
        return self._count

    def expects(self, seconds: float) -> bool:
        """Whether the next pulse is nearest to that time."""
        return abs(seconds - self.phase_seconds - self.period_seconds) < self.period_seconds / 2

    def hear(self, seconds: float) -> None:
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
    """What another clock asks for, beside its pulses."""

    START = auto()
    STOP = auto()
    CONTINUE = auto()
    LOCATE = auto()


class ExternalTransport:
    """The song as another clock drives it. Messages go in, pulses come out; silence where the clock stalls."""

    def __init__(self, bpm: float = 120.0) -> None:
        self._estimate = PulseEstimate(seconds_per_pulse(bpm))
        self._next = 0  # the pulse that the next clock will be
        self._rolling = self._moved = self._told = False  # told: that it starts, stops or goes somewhere
        self._came = float("-inf")  # when the last clock came

    @property
    def bpm(self) -> float:
        """Quarter notes a minute, as estimated."""
        return 60 / (24 * self._estimate.period_seconds)

    @property
    def next_pulse(self) -> int:
        """The pulse that the next clock will be."""
        return self._next

    @property
    def waits_for(self) -> str:
        """Why it does not run, where it does not."""
        return "stopped" if self._told and not self._rolling else "waiting for the clock"

    def receive(self, message: bytes, at_seconds: float) -> Signal | None:
        """Take in a whole real time message or Song Position -> what else it asks for."""
        status = message[0]
        if status == CLOCK:
            self._tick(at_seconds)
            if self._told or self._estimate.pulses_heard < JOINED_PULSES:
                return None
            status = START  # it runs, and was started before anybody listened
        self._told = self._told or status in (START, CONTINUE, STOP, POSITION)
        if status == START:
            self._rolling, self._next, self._moved = True, 0, True
            return Signal.START
        if status == CONTINUE:
            self._rolling, self._moved = True, True
            return Signal.CONTINUE
        if status == STOP:
            self._rolling = False
            return Signal.STOP
        if status == POSITION:
            self._next, self._moved = position_pulse(message), True
            return Signal.LOCATE
        return None

    def _tick(self, at_seconds: float) -> None:
        gap, estimate = at_seconds - self._came, self._estimate
        stalled = gap > self._patience() if estimate.knows_period else gap > MOST_PERIOD_SECONDS
        if stalled or (self._moved and not estimate.expects(at_seconds)):  # a clock may run on while the song stands
            estimate.restart()
        estimate.hear(at_seconds)
        self._came = at_seconds
        if self._rolling:
            self._next, self._moved = self._next + 1, False

    def _patience(self) -> float:
        return max(STALL_SECONDS, STALL_PULSES * self._estimate.period_seconds)

    def runs(self, now: float) -> bool:
        """Whether it was started and clocks come. After Start or a new position, from the next clock on."""
        return self._rolling and not self._moved and now - self._came <= self._patience()

    def pulse(self, now: float) -> int:
        """As Transport says, by the smoothed phase: the last clock itself may have come early or late."""
        ahead = (now - self._estimate.phase_seconds) / self._estimate.period_seconds + 1e-7
        return self._next - 1 + int(min(ahead, AHEAD_PULSES) // 1)

    def look_again(self, pulse: int) -> float:
        """As Transport says: when `pulse` is expected, or when the clock counts as stalled."""
        if not self._rolling or self._moved:
            return float("inf")
        stalls = self._came + self._patience() + 1e-6
        ahead = pulse - self._next + 1
        if ahead > AHEAD_PULSES:
            return stalls
        return min(self._estimate.phase_seconds + ahead * self._estimate.period_seconds, stalls)

    def hold(self, pulses: int) -> bool:  # noqa: ARG002
        """As Transport says: it is not ours to say."""
        return False
