"""Playing by feel: what was measured comes out again, and nothing else changes."""

import numpy as np
import pytest

from melodyrnn.errors import OptionError
from melodyrnn.music import Note, Song, Tempo, TimeSignature, Track
from melodyrnn.performance.feel import DRIFT_MS, JITTER_MS, LATENESS_MS, LOUDNESS, WAVER, humanized

PULSE_MS = 60_000 / 120 / 24
SIXTEENTHS = Song((Track([Note(6 * i, 60, 6, 64) for i in range(20_000)]),))


def test_at_one_it_is_as_measured() -> None:
    played, shifts = humanized(SIXTEENTHS, 1, 0)
    velocities, late_ms = played.tracks[0].array[:, 3], shifts[0] * PULSE_MS
    for place in range(4):
        loudness = velocities[place::4] / 64
        assert loudness.mean() == pytest.approx(LOUDNESS[place], abs=0.02)
        assert loudness.std() == pytest.approx(WAVER, abs=0.02)
        assert late_ms[place::4].mean() == pytest.approx(LATENESS_MS[place], abs=1.5)
    assert late_ms.std() == pytest.approx((JITTER_MS**2 + DRIFT_MS**2) ** 0.5, rel=0.1)
    near, far = (np.corrcoef(late_ms[:-lag], late_ms[lag:])[0, 1] for lag in (4, 64))
    assert near == pytest.approx(0.55, abs=0.07)  # a quarter note apart, as measured
    assert abs(far) < 0.15


def test_half_is_half_and_nothing_is_nothing() -> None:
    whole, half = (humanized(SIXTEENTHS, amount, 3)[1][0] for amount in (1.0, 0.5))
    np.testing.assert_allclose(half, whole / 2)
    song, shifts = humanized(SIXTEENTHS, 0, 3)
    assert song == SIXTEENTHS
    assert not shifts[0].any()


def test_early_first_strokes_keep_their_distances_and_none_comes_before_the_start() -> None:
    start, offset = 960, 3
    both = [Track([Note(start + at, 60, 6, 64) for at in range(0, 400, 6)]), Track([Note(start + offset, 40, 6, 64)])]
    early = 0
    for number in range(40):
        free = humanized(Song(both), 1, number)[1]
        held = humanized(Song(both), 1, number, start)[1]
        first = [track.array[:, 0] - start + shift for track, shift in zip(both, held, strict=True)]
        assert min(times.min() for times in first) >= 0
        moved = [after - before for after, before in zip(held, free, strict=True)]
        early += moved[0][0] > 0
        assert moved[1][0] == pytest.approx(moved[0][0] * (1 - offset / 24))
        assert not moved[0][4:].any()
    assert early > 10


def test_chords_stay_together_and_parts_do_not_share_their_time() -> None:
    chord = Track([Note(24 * i, pitch, 24, 80) for i in range(50) for pitch in (60, 64, 67)])
    song, shifts = humanized(Song((chord, chord)), 1, 1)
    assert all((shift.reshape(50, 3) == shift.reshape(50, 3)[:, :1]).all() for shift in shifts)
    assert (shifts[0] != shifts[1]).any()
    assert [len(track) for track in song.tracks] == [150, 150]


def test_time_is_in_milliseconds_whatever_the_tempo() -> None:
    slow, fast = (humanized(Song(SIXTEENTHS.tracks, (Tempo(0, bpm),)), 1, 1)[1][0] for bpm in (60, 240))
    np.testing.assert_allclose(4 * slow, fast)


@pytest.mark.parametrize(("metre", "beat"), [((6, 8), 36), ((3, 4), 24), ((3, 8), 12), ((2, 2), 48)])
def test_the_beat_is_that_of_the_metre(metre: tuple[int, int], beat: int) -> None:
    onsets = range(0, 40 * beat, beat // 4)
    track = Track([Note(onset, 60, 3, 100) for onset in onsets])
    velocities = np.mean(
        [
            humanized(Song((track,), (), (TimeSignature(0, *metre),)), 1, number)[0].tracks[0].array[:, 3]
            for number in range(40)
        ],
        0,
    )
    assert velocities.reshape(-1, 4).mean(0) / 100 == pytest.approx(LOUDNESS[:4], abs=0.03)


@pytest.mark.parametrize("amount", [-0.1, 1.1, float("nan")])
def test_an_amount_that_cannot_be(amount: float) -> None:
    with pytest.raises(OptionError, match="must be 0"):
        humanized(SIXTEENTHS, amount, 0)
