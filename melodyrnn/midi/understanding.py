"""What a track is by more than its notes say: held by a pedal, or drums on a channel that is not theirs."""

import re
from functools import lru_cache

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]

SUSTAIN, HALF_DOWN = 64, 64  # the control, and its value
DRUM_NAME = re.compile(r"\b(drums?|drum ?(kit|set)|percussion|schlagzeug|batterie|bater[ií]a)\b", re.IGNORECASE)
PITCHED_DRUM_NAME = re.compile(r"\b(steel|tongue|melodic|pitched|taiko|synth)\b", re.IGNORECASE)


@lru_cache(maxsize=4096)
def is_named_drums(name: str, program: int) -> bool:
    """Whether a track not on channel 10 is drums all the same: it is called so, and no program says otherwise."""
    return program == 0 and bool(DRUM_NAME.search(name)) and not PITCHED_DRUM_NAME.search(name)


def pedal_times(times: npt.NDArray[np.signedinteger], values: npt.NDArray[np.integer]) -> tuple[IntArray, IntArray]:
    """(n,) times in order at which the control has these values -> (m,) times at which the pedal goes down, and up.

    It is down from 64 on. Once down for good it is none: what it would hold nobody says.
    """
    changes = times[np.diff(values >= HALF_DOWN, prepend=False)].astype(np.int64)
    return changes[:-1:2], changes[1::2]


def held_by_pedal(
    onsets: IntArray, ends: IntArray, pitches: IntArray, pedal_downs: IntArray, pedal_ups: IntArray
) -> IntArray:
    """(n,) ends of notes as they sound: one that ends while the pedal is down sounds until it comes up, or until its
    pitch is struck again. `pedal_downs` and `pedal_ups` are (m,) times in order, in the unit of the onsets.
    """
    if not len(pedal_downs):
        return ends
    pedal = np.searchsorted(pedal_downs, ends, side="right") - 1
    ups = np.where(pedal >= 0, pedal_ups[pedal], ends)
    order = np.lexsort((onsets, pitches))
    struck_again = np.full(len(onsets), np.iinfo(np.int64).max)
    same_pitch = np.diff(pitches[order]) == 0
    struck_again[order[:-1][same_pitch]] = onsets[order[1:]][same_pitch]
    sounding: IntArray = np.maximum(ends, np.minimum(ups, struck_again))
    return sounding
