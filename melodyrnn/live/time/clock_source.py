"""Which of several inputs drives the song: many keyboards send a clock all day long."""

from melodyrnn.messages import CLOCK, CONTINUE, POSITION, START, STOP, SYSTEM_EXCLUSIVE

STILL_SECONDS = 2.0  # a started song whose clock stays away for so long does not run any more


class ClockSource:
    """Follows the last input; or another, once a song is started or located there, unless the last one's song runs."""

    def __init__(self, inputs: int) -> None:
        self.ignored: set[int] = set()  # inputs that started a song and are not followed
        self._last = self._followed = inputs - 1
        self._rolls = False  # the song of the last input was started, and not stopped
        self._clock_seconds = float("-inf")  # when its last clock came

    def follows(self, index: int, message: bytes, at_seconds: float) -> bool:
        """Whether a message of an input counts. Messages that are no clock always do."""
        status = message[0] if message else 0
        if status < SYSTEM_EXCLUSIVE:
            return True
        begins = status in (START, CONTINUE, POSITION)
        if index == self._last:
            if status == CLOCK:
                self._clock_seconds = at_seconds
            elif begins:
                self._followed, self._clock_seconds = index, at_seconds
                self._rolls = self._rolls or status != POSITION
            elif status == STOP:
                self._rolls = False
        elif begins:
            if self._rolls and at_seconds - self._clock_seconds < STILL_SECONDS:
                self.ignored.add(index)
            else:
                self._followed = index
        return index == self._followed
