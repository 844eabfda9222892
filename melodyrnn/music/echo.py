"""The echo: the latest earlier passage that ends as the present one does, and what followed it there.

Lookback knows what was a fixed number of bars ago; an echo finds a repeat at any distance, and follows it from note to
note, through a changed pitch as well. It is the match model of data compression (Ziv and Lempel 1977, and the PAQ
family of compressors), for one voice or one part of a piece.
"""

from typing import NamedTuple

ENOUGH = 3  # notes that must be as before, each by its place in the bar and its pitch, for an echo to begin
REMEMBERED = 4096  # notes, at least
LENGTHS = (0, 1, 2, 3, 4, 6, 9, 13, 21, 33, 65)  # notes; lengths are told apart from one of these to the next


class Sounded(NamedTuple):
    """A note and the bar and place at which it began. Pitch, duration and velocity are tokens."""

    bar: int
    place: int
    pitch: int
    duration: int
    velocity: int


class Echo:
    """Follows one part. `expected` is the note that comes next if the music goes on as it did there, or None."""

    def __init__(self) -> None:
        self.expected: Sounded | None = None
        self.length = 0  # how many notes have agreed since the last that did not
        self._notes: list[Sounded] = []
        self._next = 0  # where `expected` stands among the notes
        self._ends: dict[tuple[int, ...], int] = {}  # where a passage ended last, by its places and pitches

    @property
    def bars_ago(self) -> int:
        """How many bars lie between the passage and its echo; 0 without one."""
        return self._notes[-1].bar - self._notes[self._next - 1].bar if self.expected else 0

    @property
    def length_token(self) -> int:
        """0 without an echo, else 1 and more, by LENGTHS."""
        return sum(self.length >= least for least in LENGTHS) if self.expected else 0

    def recall(self, bar: int, place: int) -> Sounded | None:
        """What is expected, if it is expected there."""
        there = self.expected
        if there is None or there.place != place or bar - self._notes[-1].bar != self._bars_on():
            return None
        return there

    def _bars_on(self) -> int:
        return self._notes[self._next].bar - self._notes[self._next - 1].bar

    def push(self, note: Sounded) -> None:
        """Take in the part's next note."""
        notes = self._notes
        if self.expected:
            if self.recall(note.bar, note.place):
                self.length = self.length + 1 if self.expected.pitch == note.pitch else 0
                self._next += 1
            else:
                self._next = self.length = 0
        notes.append(note)
        if len(notes) >= ENOUGH:
            passage = tuple(token for _, place, pitch, _, _ in notes[-ENOUGH:] for token in (place, pitch))
            if self.length < ENOUGH:
                ended = self._ends.get(passage)
                if ended is not None:
                    self._next, self.length = ended + 1, ENOUGH
            self._ends[passage] = len(notes) - 1
        if len(notes) > 2 * REMEMBERED:
            self._forget()
        self.expected = self._notes[self._next] if self._next else None

    def _forget(self) -> None:
        gone = len(self._notes) - REMEMBERED
        del self._notes[:gone]
        self._ends = {passage: end - gone for passage, end in self._ends.items() if end >= gone}
        self._next = max(0, self._next - gone)
        if not self._next:
            self.length = 0
