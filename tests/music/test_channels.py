"""Which MIDI channel plays which part."""

from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.music.channels import DRUM_CHANNEL, places, shares_its_channel

MELODIC, DRUMS = False, True


def channels(parts: list[tuple[int, bool]]) -> list[int]:
    return [place.channel for place in places(parts)]


def test_up_to_fifteen_instruments_have_a_channel_each_and_drums_the_tenth() -> None:
    parts = [(0, MELODIC)] * 15
    parts.insert(3, (0, DRUMS))
    assert channels(parts) == [0, 1, 2, 9, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15]
    assert {place.port for place in places(parts)} == {0}


def test_more_instruments_share_the_numbers_of_channels_by_program_on_ports_of_their_own() -> None:
    parts = [(program, MELODIC) for program in [0, 1, 2, 1] * 4]
    assert channels(parts) == [0, 1, 2, 1] * 4
    assert [place.port for place in places(parts)] == [0, 0, 0, 1, 1, 2, 1, 3, 2, 4, 2, 5, 3, 6, 3, 7]
    assert not any(shares_its_channel(parts))


def test_each_kit_has_a_port_of_its_own() -> None:
    parts = [(0, DRUMS), (5, MELODIC), (25, DRUMS), (0, DRUMS)]
    assert places(parts) == [(0, 9), (0, 0), (1, 9), (0, 9)]
    assert shares_its_channel(parts) == [True, False, True, True]


@given(st.lists(st.tuples(st.integers(0, 127), st.booleans()), max_size=60))
def test_no_two_melodic_parts_are_at_one_place_and_only_drums_are_on_their_channel(
    parts: list[tuple[int, bool]],
) -> None:
    found = places(parts)
    melodic = [place for place, (_, is_drum) in zip(found, parts, strict=True) if not is_drum]
    assert len(set(melodic)) == len(melodic)
    assert all((place.channel == DRUM_CHANNEL) == is_drum for place, (_, is_drum) in zip(found, parts, strict=True))
