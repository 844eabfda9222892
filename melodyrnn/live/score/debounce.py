"""Changes by hand, on their way to the music: a knob sends many values, and each would redraw the bars to come."""

from melodyrnn.live.score.request import NOTICE_PULSES
from melodyrnn.live.time.axes import SongPulse
from melodyrnn.live.time.bars import Bars
from melodyrnn.music.pulses import PULSES_PER_QUARTER

GATHERED_PULSES = PULSES_PER_QUARTER  # the first change counts at once; those that follow it so soon, together


class Debouncer:
    """Gathers changes until they are `due`, never past the last moment for the next bar line."""

    def __init__(self, bars: Bars) -> None:
        self.due: SongPulse | None = None
        self._bars = bars
        self._texts: dict[str, str] = {}
        self._taken = SongPulse(-GATHERED_PULSES)  # when changes were last taken

    def add(self, text: str, pulse: SongPulse) -> None:
        """Something changed at a pulse: the thing that the first word of the text names."""
        self._texts[text.partition(" ")[0]] = text
        if self.due is None:
            last = self._line(pulse) - NOTICE_PULSES
            since = self._taken if self._taken <= pulse else pulse - GATHERED_PULSES  # the song may have gone back
            self.due = min(max(since + GATHERED_PULSES, pulse), last)

    def take(self, pulse: SongPulse) -> tuple[int, list[str]]:
        """Nothing is due any more -> the bar from which on the changes hold, and the last text for each thing."""
        texts = list(self._texts.values())
        self.due, self._taken, self._texts = None, pulse, {}
        return self._bars.bar(int(self._line(pulse))), texts

    def _line(self, pulse: SongPulse) -> SongPulse:
        """The bar line that changes at a pulse hold from."""
        return SongPulse(self._bars.next_line(int(pulse) + NOTICE_PULSES))
