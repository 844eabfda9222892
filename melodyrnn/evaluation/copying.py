"""How much of a piece's melody is found, interval by interval, in the pieces a model was trained on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from melodyrnn.arrays import Ints
from melodyrnn.evaluation.melody import melody
from melodyrnn.music.song import Song

Hashes = npt.NDArray[np.uint64]
COPIED_NOTES = 12  # a run of that many is rarely the same by chance
_BASE = np.uint64(6364136223846793005)
_INVERSE = np.uint64(pow(6364136223846793005, -1, 1 << 64))
_BORDER = 1 << 20  # stands between pieces: no interval, and another one at every border


@dataclass(frozen=True, slots=True)
class Copying:
    """`share` of all runs of 12 notes that the training pieces hold too; `longest_notes`, the longest run a piece."""

    share: float
    longest_notes: tuple[int, ...]


class KnownMelodies:
    """The melodies of training pieces, to be asked whether they hold a run of intervals: any key, any rhythm.

    Of drums, which have no intervals, the sequence of General MIDI keys is compared.
    """

    def __init__(self, songs: Sequence[Song]) -> None:
        parts = [part for i, song in enumerate(songs) for part in (_intervals(song), [_BORDER + i])]
        self._hashed = _Hashed(np.concatenate([np.empty(0, np.int64), *parts]).astype(np.int64))
        self._sorted: dict[int, Hashes] = {}

    def holds(self, line: Ints, intervals: int) -> npt.NDArray[np.bool_]:
        """(n,) intervals -> for each run of that many of them, (n - intervals + 1,), whether it is known."""
        if intervals not in self._sorted:
            self._sorted[intervals] = np.unique(self._hashed.runs(intervals))
        known, asked = self._sorted[intervals], _Hashed(line).runs(intervals)
        if not len(known):
            return np.zeros(len(asked), bool)
        return np.asarray(known[np.minimum(np.searchsorted(known, asked), len(known) - 1)] == asked)

    def longest(self, line: Ints) -> int:
        """The length in intervals of the longest known run of (n,) intervals."""
        known, unknown = 0, 1
        while unknown <= len(line) and self.holds(line, unknown).any():
            known, unknown = unknown, 2 * unknown
        unknown = min(unknown, len(line) + 1)
        while unknown - known > 1:
            middle = (known + unknown) // 2
            known, unknown = (middle, unknown) if self.holds(line, middle).any() else (known, middle)
        return known


def copying(songs: Sequence[Song], known: KnownMelodies) -> Copying:
    """Compare the melodies of songs with those of the training pieces; the share is NaN where none has 12 notes."""
    lines = [_intervals(song) for song in songs]
    found = np.concatenate([known.holds(line, COPIED_NOTES - 1) for line in lines])
    return Copying(
        float(found.mean()) if len(found) else float("nan"), tuple(known.longest(line) + 1 for line in lines)
    )


def _intervals(song: Song) -> Ints:
    line = melody(song)
    if all(track.is_drum for track in song.tracks if len(track)):
        return line[1:, 1]
    return np.diff(line[:, 1])


class _Hashed:
    """Tokens whose runs can be hashed at any length in one pass: a polynomial modulo 2**64, its base an odd number."""

    def __init__(self, tokens: Ints) -> None:
        powers = np.cumprod(np.append(np.uint64(1), np.full(len(tokens), _BASE)))
        terms = (tokens.astype(np.uint64) + np.uint64(1)) * powers[:-1]
        self._sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(terms)])
        self._inverse_powers = np.cumprod(np.append(np.uint64(1), np.full(len(tokens), _INVERSE)))

    def runs(self, length: int) -> Hashes:
        """A hash of every `length` tokens in a row, (n - length + 1,), none if there are fewer."""
        if length >= len(self._sums):
            return np.zeros(0, np.uint64)
        sums: Hashes = self._sums[length:] - self._sums[:-length]
        return np.multiply(sums, self._inverse_powers[: len(sums)], dtype=np.uint64)
