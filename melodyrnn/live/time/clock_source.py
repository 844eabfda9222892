"""Which of several inputs is followed, where each may send a clock: many keyboards do all day long."""

from melodyrnn.messages import CLOCK, CONTINUE, POSITION, START, STOP

STILL_SECONDS = 2.0  # without a clock, and a song that was started does not run any more


class ClockSource:
    """Follows the last input; another from when a song is started or located there, unless the last one's runs."""

    def __init__(self, inputs: int) -> None:
        self.ignored: set[int] = set()  # inputs that were started and are not followed
        self._last = self._followed = inputs - 1
        self._rolls = False  # the song of the last input was started, and not stopped
        self._came = float("-inf")  # when its last clock came

    def follows(self, index: int, message: bytes, at_seconds: float) -> bool:
        """Whether a message of an input counts: all that is no clock does."""
        status = message[0] if message else 0
        if status < 0xF0:
            return True
        begins = status in (START, CONTINUE, POSITION)
        if index == self._last:
            if status == CLOCK:
                self._came = at_seconds
            elif begins:
                self._followed, self._came = index, at_seconds
                self._rolls = self._rolls or status != POSITION
            elif status == STOP:
                self._rolls = False
        elif begins:
            if self._rolls and at_seconds - self._came < STILL_SECONDS:
                self.ignored.add(index)
            else:
                self._followed = index
        return index == self._followed
