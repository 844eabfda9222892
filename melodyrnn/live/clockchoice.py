"""Which of several inputs is followed, where each may send a clock: many keyboards do all day long."""

from melodyrnn.live.messages import CLOCK, CONTINUE, POSITION, START, STOP


class ClockChoice:
    """Follows the clock of the last input; until a clock came from there, that of another which was started."""

    def __init__(self, inputs: int) -> None:
        self.ignored: set[int] = set()  # inputs that were started and are not followed
        self._last = self._followed = inputs - 1
        self._heard = False

    def follows(self, index: int, message: bytes) -> bool:
        """Whether a message of an input counts: all that is no clock does."""
        status = message[0] if message else 0
        if status < 0xF0:
            return True
        if index == self._last and status in (CLOCK, START, CONTINUE, STOP, POSITION):
            self._heard, self._followed = True, index
        elif status in (START, CONTINUE):
            if self._heard:
                self.ignored.add(index)
            else:
                self._followed = index
        return index == self._followed
