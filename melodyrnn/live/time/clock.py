"""Time as live playing reads it: a parameter, so that tests run hours of music in a second."""

import time
from typing import Protocol

SPIN_SECONDS = 0.0002  # the end of a wait is not slept: waking takes about a tenth of a millisecond
WAKING_SECONDS = 0.02  # how late an Event may wake on Windows, whose timer ticks 64 times a second
LONGEST_SLEEP_SECONDS = 0.002


class Wake(Protocol):
    """Something that ends a wait early, such as a threading.Event."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set -> whether it is."""

    def is_set(self) -> bool:
        """Whether there is a reason not to wait."""


class Clock(Protocol):
    """Seconds that never run backwards."""

    def now(self) -> float:
        """Seconds since a moment that stays the same."""

    def wait_until(self, seconds: float, wake: Wake) -> None:
        """Return at that time by `now`, or as soon as `wake` is set. For a time that has passed, return at once."""


class SystemClock:
    """The clock of this machine, time.monotonic. Deadlines are absolute: being late once makes nothing later."""

    def now(self) -> float:
        """Seconds of time.monotonic."""
        return time.monotonic()

    def wait_until(self, seconds: float, wake: Wake) -> None:
        """See Clock; exact to about a tenth of a millisecond."""
        far = seconds - time.monotonic() - WAKING_SECONDS
        if far > 0 and wake.wait(far):
            return
        while not wake.is_set():
            left = seconds - time.monotonic()
            if left <= 0:
                return
            if left > SPIN_SECONDS:
                time.sleep(min(left - SPIN_SECONDS, LONGEST_SLEEP_SECONDS))
