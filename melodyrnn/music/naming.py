"""Which tracks of a song a user means: by name, in any case, counted from 1, or by instrument."""

from collections.abc import Sequence

from melodyrnn.music.general_midi import instrument_name
from melodyrnn.music.song import Track

MOST_LISTED = 20  # tracks, in an error


def tracks_called(tracks: Sequence[Track], wanted: str) -> list[int]:
    """The indices of the tracks that are called so; else of the one with that number; else of those that have this
    instrument, such as "drums". None where there is none.
    """
    wanted = wanted.strip().lower()
    named = [i for i, track in enumerate(tracks) if track.name.strip().lower() == wanted]
    if named:
        return named
    if wanted.isdecimal() and 1 <= int(wanted) <= len(tracks):
        return [int(wanted) - 1]
    return [i for i, each in enumerate(tracks) if instrument_name(each.program, each.is_drum).lower() == wanted]


def listed(tracks: Sequence[Track]) -> str:
    """Number and name of each track, for an error."""
    shown = ", ".join(f"{i} {track.name}".strip() for i, track in enumerate(tracks[:MOST_LISTED], 1))
    return shown + ", ..." * (len(tracks) > MOST_LISTED)
