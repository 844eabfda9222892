"""Passages by bars and beats."""

import pytest

from melodyrnn.errors import OptionError
from melodyrnn.music import TimeSignature
from melodyrnn.music.metre import BarLines
from melodyrnn.music.passage import Passage

COMMON, CHANGING = BarLines(), BarLines([TimeSignature(0, 3, 4), TimeSignature(2 * 72, 7, 8)])


@pytest.mark.parametrize(
    ("text", "lines", "pulses"),
    [
        ("5-8", COMMON, (4 * 96, 8 * 96)),
        (" 5 - 8 ", COMMON, (4 * 96, 8 * 96)),
        ("5", COMMON, (4 * 96, 5 * 96)),
        ("4.3-5.1", COMMON, (3 * 96 + 48, 4 * 96 + 24)),
        ("4.3-5", COMMON, (3 * 96 + 48, 5 * 96)),
        ("4-5.2", COMMON, (3 * 96, 4 * 96 + 48)),
        ("2.4", COMMON, (96 + 72, 2 * 96)),
        ("2.3-3.2", CHANGING, (72 + 48, 144 + 24)),
        ("3.7-4", CHANGING, (144 + 72, 144 + 2 * 84)),
    ],
)
def test_both_ends_belong_to_a_passage(text, lines, pulses):
    assert Passage.parse(text).pulses(lines, 10) == pulses


@pytest.mark.parametrize(("text", "printed"), [("5-8", "5-8"), ("5-5", "5"), ("04.3-5.1", "4.3-5.1"), ("2.4", "2.4")])
def test_it_is_printed_as_it_is_written(text, printed):
    assert str(Passage.parse(text)) == printed


@pytest.mark.parametrize("text", ["", "0", "0-4", "4-", "-4", "4.0", "4.3.2", "a", "1e3", "٣", "5-8-9", "1234567"])
def test_what_is_no_passage(text):
    with pytest.raises(OptionError, match="must be bars counted from 1, such as 5-8, or with beats"):
        Passage.parse(text)


@pytest.mark.parametrize("text", ["8-5", "4.3-4.1", "5.2-5.1"])
def test_the_first_comes_first(text):
    with pytest.raises(OptionError, match="the first comes first"):
        Passage.parse(text)


@pytest.mark.parametrize(
    ("text", "lines", "says"),
    [
        ("9-11", COMMON, "bars 9-11: there are bars 1 to 10"),
        ("4.5-5", COMMON, "beat 4.5: bar 4 has 4 beats"),
        ("1-2.4", CHANGING, "beat 2.4: bar 2 has 3 beats"),
        ("3.8", CHANGING, "beat 3.8: bar 3 has 7 beats"),
    ],
)
def test_what_the_song_does_not_have(text, lines, says):
    with pytest.raises(OptionError, match=says):
        Passage.parse(text).pulses(lines, 10)
