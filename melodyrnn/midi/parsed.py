"""The contents of a file, in its own ticks: the same value whichever way it was read."""

from dataclasses import dataclass
from typing import NamedTuple

from melodyrnn.arrays import Ints


class NoteColumns(NamedTuple):
    """(n,) each, times in ticks."""

    onsets: Ints
    lengths: Ints
    pitches: Ints
    velocities: Ints


@dataclass(frozen=True, slots=True)
class Part:
    """An instrument of a file: `note_count` of its notes, and how many controls and pitch bends it has.

    `own_program`: the one that its own track chooses, 0 if only others do; `program`: the one in force.
    """

    name: str
    program: int
    is_drum: bool
    note_count: int
    controls: int
    pitch_bends: int
    own_program: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """The contents of a file, as the parser found them.

    `parts`: those with notes; `notes`: theirs, one part after the other. `tempos`: (m, 2) ticks and microseconds a
    quarter note; `metres`: (m, 3) ticks, numerators and denominators; both in order of time. `empty_parts`: how many
    parts have no notes. `conductor_end`: the tick at which a first track ends that holds no channel event, else 0.
    `damaged_controls`: 1 if there are control values above 127. `has_unended`: whether there are notes that nothing
    ends. `key_signatures`: (ticks, sharps or minus flats, 1 for minor), in order of time.
    """

    parts: tuple[Part, ...]
    notes: NoteColumns
    tempos: Ints
    metres: Ints
    empty_parts: int
    conductor_end: int
    damaged_controls: int
    has_unended: bool
    key_signatures: tuple[tuple[int, int, int], ...] = ()
