"""Whose clock is followed, of several inputs."""

from melodyrnn.live.clockchoice import ClockChoice
from melodyrnn.live.messages import CLOCK, CONTINUE, START, STOP

KEYBOARD, OFFERED = 0, 1
KEY, SENSING = b"\x90\x3c\x40", b"\xfe"


def follows(choice: ClockChoice, index: int, *statuses: int) -> list[bool]:
    return [choice.follows(index, bytes((status,))) for status in statuses]


def test_a_clock_that_idles_on_a_keyboard_is_not_followed() -> None:
    choice = ClockChoice(2)
    assert follows(choice, KEYBOARD, CLOCK, CLOCK, STOP) == [False] * 3
    assert follows(choice, OFFERED, CLOCK, START, CLOCK) == [True] * 3
    assert choice.ignored == set()


def test_a_clock_that_is_started_is_followed_where_no_other_came() -> None:
    choice = ClockChoice(2)
    assert follows(choice, KEYBOARD, CLOCK, START, CLOCK, STOP, CONTINUE) == [False, True, True, True, True]
    choice.follows(OFFERED, SENSING)
    assert follows(choice, KEYBOARD, CLOCK) == [True]
    assert follows(choice, OFFERED, CLOCK) == [True]  # from here on it is this one
    assert follows(choice, KEYBOARD, CLOCK, START) == [False, False]
    assert choice.ignored == {KEYBOARD}


def test_keys_are_heard_from_all() -> None:
    choice = ClockChoice(2)
    assert choice.follows(KEYBOARD, KEY)
    assert choice.follows(OFFERED, KEY)
    assert choice.follows(OFFERED, b"")


def test_one_input_alone_is_followed() -> None:
    assert follows(ClockChoice(1), 0, CLOCK, START, CLOCK) == [True] * 3
