"""Notes on the 24-pulse grid, as columns: from ticks, and in order."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from melodyrnn.arrays import Bools, Ints
from melodyrnn.music.pulses import pulse_ratio, pulses_from_ticks
from melodyrnn.music.song import NoteArray

PITCH_BITS = VELOCITY_BITS = 7
SIGNED_BITS = 63


def grid_notes(times: Ints, pitches: npt.ArrayLike, velocities: npt.ArrayLike, ticks_per_quarter: int) -> NoteArray:
    """(2, n) onsets and ends in ticks -> (n, 4) notes in pulses, each end rounded for itself, none shorter than 1."""
    (onsets, ends), _ = on_grid(times, ticks_per_quarter)
    return np.column_stack([onsets, np.asarray(pitches), np.maximum(1, ends - onsets), np.asarray(velocities)])


def on_grid(times: Ints, ticks_per_quarter: int) -> tuple[Ints, Bools]:
    """(2, n) ticks -> the nearest pulses, and which of the n notes begin or end between two."""
    pulses = pulses_from_ticks(times, ticks_per_quarter)
    ratio = pulse_ratio(ticks_per_quarter)
    off_grid = (times * ratio[0] if ratio[0] > 1 else times) != pulses * ratio[1]
    return pulses, off_grid[0] | off_grid[1]


def sorted_notes(
    onsets: Ints,
    pitches: npt.NDArray[np.integer],
    durations: Ints,
    velocities: npt.NDArray[np.integer],
    counts: Sequence[int],
) -> Ints:
    """(4, n) notes, those of each part, of which `counts` says how many it has, by onset, pitch, duration and velocity.

    Where there is room, as there is in songs of 30,000 bars, a note is packed into 63 bits behind the number of its
    part. Nearly all are in order already: looking is fastest then, and else a stable sort of all parts at once.
    """
    columns = np.empty((4, len(onsets)), np.int64)
    columns[0], columns[1], columns[2], columns[3] = onsets, pitches, durations, velocities
    parts = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    shifts = (int(onsets.max()).bit_length(), PITCH_BITS, int(durations.max()).bit_length(), VELOCITY_BITS)
    if len(counts).bit_length() + sum(shifts) > SIGNED_BITS:
        return columns[:, np.lexsort((*columns[::-1], parts))]
    packed = parts
    for column, shift in zip(columns, shifts, strict=True):
        packed <<= shift
        packed |= column
    if (packed[1:] >= packed[:-1]).all():
        return columns
    packed.sort(kind="stable")
    for column, shift in zip(columns[::-1], shifts[::-1], strict=True):
        np.bitwise_and(packed, (1 << shift) - 1, out=column)
        packed >>= shift
    return columns
