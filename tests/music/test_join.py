"""Where new bars join a piece, and what may begin before that."""

import pytest

from melodyrnn.music import Note, Song, TimeSignature, Track
from melodyrnn.music.join import earliest_pulse, is_clip_end, join_pulse
from melodyrnn.music.metre import BarLines

BAR = 96


def tune(*notes: tuple[int, int], metres: tuple[TimeSignature, ...] = (), length: int = 0) -> Song:
    """A song of notes (onset, duration) in pulses."""
    return Song([Track([Note(onset, 60, duration, 80) for onset, duration in notes])], (), metres, length)


@pytest.mark.parametrize(
    ("song", "join"),
    [
        (tune((0, 24), (72, 24)), BAR),
        (tune((0, 24), (72, 12)), BAR),
        (tune((0, 24), (96, 1)), 2 * BAR),
        (tune((0, 24), (72, 26)), BAR),
        (tune((0, 24), (72, 24 + 47)), BAR),
        (tune((0, 24), (72, 24 + 48)), 2 * BAR),
        (tune((0, 24), (72, 24 + 96)), 2 * BAR),
        (tune((0, 24), (72, 24 + 96 + 10)), 2 * BAR),
        (tune((0, 24), length=4 * BAR), 4 * BAR),
        (tune((0, 24), (72, 26), length=98), BAR),
        (tune((0, 24), (72, 26), length=2 * BAR), 2 * BAR),
        (tune((2 * BAR, 24)), 3 * BAR),
        (tune((0, 24), metres=(TimeSignature(0, 3, 4), TimeSignature(72, 4, 4))), 72),
        (tune((0, 100), (90, 10), metres=(TimeSignature(0, 3, 4), TimeSignature(72, 4, 4))), 72 + BAR),
        (tune((0, 24), (24, 110), metres=(TimeSignature(0, 7, 8),)), 168),
        (tune((0, 24), metres=(TimeSignature(0, 4, 4), TimeSignature(48, 4, 4))), 48),
        (tune(), 0),
        (tune(length=BAR), BAR),
    ],
    ids=[
        "a full bar",
        "a bar that ends in a rest",
        "a note on the bar line begins a bar",
        "a late release adds no bar",
        "held for less than half a bar",
        "held for half a bar",
        "held to a bar line",
        "held over a whole bar and a little",
        "a clip longer than its notes",
        "a length inside the bar of a late release",
        "a clip that outlasts a late release",
        "leading silence",
        "a change of metre at the end",
        "a change of metre under the last note",
        "a metre of eighths",
        "a change of metre inside the last bar",
        "nothing",
        "only a length",
    ],
)
def test_the_join_is_the_first_bar_line_after_the_music(song: Song, join: int) -> None:
    assert join_pulse(song) == join


PICKUP = (72, 24)


@pytest.mark.parametrize(
    ("song", "earliest"),
    [
        (tune(PICKUP, *((96 + 24 * i, 24) for i in range(7))), 96 + 2 * 96 - 24),
        (tune(PICKUP, *((96 + 24 * i, 24) for i in range(8))), 96 + 2 * 96),
        (tune(PICKUP, *((96 + 24 * i, 24) for i in range(5))), 96 + 2 * 96 - 24),
        (tune((BAR + 72, 24), (2 * BAR, 48), (2 * BAR + 48, 24)), 3 * BAR - 24),
        (tune((0, 24), (24, 72), (96, 24), metres=(TimeSignature(0, 1, 4), TimeSignature(24, 4, 4))), 24 + BAR),
        (tune((0, 24), (24, 72), metres=(TimeSignature(0, 1, 4), TimeSignature(24, 4, 4))), 24 + BAR - 24),
        (tune((0, 24), (24, 24), (48, 24)), BAR),
        (tune(PICKUP), BAR),
        (tune(), 0),
    ],
    ids=[
        "the last bar leaves room for the pickup",
        "the last bar is full",
        "the last bar leaves more room",
        "after a bar of silence",
        "a pickup bar of its own, and a full last bar",
        "a pickup bar of its own, and room for one",
        "no pickup",
        "a pickup alone",
        "nothing",
    ],
)
def test_the_next_phrase_may_begin_with_a_pickup_as_long(song: Song, earliest: int) -> None:
    assert earliest_pulse(song) == earliest


@pytest.mark.parametrize(
    ("end", "music_end", "is_end"),
    [
        (4 * BAR, 2 * BAR, True),
        (4 * BAR + 1, 2 * BAR, False),
        (2 * BAR, 2 * BAR, False),
        (2 * BAR, 2 * BAR - 5, True),
        (9 * BAR, BAR, True),
        (10 * BAR, BAR, False),
        (40 * BAR, 20 * BAR, True),
        (902 * BAR, 4 * BAR, False),
    ],
)
def test_a_track_that_ends_on_a_bar_line_within_reason_is_a_clip(end: int, music_end: int, is_end: bool) -> None:
    assert is_clip_end(end, music_end, BarLines()) == is_end
