"""Takes that differ: one that is like a take before it, or like the bars it stands for, is drawn again, freer.

A seed that repeats itself leaves little to chance once it is learned: takes of a loop may be note for note the same.
How far each step goes was measured: docs/benchmarks/takes.md.
"""

from collections.abc import Sequence
from typing import NamedTuple

from melodyrnn.music.song import NoteArray
from melodyrnn.options import TEMPERATURE

ALIKE = 0.9  # the share of two takes' notes that both have, from which on they are alike


class Freedom(NamedTuple):
    """How freely a take is drawn: the options of these names."""

    stay: float
    temperature: float

    def times(self, other: "Freedom") -> "Freedom":
        """So much of both; no temperature above the highest that may be asked for."""
        return Freedom(self.stay * other.stay, min(self.temperature * other.temperature, TEMPERATURE.high or 1.0))


STEPS = (
    Freedom(0.4, 1.2),
    Freedom(0.4, 1.6),
    Freedom(0.2, 1.8),
    Freedom(0.0, 1.25),
    Freedom(0.0, 1.5),
    Freedom(0.0, 2.0),
)  # of what was asked for


def alike(takes: Sequence[Sequence[NoteArray]], given: Sequence[NoteArray] = ()) -> list[int]:
    """The numbers, from 0, of the takes that are like one before them, or like what is `given`.

    A take is (n, 4) new notes for each part; so is `given`.
    """
    notes = [_notes(given), *map(_notes, takes)]
    return [
        number
        for number, these in enumerate(notes[1:])
        if any(len(these & others) >= ALIKE * len(these | others) > 0 for others in notes[: number + 1])
    ]


def _notes(take: Sequence[NoteArray]) -> set[tuple[int, ...]]:
    """The part, onset in pulses and pitch of every note."""
    return {(part, *note) for part, notes in enumerate(take) for note in notes[:, :2].tolist()}
