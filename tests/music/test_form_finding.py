"""The form that is found in real music is the one that it has."""

import pytest

from melodyrnn.midi import read_song
from melodyrnn.music.form_finding import MOST_BARS, found_form
from melodyrnn.music.song import Note, Song, Track

FORMS = {
    "ode_to_joy": "A4 A4 B4 A4",
    "minuet_in_g": "A4 B4 A4 C4",
    "mountain_king": "A4 A4 B4 A4",
    "greensleeves": "A8 A8",
    "rock_beat": "A4 A4",
    "old_hundredth": "",
}


def bars_of(pitches):
    """A song of one bar of four notes for each pitch, a fifth up in the middle."""
    notes = [
        Note(96 * bar + 24 * beat, pitch + 7 * (beat == 1), 24, 90)
        for bar, pitch in enumerate(pitches)
        for beat in range(4)
    ]
    return Song([Track(notes)], length_pulses=96 * len(pitches))


@pytest.mark.parametrize("name", FORMS)
def test_the_form_of_a_tune(midi_samples, name):
    found = found_form(read_song(midi_samples / f"{name}.mid"))
    assert " ".join(f"{each.letter}{each.bars}" for each in found) == FORMS[name]


def test_sections_follow_one_another_and_begin_after_a_pickup(midi_samples):
    song = read_song(midi_samples / "greensleeves.mid")
    sections = found_form(song)
    assert sections[0].first_bar == 1
    assert sum(each.bars for each in sections) == song.bars - 1


def test_the_longest_stretches_that_come_again_are_the_sections():
    verse, chorus = range(60, 68), range(70, 78)
    found = found_form(bars_of([*verse, *chorus, *verse, *chorus, 40, 41]))
    assert [tuple(each) for each in found] == [
        ("A", 0, 8),
        ("B", 8, 8),
        ("A", 16, 8),
        ("B", 24, 8),
        ("C", 32, 2),
    ]


def test_music_in_which_nothing_comes_again_or_that_is_long_has_no_form():
    assert found_form(bars_of(range(40, 72))) == ()
    assert found_form(bars_of([60] * (MOST_BARS + 1))) == ()
    assert found_form(bars_of([60] * MOST_BARS)) != ()
    assert found_form(Song([], length_pulses=0)) == ()
