"""The velocities of a score: one for pitched notes, three for drums."""

import numpy as np

from melodyrnn.arrays import Ints
from melodyrnn.music.song import Track

GHOST, PLAIN, ACCENT = 38, 78, 110
GHOST_BELOW, ACCENT_ABOVE = 0.62, 1.2  # times what is usual for the sound


def written_levels(track: Track) -> Ints:
    """(n,) the level of each note. That of a stroke on a kit is beside the median of its sound."""
    levels = np.full(len(track), PLAIN)
    if track.is_drum:
        pitches, velocities = track.array[:, 1], track.array[:, 3]
        for pitch in np.unique(pitches):
            own = pitches == pitch
            usual = np.median(velocities[own])
            levels[own & (velocities < GHOST_BELOW * usual)] = GHOST
            levels[own & (velocities > ACCENT_ABOVE * usual)] = ACCENT
    return levels
