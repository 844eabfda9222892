"""Music without end: which bar of the music plays at which bar of the song."""

from bisect import bisect_right
from collections.abc import Sequence

from melodyrnn.live.score.request import NOTICE_PULSES, Request
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.time.axes import MusicPulse, SongPulse
from melodyrnn.live.time.bars import Bars


class Endless:
    """Plays on and on: bar n of the music in bar n of the song, until `again` repeats earlier ones. See PlayMode.

    `song` and `music`: where the bar lines of both lie. `delays`: from a bar of the song on, by how many bars the music
    lies behind it; in order, the first from bar 0 on.
    """

    answers: bool | None = None
    wakes_at: SongPulse | None = None
    attends: bool = False

    def __init__(self, song: Bars, music: Bars, delays: Sequence[tuple[int, int]] = ((0, 0),)) -> None:
        self._song, self._music = song, music
        self.delays = tuple(delays)

    def music_bar(self, bar: int) -> int:
        """The bar of the music that plays in a bar of the song."""
        return bar - self.delays[bisect_right(self.delays, bar, key=lambda delay: delay[0]) - 1][1]

    def locate(self, pulse: SongPulse, was: SongPulse) -> Request:  # noqa: ARG002
        """The song goes to `pulse`, where the same music plays as before."""
        return Request(pulse, self._music_pulse(pulse))

    def change(self, settings: Settings, pulse: SongPulse, frontier: SongPulse) -> Request:
        """Other settings from the next bar on; music is known up to `frontier`."""
        bar = self._bar_after_notice(pulse)
        at = min(SongPulse(self._song.line(bar)), frontier)
        return Request(at, self._music_pulse(at), change=(self.music_bar(bar), settings))

    def again(self, bars: int, pulse: SongPulse, frontier: SongPulse) -> Request | None:
        """Repeat the last bars from the next bar on. None if there are none, or the model is late."""
        bar = self._bar_after_notice(pulse)
        line = SongPulse(self._song.line(bar))
        played = bar - 1  # requested twice before the line, it is still those bars
        delay = played - self.music_bar(played)
        back = min(bars, bar - delay)
        if frontier < line or not back:
            return None
        self.delays = (*(delayed for delayed in self.delays if delayed[0] < bar), (bar, delay + back))
        return Request(line, self._music_pulse(line))

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

    def _bar_after_notice(self, pulse: SongPulse) -> int:
        return self._song.bar(self._song.next_line(int(pulse) + NOTICE_PULSES))

    def _music_pulse(self, pulse: SongPulse) -> MusicPulse:
        """The music that plays at a pulse of the song."""
        bar = self._song.bar(int(pulse))
        return MusicPulse(self._music.line(self.music_bar(bar)) + int(pulse) - self._song.line(bar))
