"""The pitch class profile: the sounding notes, their ends, and fading shares."""

from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.encoding.pitch_class_profile import FADE_PULSES, MAX_SOUNDING_NOTES, SCALE, PitchClassProfile

WIDTH = 12 * (1 + len(FADE_PULSES))
Notes = list[tuple[int, int, int]]  # pulses since the last, pitch, duration
notes = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 127), st.integers(1, 300)), min_size=1, max_size=60)


def played(notes: Notes, semitones: int = 0) -> tuple[PitchClassProfile, int]:
    profile, pulse = PitchClassProfile(), 0
    for apart, pitch, duration in notes:
        pulse += apart
        profile.push(pitch + semitones, pulse, duration)
    return profile, pulse


def test_a_chord_sounds_until_each_note_ends() -> None:
    profile, _ = played([(0, 60, 24), (0, 64, 48), (0, 67, 36)])
    assert profile.sounding(0) == profile.sounding(23) == {0, 4, 7}
    assert profile.sounding(24) == {4, 7}
    assert profile.sounding(48) == set()
    assert profile.ends(0) == (24, 48)
    assert profile.ends(30) == (36, 48)
    assert profile.ends(48) == (-1, -1)


def test_before_the_first_note_all_is_zero() -> None:
    assert PitchClassProfile().at(0) == [0] * WIDTH
    assert PitchClassProfile().ends(0) == (-1, -1)


def test_shares_follow_durations() -> None:
    profile, _ = played([(0, 60, 27), (0, 67, 9)])
    now, *late = (profile.at(100)[i : i + 12] for i in range(0, WIDTH, 12))
    assert now == [0] * 12
    for shares in late:
        assert shares[0] == round(SCALE * 0.75**0.5)
        assert shares[7] == round(SCALE * 0.25**0.5)
        assert sum(shares) == shares[0] + shares[7]


def test_a_modulation_moves_the_chord_before_the_key() -> None:
    profile, _ = played([(0, 60, 96)] + [(24, 67, 24)] * 12)
    shares = profile.at(0)
    assert shares[12] < shares[24] < shares[31] < shares[19]


@given(notes, st.integers(0, 11), st.integers(0, 300))
def test_transposed_the_profile_is_rotated(notes: Notes, semitones: int, later: int) -> None:
    (here, pulse), (there, _) = played(notes), played(notes, semitones)
    for i in range(0, WIDTH, 12):
        classes = here.at(pulse + later)[i : i + 12]
        assert there.at(pulse + later)[i : i + 12] == classes[-semitones:] + classes[:-semitones]
    assert here.ends(pulse + later) == there.ends(pulse + later)


@given(notes)
def test_values_are_within_their_scale(notes: Notes) -> None:
    profile, pulse = played(notes)
    assert all(0 <= number <= SCALE for number in profile.at(pulse))
    assert len(profile.sounding(pulse)) <= 12


def test_no_number_of_held_notes_makes_it_grow() -> None:
    profile, _ = played([(0, i % 128, 10**6) for i in range(1000)])
    assert len(vars(profile)["_sounding"]) == MAX_SOUNDING_NOTES
