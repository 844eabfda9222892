"""Changes by hand, on their way to the music: a knob sends many values, and each would redraw the bars to come."""

from melodyrnn.live.score.request import NOTICE_PULSES, next_line
from melodyrnn.live.time.axes import SongPulse
from melodyrnn.music.pulses import PULSES_PER_QUARTER

GATHERED_PULSES = PULSES_PER_QUARTER  # the first change counts at once; those that follow it so soon, together


class Debouncer:
    """Gathers changes until they are `due`, never past the last moment for the next bar line."""

    def __init__(self, bar_pulses: int) -> None:
        self.due: SongPulse | None = None
        self._bar_pulses = bar_pulses
        self._texts: dict[str, str] = {}
        self._taken = SongPulse(-GATHERED_PULSES)  # when changes were last taken

    def add(self, text: str, pulse: SongPulse) -> None:
        """Something changed at a pulse: the thing that the first word of the text names."""
        self._texts[text.partition(" ")[0]] = text
        if self.due is None:
            last = next_line(pulse, self._bar_pulses) - NOTICE_PULSES
            since = self._taken if self._taken <= pulse else pulse - GATHERED_PULSES  # the song may have gone back
            self.due = min(max(since + GATHERED_PULSES, pulse), last)

    def take(self, pulse: SongPulse) -> tuple[int, list[str]]:
        """Nothing is due any more -> the bar from which on the changes hold, and the last text for each thing."""
        texts = list(self._texts.values())
        self.due, self._taken, self._texts = None, pulse, {}
        return next_line(pulse, self._bar_pulses) // self._bar_pulses, texts
