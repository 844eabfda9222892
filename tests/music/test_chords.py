"""Chords by name, and by their pitches."""

import pytest

from melodyrnn.errors import OptionError
from melodyrnn.music.chords import QUALITIES, Chord
from melodyrnn.music.scales import Key


@pytest.mark.parametrize(
    ("text", "root", "intervals", "bass"),
    [
        ("C", 0, (0, 4, 7), 0),
        ("Am", 9, (0, 3, 7), 9),
        ("Bb", 10, (0, 4, 7), 10),
        ("F♯m7♭5", 6, (0, 3, 6, 10), 6),
        ("Dm7(b5)", 2, (0, 3, 6, 10), 2),
        ("Eø7", 4, (0, 3, 6, 10), 4),
        ("G7sus4", 7, (0, 5, 7, 10), 7),
        ("Ab5", 8, (0, 7), 8),
        ("A(b5)", 9, (0, 4, 6), 9),
        ("C-7", 0, (0, 3, 7, 10), 0),
        ("C∆9", 0, (0, 2, 4, 7, 11), 0),
        ("C6/9", 0, (0, 2, 4, 7, 9), 0),
        ("C6/9/E", 0, (0, 2, 4, 7, 9), 4),
        ("D/F#", 2, (0, 4, 7), 6),
        ("F/G", 5, (0, 4, 7), 7),
        ("G7b9b13", 7, (0, 1, 4, 7, 8, 10), 7),
        ("G13#11", 7, (0, 2, 4, 6, 7, 9, 10), 7),
        ("G7+9", 7, (0, 3, 4, 7, 10), 7),
        ("Csus4add9", 0, (0, 2, 5, 7), 0),
        ("Am(no5)", 9, (0, 3), 9),
        ("Eomit3", 4, (0, 7), 4),
        ("C9sus4", 0, (0, 2, 5, 7, 10), 0),
    ],
)
def test_names_of_chords(text: str, root: int, intervals: tuple[int, ...], bass: int) -> None:
    assert Chord.parse(text) == Chord(root, intervals, bass)


@pytest.mark.parametrize("text", ["", "H", "am", "Amx", "C/H", "C7b8", "C//E", "/C", "C\nm", "Cmajj7", "7"])
def test_what_is_no_chord_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(OptionError, match='like "Am", "F#m7b5"') as refused:
        Chord.parse(text)
    assert "\n" not in str(refused.value)


def test_every_name_in_the_table_names_its_row_and_no_other() -> None:
    names = [name for row in QUALITIES.values() for name in row]
    assert len(set(names)) == len(names)
    for intervals, row in QUALITIES.items():
        assert tuple(sorted(set(intervals))) == intervals
        for name in row:
            assert Chord.parse(f"Eb{name}") == Chord(3, intervals, 3)
            assert Chord.parse(str(Chord.parse(f"Eb{name}/B"))) == Chord(3, intervals, 11)


@pytest.mark.parametrize(
    ("name", "triad"),
    [("Cm9", "Cm"), ("Cmaj7", "C"), ("C7sus4", "Csus4"), ("Cm7b5", "Cdim"), ("C7/Bb", "C/Bb"), ("C5", "C5")],
)
def test_the_triad_of_a_chord(name: str, triad: str) -> None:
    assert str(Chord.parse(name).triad) == triad


def test_the_lowest_note_is_a_tone_of_the_chord() -> None:
    assert Chord.parse("C/D").pitch_classes == (0, 4, 7, 2)
    assert Chord.parse("C/E").pitch_classes == (0, 4, 7)


@pytest.mark.parametrize(
    ("pitches", "name"),
    [
        ((48, 60, 64, 67), "C"),
        ((52, 55, 60), "C/E"),
        ((57, 60, 64, 67), "Am7"),
        ((48, 52, 55, 57), "C6"),
        ((50, 53, 57, 60, 64), "Dm9"),
        ((60,), "C"),
        ((60, 61, 62), "C+C#+D"),
    ],
)
def test_held_pitches_are_named(pitches: tuple[int, ...], name: str) -> None:
    chord = Chord.of_pitches(reversed(pitches))
    assert str(chord) == name
    assert {*chord.pitch_classes} == {pitch % 12 for pitch in pitches}


def test_chords_are_spelled_as_in_a_key() -> None:
    assert Chord.parse("C#m/G#").name(Key.parse("E major")) == "C#m/G#"
    assert Chord.parse("C#/G#").name(Key.parse("Ab major")) == "Db/Ab"
