"""Names of pitches."""

import pytest

from melodyrnn.errors import OptionError
from melodyrnn.music.pitches import parse_pitch, pitch_name
from melodyrnn.music.scales import Key


@pytest.mark.parametrize(
    ("text", "pitch"),
    [("60", 60), ("C4", 60), ("c4", 60), ("F#3", 54), ("Bb-1", 10), ("C-1", 0), ("G9", 127), ("0", 0)],
)
def test_pitches_by_number_or_name(text, pitch):
    assert parse_pitch(text) == pitch
    assert parse_pitch(pitch_name(pitch)) == pitch


@pytest.mark.parametrize("text", ["128", "-1", "G#9", "Cb-1", "H4", "C", "", "4.5", "C44"])
def test_what_is_no_pitch(text):
    with pytest.raises(OptionError, match="must be 0 to 127"):
        parse_pitch(text)


@pytest.mark.parametrize(
    ("key", "names"),
    [
        ("C major", "C#4 Eb4 F#4 Ab4 Bb4"),
        ("A minor", "C#4 Eb4 F#4 G#4 Bb4"),
        ("D minor", "C#4 Eb4 F#4 Ab4 Bb4"),
        ("C# minor", "C#4 D#4 F#4 G#4 A#4"),
        ("Eb major", "Db4 Eb4 Gb4 Ab4 Bb4"),
        ("F minor", "Db4 Eb4 Gb4 Ab4 Bb4"),
        ("F# major", "C#4 D#4 F#4 G#4 A#4"),
    ],
)
def test_black_keys_are_named_as_the_key_writes_them(key: str, names: str) -> None:
    assert " ".join(pitch_name(pitch, Key.parse(key)) for pitch in (61, 63, 66, 68, 70)) == names
