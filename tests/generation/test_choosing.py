"""Choosing takes: the best comes first, the next differ from it, and each is called what it is."""

import itertools
import math

import pytest

from melodyrnn.generation.choosing import ALIKE, ASPECTS, choose
from melodyrnn.music.song import Note, Song, Track

BAR = 96
Notes = list[Note]


def scale(first: int = 60, step: int = 24, length: int = 24, velocity: int = 80, bars: int = 4) -> Song:
    notes = [Note(onset, first + onset // 24 % 8, length, velocity) for onset in range(0, bars * BAR, step)]
    return Song((Track(notes),), (), (), bars * BAR)


SEED = scale()


def nats(song: Song, bits: float) -> float:
    return song.note_count * bits * math.log(2)


def test_the_likeliest_nearest_take_comes_first() -> None:
    takes = [scale(84), scale(), scale(30, 12)]
    choices = choose(takes, [nats(take, bits) for take, bits in zip(takes, (5, 3, 9), strict=True)], SEED, 4, 1)
    assert [choice.rank for choice in choices] == [None, 1, None]
    assert choices[1].merit == 1.0
    assert choices[1].measures["distance_to_seed"] == 0.0
    assert choices[1].measures["bits_per_note"] == pytest.approx(3)
    assert choices[1].distance_to_chosen is None


def test_a_take_that_was_chosen_already_is_not_chosen_again_in_another_copy() -> None:
    """Three copies of the best take, and one of less merit: the second choice is the other."""
    takes = [scale(), scale(), scale(), scale(67, 48)]
    choices = choose(takes, [nats(take, 3) for take in takes], SEED, 4, 2)
    assert [choice.rank for choice in choices] == [1, None, None, 2]
    assert choices[3].distance_to_chosen is not None
    assert choices[3].distance_to_chosen > 0.1


@pytest.mark.parametrize(
    ("other", "bits", "names"),
    [
        (scale(velocity=120), 3, {"softer", "louder"}),
        (scale(length=3), 3, {"longer notes", "shorter notes"}),
        (scale(), 9, {"plainer", "bolder"}),
        (scale(), 3, {ALIKE}),
    ],
)
def test_takes_are_called_by_what_sets_them_apart(other: Song, bits: float, names: set[str]) -> None:
    choices = choose([scale(), other], [nats(scale(), 3), nats(other, bits)], None, 4, 2)
    assert {choice.name for choice in choices} == names


def test_no_two_takes_are_called_the_same() -> None:
    takes = [scale(first, step) for first, step in itertools.product((40, 60, 80), (12, 24, 48))]
    names = [choice.name for choice in choose(takes, [nats(take, 3) for take in takes], SEED, 4, len(takes))]
    known = {name for aspect in ASPECTS.values() for name in (aspect.low, aspect.high)}
    called = [name for name in names if name != ALIKE]
    assert len(set(called)) == len(called) >= 4
    assert set(called) <= known


def test_a_silent_take_is_the_last_to_be_chosen() -> None:
    silent = Song((Track([]),), (), (), 4 * BAR)
    choices = choose([silent, scale(), scale()], [0.0, 100.0, 100.0], SEED, 4, 2)
    assert choices[0].merit == 0.0
    assert choices[0].measures == {"notes_a_bar": 0.0, "distance_to_seed": choices[0].measures["distance_to_seed"]}
    assert choices[1].rank == 1


def test_without_a_seed_likelihood_alone_decides_the_first() -> None:
    choices = choose([scale(40), scale(80)], [nats(scale(), 5), nats(scale(), 4)], None, 4, 1)
    assert [choice.rank for choice in choices] == [None, 1]
    assert "distance_to_seed" not in choices[0].measures


def test_what_is_known_is_plain_data() -> None:
    (choice,) = choose([scale()], [nats(scale(), 3)], SEED, 4, 5)
    assert choice.as_json() == {
        "rank": 1,
        "name": ALIKE,
        "merit": 0.0,
        "distance_to_chosen": None,
        "notes_a_bar": 4.0,
        "bits_per_note": 3.0,
        "notes_a_bar_octaves": 2.0,
        "mean_length_octaves": 0.0,
        "mean_velocity": 80.0,
        "mean_pitch": 63.5,
        "distance_to_seed": 0.0,
    }
