"""The echo: finds a repeat at any distance, follows it through a change, and forgets what lies too far back."""

from copy import deepcopy

import numpy as np
import pytest

from melodyrnn.encoding.match_model import ENOUGH, LENGTHS, REMEMBERED, Echo, Sounded

BAR = 96


def notes(pitches: list[int], first_beat: int = 0, duration: int = 24) -> list[Sounded]:
    """Quarter notes in 4/4, one after the other."""
    beats = range(first_beat, first_beat + len(pitches))
    return [
        Sounded(24 * beat // BAR, 24 * beat % BAR, pitch, duration, 20)
        for beat, pitch in zip(beats, pitches, strict=True)
    ]


def heard(*passages: list[Sounded]) -> Echo:
    echo = Echo()
    for passage in passages:
        for note in passage:
            echo.push(note)
    return echo


THEME = [60, 62, 64, 65, 67, 69, 71, 72]
OTHER = [50, 45, 50, 45]


def test_nothing_is_expected_of_what_was_never_heard() -> None:
    echo = heard(notes(THEME + OTHER))
    assert echo.expected is None
    assert (echo.length, echo.length_token, echo.bars_ago) == (0, 0, 0)
    assert echo.recall(3, 0) is None


@pytest.mark.parametrize("bars_between", [1, 3, 5, 13])
def test_a_theme_that_returns_is_expected_to_go_on_at_any_distance(bars_between: int) -> None:
    between = list(range(20, 20 + 4 * bars_between))
    echo = heard(notes(THEME + between + THEME[:ENOUGH]))
    assert echo.expected is not None
    assert (echo.expected.place, echo.expected.pitch) == (24 * ENOUGH, THEME[ENOUGH])
    assert echo.bars_ago == 2 + bars_between
    assert echo.length == ENOUGH


def test_it_is_recalled_only_where_it_is_expected() -> None:
    echo = heard(notes(THEME + THEME[:ENOUGH]))
    assert echo.recall(2, 24 * ENOUGH) == Sounded(0, 24 * ENOUGH, THEME[ENOUGH], 24, 20)
    assert echo.recall(2, 24 * ENOUGH + 1) is None
    assert echo.recall(3, 24 * ENOUGH) is None


def test_it_goes_on_through_another_pitch_but_not_through_another_rhythm() -> None:
    varied = notes([*THEME[:4], 66], first_beat=8)
    echo = heard(notes(THEME), varied)
    assert echo.expected is not None
    assert echo.expected.pitch == THEME[5]
    assert echo.length == 0
    echo = heard(notes(THEME), notes(THEME[:4], first_beat=8), [Sounded(3, 12, 67, 12, 20)])
    assert echo.expected is None


def test_the_latest_of_several_passages_is_followed() -> None:
    echo = heard(notes([*THEME[:3], 70, *THEME[:3], 80, *THEME[:3]]))
    assert echo.expected is not None
    assert echo.expected.pitch == 80


def test_the_length_grows_with_every_note_that_agrees() -> None:
    echo = heard(notes(THEME))
    lengths = []
    for note in notes(THEME, first_beat=8):
        echo.push(note)
        lengths.append(echo.length)
    assert lengths == [0, 0, 3, 4, 5, 6, 7, 8]
    assert echo.length_token == sum(least <= 8 for least in LENGTHS)


def test_it_forgets_what_lies_too_far_back_and_goes_on() -> None:
    echo = Echo()
    for note in notes(list(range(60, 72)) * REMEMBERED):  # in phase with the bar every third bar
        echo.push(note)
        assert len(echo._past.notes) <= 2 * REMEMBERED + 1
    assert echo.expected is not None
    assert echo.bars_ago == 3
    assert echo.length_token == len(LENGTHS)


def test_copies_share_their_past_and_go_their_own_ways() -> None:
    rng = np.random.default_rng(3)
    echoes, alone = [Echo()], [list[Sounded]()]
    for step in range(2000):
        which = int(rng.integers(len(echoes)))
        if step % 50 == 49:  # a copy takes the place of another, or is one more
            echoes, alone = [*echoes[-4:], deepcopy(echoes[which])], [*alone[-4:], [*alone[which]]]
            continue
        note = Sounded(len(alone[which]) // 4, *rng.integers(3, size=2).tolist(), 1, 1)
        echoes[which].push(note)
        alone[which].append(note)
    for echo, its_notes in zip(echoes, alone, strict=True):
        other = heard(its_notes)
        assert (echo.expected, echo.length, echo.bars_ago) == (other.expected, other.length, other.bars_ago)
    assert len({id(echo._past) for echo in [deepcopy(echoes[0]) for _ in range(3)]}) == 1
