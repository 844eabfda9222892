"""New notes are played as the part was: its loudness, gate, swing and micro-timing at the same places, in order."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.music import Note, Song, TimeSignature, Track
from melodyrnn.performance import PLAIN, Performance, separate

Array = npt.NDArray[np.float64]


def apart(rows: list[tuple[float, int, float, int]], *, drums: bool = False) -> tuple[Song, Performance]:
    """One part, given in fractions of a pulse in order, taken apart."""
    track = Track([Note(round(o), p, max(1, round(n)), v) for o, p, n, v in rows], is_drum=drums)
    rows = sorted(rows, key=lambda row: (round(row[0]), row[1], max(1, round(row[2])), row[3]))
    exact = np.array([row[0] for row in rows]), np.array([row[2] for row in rows])
    return separate(Song([track]), [exact])


def new_bars(places: list[int], length: int = 6) -> npt.NDArray[np.int64]:
    """Bars 5 to 8: one pitch at the same places in each."""
    return np.array([(96 * bar + place, 60, length, PLAIN) for bar in range(4, 8) for place in places])


def swung(share: float) -> list[tuple[float, int, float, int]]:
    """Four bars of sixteenths, the first of each pair louder and held for 80 %, the second for 50 %."""
    rows = [
        [(p, 60, 12 * share * 0.8, 100), (p + 12 * share, 61, 12 * (1 - share) * 0.5, 60)] for p in range(0, 384, 12)
    ]
    return [row for pair in rows for row in pair]


@pytest.mark.parametrize("share", [0.5, 0.56, 0.62])
def test_swing_gate_and_accents_come_back_exactly(share: float) -> None:
    _, performance = apart(swung(share))
    played = performance.play(0, new_bars([6 * i for i in range(16)]), np.random.default_rng(0))
    places = played.onsets - 96 * 4
    np.testing.assert_allclose(places[0::2], 12 * np.arange(32), atol=1e-6)
    np.testing.assert_allclose(places[1::2], 12 * np.arange(32) + 12 * share, atol=0.07)
    np.testing.assert_allclose(played.durations[0::2], 12 * share * 0.8, rtol=0.02)
    np.testing.assert_allclose(played.durations[1::2], 12 * (1 - share) * 0.5, rtol=0.02)
    assert played.velocities.tolist() == [100, 60] * 32


def test_places_that_the_part_never_played_swing_as_the_others() -> None:
    rows = [row for row in swung(0.62) if row[0] % 96 < 72]
    _, performance = apart(rows)
    played = performance.play(0, new_bars([78, 90]), np.random.default_rng(0))
    np.testing.assert_allclose(played.onsets % 96, [72 + 7.44, 84 + 7.44] * 4, atol=0.07)


def test_a_part_behind_the_beat_stays_behind_it() -> None:
    rng = np.random.default_rng(1)
    late = 0.8 + rng.normal(0, 0.1, 64)
    _, performance = apart([(6.0 * i + late[i], 60, 5.0, 80) for i in range(64)])
    played = performance.play(0, new_bars([0, 6, 12, 24, 42]), np.random.default_rng(0))
    lateness = played.onsets - new_bars([0, 6, 12, 24, 42])[:, 0]
    assert lateness.mean() == pytest.approx(late.mean(), abs=0.05)
    assert 0.01 < lateness.std() < late.std()


def test_chords_are_strummed_as_chords_were() -> None:
    rows = [(24.0 * i + 0.5 * string, 52 + 5 * string, 20.0, 90 - 5 * string) for i in range(16) for string in range(4)]
    _, performance = apart(rows)
    chords = np.array([(96 * 4 + 24 * i, 50 + 4 * s, 24, PLAIN) for i in range(8) for s in range(4)])
    played = performance.play(0, chords, np.random.default_rng(0))
    np.testing.assert_allclose(np.diff(played.onsets.reshape(8, 4)), 0.5, atol=1e-6)
    assert played.velocities.tolist() == [90, 85, 80, 75] * 8


def test_each_sound_of_a_kit_has_its_own_time_and_loudness() -> None:
    beat = [row for i in range(16) for row in ((24.0 * i, 36, 3.0, 110), (24.0 * i + 1.2, 38, 4.0, 70))]
    _, performance = apart(beat, drums=True)
    notes = np.array([(96 * 4 + 24 * i, pitch, 1, PLAIN) for i in range(8) for pitch in (36, 38)])
    played = performance.play(0, notes, np.random.default_rng(0))
    np.testing.assert_allclose(played.onsets - notes[:, 0], [0, 1.2] * 8, atol=1e-6)
    assert played.durations.tolist() == [3.0, 4.0] * 8
    assert np.abs(played.velocities.reshape(8, 2) - [110, 70]).max() <= 1


def test_no_note_begins_before_the_join() -> None:
    _, performance = apart([(24.0 * i + 23.5, 60, 20.0, 80) for i in range(16)])
    played = performance.play(0, new_bars([0]), np.random.default_rng(0), earliest_pulses=96 * 4)
    assert played.onsets[0] == 96 * 4
    assert (played.onsets[1:] < 96 * np.arange(5, 8)).all()


def test_a_part_without_notes_is_played_as_the_one_with_most_of_its_kind() -> None:
    loud = Track([Note(12 * i, 60, 12, 120) for i in range(32)])
    _, performance = separate(Song([Track([]), Track([Note(0, 60, 12, 10)]), loud]))
    assert set(performance.play(0, new_bars([0, 24]), np.random.default_rng(0)).velocities.tolist()) == {120}


def test_where_nothing_was_played_notes_are_as_written() -> None:
    _, performance = separate(Song([Track([])]))
    played = performance.play(0, new_bars([0, 24], length=24), np.random.default_rng(0))
    assert played.onsets.tolist() == new_bars([0, 24])[:, 0].tolist()
    assert set(played.durations.tolist()) == {24.0}
    assert set(played.velocities.tolist()) == {PLAIN}


SEED = st.lists(
    st.tuples(st.floats(0, 380), st.integers(58, 64), st.floats(0.05, 60), st.integers(1, 127)), max_size=24
)
NEW = st.lists(
    st.tuples(st.integers(0, 400), st.integers(58, 64), st.integers(1, 60), st.sampled_from([38, 78, 110])), max_size=24
)


@given(SEED, NEW, st.booleans(), st.integers(0, 3), st.floats(0, 50))
def test_what_is_played_is_legal_and_the_same_again(
    rows: list[tuple[float, int, float, int]],
    new: list[tuple[int, int, int, int]],
    drums: bool,
    seed: int,
    earliest: float,
) -> None:
    _, performance = apart(rows, drums=drums)
    notes = Track([Note(*row) for row in new]).array
    first, second = (performance.play(0, notes, np.random.default_rng(seed), earliest_pulses=earliest) for _ in "ab")
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)
    onsets, durations, velocities = first
    assert len(onsets) == len(durations) == len(velocities) == len(notes)
    if not len(notes):
        return
    assert (onsets >= earliest).all()
    assert (durations > 0).all()
    assert velocities.min() >= 1
    assert velocities.max() <= 127
    for onset in np.unique(notes[:, 0])[1:]:
        assert onsets[notes[:, 0] < onset].max() <= onsets[notes[:, 0] >= onset].min()
    for pitch in np.unique(notes[:, 1]):
        own = notes[:, 1] == pitch
        begins, ends = onsets[own], (onsets + durations)[own]
        later = begins[None, :] > begins[:, None]
        assert (ends[:, None] <= np.where(later, begins[None, :], np.inf) + 1e-9).all()


def test_metres_of_the_new_notes_may_be_others() -> None:
    _, performance = apart(swung(0.62))
    waltz = Song([], (), [TimeSignature(0, 3, 4)]).bar_lines
    played = performance.play(0, np.array([[72, 60, 6, PLAIN], [78, 60, 6, PLAIN]]), np.random.default_rng(0), waltz)
    np.testing.assert_allclose(played.onsets, [72, 79.44], atol=0.07)
