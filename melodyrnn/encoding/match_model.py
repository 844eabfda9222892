"""The echo: the latest earlier passage that ends as the present one does, and what followed it there.

Lookback knows what was a fixed number of bars ago; an echo finds a repeat at any distance, and follows it from note to
note, through a changed pitch as well. It is the match model of data compression (Ziv and Lempel 1977, and the PAQ
family of compressors), for one voice or one part of a piece.
"""

import copy
from bisect import bisect_right
from typing import Any, NamedTuple

ENOUGH = 3  # notes that must be as before, each by its place in the bar and its pitch, for an echo to begin
REMEMBERED = 2048  # notes, at least
LENGTHS = (0, 1, 2, 3, 4, 6, 9, 13, 21, 33, 65)  # notes; lengths are told apart from one of these to the next


class Sounded(NamedTuple):
    """A note and the bar and place at which it began. Pitch, duration and velocity are tokens."""

    bar: int
    place: int
    pitch: int
    duration: int
    velocity: int


class _Past:
    """The notes of a part, and for each passage where it ended last. It only grows, so that copies can share it."""

    def __init__(self, notes: list[Sounded]) -> None:
        self.notes: list[Sounded] = []
        self._ends: dict[int, int] = {}  # by passage
        self._before: list[int] = []  # for each note, where the passage that it ends had ended before, or -1
        for note in notes:
            self.add(note)

    def add(self, note: Sounded) -> None:
        """One note more."""
        self.notes.append(note)
        passage = self._passage(len(self.notes) - 1)
        self._before.append(self._ends.get(passage, -1))
        self._ends[passage] = len(self.notes) - 1

    def ended_before(self, end: int) -> int:
        """Where the passage that ends with note `end` had ended before, or -1."""
        return self._before[end] if end + 1 >= ENOUGH else -1

    def _passage(self, end: int) -> int:
        """The places and pitches of the last notes up to `end`, a byte each. A number is smaller than a tuple."""
        passage = 1
        for _, place, pitch, _, _ in self.notes[max(end + 1 - ENOUGH, 0) : end + 1]:
            passage = passage << 16 | place << 8 | pitch
        return passage


class Echo:
    """Follows one part. `expected` is the note that comes next if the music goes on as it did there, or None.

    Copies share their past for as long as they go the same way, so that keeping many of them costs little.
    """

    def __init__(self) -> None:
        self.expected: Sounded | None = None
        self.length = 0  # how many notes have agreed since the last that did not
        self._past = _Past([])
        self._count = 0  # how many of the past's notes are this part's: a copy may have gone on
        self._next = 0  # where `expected` stands among the notes

    def __deepcopy__(self, _: dict[int, Any]) -> "Echo":
        return copy.copy(self)

    @property
    def bars_ago(self) -> int:
        """How many bars lie between the passage and its echo; 0 without one."""
        return self._last.bar - self._past.notes[self._next - 1].bar if self.expected else 0

    @property
    def length_token(self) -> int:
        """0 without an echo, else 1 and more, by LENGTHS."""
        return bisect_right(LENGTHS, self.length) if self.expected else 0

    def recall(self, bar: int, place: int) -> Sounded | None:
        """What is expected, if it is expected there."""
        there = self.expected
        if there is None or there.place != place or bar - self._last.bar != self._bars_on():
            return None
        return there

    @property
    def _last(self) -> Sounded:
        return self._past.notes[self._count - 1]

    def _bars_on(self) -> int:
        notes = self._past.notes
        return notes[self._next].bar - notes[self._next - 1].bar

    def push(self, note: Sounded) -> None:
        """Take in the part's next note."""
        if self.expected:
            if self.recall(note.bar, note.place):
                self.length = self.length + 1 if self.expected.pitch == note.pitch else 0
                self._next += 1
            else:
                self._next = self.length = 0
        self._append(note)
        if self.length < ENOUGH:
            ended = self._past.ended_before(self._count - 1)
            if ended >= 0:
                self._next, self.length = ended + 1, ENOUGH
        if self._count > 2 * REMEMBERED:
            self._forget()
        self.expected = self._past.notes[self._next] if self._next else None

    def _append(self, note: Sounded) -> None:
        notes, count = self._past.notes, self._count
        if count < len(notes) and notes[count] != note:  # a copy went another way
            self._past = _Past(notes[:count])
        if count == len(self._past.notes):
            self._past.add(note)
        self._count += 1

    def _forget(self) -> None:
        gone = self._count - REMEMBERED
        self._past, self._count = _Past(self._past.notes[gone : self._count]), REMEMBERED
        self._next = max(0, self._next - gone)
        if not self._next:
            self.length = 0
