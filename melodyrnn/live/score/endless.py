"""Music without end: which bar of the music plays at which bar of the song."""

from bisect import bisect_right

from melodyrnn.live.score.request import Request, next_line
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.time.axes import MusicPulse, SongPulse


class Endless:
    """Plays on and on: bar n of the music in bar n of the song, until `again` repeats earlier ones. See PlayMode."""

    answers: bool | None = None
    wakes_at: SongPulse | None = None
    attends: bool = False

    def __init__(self, bar_pulses: int) -> None:
        self._bar_pulses = bar_pulses
        # From a pulse of the song on, by how many pulses the music lies behind it; in order.
        self._shifts: list[tuple[SongPulse, int]] = [(SongPulse(0), 0)]

    def locate(self, pulse: SongPulse, was: SongPulse) -> Request:  # noqa: ARG002
        """The song goes to `pulse`, where the same music plays as before."""
        return Request(pulse, self._music(pulse))

    def change(self, settings: Settings, pulse: SongPulse, frontier: SongPulse) -> Request:
        """Other settings from the next bar on; music is known up to `frontier`."""
        line = next_line(pulse, self._bar_pulses)
        at = min(line, frontier)
        return Request(at, self._music(at), change=(self._music(line) // self._bar_pulses, settings))

    def again(self, bars: int, pulse: SongPulse, frontier: SongPulse) -> Request | None:
        """Repeat the last bars from the next bar on. None if there are none, or the model is late."""
        line = next_line(pulse, self._bar_pulses)
        shift = self._shift(line - 1)  # requested twice before the line, it is still those bars
        back = min(bars * self._bar_pulses, int(line) - shift)
        if frontier < line or not back:
            return None
        self._shifts = [*(s for s in self._shifts if s[0] < line), (line, shift + back)]
        return Request(line, self._music(line))

    def wake(self, pulse: SongPulse) -> Request | None:  # noqa: ARG002
        """Nothing to do: it asks for no waking."""
        return None

    def key(self, pulse: SongPulse, pitch: int, velocity: int) -> Request | None:  # noqa: ARG002
        """It listens to no keys."""
        return None

    def pedal(self, pulse: SongPulse, down: bool) -> None:
        """It listens to no pedal."""

    def played(self, pulse: SongPulse) -> None:
        """It counts no notes."""

    def _shift(self, pulse: SongPulse) -> int:
        return self._shifts[bisect_right(self._shifts, pulse, key=lambda shift: shift[0]) - 1][1]

    def _music(self, pulse: SongPulse) -> MusicPulse:
        """The music that plays at a pulse of the song."""
        return MusicPulse(int(pulse) - self._shift(pulse))
