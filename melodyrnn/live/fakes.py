"""A clock and ports for tests: hours of music in a second, and no device."""

import threading

from melodyrnn.errors import PortError
from melodyrnn.live.clock import Wake
from melodyrnn.live.ports import Receive


class FakeClock:
    """Time that passes when somebody waits for it, and not otherwise."""

    def __init__(self, seconds: float = 0.0) -> None:
        self._now = seconds
        self._lock = threading.Lock()

    def now(self) -> float:
        """Seconds that have been waited for."""
        return self._now

    def wait_until(self, seconds: float, wake: Wake) -> None:
        """It is that time at once, unless `wake` is set."""
        if not wake.is_set():
            self.advance_to(seconds)

    def advance_to(self, seconds: float) -> None:
        """Let it be that time, if it is not later already."""
        with self._lock:
            self._now = max(self._now, seconds)


class _Device:
    """What can be lost and closed."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.closed = self.lost = False

    def lose(self) -> None:
        """As if the device had been unplugged."""
        self.lost = True

    def alive(self) -> bool:
        """Whether it was neither lost nor closed."""
        return not (self.lost or self.closed)

    def close(self) -> None:
        """Neither take nor hear any more."""
        self.closed = True


class FakePort(_Device):
    """An output port that keeps what is sent: `sent` holds (seconds, message) in order."""

    def __init__(self, clock: FakeClock, name: str = "fake") -> None:
        super().__init__(name)
        self.sent = list[tuple[float, bytes]]()
        self._clock = clock

    def send(self, message: bytes) -> None:
        """Keep the message. PortError once lost or closed."""
        if self.lost or self.closed:
            raise PortError(f"{self.name}: the port is {'closed' if self.closed else 'lost'}")
        self.sent.append((self._clock.now(), message))


class FakeInput(_Device):
    """An input port that hears what a test plays on it."""

    def __init__(self, clock: FakeClock, receive: Receive, name: str = "fake keys") -> None:
        super().__init__(name)
        self._clock, self._receive = clock, receive

    def play(self, *message: int) -> None:
        """One message comes in now, given as its bytes."""
        if self.alive():
            self._receive(bytes(message), self._clock.now())
