"""The notes that are ready and not sent yet, in order, and how much of the music is known."""

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from melodyrnn.live.time.axes import SongPulse

NEVER = SongPulse(1 << 62)
START = SongPulse(0)
STALE_PULSES = 6  # a note that is later than this is not played any more


class LiveNote(NamedTuple):
    """A note on its way to a port. `program`: the instrument of its channel."""

    onset_pulses: SongPulse
    channel: int
    program: int
    pitch: int
    duration_pulses: int
    velocity: int


class Schedule:
    """Notes not sent yet.

    `frontier`: every note before this pulse is known. When the song reaches it, the model is late: the music waits
    whole pulses, counted in `late_pulses`. Late notes then play one onset a pulse, and notes later than STALE_PULSES
    are skipped (counted in `skipped`): nothing plays in a burst, and the music is soon on time again. `end`: no music
    is wanted from here on.
    """

    def __init__(self) -> None:
        self.frontier = self.end = START
        self.late_pulses = self.skipped = 0
        self._notes: deque[LiveNote] = deque()
        self._played = self._waited = START - 1  # the last pulses at which notes played, and at which one was missing

    def expect(self, start: SongPulse, end: SongPulse | None) -> None:
        """Other music comes from `start` up to `end` (None: without end): drop the notes from there."""
        while self._notes and self._notes[-1].onset_pulses >= start:
            self._notes.pop()
        self.frontier = min(self.frontier, start) if self.end > start else start
        self.end = NEVER if end is None else end

    def clear(self, pulse: SongPulse) -> None:
        """The song goes to `pulse`: drop every note, and want none."""
        self._notes.clear()
        self.frontier = self.end = pulse
        self._played = self._waited = pulse - 1

    def extend(self, notes: Iterable[LiveNote], until: SongPulse) -> None:
        """Add notes in order of onset; all before `until` are known now."""
        self._notes.extend(note for note in notes if note.onset_pulses < self.end)
        self.frontier = max(self.frontier, until)

    @property
    def notes(self) -> tuple[LiveNote, ...]:
        """The notes that are ready, from any thread."""
        return tuple(self._notes)

    @property
    def known_until(self) -> SongPulse:
        """Every note before this pulse is known."""
        return min(self.frontier, self.end)

    def next_pulse(self) -> SongPulse:
        """The next pulse with something to do: to play a note, or to wait for one."""
        if self._notes:
            return max(self._notes[0].onset_pulses, self._played + 1)
        awaited = max(self.frontier, self._waited + 1)
        return awaited if awaited < self.end else NEVER

    def due(self, pulse: SongPulse, present: SongPulse) -> list[LiveNote]:
        """The notes to play at a pulse, which may lie before the present one: those of one onset, or none."""
        notes = self._notes
        while notes and notes[0].onset_pulses < present - STALE_PULSES:
            notes.popleft()
            self.skipped += 1
        due: list[LiveNote] = []
        if pulse > self._played:
            while (
                notes and notes[0].onset_pulses <= pulse and (not due or notes[0].onset_pulses == due[0].onset_pulses)
            ):
                due.append(notes.popleft())
        if due:
            self._played = pulse
        return due

    def wait(self, pulse: SongPulse) -> None:
        """If the music at `pulse` is not known yet, let it wait one pulse."""
        if not self._notes and self.frontier < self.end and max(self.frontier, self._waited + 1) <= pulse:
            self.late_pulses += pulse < self.end
            self._waited = pulse
