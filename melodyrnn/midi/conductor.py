"""The tempos and metres of parsed files, from ticks to the 24-pulse grid."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from melodyrnn.midi.records import METRE, TEMPO
from melodyrnn.music.metre import DENOMINATORS, TimeSignature, in_order
from melodyrnn.music.pulses import PULSES_PER_QUARTER, pulses_from_ticks
from melodyrnn.music.tempo import DEFAULT_TEMPOS, MICROSECONDS_RANGE, TempoMap

BoolArray = npt.NDArray[np.bool_]
FEW_BYTES = 512  # of tempos or metres: files often begin with the same, which are kept


def pulse_from_tick(tick: int, ticks_per_quarter: int) -> int:
    """The nearest pulse, as `pulses_from_ticks` has it."""
    return (2 * PULSES_PER_QUARTER * tick + ticks_per_quarter) // (2 * ticks_per_quarter)


def tempo_maps(
    records: bytes, ranges: tuple[tuple[int, int], ...], per_quarter: int, longest_pulses: int
) -> tuple[list[TempoMap], BoolArray]:
    """Of each file the tempos up to the longest pulse, and which of all were none that a Tempo can be.

    The records are of `TEMPO`, those of each file where its range says.
    """
    made = _few_tempo_maps if len(records) <= FEW_BYTES else _tempo_maps
    return made(records, ranges, per_quarter, longest_pulses)


def metres_of(records: bytes, per_quarter: int, longest_pulses: int) -> tuple[tuple[TimeSignature, ...], int]:
    """The metres among records of `METRE` up to the longest pulse, and how many of these were none."""
    made = _few_metres if len(records) <= FEW_BYTES else _metres
    return made(records, per_quarter, longest_pulses)


def _tempo_maps(
    records: bytes, ranges: tuple[tuple[int, int], ...], per_quarter: int, longest_pulses: int
) -> tuple[list[TempoMap], BoolArray]:
    table = np.frombuffer(records, TEMPO)
    onsets, microseconds = (
        pulses_from_ticks(table["time"].astype(np.int64), per_quarter),
        table["mspq"].astype(np.float64),
    )
    fastest, slowest = MICROSECONDS_RANGE
    illegal = (microseconds < fastest) | (microseconds > slowest)
    if illegal.any():
        np.clip(microseconds, fastest, slowest, out=microseconds)
    firsts, lasts = np.array(ranges).T
    kept = np.ones(len(onsets), np.bool_)
    np.not_equal(onsets[1:], onsets[:-1], out=kept[:-1])  # the last of several on one pulse
    kept[lasts[firsts < lasts] - 1] = True
    kept &= (onsets >= 0) & (onsets <= longest_pulses)
    before = np.zeros(len(kept) + 1, np.int64)
    np.cumsum(kept, out=before[1:])
    onsets, microseconds = onsets[kept], microseconds[kept]
    onsets.setflags(write=False)
    microseconds.setflags(write=False)
    maps = []
    for first, last in zip(before[firsts].tolist(), before[lasts].tolist(), strict=True):
        if first == last:
            maps.append(DEFAULT_TEMPOS)
        elif not onsets[first]:
            maps.append(TempoMap.of_columns(onsets[first:last], microseconds[first:last], in_microseconds=True))
        else:
            maps.append(TempoMap.of_microseconds(onsets[first:last], microseconds[first:last]))
    return maps, illegal


def _metres(records: bytes, per_quarter: int, longest_pulses: int) -> tuple[tuple[TimeSignature, ...], int]:
    kept, dropped = [], 0
    for tick, numerator, denominator in np.frombuffer(records, METRE).tolist():
        onset = pulse_from_tick(tick, per_quarter)
        if 0 <= onset <= longest_pulses:
            if numerator and denominator in DENOMINATORS:
                kept.append(TimeSignature(onset, numerator, denominator))
            else:
                dropped += 1
    return in_order(kept), dropped


_few_tempo_maps, _few_metres = lru_cache(maxsize=4096)(_tempo_maps), lru_cache(maxsize=4096)(_metres)
