"""The line that is heard on top of a Song, and where it breathes."""

import numpy as np
import numpy.typing as npt

from melodyrnn.arrays import Ints
from melodyrnn.music.song import Song

BOUNDARY_WEIGHTS = {"pitch": 0.25, "onset": 0.5, "rest": 0.25}  # Cambouropoulos 2001
BOUNDARY_THRESHOLD = 0.4


def melody(song: Song) -> Ints:
    """The notes above which nothing sounds when they begin, as (n, 3) onset_pulses, pitch, duration_pulses.

    Drums are left out unless there is nothing else; then the "pitches" are their General MIDI keys, the highest of each
    moment.
    """
    pitched = [track.array[:, :3] for track in song.tracks if not track.is_drum and len(track)]
    arrays = pitched or [track.array[:, :3] for track in song.tracks]
    notes = np.concatenate([np.empty((0, 3), np.int64), *arrays])
    notes = notes[np.lexsort((-notes[:, 1], notes[:, 0]))]
    on_top = np.diff(notes[:, 0], prepend=-1) != 0
    if pitched:
        sounding: list[tuple[int, int]] = []
        for index, (onset, pitch, duration) in enumerate(notes.tolist()):
            sounding = [note for note in sounding if note[1] > onset]
            if any(other > pitch for other, _ in sounding):
                on_top[index] = False
            sounding.append((pitch, onset + duration))
    highest: Ints = notes[on_top]
    return highest


def phrase_starts(line: Ints) -> Ints:
    """Where phrases of an (n, 3) melody begin, in pulses, its first note included.

    The Local Boundary Detection Model of E. Cambouropoulos (ICMC 2001): a boundary lies where pitch, onsets and rests
    change most against their neighbours; here wherever that strength, at most 1, has a peak above 0.4.
    """
    if len(line) < 4:
        return line[:1, 0]
    onset_gaps = np.diff(line[:, 0])
    rests = np.maximum(0, line[1:, 0] - line[:-1, 0] - line[:-1, 2])
    profiles = {"pitch": np.abs(np.diff(line[:, 1])), "onset": onset_gaps, "rest": rests}
    strength = sum(weight * _boundary_strength(profiles[name]) for name, weight in BOUNDARY_WEIGHTS.items())
    strength = np.asarray(strength)
    before, after = np.insert(strength[:-1], 0, 0), np.append(strength[1:], 0)
    peaks = (strength > BOUNDARY_THRESHOLD * strength.max()) & (strength >= before) & (strength > after)
    starts: Ints = np.concatenate([line[:1, 0], line[1:, 0][peaks]])
    return starts


def _boundary_strength(profile: Ints) -> npt.NDArray[np.float64]:
    """Each interval times how far it differs from its two neighbours, scaled to at most 1."""
    sums = profile[1:] + profile[:-1]
    change = np.abs(np.diff(profile)) / np.maximum(sums, 1)
    strength: npt.NDArray[np.float64] = profile * (np.insert(change, 0, 0.0) + np.append(change, 0.0))
    return np.asarray(strength / max(strength.max(), np.finfo(np.float64).tiny))
