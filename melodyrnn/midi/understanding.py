"""What a track is by more than its notes say: held by a pedal, or drums on a channel that is not theirs."""

import re
from functools import lru_cache

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
ByteArray = npt.NDArray[np.uint8]

SUSTAIN, HALF_DOWN = 64, 64  # the control, and its value
NEVER = np.iinfo(np.int64).max
ALL_SOUND_OFF, RESET_CONTROLS, ALL_NOTES_OFF = 120, 121, 123  # controls that are messages to a channel
SILENCES = (ALL_SOUND_OFF, ALL_NOTES_OFF)
# Words of a name, in lower case. What one byte was in another encoding may have become any sign.
WORD = re.compile(r"(?:[^\W\d_]|[\ufffd?])+")
DRUM_WORD = re.compile(
    r"drums?(kits?|sets?)?|perc(uss)?|perk|per[ck]uss?i[oóõ\ufffd?](n[ei]?)?|percuss[aã\ufffd?]o|schlagzeug|batterie"
    r"|bater[ií\ufffd?]a|snares?|hihats?|kick"
)
OTHER_WORD = re.compile(
    r"steel|tongue|melodic|pitched|taiko|synth|non?|not|without|minus|sans|ohne|sin|senza|of|for|to|with|von|für"
)
SMALL_WORD = re.compile(r"and|the|in|on|my|der|die|das|und|et|y|le|la|les")
PLACE_WORD = re.compile(r"midi|channel|chan|ch|track|kanal|spur|canal|piste|pista")
HI_HAT = re.compile(r"\bhi[\s_-]+(?=hats?\b)")
NUMBERED = re.compile(r"\bno?[.\s]*(?=\d)")


@lru_cache(maxsize=4096)
def is_named_drums(name: str, program: int) -> bool:
    """Whether a track not on channel 10 is drums all the same: it is called so, and no program says otherwise.

    The name of a first track may be the title of the piece: small words, as titles have them, say that it is, unless
    all they stand beside are words for drums or for where these are.
    """
    if program:
        return False
    words = WORD.findall(NUMBERED.sub("", HI_HAT.sub("hi", name.lower())))
    drums, small, places = (set(filter(kind.fullmatch, words)) for kind in (DRUM_WORD, SMALL_WORD, PLACE_WORD))
    if not drums or any(map(OTHER_WORD.fullmatch, words)):
        return False
    return not small or drums | small | places == set(words)


def ended_by_silence(notes: IntArray, controls: IntArray) -> None:
    """Where one of a part's (m, 2) controls, ticks and numbers, silences it, end those of its notes, (n, 4) with onsets
    and lengths in ticks first, that began earlier.
    """
    silences = np.sort(controls[np.isin(controls[:, 1], SILENCES), 0])
    if len(silences):
        following = np.append(silences, NEVER)[np.searchsorted(silences, notes[:, 0], side="right")]
        notes[:, 1] = np.minimum(notes[:, 1], following - notes[:, 0])


def pedal_changes(times: IntArray, numbers: ByteArray, values: ByteArray) -> tuple[IntArray, ByteArray]:
    """(n,) controls of a channel in order of time -> (m,) times and values of its pedal. A reset of all lets it up."""
    kept = (numbers == SUSTAIN) | (numbers == RESET_CONTROLS)
    return times[kept], np.where(numbers == SUSTAIN, values, 0)[kept]


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
    sounding: IntArray = np.maximum(ends, np.minimum(ups, struck_again))
    return sounding
