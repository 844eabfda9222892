"""Time signatures and bar lines."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.errors import OptionError
from melodyrnn.music import BarLines, TimeSignature
from melodyrnn.music.metre import heard_until

signatures = st.lists(
    st.builds(TimeSignature, st.integers(0, 2000), st.integers(1, 255), st.sampled_from([1, 2, 4, 8, 16, 32, 64])),
    max_size=5,
)
pulses = st.integers(0, 20_000)


@pytest.mark.parametrize(
    ("numerator", "denominator", "length"), [(4, 4, 96), (3, 4, 72), (6, 8, 72), (2, 2, 96), (7, 8, 84), (1, 64, 2)]
)
def test_a_bar_is_as_long_as_its_fraction_of_a_whole_note(numerator: int, denominator: int, length: int) -> None:
    assert TimeSignature(0, numerator, denominator).bar_pulses == length


@pytest.mark.parametrize("values", [(-1, 4, 4), (0, 0, 4), (0, 256, 4), (0, 4, 3), (0, 4, 128), (0, 4, 0)])
def test_impossible_signatures_are_refused(values: tuple[int, int, int]) -> None:
    with pytest.raises(OptionError) as refusal:
        TimeSignature(*values)
    assert "\n" not in str(refusal.value)


def test_without_a_signature_it_is_four_four() -> None:
    assert BarLines().position(100) == (1, 4)
    assert BarLines([TimeSignature(192, 3, 4)]).signature_at(191) == TimeSignature(0, 4, 4)


def test_metres_after_the_bar_in_which_the_music_ends_are_not_heard() -> None:
    metres = (TimeSignature(0, 4, 4), TimeSignature(96, 3, 4), TimeSignature(168, 2, 4), TimeSignature(240, 4, 4))
    assert [len(heard_until(metres, end)) for end in (0, 1, 96, 97, 168, 169, 216, 217, 500)] == [
        1,
        2,
        2,
        3,
        3,
        3,
        3,
        4,
        4,
    ]
    assert heard_until(metres[:1], 50) == metres[:1]


def test_a_hundred_thousand_metres_are_as_many_bars() -> None:
    lines = BarLines(TimeSignature(3 * i, 1 + i % 7, 4) for i in range(100_000))
    assert [lines.start(bar) for bar in (0, 1, 99_999)] == [0, 3, 299_997]
    assert [lines.change(i) for i in (0, 1, 99_999)] == [(0, 0), (0, 3), (99_998, 3)]


def test_a_pickup_is_a_first_bar_of_its_own() -> None:
    lines = BarLines([TimeSignature(0, 1, 4), TimeSignature(24, 3, 4)])
    assert [lines.start(bar) for bar in range(4)] == [0, 24, 96, 168]
    assert lines.position(23) == (0, 23)
    assert lines.position(24) == (1, 0)


def test_a_change_inside_a_bar_cuts_it_short() -> None:
    lines = BarLines([TimeSignature(0, 4, 4), TimeSignature(150, 3, 4)])
    assert lines.position(149) == (1, 53)
    assert lines.position(150) == (2, 0)
    assert lines.next_line(149) == 150


def test_bars_that_fill_no_whole_number_of_pulses_do_not_drift() -> None:
    lines = BarLines([TimeSignature(0, 1, 64)])
    assert [lines.start(bar) for bar in range(5)] == [0, 2, 3, 5, 6]
    assert lines.position(3 * 10**6) == (2 * 10**6, 0)


def test_the_last_signature_given_for_a_pulse_holds() -> None:
    assert BarLines([TimeSignature(0, 3, 4), TimeSignature(0, 5, 4)]).time_signatures == (TimeSignature(0, 5, 4),)


@given(signatures, pulses)
def test_every_pulse_lies_in_the_bar_it_is_said_to(given_signatures: list[TimeSignature], pulse: int) -> None:
    lines = BarLines(given_signatures)
    bar, place = lines.position(pulse)
    assert lines.start(bar) == pulse - place <= pulse < lines.start(bar + 1)
    assert lines.position(lines.start(bar)) == (bar, 0)
    assert place < lines.signature_at(pulse).bar_pulses
    line = lines.next_line(pulse)
    assert line == (pulse if place == 0 else lines.start(bar + 1))


@given(signatures, pulses, st.integers(96, 400))
def test_long_bars_are_cut_into_stretches(given_signatures: list[TimeSignature], pulse: int, longest: int) -> None:
    lines = BarLines(given_signatures, longest_pulses=longest)
    bar, place = lines.position(pulse)
    assert place < longest
    assert lines.start(bar) + place == pulse
    assert lines.position(pulse + 1) in {(bar, place + 1), (bar + 1, 0), (bar + 2, 0)}


@given(signatures, st.lists(pulses, max_size=20))
def test_arrays_and_single_pulses_agree(given_signatures: list[TimeSignature], given_pulses: list[int]) -> None:
    lines = BarLines(given_signatures)
    bars, places = lines.positions(np.array(given_pulses, np.int64))
    assert list(zip(bars.tolist(), places.tolist(), strict=True)) == [lines.position(p) for p in given_pulses]
