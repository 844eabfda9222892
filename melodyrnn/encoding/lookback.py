"""Lookback: what stood here a number of bars ago, and what followed it there.

A voice meets its own voice: notes are told apart by bar, place, part and rank in their chord, in that order.
Hits of a kit are told apart by their sound and the nearest sixteenth, since no hand strikes at the same pulse twice.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection
from typing import NamedTuple

from melodyrnn.encoding.events import PARTS, PLACES
from melodyrnn.music.pulses import PULSES_PER_QUARTER

DISTANCES = (1, 2, 4, 8)  # bars
LONGEST_RUN = 32  # bars; what has agreed with an earlier passage for longer counts as this
FORGOTTEN_AT_ONCE = 128  # notes that are too old; few, since every copy of a Lookback holds those left
RANKS = 16  # notes of a chord told apart; those above share the last rank
SIXTEENTH = PULSES_PER_QUARTER // 4

_CELL, _PLACE = RANKS, RANKS * PARTS
_BAR = PLACES * _PLACE


class Slot(NamedTuple):
    """Where a note stands: what is found there some bars later is compared with it."""

    bar: int
    place: int
    part: int


class Followed(NamedTuple):
    """What followed, some bars ago, where the present note stands.

    agreement: 1 if nothing stood there, 2 if another pitch did, 3 if this one. run: for how many bars every note has
    been the one so many bars before it, from 1; 0 if this one is not.
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
        self._notes: list[tuple[int, int, int]] = []  # pitch, duration, velocity, one a key
        self._agrees_since: list[int | None] = [None] * len(DISTANCES)  # the bar in which each run began
        self._kits: set[int] = set()
        self._slot, self._played = Slot(-1, 0, 0), [0]

    def add_kit(self, part: int) -> None:
        """That part is a kit."""
        self._kits.add(part)

    def slot(self, bar: int, place: int, part: int, bar_pulses: int) -> Slot:
        """The slot of a note at that place of a bar of so many pulses."""
        if part in self._kits:
            place = (place + SIXTEENTH // 2) // SIXTEENTH * SIXTEENTH
            if place >= bar_pulses:
                return Slot(bar + 1, 0, part)
        return Slot(bar, place, part)

    def rank(self, slot: Slot) -> int:
        """How many notes of its chord were played before the next one."""
        return min(len(self._played), RANKS - 1) if slot == self._slot else 0

    def recall(self, slot: Slot, bars_ago: int) -> tuple[int, int, int] | None:
        """Pitch, duration and velocity of the note that the next one in this slot meets, if there is one."""
        first = _key(slot) - bars_ago * _BAR
        if slot.part in self._kits:
            there = self._unplayed(first, self._played if slot == self._slot else ())
        else:
            key = first + self.rank(slot)
            there = bisect_right(self._keys, key) - 1
            if there >= 0 and self._keys[there] != key:
                return None
        return self._notes[there] if there >= 0 else None

    def push(self, slot: Slot, pitch: int, duration: int, velocity: int) -> list[Followed | None]:
        """Take in a note -> what followed it at each of DISTANCES, None where nothing was heard then."""
        rank = self.rank(slot)
        if slot != self._slot:
            self._slot, self._played = slot, []
        self._played.append(pitch)
        self._forget(slot.bar)
        first = _key(slot)
        at = bisect_right(self._keys, first + rank)  # at the end, but for a kit that rushes ahead of the other parts
        self._keys.insert(at, first + rank)
        self._notes.insert(at, (pitch, duration, velocity))
        return [self._followed(i, first - ago * _BAR, rank, pitch) for i, ago in enumerate(DISTANCES)]

    def _followed(self, i: int, first: int, rank: int, pitch: int) -> Followed | None:
        keys, notes = self._keys, self._notes
        if self._slot.part in self._kits:
            start, stop = bisect_left(keys, first), bisect_right(keys, first + RANKS - 1)
            before, agreement = stop - 1, 1
            if start < stop:
                agreement = 2 + any(notes[there][0] == pitch for there in range(start, stop))
            unplayed = self._unplayed(first, self._played)
            following = stop if unplayed < 0 else unplayed
        else:
            before = bisect_right(keys, first + rank) - 1
            following = before + 1
            agreement = 1 if before < 0 or keys[before] != first + rank else 2 + (notes[before][0] == pitch)
        if before < 0 or keys[before] // _BAR < first // _BAR - 1:
            self._agrees_since[i] = None
            return None
        place, cell = divmod(keys[following] % _BAR, _PLACE)
        pitch, duration, _ = notes[following]
        return Followed(place, cell // _CELL, pitch, duration, agreement, self._run(i, agreement))

    def _unplayed(self, first: int, played: Collection[int]) -> int:
        """The first hit of the slot that begins with this key whose sound was not `played`; -1 if there is none."""
        start, stop = bisect_left(self._keys, first), bisect_right(self._keys, first + RANKS - 1)
        return next((there for there in range(start, stop) if self._notes[there][0] not in played), -1)

    def _run(self, i: int, agreement: int) -> int:
        if agreement < 3:
            self._agrees_since[i] = None
            return 0
        since = self._agrees_since[i]
        if since is None:
            since = self._agrees_since[i] = self._slot.bar
        return 1 + min(self._slot.bar - since, LONGEST_RUN)

    def _forget(self, bar: int) -> None:
        keys, oldest = self._keys, (bar - DISTANCES[-1] - 1) * _BAR
        if len(keys) > 2 * FORGOTTEN_AT_ONCE and keys[FORGOTTEN_AT_ONCE] < oldest:
            del keys[:FORGOTTEN_AT_ONCE], self._notes[:FORGOTTEN_AT_ONCE]


def _key(slot: Slot) -> int:
    return slot.bar * _BAR + slot.place * _PLACE + slot.part * _CELL
