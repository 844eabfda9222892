"""Tracks that the user declares to be drums or not, whatever the file holds."""

from collections.abc import Sequence
from dataclasses import replace

from melodyrnn.errors import MidiFileError
from melodyrnn.music.naming import listed, tracks_called
from melodyrnn.music.song import Song, Track


def with_chosen_drums(song: Song, drums: Sequence[str], not_drums: Sequence[str], name: str) -> Song:
    """The song with these of its tracks made drums, and those made melodic. Each is named, in any case, or counted from
    1. MidiFileError, naming the file `name`, for a track that there is not.
    """
    chosen = {track: is_drum for wanted, is_drum in ((drums, True), (not_drums, False)) for track in wanted}
    changed: dict[int, bool] = {}
    for track, is_drum in chosen.items():
        found = tracks_called(song.tracks, track)
        if not found:
            raise MidiFileError(f"{name}: no track {track!r}; there are {listed(song.tracks)}")
        changed |= dict.fromkeys(found, is_drum)
    if not changed:
        return song
    return replace(song, tracks=tuple(_as(track, changed.get(i)) for i, track in enumerate(song.tracks)))


def _as(track: Track, is_drum: bool | None) -> Track:
    return track if is_drum is None else Track.of_checked(track.array, track.program, is_drum, track.name)
