"""Musical time. One pulse is 1/24 of a quarter note, which is one MIDI clock.

All time inside melodyrnn is integer pulses. Ticks (of a file) and seconds (of a listener) exist only at the edges.
"""

import numpy as np
import numpy.typing as npt

PULSES_PER_QUARTER = 24
PULSES_PER_WHOLE = 4 * PULSES_PER_QUARTER


def pulses_from_ticks(ticks: npt.NDArray[np.int64], ticks_per_quarter: int) -> npt.NDArray[np.int64]:
    """The nearest pulse of each tick; a tie goes to the later one. (n,) ticks -> (n,) pulses."""
    return (2 * PULSES_PER_QUARTER * ticks + ticks_per_quarter) // (2 * ticks_per_quarter)


def seconds_per_pulse(bpm: float) -> float:
    """Seconds one pulse lasts at `bpm` quarter notes a minute."""
    return 60.0 / (bpm * PULSES_PER_QUARTER)
