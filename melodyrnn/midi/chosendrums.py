"""Tracks that the user declares to be drums or not, whatever the file holds."""

from collections.abc import Sequence
from dataclasses import replace

from melodyrnn.errors import MidiFileError
from melodyrnn.music.song import Song, Track

MOST_LISTED = 20  # tracks, in an error


def with_chosen_drums(song: Song, drums: Sequence[str], not_drums: Sequence[str], name: str) -> Song:
    """The song with these of its tracks made drums, and those made melodic. Each is named, in any case, or counted from
    1. MidiFileError, naming the file `name`, for a track that there is not.
    """
    chosen = {track: is_drum for wanted, is_drum in ((drums, True), (not_drums, False)) for track in wanted}
    changed: dict[int, bool] = {}
    for track, is_drum in chosen.items():
        for index in _found(song, track, name):
            changed[index] = is_drum
    if not changed:
        return song
    return replace(song, tracks=tuple(_as(track, changed.get(i)) for i, track in enumerate(song.tracks)))


def _as(track: Track, is_drum: bool | None) -> Track:
    return track if is_drum is None else Track.of_checked(track.array, track.program, is_drum, track.name)


def _found(song: Song, wanted: str, name: str) -> list[int]:
    """The indices of the tracks that are called so, else of the one with that number."""
    named = [i for i, track in enumerate(song.tracks) if track.name.strip().lower() == wanted.strip().lower()]
    if named:
        return named
    if wanted.isdecimal() and 1 <= int(wanted) <= len(song.tracks):
        return [int(wanted) - 1]
    listed = ", ".join(f"{i} {track.name}".strip() for i, track in enumerate(song.tracks[:MOST_LISTED], 1))
    more = ", ..." if len(song.tracks) > MOST_LISTED else ""
    raise MidiFileError(f"{name}: no track {wanted!r}; there are {listed}{more}")
