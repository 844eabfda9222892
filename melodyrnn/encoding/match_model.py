"""The match model: the latest earlier passage of a part that ends as it does now, and the note that followed there.

Lookback reads what stood a fixed number of bars ago. A match model finds a repeat at any distance, and follows it from
note to note, also through notes of another pitch. It is that of data compression (Ziv and Lempel 1977, and the PAQ
family of compressors), for one part of a piece.
"""

import copy
from bisect import bisect_right
from typing import Any, NamedTuple

MIN_MATCH = 3  # notes with the same place in the bar and the same pitch: with as many, a match begins
LENGTHS = (0, 1, 2, 3, 4, 6, 9, 13, 21, 33, 65)  # notes: where each step of a match's length begins
CHUNK_NOTES = 128
CHUNKS = 24  # so that at least 3072 notes are remembered

_PASSAGE_BITS = 16 * MIN_MATCH


class PastNote(NamedTuple):
    """A note, and the bar and place at which it began. Pitch, duration and velocity are tokens."""

    bar: int
    place: int
    pitch: int
    duration: int
    velocity: int


class _Chunk(NamedTuple):
    notes: tuple[PastNote, ...]
    ends: dict[int, int]  # by passage: the number of the note with which it ended last in this chunk


class History:
    """The last few thousand notes of a part, by their number from 0, and where each passage of MIN_MATCH ended last.

    Full chunks never change, and copies share them. Each copy has notes after them of its own, so two copies may go
    different ways, in one thread or in two.
    """

    __slots__ = ("_chunks", "_ends", "_notes", "_passage", "first", "last")

    def __init__(self) -> None:
        self.first = 0  # the number of the first note that is remembered
        self.last = -1
        self._chunks: tuple[_Chunk, ...] = ()
        self._notes: list[PastNote] = []
        self._ends: dict[int, int] = {}
        self._passage = 0  # place and pitch of the last MIN_MATCH notes, a byte each

    def copy(self) -> "History":
        """The same, to go on with alone."""
        twin = copy.copy(self)
        twin._notes, twin._ends = self._notes.copy(), self._ends.copy()
        return twin

    def __getitem__(self, number: int) -> PastNote:
        chunk, index = divmod(number - self.first, CHUNK_NOTES)
        return self._chunks[chunk].notes[index] if chunk < len(self._chunks) else self._notes[index]

    def add(self, note: PastNote) -> int:
        """Remember one note more -> the number of the note with which the same passage ended before, or -1."""
        if len(self._notes) == CHUNK_NOTES:
            self._start_chunk()
        self.last += 1
        self._notes.append(note)
        self._passage = (self._passage << 16 | note.place << 8 | note.pitch) & ((1 << _PASSAGE_BITS) - 1)
        if self.last + 1 < MIN_MATCH:
            return -1
        before = self._ended(self._passage)
        self._ends[self._passage] = self.last
        return before

    def _ended(self, passage: int) -> int:
        end = self._ends.get(passage, -1)
        for chunk in reversed(self._chunks):
            if end >= 0:
                break
            end = chunk.ends.get(passage, -1)
        return end

    def _start_chunk(self) -> None:
        self._chunks = (*self._chunks, _Chunk(tuple(self._notes), self._ends))
        self._notes, self._ends = [], {}
        if len(self._chunks) > CHUNKS:
            self._chunks = self._chunks[1:]
            self.first += CHUNK_NOTES


class MatchModel:
    """Follows one part. `expected` is the note that comes next if the music goes on as it did there, or None."""

    def __init__(self) -> None:
        self.expected: PastNote | None = None
        self.length = 0  # how many notes have matched since the last that did not
        self._history = History()
        self._next = -1  # the number of the expected note; -1 without a match

    def __deepcopy__(self, _: dict[int, Any]) -> "MatchModel":
        twin = copy.copy(self)
        twin._history = self._history.copy()
        return twin

    @property
    def bars_ago(self) -> int:
        """Bars from the matched passage to the last note; 0 without a match."""
        return self._history[self._history.last].bar - self._history[self._next - 1].bar if self.expected else 0

    @property
    def length_step(self) -> int:
        """0 without a match, else 1 and more, by LENGTHS."""
        return bisect_right(LENGTHS, self.length) if self.expected else 0

    def expected_at(self, bar: int, place: int) -> PastNote | None:
        """The expected note, if it is expected at this place of this bar."""
        note, history = self.expected, self._history
        if note is None or note.place != place:
            return None
        bars_on = note.bar - history[self._next - 1].bar
        return note if bar == history[history.last].bar + bars_on else None

    def push(self, note: PastNote) -> None:
        """Take in the part's next note."""
        if self.expected:
            if self.expected_at(note.bar, note.place):
                self.length = self.length + 1 if self.expected.pitch == note.pitch else 0
                self._next += 1
            else:
                self._next, self.length = -1, 0
        ended = self._history.add(note)
        if self.length < MIN_MATCH and ended >= 0:
            self._next, self.length = ended + 1, MIN_MATCH
        if self._next <= self._history.first:  # forgotten, with the note before it
            self._next, self.length = -1, 0
        self.expected = self._history[self._next] if self._next >= 0 else None
