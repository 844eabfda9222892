"""Takes: drawn side by side they are, to the note, those that are drawn alone."""

import math
from dataclasses import replace
from typing import Any

import pytest

from melodyrnn import api
from melodyrnn.encoding.events import END
from melodyrnn.generation import MusicModel, Request, Seed
from melodyrnn.music import Note, Song, Track
from models import flat_model, random_model

MELODY = Track([Note(24 * i, 60 + i * 5 % 7, 24, 80) for i in range(16)])
BASS = Track([Note(96 * i, 36 + i, 90, 70) for i in range(4)], 33)
SEED = Seed.of(Song((MELODY, BASS)))


@pytest.fixture(scope="module")
def model() -> MusicModel:
    return random_model(2, hidden=32, scale=0.1, bars={0: 3, 1: 4}, place={0: 7}, part={0: 7}, pitch={END: 12})


@pytest.mark.parametrize(
    "asked",
    [
        {"bars": 3},
        {"bars": 2, "humanize": 0.5, "density": 2.0, "stay": 0.0, "tempo": 90.0},
        {"form": "ABA", "vary": 0.8},
        {"bars": None, "stay": 0.0},
    ],
    ids=str,
)
def test_each_take_is_the_one_that_its_random_seed_makes_alone(model: MusicModel, asked: dict[str, Any]) -> None:
    request = Request(model=model, random_seed=7, takes=3, **asked)
    made = api.takes(SEED, request)
    for number, take in enumerate(made):
        alone = api.continuation(SEED, replace(request, random_seed=7 + number))
        assert take.song == alone.song
        assert take.nats == alone.nats
    assert len({str(take.new_song.tracks[0].notes) for take in made}) > 1


def test_takes_from_nothing_are_the_same_too(model: MusicModel) -> None:
    request = Request(model=model, bars=2, takes=3, stay=0.0)
    alone = [api.continuation(None, replace(request, random_seed=number)).song for number in range(3)]
    assert [take.song for take in api.takes(None, request)] == alone


def test_a_shipped_model_makes_the_same_takes_side_by_side() -> None:
    request = Request(bars=2, takes=3, style="any", stay=0.0)
    alone = [api.continuation(SEED, replace(request, random_seed=number)) for number in range(3)]
    together = api.takes(SEED, request)
    assert [take.song for take in together] == [take.song for take in alone]
    assert [take.nats for take in together] == [take.nats for take in alone]


def test_the_nats_of_a_take_are_those_of_its_notes_as_the_model_finds_them() -> None:
    """A flat model finds every value of a field equally likely."""
    made = api.continuation(SEED, Request(model=flat_model(), bars=2, stay=0.0))
    note = sum(math.log(size) for size in (16, 192, 128, 261, 289, 33))
    assert made.nats == pytest.approx(note * made.new_note_count, rel=1e-5)
