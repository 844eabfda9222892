"""The performance of drums that nobody has played yet: how loud and how late drummers strike each sound, by its place.

Measured on the Groove MIDI data set (drummers on an electronic kit; CC BY 4.0; J. Gillick, A. Roberts, J. Engel,
D. Eck and D. Bamman, "Learning to Groove with Inverse Sequence Transformations", 2019): 336,006 strokes of the beats in
4/4 of its training split, taken apart as any song is. docs/experiments/performance.md has the whole table.
"""

from itertools import product
from typing import NamedTuple

import numpy as np

from melodyrnn.music.pulses import seconds_per_pulse
from melodyrnn.music.song import Song, Track
from melodyrnn.performance.grid import STRAIGHT
from melodyrnn.performance.hand import Hand
from melodyrnn.performance.levels import ACCENT, GHOST, PLAIN
from melodyrnn.performance.player import Performance

MEAN_VELOCITY = 68
STROKE_PULSES = 4  # how long a stroke lasts, at the median
LATENESS_SPREAD_MS = 17.0  # between strokes on one sound at one place
PLACES = (0, 6, 12, 18)  # the sixteenths of a quarter, in pulses
SPREAD_STEPS = (-1.22, 0.0, 1.22)  # three strokes of which mean and spread are those measured


class Sound(NamedTuple):
    """General MIDI sounds that are struck alike: times the player's mean velocity, and milliseconds.

    `loudness` and `lateness_ms` are those of plain strokes on the sixteenths of a quarter; `spread` is the standard
    deviation of loudness there; ghosts and accents are `ghost` and `accent` times as loud.
    """

    pitches: tuple[int, ...]
    loudness: tuple[float, float, float, float]
    spread: float
    ghost: float
    accent: float
    lateness_ms: tuple[float, float, float, float]


SOUNDS = (
    Sound((35, 36), (0.90, 0.76, 0.82, 0.76), 0.25, 0.37, 1.34, (-1.0, 0.0, -3.6, 2.3)),
    Sound((38, 40), (1.32, 0.85, 1.14, 0.94), 0.50, 0.29, 1.25, (-0.6, 0.5, -1.4, 1.0)),
    Sound((37,), (1.11, 1.02, 1.09, 1.09), 0.35, 0.46, 1.22, (-1.1, 2.0, -2.5, -1.6)),
    Sound((42, 22), (1.12, 0.73, 0.93, 0.80), 0.36, 0.46, 1.35, (2.6, 1.9, 1.3, 1.8)),
    Sound((44,), (1.03, 1.08, 1.11, 1.15), 0.35, 0.41, 1.22, (-10.0, -1.2, -8.9, 5.3)),
    Sound((46, 26), (1.24, 0.77, 1.26, 0.97), 0.48, 0.49, 1.00, (-1.3, 2.9, -1.9, 1.8)),
    Sound((51, 53, 59), (1.16, 0.97, 1.01, 0.95), 0.33, 0.52, 1.48, (2.0, 3.5, 2.1, 2.2)),
    Sound((49, 52, 55, 57), (1.21, 1.13, 1.03, 1.09), 0.45, 0.46, 1.37, (-3.4, -2.3, 0.0, 7.6)),
    Sound((41, 43, 45, 47, 48, 50, 58), (1.28, 1.26, 1.24, 1.14), 0.43, 0.51, 1.25, (0.0, -2.0, -2.0, -4.0)),
)


def style_performance(score: Song) -> Performance:
    """How a score without a seed is played: its drums as drummers do, in its first tempo, its pitches as written."""
    drummer = _drummer(seconds_per_pulse(score.tempo_map.bpms[0]) * 1000, score)
    return Performance(tuple(drummer if track.is_drum else _nobody(score) for track in score.tracks), score.bar_lines)


def _drummer(pulse_ms: float, score: Song) -> Hand:
    notes, played = [], []
    for sound, step in product(SOUNDS, SPREAD_STEPS):
        for pitch, (place, usual, late_ms) in product(
            sound.pitches, zip(PLACES, sound.loudness, sound.lateness_ms, strict=True)
        ):
            for level, louder in ((GHOST, sound.ghost), (PLAIN, 1.0), (ACCENT, sound.accent)):
                velocity = round(MEAN_VELOCITY * (usual + step * sound.spread) * louder)
                late = (late_ms + step * LATENESS_SPREAD_MS) / pulse_ms
                notes.append((place, pitch, 1, level))
                played.append((place + late, STROKE_PULSES, min(127, max(1, velocity))))
    order = np.lexsort(np.array(notes).T[::-1])
    track = Track(np.array(notes)[order], is_drum=True)
    return Hand.of(score.bar_lines, track, np.array(played)[order], STRAIGHT, order)


def _nobody(score: Song) -> Hand:
    return Hand.of(score.bar_lines, Track([]), np.zeros((0, 3)), STRAIGHT, np.zeros(0, np.int64))
