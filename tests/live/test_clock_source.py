"""Whose clock is followed, of several inputs."""

from melodyrnn.live.time.clock_source import STILL_SECONDS, ClockSource
from melodyrnn.messages import CLOCK, CONTINUE, POSITION, START, STOP

KEYBOARD, OFFERED = 0, 1
KEY, SENSING = b"\x90\x3c\x40", 0xFE


def follows(choice: ClockSource, index: int, *statuses: int, at_seconds: float = 0.0) -> list[bool]:
    return [choice.follows(index, bytes((status,)), at_seconds) for status in statuses]


def test_a_clock_that_idles_on_a_keyboard_is_not_followed() -> None:
    choice = ClockSource(2)
    assert follows(choice, KEYBOARD, CLOCK, CLOCK, STOP) == [False] * 3
    assert follows(choice, OFFERED, CLOCK, START, CLOCK) == [True] * 3
    assert choice.ignored == set()


def test_a_clock_that_is_started_is_followed_where_no_song_of_the_other_runs() -> None:
    choice = ClockSource(2)
    assert follows(choice, OFFERED, CLOCK, STOP) == [True, True]
    assert follows(choice, KEYBOARD, CLOCK, START, CLOCK, STOP, CONTINUE) == [False, True, True, True, True]
    assert follows(choice, OFFERED, SENSING, CLOCK, STOP) == [False] * 3  # it idles
    assert follows(choice, KEYBOARD, CLOCK) == [True]
    assert follows(choice, OFFERED, START, CLOCK) == [True, True]  # from here on it is this one
    assert follows(choice, KEYBOARD, CLOCK, START) == [False, False]
    assert choice.ignored == {KEYBOARD}


def test_a_song_that_is_located_before_it_goes_on_is_followed_there() -> None:
    choice = ClockSource(2)
    assert choice.follows(KEYBOARD, bytes((POSITION, 64, 0)), 0.0)
    assert follows(choice, KEYBOARD, CONTINUE, CLOCK) == [True, True]


def test_a_song_whose_clock_stays_away_stands_in_no_ones_way() -> None:
    choice = ClockSource(2)
    follows(choice, OFFERED, START, CLOCK)
    assert follows(choice, KEYBOARD, START, at_seconds=STILL_SECONDS - 0.1) == [False]
    assert follows(choice, KEYBOARD, START, at_seconds=STILL_SECONDS) == [True]


def test_keys_of_every_input_count() -> None:
    choice = ClockSource(2)
    assert choice.follows(KEYBOARD, KEY, 0.0)
    assert choice.follows(OFFERED, KEY, 0.0)
    assert choice.follows(OFFERED, b"", 0.0)


def test_one_input_alone_is_followed() -> None:
    assert follows(ClockSource(1), 0, CLOCK, START, CLOCK) == [True] * 3
