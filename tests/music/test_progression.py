"""Chord progressions as a lead sheet writes them."""

import pytest

from melodyrnn.errors import OptionError
from melodyrnn.music.chords import Chord
from melodyrnn.music.progression import Progression


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Am F C G", "Am | F | C | G"),
        ("Am % F", "Am | Am | F"),
        ("Dm7 | G7 | Cmaj7 | %", "Dm7 | G7 | Cmaj7 | Cmaj7"),
        ("|: Dm7 G7 | Cmaj7 :|", "Dm7 G7 | Cmaj7"),
        ("C . . G7 | F", "C . . G7 | F"),
        ("C G | % | Am", "C G | % | Am"),
        ("C | . G", "C | C G"),
        ("N.C. | C", "N.C. | C"),
        ("C || G |]", "C | G"),
        ("# verse\nAm F\nC/E G # twice\n%\n", "Am F | C/E G | %"),
        ("Am | F\n\nC | G\n", "Am | F | C | G"),
    ],
)
def test_it_is_read_and_written(text: str, written: str) -> None:
    assert str(Progression.parse(text)) == written
    assert Progression.parse(written) == Progression.parse(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "must be chords"),
        (" | ", "must be chords"),
        ("C | H", "chord 'H': must be a root"),
        ("% | C", "chord '%': must be"),
        ("C " * 33 + "| G", "at most 10000 bars of 32 chords"),
    ],
)
def test_what_is_none_is_refused_in_one_line(text: str, says: str) -> None:
    with pytest.raises(OptionError, match=says) as refused:
        Progression.parse(text)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "pulses", "beats", "places"),
    [
        ("C G |", 96, 4, [0, 48]),
        ("C F G |", 96, 4, [0, 48, 72]),
        ("C G |", 72, 3, [0, 48]),
        ("C G |", 72, 6, [0, 36]),
        ("C G |", 120, 5, [0, 72]),
        ("C . . G |", 96, 4, [0, 72]),
        ("C F G C G |", 96, 4, [0, 19, 38, 57, 76]),
        ("C . F F |", 96, 4, [0, 48]),
    ],
)
def test_chords_share_a_bar_by_its_beats(text: str, pulses: int, beats: int, places: list[int]) -> None:
    assert [place for place, _ in Progression.parse(text).spans(0, pulses, beats)] == places


def test_bars_repeat_without_end() -> None:
    progression = Progression.parse("Am F C G")
    roots = [[chord for _, chord in progression.spans(bar, 96, 4)] for bar in (-1, 0, 3, 4, 41)]
    assert roots == [[Chord.parse(name)] for name in ("G", "Am", "G", "Am", "F")]
    assert list(map(str, progression.chords)) == ["Am", "F", "C", "G"]
