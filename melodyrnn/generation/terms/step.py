"""The input of a steering term, and its interface."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from melodyrnn.arrays import Doubles, Floats
from melodyrnn.encoding.events import SIZES, Cursor
from melodyrnn.music.pulses import PULSES_PER_QUARTER

Constants = Mapping[str, float]

MAX_CHORD_NATS = math.log(4)
TOKENS = np.arange(max(SIZES), dtype=np.float32)


class Step(NamedTuple):
    """The field that is about to be drawn: those `drawn` before it, the cursor at the last event, and what is asked."""

    field: str
    drawn: Sequence[int]
    cursor: Cursor
    density: float = 1.0
    bias: Sequence[int] = ()
    bias_nats: float = 0.0

    @property
    def pulse(self) -> int:
        """Where the event stands, once its bars and place are drawn."""
        return self.cursor.bar_start(self.cursor.bar + self.drawn[0]) + self.drawn[1]


class Expected(NamedTuple):
    """What is usual for a part that has not played yet: its density, the length of its notes, how many begin together,
    and (PLACES,) how often notes begin at each place in the bar.

    Of its pitches: the lowest and highest (None for a kit), by how many semitones those of a chord are apart, what the
    same pitch again costs in nats, which share of the nats for chord tones counts, and whether it is the bass.
    """

    onsets_a_pulse: float
    pulses: float
    chord: int
    places: Doubles
    low: int = 0
    high: int | None = None
    apart: int = 1
    repeat_nats: float = 0.0
    chord_share: float = 1.0
    is_bass: bool = False


class Follower(Protocol):
    """One term in one stream."""

    def push(self, event: Sequence[int], cursor: Cursor, /) -> None:
        """Take in an event that the cursor has just moved to."""

    def mark_as_seed(self, cursor: Cursor, /) -> None:
        """The events taken in so far are given music."""

    def nats(self, step: Step, /) -> Floats | None:
        """(size,) nats to add to the field's logits, or None."""


def waiting(step: Step, rate: float) -> Floats:
    """-rate nats for each beat that an event waits; only one bar is counted, or many bars would stay empty."""
    cursor = step.cursor
    if step.field == "bars":
        result = np.full(SIZES[0], -rate * cursor.bar_pulses(cursor.bar) / PULSES_PER_QUARTER, np.float32)
        result[0] = 0
        return result
    result = TOKENS[: SIZES[1]] * np.float32(-rate / PULSES_PER_QUARTER)
    if step.drawn[0] == 0:
        result[cursor.place] -= min(max(rate, 0.0), MAX_CHORD_NATS)  # haste is no reason for chords
    return result
