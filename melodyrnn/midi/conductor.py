"""The tempos and metres of a parsed file, from ticks to the 24-pulse grid."""

import numpy as np
import numpy.typing as npt

from melodyrnn.music.metre import DENOMINATORS, TimeSignature, in_order
from melodyrnn.music.pulses import PULSES_PER_QUARTER, pulses_from_ticks
from melodyrnn.music.tempo import MICROSECONDS_RANGE, TempoMap

IntArray = npt.NDArray[np.int64]


def pulse_from_tick(tick: int, ticks_per_quarter: int) -> int:
    """The nearest pulse, as `pulses_from_ticks` has it."""
    return (2 * PULSES_PER_QUARTER * tick + ticks_per_quarter) // (2 * ticks_per_quarter)


def tempo_map_of(tempos: IntArray, per_quarter: int, longest_pulses: int) -> tuple[TempoMap, int]:
    """(n, 2) ticks and microseconds a quarter note -> those up to the longest pulse, the last of several on one pulse,
    and how many of all were none that a Tempo can be.
    """
    onsets, microseconds = pulses_from_ticks(tempos[:, 0], per_quarter), tempos[:, 1]
    fastest, slowest = MICROSECONDS_RANGE
    illegal = int(np.count_nonzero((microseconds < fastest) | (microseconds > slowest)))
    kept = (onsets >= 0) & (onsets <= longest_pulses)
    return TempoMap.of_microseconds(onsets[kept], microseconds[kept]), illegal


def metres_of(metres: IntArray, per_quarter: int, longest_pulses: int) -> tuple[tuple[TimeSignature, ...], int]:
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
