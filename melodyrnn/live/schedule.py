"""What is to be played and has not been sent: notes in order, and up to which pulse all of them are known."""

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

NEVER = 1 << 62


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

    `frontier`: every note before this pulse is known. When the song reaches it, the model is late: the music then waits
    whole pulses (`delay_pulses`, all counted in `late_pulses`) and comes that much later, until the next bar line. What
    is overdue there is left out (counted in `skipped`): bar lines stay where they are, and nothing comes in a burst.
    """

    def __init__(self) -> None:
        self.frontier = self.end = 0
        self.delay_pulses = self.late_pulses = self.skipped = 0
        self._notes: deque[LiveNote] = deque()

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
        self.delay_pulses = 0

    def extend(self, notes: Iterable[LiveNote], until: int) -> None:
        """Add notes in order of onset; all before `until` are known now. What lies before the frontier is too late."""
        for note in notes:
            if note.onset_pulses < self.frontier:
                self.skipped += 1
            elif note.onset_pulses < self.end:
                self._notes.append(note)
        self.frontier = max(self.frontier, until)

    def next_pulse(self) -> int:
        """The pulse at which something is to be done next: a note, or waiting for one."""
        if self._notes:
            return self._notes[0].onset_pulses + self.delay_pulses
        return self.frontier + self.delay_pulses if self.frontier < self.end else NEVER

    def due(self, pulse: int) -> list[LiveNote]:
        """The notes to be played by `pulse`."""
        notes = []
        while self._notes and self._notes[0].onset_pulses + self.delay_pulses <= pulse:
            notes.append(self._notes.popleft())
        return notes

    def wait(self, pulse: int) -> None:
        """Where what belongs to `pulse` is not known yet, let the music wait one pulse."""
        if self.frontier + self.delay_pulses <= pulse and self.frontier < self.end:
            self.delay_pulses = pulse + 1 - self.frontier
            self.late_pulses += 1

    def pass_bar_line(self, pulse: int) -> None:
        """At a bar line the music is on time again: what was to be played before it is left out."""
        if not self.delay_pulses:
            return
        while self._notes and self._notes[0].onset_pulses < pulse:
            self._notes.popleft()
            self.skipped += 1
        self.frontier, self.delay_pulses = max(self.frontier, min(pulse, self.end)), 0
