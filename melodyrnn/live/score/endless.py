"""Music without end: which bar of it is heard at which bar of the song."""

from bisect import bisect_right

from melodyrnn.live.score.request import Request, next_line
from melodyrnn.live.score.settings import Settings


class Endless:
    """Plays on and on. Bar n of the music is heard in bar n of the song, until `again` lets earlier ones come again."""

    answers: bool | None = None  # it listens to nobody
    wakes_at: int | None = None  # and wants no moment of its own

    def __init__(self, bar_pulses: int) -> None:
        self._bar_pulses = bar_pulses
        self._shifts = [(0, 0)]  # from a pulse of the song on, by how many pulses the music lies behind it

    def locate(self, pulse: int, was: int) -> Request:  # noqa: ARG002
        """The song goes to `pulse`, where the same music is heard as before."""
        return Request(pulse, pulse - self._shift(pulse))

    def change(self, settings: Settings, pulse: int, frontier: int) -> Request:
        """Other settings from the next bar on; music is known up to `frontier`."""
        line = next_line(pulse, self._bar_pulses)
        at = min(line, frontier)
        bar = (line - self._shift(line)) // self._bar_pulses
        return Request(at, at - self._shift(at), change=(bar, settings))

    def again(self, bars: int, pulse: int, frontier: int) -> Request | None:
        """The last bars once more from the next bar on. None where there are none, or the model is late."""
        line = next_line(pulse, self._bar_pulses)
        shift = self._shift(line - 1)  # asked for twice before the line, it is still those bars
        back = min(bars * self._bar_pulses, line - shift)
        if frontier < line or not back:
            return None
        self._shifts = [*(s for s in self._shifts if s[0] < line), (line, shift + back)]
        return Request(line, line - shift - back)

    def wake(self, pulse: int) -> Request | None:  # noqa: ARG002
        """It has nothing to do of its own."""
        return None

    def key(self, pulse: int, pitch: int, velocity: int) -> Request | None:  # noqa: ARG002
        """It does not listen to keys."""
        return None

    def pedal(self, pulse: int, down: bool) -> None:
        """Nor to pedals."""

    def played(self, pulse: int) -> None:
        """It does not listen to itself."""

    def _shift(self, pulse: int) -> int:
        return self._shifts[bisect_right(self._shifts, (pulse, 1 << 62)) - 1][1]
