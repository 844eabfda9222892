"""How one part is played: every stroke of it beside its note in the score, found again by its place."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from melodyrnn.arrays import Doubles, Ints
from melodyrnn.music.metre import BarLines
from melodyrnn.music.pulses import PULSES_PER_QUARTER
from melodyrnn.music.song import NoteArray, Track
from melodyrnn.performance.grid import Swing, warp


@dataclass(frozen=True)
class Hand:
    """A part's strokes, in the order of its notes in the score.

    `score` (n, 4) notes as they are written; `played` (n, 3) exact onsets and durations in pulses, and velocities;
    `order` (n,) which note of the song each was. `places` (n,) pulses after the bar line. `lateness` (n,) pulses after
    where swing alone puts a note; `gates` (n,) durations as shares of the written length, as it swings;
    on a kit, where lengths mean nothing, in pulses.
    """

    score: NoteArray
    played: Doubles
    order: Ints
    swing: Swing
    is_drum: bool
    places: Ints
    lateness: Doubles
    gates: Doubles
    _pools: dict[tuple[int, ...], Ints] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, lines: BarLines, track: Track, played: Doubles, swing: Swing, order: Ints) -> "Hand":
        """The Hand that plays a track of a score: its notes and, in their order, (n, 3) how they were played."""
        notes = track.array
        heard = warp(lines, swing, notes[:, 0])
        places = lines.positions(notes[:, 0])[1]
        lengths = 1.0 if track.is_drum else np.maximum(0.5, warp(lines, swing, notes[:, 0] + notes[:, 2]) - heard)
        return cls(notes, played, order, swing, track.is_drum, places, played[:, 0] - heard, played[:, 1] / lengths)

    def __len__(self) -> int:
        return len(self.score)

    @cached_property
    def chords(self) -> Ints:
        """(n,) which of the part's onsets each note belongs to, counted from 0."""
        return np.unique(self.score[:, 0], return_inverse=True)[1].reshape(-1)

    @cached_property
    def chord_starts(self) -> Ints:
        """Where each onset's notes begin, and where the last one's end."""
        return np.append(np.flatnonzero(np.diff(self.chords, prepend=-1)), len(self))

    def strokes_like(self, place: int, pitch: int) -> Ints:
        """The strokes at a place after the bar line, or else at that place of a quarter, or else all.

        Of a kit, strokes on that sound come before all others. Empty only if the part has no strokes.
        """
        sounds = (pitch, -1) if self.is_drum else (-1,)
        beat = place % PULSES_PER_QUARTER
        for sound in sounds:
            for key in ((sound, 0, place), (sound, 1, beat), (sound, 2, 0)):
                found = self._pool(key)
                if len(found):
                    return found
        return np.zeros(0, np.int64)

    def _pool(self, key: tuple[int, ...]) -> Ints:
        if key not in self._pools:
            sound, what, place = key
            chosen = np.ones(len(self), bool) if sound < 0 else self.score[:, 1] == sound
            if what == 0:
                chosen &= self.places == place
            elif what == 1:
                chosen &= self.places % PULSES_PER_QUARTER == place
            self._pools[key] = np.flatnonzero(chosen)
        return self._pools[key]
