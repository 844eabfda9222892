"""Where notes end that are held by a pedal, or silenced."""

import numpy as np
import numpy.typing as npt

from melodyrnn.arrays import Bytes, Ints
from melodyrnn.messages import ALL_NOTES_OFF, ALL_SOUND_OFF, PEDAL_DOWN, RESET_CONTROLS, SUSTAIN

NEVER = np.iinfo(np.int64).max
SILENCES = (ALL_SOUND_OFF, ALL_NOTES_OFF)


def ended_by_silence(notes: Ints, controls: Ints) -> None:
    """Where one of a part's (m, 2) controls, ticks and numbers, silences it, end those of its notes, (n, 4) with onsets
    and lengths in ticks first, that began earlier.
    """
    silences = np.sort(controls[np.isin(controls[:, 1], SILENCES), 0])
    if len(silences):
        following = np.append(silences, NEVER)[np.searchsorted(silences, notes[:, 0], side="right")]
        notes[:, 1] = np.minimum(notes[:, 1], following - notes[:, 0])


def pedal_changes(times: Ints, numbers: Bytes, values: Bytes) -> tuple[Ints, Bytes]:
    """(n,) controls of a channel in order of time -> (m,) times and values of its pedal. A reset of all lets it up."""
    kept = (numbers == SUSTAIN) | (numbers == RESET_CONTROLS)
    return times[kept], np.where(numbers == SUSTAIN, values, 0)[kept]


def pedal_times(times: npt.NDArray[np.signedinteger], values: npt.NDArray[np.integer]) -> tuple[Ints, Ints]:
    """(n,) times in order at which the control has these values -> (m,) times at which the pedal goes down, and up.

    It is down from 64 on. Once down for good it is none: what it would hold nobody says.
    """
    changes = times[np.diff(values >= PEDAL_DOWN, prepend=False)].astype(np.int64)
    return changes[:-1:2], changes[1::2]


def held_by_pedal(onsets: Ints, ends: Ints, pitches: Ints, pedal_downs: Ints, pedal_ups: Ints) -> Ints:
    """(n,) ends of notes as they sound: one that ends while the pedal is down sounds until it comes up, or until its
    pitch is struck again later. `pedal_downs` and `pedal_ups` are (m,) times in order, in the unit of the onsets.
    """
    if not len(pedal_downs) or not len(onsets):
        return ends
    pedal = np.searchsorted(pedal_downs, ends, side="right") - 1
    ups = np.where(pedal >= 0, pedal_ups[pedal], ends)
    order = np.lexsort((onsets, pitches))
    in_order = np.stack([pitches[order], onsets[order]])
    strikes = np.flatnonzero((np.diff(in_order, prepend=-1) != 0).any(0))  # the first of those struck at once
    again = np.append(in_order[1, strikes[1:]], NEVER)
    again[:-1][np.diff(in_order[0, strikes]) != 0] = NEVER
    struck_again = np.empty(len(onsets), np.int64)
    struck_again[order] = np.repeat(again, np.diff(strikes, append=len(onsets)))
    sounding: Ints = np.maximum(ends, np.minimum(ups, struck_again))
    return sounding
