"""A score without a seed: drums as drummers play them, pitches as they are written."""

import numpy as np
import pytest

from melodyrnn.music import Note, Song, Tempo, Track
from melodyrnn.performance import ACCENT, GHOST, PLAIN, style_performance
from melodyrnn.performance.drummer import LATENESS_SPREAD_MS, MEAN_VELOCITY, PLACES, SOUNDS, STROKE_PULSES

PULSE_MS = 60_000 / 90 / 24


def kit(pitch: int, level: int = PLAIN, count: int = 4000) -> Song:
    return Song([Track([Note(6 * i, pitch, 1, level) for i in range(count)], is_drum=True)], [Tempo(0, 90)])


def test_each_sound_is_as_loud_and_late_as_measured() -> None:
    for sound in SOUNDS:
        score = kit(sound.pitches[0])
        played = style_performance(score).play(0, score.tracks[0].array, np.random.default_rng(0))
        late_ms = (played.onsets - score.tracks[0].array[:, 0]) * PULSE_MS
        for i in range(len(PLACES)):
            loudness = np.minimum(sound.loudness[i], 2.2 - sound.spread)
            assert played.velocities[i::4].mean() / MEAN_VELOCITY == pytest.approx(loudness, abs=0.04)
            assert late_ms[8 + i :: 4].mean() == pytest.approx(sound.lateness_ms[i], abs=1.2)
        assert late_ms.std() > LATENESS_SPREAD_MS / 3


def test_ghosts_are_softer_than_plain_strokes_and_accents_louder() -> None:
    means = []
    for level in (GHOST, PLAIN, ACCENT):
        score = kit(38, level)
        means.append(
            style_performance(score).play(0, score.tracks[0].array, np.random.default_rng(0)).velocities.mean()
        )
    assert means[0] < 0.5 * means[1] < means[1] < 0.9 * means[2]


def test_strokes_are_as_long_as_strokes_are_however_long_they_are_written() -> None:
    score = Song([Track([Note(24 * i, 36, 1 + 20 * i, PLAIN) for i in range(8)], is_drum=True)])
    played = style_performance(score).play(0, score.tracks[0].array, np.random.default_rng(0))
    assert set(played.durations.tolist()) == {STROKE_PULSES}


def test_a_sound_that_was_not_measured_is_played_too() -> None:
    score = kit(75)
    played = style_performance(score).play(0, score.tracks[0].array, np.random.default_rng(0))
    assert 30 < played.velocities.mean() < 110


def test_pitches_are_played_as_written() -> None:
    notes = Track([Note(12 * i, 60 + i, 12, PLAIN) for i in range(8)])
    played = style_performance(Song([notes])).play(0, notes.array, np.random.default_rng(0))
    assert played.onsets.tolist() == notes.array[:, 0].tolist()
    assert played.durations.tolist() == notes.array[:, 2].tolist()
    assert set(played.velocities.tolist()) == {PLAIN}
