"""Bounds from the seed: what a part never did, it does not begin to do.

pitches     a melodic part stays within REGISTER_SEMITONES of the seed's lowest and highest, and has a range of
SHORT_RANGE_SEMITONES where the seed has few notes of it; a kit plays the sounds it played
chords      no more notes begin together than did in the seed
voices      a melodic part sounds at most OVERLAP notes more at once than it did in the seed
"""

import numpy as np
import numpy.typing as npt

from melodyrnn.encoding.events import DRUM, END, PITCHES
from melodyrnn.music.song import NoteArray

REGISTER_SEMITONES = 3
SHORT_RANGE_SEMITONES = 12
SHORT_RANGE_NOTES = 16  # fewer say little of a part's range
OVERLAP = 1  # a note may hold over the next one where the seed's never did
MAX_CHORD, MAX_HITS = 10, 6  # notes that one part, or one kit, begins together where no seed says how many


class PartBounds:
    """Follows the notes of one part."""

    __slots__ = ("_began", "_onset", "chord", "is_drum", "notes", "pitches", "voices")

    def __init__(self, is_drum: bool) -> None:
        self.is_drum = is_drum
        self.pitches: frozenset[int] = frozenset()
        self.notes = self.chord = self.voices = 0
        self._onset, self._began = -1, 0

    @classmethod
    def of(cls, notes: NoteArray, is_drum: bool) -> "PartBounds":
        """Those that (n, 4) notes of one part set."""
        bounds, ends = cls(is_drum), list[int]()
        for onset, pitch, duration, _ in notes.tolist():
            ends = [*(end for end in ends if end > onset), onset + duration]
            bounds.push(onset, pitch + DRUM * is_drum, len(ends))
        return bounds

    def __deepcopy__(self, _: dict[int, object]) -> "PartBounds":
        other = PartBounds.__new__(PartBounds)
        for name in self.__slots__:  # of values that never change
            setattr(other, name, getattr(self, name))
        return other

    def push(self, pulse: int, pitch: int, sounding: int) -> None:
        """Take in a note of the part; `pitch` as events write it, `sounding`: notes of the part that sound, with it."""
        self._began = self._began + 1 if pulse == self._onset else 1
        self._onset = pulse
        self.pitches |= {pitch}
        self.notes += 1
        self.chord, self.voices = max(self.chord, self._began), max(self.voices, sounding)

    def allowed(self) -> npt.NDArray[np.bool_]:
        """(PITCHES,) which notes are within bounds; all of its kind for a part that has not played."""
        allowed = np.zeros(PITCHES, bool)
        if not self.pitches:
            allowed[slice(DRUM, END) if self.is_drum else slice(0, DRUM)] = True
        elif self.is_drum:
            allowed[list(self.pitches)] = True
        else:
            low, high = min(self.pitches), max(self.pitches)
            margin = REGISTER_SEMITONES
            if self.notes < SHORT_RANGE_NOTES:
                margin = max(margin, -(-(SHORT_RANGE_SEMITONES - (high - low)) // 2))
            allowed[max(0, low - margin) : min(DRUM, high + margin + 1)] = True
        return allowed
