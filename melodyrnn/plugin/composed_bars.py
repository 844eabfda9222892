"""The notes that are composed, bar by bar, for a host that plays whole bars."""

from collections.abc import Iterable

from melodyrnn.live.time.axes import SongPulse
from melodyrnn.live.time.bars import Bars
from melodyrnn.live.time.schedule import NEVER, START, LiveNote

KEPT_BARS = 8  # before the bar that is composed


class ComposedBars:
    """A Book (see Prefetch) of the bars of a song. `frontier`: every note before this pulse is known.

    `end`: no music is wanted from here on, so that silence is known there. `start`: nothing is known of bars that are
    over before it.
    """

    def __init__(self, bars: Bars) -> None:
        self.frontier = self.end = self.start = START
        self._bars = bars
        self._notes: dict[int, list[LiveNote]] = {}

    def expect(self, start: SongPulse, end: SongPulse | None) -> None:
        """See Book."""
        self.frontier = min(self.frontier, start) if self.end > start else start
        self.start = min(self.start, start)
        self._drop(start)
        self.end = NEVER if end is None else end

    def clear(self, pulse: SongPulse) -> None:
        """See Book. Notes before `pulse` stay: their bar may be playing."""
        self._drop(pulse)
        self.start = self.frontier = self.end = pulse

    def extend(self, notes: Iterable[LiveNote], until: SongPulse) -> None:
        """See Book."""
        for note in notes:
            if note.onset_pulses < self.end:
                self._notes.setdefault(self._bars.bar(int(note.onset_pulses)), []).append(note)
        self.frontier = max(self.frontier, until)
        first = self._bars.bar(int(self.frontier)) - KEPT_BARS
        self.start = max(self.start, SongPulse(self._bars.line(first)))
        for bar in [bar for bar in self._notes if bar < first]:
            del self._notes[bar]

    def _drop(self, pulse: SongPulse) -> None:
        bar = self._bars.bar(int(pulse))
        self._notes = {
            number: [note for note in notes if note.onset_pulses < pulse] if number == bar else notes
            for number, notes in self._notes.items()
            if number <= bar
        }

    def is_whole(self, bar: int) -> bool:
        """Whether every note of a bar is known."""
        line = SongPulse(self._bars.line(bar + 1))
        return self.start < line and min(line, self.end) <= self.frontier

    def notes(self, bar: int) -> tuple[LiveNote, ...]:
        """The notes of a bar as far as they are known, in order."""
        return tuple(self._notes.get(bar, ()))
