"""The tempos and metres of a parsed file, from ticks to the 24-pulse grid."""

from collections.abc import Sequence

import numpy as np

from melodyrnn.arrays import Ints
from melodyrnn.music.metre import DENOMINATORS, TimeSignature, in_order
from melodyrnn.music.pulses import PULSES_PER_QUARTER, pulses_from_ticks
from melodyrnn.music.scales import Key
from melodyrnn.music.tempo import MICROSECONDS_RANGE, TempoMap

MOST_SIGNS = 7  # sharps or flats of a key signature


def pulse_from_tick(tick: int, ticks_per_quarter: int) -> int:
    """The nearest pulse, as `pulses_from_ticks` has it."""
    return (2 * PULSES_PER_QUARTER * tick + ticks_per_quarter) // (2 * ticks_per_quarter)


def tempo_map_of(tempos: Ints, per_quarter: int, longest_pulses: int) -> tuple[TempoMap, int]:
    """(n, 2) ticks and microseconds a quarter note -> those up to the longest pulse, the last of several on one pulse,
    and how many of all were none that a Tempo can be.
    """
    onsets, microseconds = pulses_from_ticks(tempos[:, 0], per_quarter), tempos[:, 1]
    fastest, slowest = MICROSECONDS_RANGE
    illegal = int(np.count_nonzero((microseconds < fastest) | (microseconds > slowest)))
    kept = (onsets >= 0) & (onsets <= longest_pulses)
    return TempoMap.of_microseconds(onsets[kept], microseconds[kept]), illegal


def metres_of(metres: Ints, per_quarter: int, longest_pulses: int) -> tuple[tuple[TimeSignature, ...], int]:
    """(n, 3) ticks, numerators and denominators -> the metres up to the longest pulse, and how many were none."""
    kept, dropped = [], 0
    for tick, numerator, denominator in metres.tolist():
        onset = pulse_from_tick(tick, per_quarter)
        if 0 <= onset <= longest_pulses:
            if numerator and denominator in DENOMINATORS:
                kept.append(TimeSignature(onset, numerator, denominator))
            else:
                dropped += 1
    return in_order(kept), dropped


def overruled(tempos: Ints) -> int:
    """How many of (n, 2) ticks and tempos, in order, are followed by another tempo at the same tick."""
    return int(np.count_nonzero((tempos[1:, 0] == tempos[:-1, 0]) & (tempos[1:, 1] != tempos[:-1, 1])))


def key_at(key_signatures: Sequence[tuple[int, int, int]], tick: int) -> str:
    """The name of the key that the last legal one of (tick, sharps or minus flats, 1 for minor) names by a tick."""
    here = [key for key in key_signatures if key[0] <= tick and abs(key[1]) <= MOST_SIGNS and key[2] in (0, 1)]
    return str(Key.of_signature(here[-1][1], "minor" if here[-1][2] else "major")) if here else ""
