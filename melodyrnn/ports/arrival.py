"""When a message came: its time on this machine's clock, from how long after the one before it came."""

DRIFT = 2e-4  # how much faster or slower than ours the clock of a MIDI system may run
FORGOTTEN_SECONDS = 0.25


class ArrivalTimes:
    """Turns the steps between messages into times of time.monotonic.

    RtMidi measures the steps where messages come in; here they are asked for later, by as much as the interpreter was
    busy. No message is seen before it came: so of all the moments at which the clocks could have been set alike, the
    earliest is nearest to the truth. A message's own step adds no more error than its clock has.
    """

    def __init__(self) -> None:
        self._sum = 0.0
        self._offset = float("inf")

    def at(self, delta_seconds: float, now: float) -> float:
        """The message came so long after the one before it, and is seen `now` -> when it came."""
        self._sum += delta_seconds
        seen = now - self._sum
        self._offset = min(self._offset + DRIFT * delta_seconds, seen)
        if seen - self._offset > FORGOTTEN_SECONDS:  # a message was lost, and its step with it; or all stood still
            self._offset = seen
        return self._sum + self._offset
