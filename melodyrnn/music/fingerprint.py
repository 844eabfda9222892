"""Whether two songs are the same music: digests to compare, of all the notes and of the melody alone."""

import hashlib

import numpy as np
import numpy.typing as npt

from melodyrnn.music.song import Song

SHORTEST_MELODY = 12  # notes; shorter ones are alike by chance


def notes_digest(song: Song) -> bytes:
    """The same for songs whose notes begin, sound and end alike, whatever the tracks, velocities, tempo and metre."""
    arrays = [np.column_stack([track.array[:, :3], np.full(len(track), track.is_drum)]) for track in song.tracks]
    return _digest(np.unique(np.concatenate([np.zeros((0, 4), np.int64), *arrays]), axis=0))


def melody_digest(song: Song) -> bytes | None:
    """The same for songs with the same melody, in any key, from any beat on and over any accompaniment.

    The melody is the highest pitch of each moment at which notes begin, drums left out: its intervals and the pulses
    between its onsets. None where it has fewer than 12 notes.
    """
    pitched = [track.array[:, :2] for track in song.tracks if not track.is_drum]
    notes = np.concatenate([np.zeros((0, 2), np.int64), *pitched])
    notes = notes[np.lexsort((notes[:, 1], notes[:, 0]))]
    highest = notes[np.diff(notes[:, 0], append=-1) != 0]
    return _digest(np.diff(highest, axis=0)) if len(highest) >= SHORTEST_MELODY else None


def _digest(array: npt.NDArray[np.int64]) -> bytes:
    return hashlib.sha256(np.ascontiguousarray(array, "<i8").tobytes()).digest()
