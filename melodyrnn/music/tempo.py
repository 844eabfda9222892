"""Tempo, and the tempo map of a song: how fast it goes from where on."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import NamedTuple, overload

import numpy as np
import numpy.typing as npt

from melodyrnn.arrays import Doubles, Ints
from melodyrnn.errors import OptionError
from melodyrnn.music.pulses import PULSES_PER_QUARTER

BPM_RANGE = (4.0, 2000.0)  # slower than 3.58 bpm does not fit the 24 bits of a MIDI file
MINUTE_MICROSECONDS = 60e6
MICROSECONDS_RANGE = (MINUTE_MICROSECONDS / BPM_RANGE[1], MINUTE_MICROSECONDS / BPM_RANGE[0])
MOST_DECIMALS = 5


class _TempoFields(NamedTuple):
    onset_pulses: int
    bpm: float


class Tempo(_TempoFields):
    """From `onset_pulses` on, `bpm` quarter notes a minute."""

    __slots__ = ()

    def __new__(cls, onset_pulses: int, bpm: float) -> "Tempo":
        """OptionError outside what is legal; `Tempo._make` takes what is known to be."""
        slowest, fastest = BPM_RANGE
        if onset_pulses < 0 or not slowest <= bpm <= fastest:
            legal = f"must be {slowest:g} to {fastest:g} bpm, at 0 or later"
            raise OptionError(f"tempo {bpm:g} at pulse {onset_pulses}: {legal}")
        return super().__new__(cls, onset_pulses, bpm)


DEFAULT_BPM = 120.0


class TempoMap(Sequence[Tempo]):
    """The tempos of a song in order, one a pulse (the last given wins), the first at pulse 0: 120 bpm if none is there.

    Reads and compares as the tuple of them, but keeps columns, since a performance may have thousands: `onsets` (n,)
    in pulses, and `bpms` (n,). Both are read-only.
    """

    __slots__ = ("_tempos", "bpms", "onsets")

    def __init__(self, tempos: Iterable[Tempo] = ()) -> None:
        given = list(tempos)
        onsets = np.array([tempo[0] for tempo in given], np.int64)
        self._keep(*_in_order(onsets, np.array([tempo[1] for tempo in given], np.float64)))

    @classmethod
    def of(cls, tempos: Iterable[Tempo]) -> "TempoMap":
        """The tempos themselves if they are a map, else the map of them."""
        return tempos if isinstance(tempos, cls) else cls(tempos) if tempos else DEFAULT_TEMPOS

    @classmethod
    def of_columns(cls, onsets: Ints, bpms: Doubles) -> "TempoMap":
        """The map with the columns of another: legal, in order, the first at pulse 0, read-only."""
        made = cls.__new__(cls)
        made.onsets, made.bpms, made._tempos = onsets, bpms, None
        return made

    @classmethod
    def of_microseconds(cls, onsets: Ints, microseconds: npt.NDArray[np.number]) -> "TempoMap":
        """From (n,) pulses, 0 or later, and (n,) microseconds a quarter note, made legal."""
        made = cls.__new__(cls)
        made._keep(*_in_order(onsets, bpms_from_microseconds(np.clip(microseconds, *MICROSECONDS_RANGE))))
        return made

    def _keep(self, onsets: Ints, bpms: Doubles) -> None:
        onsets.setflags(write=False)
        bpms.setflags(write=False)
        self.onsets, self.bpms = onsets, bpms
        self._tempos: tuple[Tempo, ...] | None = None  # made when it is asked for: the same, by whatever thread

    def seconds(self, pulse: int) -> float:
        """When `pulse` is heard, after the start."""
        return float(self.seconds_at(np.array([pulse]))[0])

    def seconds_at(self, pulses: Ints | Doubles) -> Doubles:
        """`seconds` of an array of pulses."""
        lasting = 60 / (PULSES_PER_QUARTER * self.bpms)
        starts = np.concatenate([[0.0], np.cumsum(np.diff(self.onsets) * lasting[:-1])])
        which = np.searchsorted(self.onsets, pulses, side="right") - 1
        seconds: Doubles = starts[which] + (pulses - self.onsets[which]) * lasting[which]
        return seconds

    def __len__(self) -> int:
        return len(self.onsets)

    @overload
    def __getitem__(self, which: int) -> Tempo: ...
    @overload
    def __getitem__(self, which: slice) -> tuple[Tempo, ...]: ...
    def __getitem__(self, which: int | slice) -> Tempo | tuple[Tempo, ...]:
        return self._as_tuple()[which]

    def __iter__(self) -> Iterator[Tempo]:
        return iter(self._as_tuple())

    def __eq__(self, other: object) -> bool:
        return self._as_tuple() == (other._as_tuple() if isinstance(other, TempoMap) else other)

    def __hash__(self) -> int:
        return hash(self._as_tuple())

    def __repr__(self) -> str:
        return repr(self._as_tuple())

    def _as_tuple(self) -> tuple[Tempo, ...]:
        if self._tempos is None:
            pairs = zip(self.onsets.tolist(), self.bpms.tolist(), strict=True)
            self._tempos = tuple(map(tuple.__new__, repeat(Tempo), pairs))
        return self._tempos


def _in_order(onsets: Ints, bpms: Doubles) -> tuple[Ints, Doubles]:
    """Both sorted by onset, the last of each, with DEFAULT_BPM at 0 if nothing is there."""
    if (onsets[1:] <= onsets[:-1]).any():
        order = np.argsort(onsets, kind="stable")
        onsets, bpms = onsets[order], bpms[order]
        last = np.append(onsets[1:] > onsets[:-1], True)
        onsets, bpms = onsets[last], bpms[last]
    if not len(onsets) or onsets[0]:
        onsets, bpms = np.concatenate([[0], onsets]), np.concatenate([[DEFAULT_BPM], bpms])
    return onsets, bpms


def bpms_from_microseconds(microseconds: npt.NDArray[np.number]) -> Doubles:
    """(n,) microseconds a quarter note -> (n,) bpm with the fewest decimals that a file would store as these, legal."""
    slowest, fastest = BPM_RANGE
    exact = MINUTE_MICROSECONDS / microseconds
    bpms, open_ones, stored = exact.copy(), np.arange(len(exact)), np.rint(microseconds)
    for decimals in range(MOST_DECIMALS + 1):
        rounded = np.maximum(np.round(exact[open_ones], decimals), slowest)
        found = np.rint(MINUTE_MICROSECONDS / rounded) == stored[open_ones]
        bpms[open_ones[found]] = rounded[found]
        open_ones = open_ones[~found]
        if not len(open_ones):
            break
    return np.clip(bpms, slowest, fastest)


DEFAULT_TEMPOS = TempoMap()
