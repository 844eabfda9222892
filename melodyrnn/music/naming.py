"""Which tracks of a song a user means: by name, in any case, or counted from 1."""

from collections.abc import Sequence

from melodyrnn.music.song import Track

MOST_LISTED = 20  # tracks, in an error


def tracks_called(tracks: Sequence[Track], wanted: str) -> list[int]:
    """The indices of the tracks that are called so, else of the one with that number; none where there is none."""
    named = [i for i, track in enumerate(tracks) if track.name.strip().lower() == wanted.strip().lower()]
    if not named and wanted.strip().isdecimal() and 1 <= int(wanted) <= len(tracks):
        return [int(wanted) - 1]
    return named


def listed(tracks: Sequence[Track]) -> str:
    """Number and name of each track, for an error."""
    shown = ", ".join(f"{i} {track.name}".strip() for i, track in enumerate(tracks[:MOST_LISTED], 1))
    return shown + ", ..." * (len(tracks) > MOST_LISTED)
