"""The chords that are found in real music are those that a musician hears, also in a tune alone."""

import pytest

from melodyrnn.midi import read_song
from melodyrnn.music.chord_finding import beats_of, found_progression, sounding
from melodyrnn.music.key_finding import estimate_key


def by_bar(song):
    """The names of the chords of each bar, as its key spells them."""
    found, key = found_progression(song), estimate_key(song)
    return [[chord.name(key) if chord else "" for chord in bar] for bar in found.bars]


def test_the_minuet_in_two_voices_has_the_chords_of_its_key(midi_samples):
    bars = by_bar(read_song(midi_samples / "minuet_in_g.mid"))
    assert {name for bar in bars for name in bar} <= {"G", "Am", "C", "D", "D7", "Bm7"}
    assert bars[0][0] == bars[1][0] == bars[3][0] == bars[15][0] == "G"
    assert bars[2] == ["C"]
    assert "D" in bars[7]


def test_a_tune_alone_has_chords_that_go_with_it(midi_samples):
    carol = by_bar(read_song(midi_samples / "silent_night.mid"))
    assert carol[0] == carol[2] == ["C"]
    assert carol[4] == ["G"]
    assert carol[8] == carol[12] == ["F"]
    assert carol[22] == ["C"]
    ode = by_bar(read_song(midi_samples / "ode_to_joy.mid"))
    assert [ode[bar] for bar in (0, 3, 4)] == [["D"], ["D", "A"], ["D"]]
    assert ode[15] == ["A", "D"]


@pytest.mark.parametrize("name", ["ode_to_joy", "amazing_grace", "silent_night", "greensleeves"])
def test_a_tune_alone_changes_its_chords_no_faster_than_its_bars(midi_samples, name):
    bars = by_bar(read_song(midi_samples / f"{name}.mid"))
    assert sum(map(len, bars)) <= 1.5 * len(bars)


def test_how_many_voices_sound_is_told_of_each_beat(midi_samples):
    song = read_song(midi_samples / "old_hundredth.mid")
    heard = sounding(song, beats_of(song).edges)
    assert heard.voices.max() == pytest.approx(4)
    song = read_song(midi_samples / "ode_to_joy.mid")
    assert sounding(song, beats_of(song).edges).voices.max() <= 1.01
