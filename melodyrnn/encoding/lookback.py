"""Lookback: the note that stood at the same place some bars ago, and the note that followed it there.

A note is compared with the note of its own voice: the one at the same place, in the same part, of the same rank in its
chord. Drum hits are matched by their sound and the nearest sixteenth, since no hand strikes at the same pulse twice.
"""

import copy
from bisect import bisect_left, bisect_right
from collections.abc import Collection
from typing import Any, NamedTuple

from melodyrnn.encoding.events import PARTS, PLACES
from melodyrnn.music.pulses import PULSES_PER_QUARTER

BARS_AGO = (1, 2, 4, 8)
LONGEST_RUN_BARS = 32  # longer runs and distances count as this
DROPPED_NOTES = 128  # that are too old, at once; few, since every copy of a Lookback holds those left
RANKS = 16  # of the notes of a chord; all higher notes share the last
SIXTEENTH = PULSES_PER_QUARTER // 4

_CELL, _PLACE = RANKS, RANKS * PARTS
_BAR = PLACES * _PLACE


class Slot(NamedTuple):
    """Where a note stands. Later notes at this place and part are compared with it."""

    bar: int
    place: int
    part: int


class Recalled(NamedTuple):
    """A note of an earlier bar, as tokens."""

    pitch: int
    duration: int
    velocity: int


class Followed(NamedTuple):
    """The note that followed, some bars ago, at the place of the present one.

    agreement: 1 if no note stood at that place, 2 one of another pitch, 3 one of this pitch. run: for how many bars
    every note has been the one so many bars before it, from 1; 0 if this one is not.
    """

    place: int
    part: int
    pitch: int
    duration: int
    agreement: int
    run: int


class Lookback:
    """Follows the notes of all parts, as tokens."""

    def __init__(self) -> None:
        self._keys: list[int] = []  # in order
        self._notes: list[Recalled] = []  # one a key
        self._agrees_since: list[int | None] = [None] * len(BARS_AGO)  # the bar in which each run began
        self.kits: set[int] = set()  # the parts that are kits
        self._slot, self._played = Slot(-1, 0, 0), [0]

    def __deepcopy__(self, _: dict[int, Any]) -> "Lookback":
        twin = copy.copy(self)
        twin._keys, twin._notes, twin._played = self._keys.copy(), self._notes.copy(), self._played.copy()
        twin._agrees_since, twin.kits = self._agrees_since.copy(), self.kits.copy()
        return twin

    @staticmethod
    def kit_slot(bar: int, place: int, part: int, bar_pulses: int) -> Slot:
        """The slot of a kit's hit at that place of a bar of so many pulses."""
        place = (place + SIXTEENTH // 2) // SIXTEENTH * SIXTEENTH
        return Slot(bar + 1, 0, part) if place >= bar_pulses else Slot(bar, place, part)

    def rank(self, slot: Slot) -> int:
        """How many notes of its chord were played before the next one."""
        return min(len(self._played), RANKS - 1) if slot == self._slot else 0

    def recall(self, slot: Slot, rank: int) -> list[Recalled | None]:
        """The note that the next one in this slot, of this rank, meets at each of BARS_AGO; None for none."""
        first = _key(slot)
        if slot.part in self.kits:
            played = self._played if slot == self._slot else ()
            found = [self._unplayed(first - ago * _BAR, played) for ago in BARS_AGO]
            return [self._notes[there] if there >= 0 else None for there in found]
        keys, notes, recalled = self._keys, self._notes, []
        for ago in BARS_AGO:
            key = first + rank - ago * _BAR
            there = bisect_right(keys, key) - 1
            recalled.append(notes[there] if there >= 0 and keys[there] == key else None)
        return recalled

    def push(self, slot: Slot, pitch: int, duration: int, velocity: int) -> list[Followed | None]:
        """Take in a note -> the note that followed at each of BARS_AGO; None where two bars are empty there."""
        rank = self.rank(slot)
        if slot != self._slot:
            self._slot, self._played = slot, []
        self._played.append(pitch)
        self._forget(slot.bar)
        first = _key(slot)
        at = bisect_right(self._keys, first + rank)  # at the end, but for a kit that rushes ahead of the other parts
        self._keys.insert(at, first + rank)
        self._notes.insert(at, Recalled(pitch, duration, velocity))
        if slot.part in self.kits:
            return [self._followed(i, ago, *self._met_hit(first - ago * _BAR, pitch)) for i, ago in enumerate(BARS_AGO)]
        keys, followed = self._keys, list[Followed | None]()
        for i, ago in enumerate(BARS_AGO):
            key = first + rank - ago * _BAR
            before = bisect_right(keys, key) - 1
            agreement = 1
            if before >= 0 and keys[before] == key:
                agreement = 3 if self._notes[before].pitch == pitch else 2
            followed.append(self._followed(i, ago, before, before + 1, agreement))
        return followed

    def _met_hit(self, first: int, pitch: int) -> tuple[int, int, int]:
        """For the slot that begins with this key: its last hit or the one before it, a hit that was not played yet or
        the next note, the agreement.
        """
        start, stop = bisect_left(self._keys, first), bisect_right(self._keys, first + RANKS - 1)
        unplayed, agreement = self._unplayed(first, self._played), 1
        if start < stop:
            agreement = 3 if any(self._notes[there].pitch == pitch for there in range(start, stop)) else 2
        return stop - 1, stop if unplayed < 0 else unplayed, agreement

    def _followed(self, i: int, ago: int, before: int, following: int, agreement: int) -> Followed | None:
        if before < 0 or self._keys[before] < (self._slot.bar - ago - 1) * _BAR:
            self._agrees_since[i] = None
            return None
        place, cell = divmod(self._keys[following] % _BAR, _PLACE)
        pitch, duration, _ = self._notes[following]
        return Followed(place, cell // _CELL, pitch, duration, agreement, self._run(i, agreement))

    def _unplayed(self, first: int, played: Collection[int]) -> int:
        """The first hit of the slot that begins with this key whose sound was not `played`; -1 if there is none."""
        start, stop = bisect_left(self._keys, first), bisect_right(self._keys, first + RANKS - 1)
        return next((there for there in range(start, stop) if self._notes[there].pitch not in played), -1)

    def _run(self, i: int, agreement: int) -> int:
        if agreement < 3:
            self._agrees_since[i] = None
            return 0
        since = self._agrees_since[i]
        if since is None:
            since = self._agrees_since[i] = self._slot.bar
        return 1 + min(self._slot.bar - since, LONGEST_RUN_BARS)

    def _forget(self, bar: int) -> None:
        keys, oldest = self._keys, (bar - BARS_AGO[-1] - 1) * _BAR
        if len(keys) > 2 * DROPPED_NOTES and keys[DROPPED_NOTES] < oldest:
            del keys[:DROPPED_NOTES], self._notes[:DROPPED_NOTES]


def _key(slot: Slot) -> int:
    return slot.bar * _BAR + slot.place * _PLACE + slot.part * _CELL
