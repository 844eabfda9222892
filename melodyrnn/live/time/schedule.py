"""What is to be played and has not been sent: notes in order, and up to which pulse all of them are known."""

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

NEVER = 1 << 62
STALE_PULSES = 6  # a note more overdue than this is not played any more


class LiveNote(NamedTuple):
    """A note on its way to a port: what a synthesizer is told of it."""

    onset_pulses: int
    channel: int
    program: int
    pitch: int
    duration_pulses: int
    velocity: int


class Schedule:
    """Notes not yet sent, in pulses of the song's position.

    `frontier`: every note before this pulse is known. When the song reaches it, the model is late, and the music waits
    whole pulses, counted in `late_pulses`. What is overdue then comes one onset a pulse, and what is overdue by more
    than STALE_PULSES is left out (counted in `skipped`): nothing comes in a burst, and the music is soon on time again.
    """

    def __init__(self) -> None:
        self.frontier = self.end = 0
        self.late_pulses = self.skipped = 0
        self._notes: deque[LiveNote] = deque()
        self._played = self._waited = -1  # the last pulse at which notes were played, and at which they were missed

    def expect(self, start: int, end: int | None) -> None:
        """From `start` on other music comes, up to `end` (None: without end): drop what was to be played there."""
        while self._notes and self._notes[-1].onset_pulses >= start:
            self._notes.pop()
        self.frontier = min(self.frontier, start) if self.end > start else start
        self.end = NEVER if end is None else end

    def clear(self, pulse: int) -> None:
        """The song goes to `pulse`: nothing is to be played, and nothing is late."""
        self._notes.clear()
        self.frontier = self.end = pulse
        self._played = self._waited = pulse - 1

    def extend(self, notes: Iterable[LiveNote], until: int) -> None:
        """Add notes in order of onset; all before `until` are known now."""
        self._notes.extend(note for note in notes if note.onset_pulses < self.end)
        self.frontier = max(self.frontier, until)

    def next_pulse(self) -> int:
        """The pulse at which something is to be done next: a note, or waiting for one."""
        if self._notes:
            return max(self._notes[0].onset_pulses, self._played + 1)
        awaited = max(self.frontier, self._waited + 1)
        return awaited if awaited < self.end else NEVER

    def due(self, pulse: int, present: int) -> list[LiveNote]:
        """The notes to be played at a pulse, which may lie before the present one: those of one onset, or none."""
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

    def wait(self, pulse: int) -> None:
        """Where what belongs to `pulse` is not known yet, let the music wait one pulse."""
        if not self._notes and self.frontier < self.end and max(self.frontier, self._waited + 1) <= pulse:
            self.late_pulses += pulse < self.end
            self._waited = pulse
