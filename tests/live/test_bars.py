"""Where bar lines lie while the metre changes."""

from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.live.time.bars import Bars


def test_bars_of_one_length_lie_at_its_multiples_also_before_0():
    bars = Bars(96)
    assert [bars.line(bar) for bar in (-2, 0, 3)] == [-192, 0, 288]
    assert [bars.bar(pulse) for pulse in (-97, -96, -1, 0, 95, 96)] == [-2, -1, -1, 0, 0, 1]
    assert [bars.next_line(pulse) for pulse in (-95, 0, 1, 96)] == [0, 0, 96, 96]


def test_a_change_moves_the_lines_after_it_and_leaves_those_before():
    bars = Bars(96)
    bars.change(2, 72)
    assert [bars.line(bar) for bar in range(5)] == [0, 96, 192, 264, 336]
    assert [bars.length(bar) for bar in (1, 2)] == [96, 72]


def test_a_change_forgets_later_ones():
    bars = Bars(96)
    bars.change(4, 72)
    bars.change(2, 48)
    assert bars.line(6) == 192 + 4 * 48
    bars.change(0, 24)
    assert bars.line(6) == 6 * 24


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 200)), max_size=6), st.integers(-500, 5000))
def test_every_pulse_lies_in_its_bar(changes, pulse):
    bars = Bars(96)
    for bar, length in changes:
        bars.change(bar, length)
    bar = bars.bar(pulse)
    assert bars.line(bar) <= pulse < bars.line(bar + 1) == bars.line(bar) + bars.length(bar)
    assert bars.next_line(pulse) in (pulse, bars.line(bar + 1))
