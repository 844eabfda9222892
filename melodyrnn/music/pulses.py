"""Musical time. One pulse is 1/24 of a quarter note, which is one MIDI clock.

All time inside melodyrnn is integer pulses. Ticks (of a file) and seconds (of a listener) exist only at the edges.
"""

from math import gcd

import numpy as np
import numpy.typing as npt

PULSES_PER_QUARTER = 24
PULSES_PER_WHOLE = 4 * PULSES_PER_QUARTER


def pulses_from_ticks(ticks: npt.NDArray[np.int64], ticks_per_quarter: int) -> npt.NDArray[np.int64]:
    """The nearest pulse of each tick; a tie goes to the later one. An array of ticks -> one of pulses, as large."""
    pulses, of_ticks = pulse_ratio(ticks_per_quarter)
    return (ticks * pulses + of_ticks // 2) // of_ticks if pulses > 1 else (ticks + of_ticks // 2) // of_ticks


def pulse_ratio(ticks_per_quarter: int) -> tuple[int, int]:
    """-> n, m: n pulses last m ticks, in lowest terms."""
    common = gcd(PULSES_PER_QUARTER, ticks_per_quarter)
    return PULSES_PER_QUARTER // common, ticks_per_quarter // common


def seconds_per_pulse(bpm: float) -> float:
    """Seconds one pulse lasts at `bpm` quarter notes a minute."""
    return 60.0 / (bpm * PULSES_PER_QUARTER)
