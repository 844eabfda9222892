"""The keys of music from nothing: as a whole it is moved to a key of its style, drawn as often as its pieces are in it.

A model learns its styles in all twelve transpositions, so that it can go on in any key: of itself it draws all keys.
"""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate

import numpy as np

from melodyrnn.errors import ModelFileError, OptionError
from melodyrnn.music.key_finding import estimate_key
from melodyrnn.music.scales import Key
from melodyrnn.music.song import Song

HIGHEST_PITCH = 127
KeyShares = Mapping[Key, float]


def shares_of_keys(named: Mapping[str, float]) -> dict[Key, float]:
    """The shares of keys by name, such as "D major", by key. ModelFileError for a name that is no key's."""
    try:
        return {Key.parse(name): share for name, share in named.items()}
    except OptionError as error:
        raise ModelFileError(str(error)) from None


def semitones_to_style(song: Song, shares: KeyShares, number: float) -> int:
    """How far to move the pitched parts of a song, so that its key is one of the style's; a nearest way, from -6 to 6.

    `number`, from 0 to 1, draws among the style's keys of the song's mode, as often as there are pieces in each. 0
    where the song has no key, or the style none of its mode, or where its pitches would leave those that MIDI has.
    """
    key = estimate_key(song)
    shares = {other: share for other, share in shares.items() if key is not None and other.mode == key.mode and share}
    if key is None or not shares:
        return 0
    reached = list(accumulate(shares.values()))
    drawn = list(shares)[min(bisect_right(reached, number * reached[-1]), len(shares) - 1)]
    up = (drawn.tonic - key.tonic) % 12
    pitches = np.concatenate([track.array[:, 1] for track in song.tracks if not track.is_drum])
    ways = [way for way in (up, up - 12) if pitches.min() + way >= 0 and pitches.max() + way <= HIGHEST_PITCH]
    return min(ways, key=abs, default=0)
