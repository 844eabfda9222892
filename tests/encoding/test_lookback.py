"""Lookback: voice meets voice, and a kit's hits meet by sound and sixteenth, however unevenly they were played."""

from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.encoding.lookback import BARS_AGO, SIXTEENTH, Lookback, Slot

BAR = 96
KICK, SNARE, HAT = 128 + 36, 128 + 38, 128 + 42
GROOVE = [
    (0, KICK),
    (0, HAT),
    (12, HAT),
    (24, SNARE),
    (24, HAT),
    (36, HAT),
    (48, KICK),
    (48, HAT),
    (72, SNARE),
    (84, HAT),
]
late = st.lists(st.integers(1 - SIXTEENTH // 2, SIXTEENTH // 2 - 1), min_size=len(GROOVE), max_size=len(GROOVE))


def played(bars: list[list[tuple[int, int]]]) -> tuple[Lookback, list[list[int]]]:
    """Bars of (place, sound), a place below 0 in the bar before -> the lookback, and agreements with one bar ago."""
    lookback, agreements = Lookback(), []
    lookback.kits.add(0)
    for bar, hits in enumerate(bars):
        agreements.append([])
        for place, sound in sorted(hits):
            slot = lookback.kit_slot(bar - (place < 0), place % BAR, 0, BAR)
            there = lookback.push(slot, sound, 6, 20)[BARS_AGO.index(1)]
            agreements[-1].append(there.agreement if there else 0)
    return lookback, agreements


@given(late, late)
def test_a_groove_meets_itself_however_unevenly_it_is_played(first: list[int], second: list[int]) -> None:
    bars = [
        [(place + off, sound) for (place, sound), off in zip(GROOVE, late, strict=True)] for late in (first, second)
    ]
    lookback, agreements = played(bars)
    assert agreements[1] == [3] * len(GROOVE)
    assert lookback.recall(Slot(2, 24, 0), 0)[0] in ((SNARE, 6, 20), (HAT, 6, 20))


def test_another_sound_and_an_empty_place_do_not_agree() -> None:
    _, agreements = played([[(0, KICK), (24, SNARE)], [(0, SNARE), (18, HAT), (25, SNARE)]])
    assert agreements[1] == [2, 1, 3]


def test_recall_skips_drum_hits_already_played() -> None:
    lookback, _ = played([[(0, KICK), (1, HAT), (24, SNARE)], [(0, HAT)]])
    assert lookback.recall(Slot(1, 0, 0), 1)[0] == (KICK, 6, 20)  # though the hat came second there
    followed = lookback.push(Slot(1, 0, 0), KICK, 6, 20)[0]
    assert followed
    assert (followed.place, followed.pitch, followed.agreement) == (24, SNARE, 3)
    assert lookback.recall(Slot(1, 0, 0), 1)[0] is None


def test_a_hit_before_the_line_stands_in_the_bar_it_leads_to() -> None:
    assert Lookback.kit_slot(3, 94, 0, BAR) == Slot(4, 0, 0)
    assert Lookback.kit_slot(3, 92, 0, BAR) == Slot(3, 90, 0)


def test_a_kit_that_rushes_ahead_of_another_part_breaks_nothing() -> None:
    lookback = Lookback()
    lookback.kits.add(0)
    for bar in range(3):
        for place, part, pitch in ((7, 1, 60), (8, 0, KICK), (50, 1, 64), (52, 0, SNARE)):
            slot = Slot(bar, place, part) if part else lookback.kit_slot(bar, place, part, BAR)
            followed = lookback.push(slot, pitch, 6, 20)[0]
            assert bar == 0 or (followed and followed.agreement == 3)
