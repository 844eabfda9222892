"""Debouncer by hand, on their way to the music: a knob that is turned says a lot, and each time bars are drawn anew."""

from melodyrnn.live.score.request import NOTICE_PULSES, next_line
from melodyrnn.music.pulses import PULSES_PER_QUARTER

GATHERED_PULSES = PULSES_PER_QUARTER  # the first change counts at once; those that follow it so soon, together


class Debouncer:
    """Gathers what is changed until it is `due`, a pulse; never past the last moment for the next bar line."""

    def __init__(self, bar_pulses: int) -> None:
        self.due: int | None = None
        self._bar_pulses = bar_pulses
        self._texts: dict[str, str] = {}
        self._asked = -GATHERED_PULSES  # the pulse at which changes were last taken

    def add(self, text: str, pulse: int) -> None:
        """At a pulse something was changed: what the first word of the text names."""
        self._texts[text.partition(" ")[0]] = text
        if self.due is None:
            last = next_line(pulse, self._bar_pulses) - NOTICE_PULSES
            since = self._asked if self._asked <= pulse else pulse - GATHERED_PULSES  # the song may have gone back
            self.due = min(max(since + GATHERED_PULSES, pulse), last)

    def take(self, pulse: int) -> tuple[int, list[str]]:
        """Nothing is due any more -> the bar from which on it holds, and the last text for each thing changed."""
        texts = list(self._texts.values())
        self.due, self._asked, self._texts = None, pulse, {}
        return next_line(pulse, self._bar_pulses) // self._bar_pulses, texts
