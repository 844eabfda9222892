"""Keys: their names, their scales, and which one a song is in."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.errors import OptionError
from melodyrnn.midi import read_song
from melodyrnn.music import Note, Song, Track
from melodyrnn.music.key_finding import ALL_KEYS, agreed_key, estimate_key, pitch_class_durations
from melodyrnn.music.scales import MODES, Key, Scale, parse_key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("C", Key(0, "major")),
        ("d minor", Key(2, "minor")),
        ("F# major", Key(6, "major")),
        ("Bb minor", Key(10, "minor")),
        ("B♭ Minor", Key(10, "minor")),
        ("Am", Key(9, "minor")),
        ("AM", Key(9, "major")),
        ("Abm", Key(8, "minor")),
        ("Cb major", Key(11, "major")),
        ("B# maj", Key(0, "major")),
        (" g-MIN ", Key(7, "minor")),
        ("C dorian", Key(0, "dorian")),
        ("e Harmonic-Minor", Key(4, "harmonic minor")),
        ("A natural minor", Key(9, "minor")),
        ("D aeolian", Key(2, "minor")),
        ("Eb pentatonic", Key(3, "major pentatonic")),
        ("A blues", Key(9, "blues")),
    ],
)
def test_names_of_keys(text: str, key: Key) -> None:
    assert Key.parse(text) == key


@pytest.mark.parametrize("text", ["", "H", "C lochrian", "minor", "C##", "D minor minor", "5", "C\nmajor extra", "é"])
def test_what_is_no_key_is_refused_in_one_line_that_says_what_is_one(text: str) -> None:
    with pytest.raises(OptionError, match='like "F# minor"') as refusal:
        Key.parse(text)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(("tonic", "mode"), [(-1, "major"), (12, "major"), (0, "doric")])
def test_impossible_keys_are_refused(tonic: int, mode: str) -> None:
    with pytest.raises(OptionError, match="0 to 11"):
        Key(tonic, mode)


def test_the_name_of_a_key_names_it() -> None:
    assert len(set(ALL_KEYS)) == 24
    for key in (Key(tonic, mode) for mode in MODES for tonic in range(12)):
        assert Key.parse(str(key)) == parse_key(str(key)) == key


@pytest.mark.parametrize(
    ("key", "pitch_classes", "sharps"),
    [
        ("D dorian", (2, 4, 5, 7, 9, 11, 0), 0),
        ("E phrygian", (4, 5, 7, 9, 11, 0, 2), 0),
        ("F lydian", (5, 7, 9, 11, 0, 2, 4), 0),
        ("G mixolydian", (7, 9, 11, 0, 2, 4, 5), 0),
        ("B locrian", (11, 0, 2, 4, 5, 7, 9), 0),
        ("A harmonic minor", (9, 11, 0, 2, 4, 5, 8), 0),
        ("A melodic minor", (9, 11, 0, 2, 4, 6, 8), 0),
        ("G pentatonic", (7, 9, 11, 2, 4), 1),
        ("E minor pentatonic", (4, 7, 9, 11, 2), 1),
        ("C blues", (0, 3, 5, 6, 7, 10), -3),
        ("C whole tone", (0, 2, 4, 6, 8, 10), 0),
    ],
)
def test_modes_have_their_notes_and_the_key_signature_that_they_are_written_in(
    key: str, pitch_classes: tuple[int, ...], sharps: int
) -> None:
    assert Key.parse(key).pitch_classes == pitch_classes
    assert Key.parse(key).sharps == sharps


def test_notes_make_a_scale() -> None:
    assert parse_key("C D Eb G A") == Scale((0, 2, 3, 7, 9))
    assert str(parse_key("a, c#,E a")) == "A C# E"
    with pytest.raises(OptionError, match='or notes, like "C D Eb G A"'):
        parse_key("C D H")


def test_scales() -> None:
    assert Key.parse("D major").pitch_classes == (2, 4, 6, 7, 9, 11, 1)
    assert Key.parse("A minor").pitch_classes == (9, 11, 0, 2, 4, 5, 7)


def test_durations_of_pitch_classes_leave_drums_out() -> None:
    tracks = (
        Track([Note(0, 60, 24, 64), Note(0, 72, 12, 64), Note(5, 61, 1, 9)]),
        Track([Note(0, 62, 8, 64)], is_drum=True),
    )
    assert pitch_class_durations(Song(tracks)).tolist() == [36, 1, *[0] * 10]


@given(st.integers(0, 11))
def test_a_transposed_song_is_in_the_transposed_key(by: int) -> None:
    tune = [(60, 24), (62, 12), (64, 24), (65, 12), (67, 24), (71, 6), (72, 48)]
    notes = [Note(24 * i, pitch + by, duration, 64) for i, (pitch, duration) in enumerate(tune)]
    assert estimate_key(Song((Track(notes),))) == Key(by, "major")


def test_songs_without_a_key() -> None:
    drums = Track([Note(0, 36, 24, 64)], is_drum=True)
    cluster = Track([Note(0, 60 + i, 24, 64) for i in range(12)])
    assert estimate_key(Song(())) is None
    assert estimate_key(Song((drums,))) is None
    assert estimate_key(Song((drums, cluster))) is None


@pytest.mark.parametrize(
    ("file", "key"),
    [
        ("ode_to_joy.mid", "D major"),
        ("silent_night.mid", "C major"),
        ("greensleeves.mid", "A minor"),
        ("amazing_grace.mid", "G major"),
        ("minuet_in_g.mid", "G major"),
        ("old_hundredth.mid", "G major"),
        ("frere_jacques.mid", "F major"),
    ],
)
def test_keys_of_known_pieces(midi_samples: Path, file: str, key: str) -> None:
    assert str(estimate_key(read_song(midi_samples / file))) == key


def song_of(*pitches: int) -> Song:
    return Song((Track([Note(24 * i, pitch, 24, 80) for i, pitch in enumerate(pitches)]),))


def test_a_key_signature_counts_where_the_notes_agree() -> None:
    assert agreed_key(song_of(67, 69, 71, 74, 76, 78, 67), Key.parse("G major")) == Key.parse("G major")
    minor = song_of(69, 72, 76, 74, 72, 71, 69, 64, 69)
    assert agreed_key(minor, Key.parse("C major")) == Key.parse("A minor")  # which has the same signature
    assert agreed_key(song_of(60, 62, 64, 65, 67, 60), Key.parse("A minor")) == Key.parse("A minor")
    sharp = song_of(66, 68, 70, 71, 73, 75, 77, 66)  # F sharp major, under a signature that nobody set
    assert agreed_key(sharp, Key.parse("C major")) is None
    assert agreed_key(Song((Track([Note(0, 36, 24, 80)], is_drum=True),)), Key.parse("C major")) is None


@pytest.mark.parametrize(
    ("sharps", "mode", "name"),
    [(0, "major", "C major"), (-1, "minor", "D minor"), (4, "minor", "C# minor"), (-7, "major", "B major")],
)
def test_the_key_of_a_signature(sharps: int, mode: str, name: str) -> None:
    assert str(Key.of_signature(sharps, mode)) == name
