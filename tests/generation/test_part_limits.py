"""The range and the density of single parts: obeyed, and refused where the seed has no such part."""

from typing import Any

import numpy as np
import pytest

from melodyrnn import api
from melodyrnn.errors import OptionError
from melodyrnn.generation import NoteConstraints, Request, Sampling, Seed, continue_song
from melodyrnn.music import Note, Song, Track
from models import flat_model


def band() -> Song:
    """A lead in quarters, a bass in halves, drums in eighths; four bars."""
    lead = [Note(24 * i, 72 + (0, 4, 7, 12)[i % 4], 24, 80) for i in range(16)]
    bass = [Note(48 * i, 36 + (0, 7)[i % 2], 48, 80) for i in range(8)]
    drums = [Note(12 * i, 42, 12, 80) for i in range(32)]
    return Song([Track(lead, name="Lead"), Track(bass, 33, name="Bass"), Track(drums, is_drum=True)])


SEED = Seed.of(band())


def limits(**asked: Any) -> NoteConstraints:
    return Request.of(asked).sampling(SEED).constraints


def test_parts_are_named_in_any_way_that_a_request_writes_them() -> None:
    expected = ((1, 28, 52), (0, 60, 72))
    for asked in (["bass=E1-E3", "1=60-72"], {"Bass": "E1-E3", "Lead": "C4-C5"}, "Bass=E1-E3, Lead=C4-C5"):
        assert limits(part_range=asked).part_ranges == expected
    assert limits(part_density={"Drums": 0.5}).part_densities == ((2, 0.5),)
    assert limits(part_range="Bass=C-1-G9").part_ranges == ((1, 0, 127),)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"part_range": "Tuba=E1-E3"}, "part_range 'Tuba=E1-E3': the parts are 1 Lead, 2 Bass, 3"),
        ({"part_range": "Bass=E1"}, "part_range 'Bass=E1': must be PART=LOWEST-HIGHEST"),
        ({"part_range": "Bass=E1-H3"}, "pitch 'H3': must be"),
        ({"part_range": "Bass=E3-E1"}, "part 2, pitches E3 to E1: the lowest comes first"),
        ({"part_range": "Bass=C#3-C#3", "key": "C"}, "part 2: no pitch from C#3 to C#3 is from C-1 to G9 in C major"),
        ({"part_range": "Bass=C2-C3", "low": "C4"}, "part 2: no pitch from C2 to C3 is from C4 to G9"),
        ({"part_range": "3=C2-C3"}, "part_range '3=C2-C3': drums have no lowest"),
        ({"part_range": "Bass=C1-C3,2=C1-C2"}, "part_range '2=C1-C2': 'Bass=C1-C3' says something else"),
        ({"part_density": "Lead=x"}, "part_density 'Lead=x': must be PART=NUMBER"),
        (
            {"part_density": "Lead=2"},
            "part_density 'Lead=2': a part that is there can only be thinned, 0.1 to 1; density 2",
        ),
        ({"part_density": "Lead=0"}, "density of part 1, 0: must be 0.1 to 4"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(asked: dict[str, Any], says: str) -> None:
    with pytest.raises(OptionError) as refused:
        limits(**asked)
    assert str(refused.value).startswith(says)
    assert "\n" not in str(refused.value)


def test_a_part_needs_a_seed() -> None:
    with pytest.raises(OptionError, match="names a part of the seed, and there is no seed"):
        Request(part_range=("Bass=E1-E3",)).sampling(None)


def made(constraints: NoteConstraints, bars: int = 8) -> list[Any]:
    song = continue_song(flat_model(), SEED, bars, sampling=Sampling(constraints=constraints), random_seed=2)
    return list(song.new_notes)


def test_a_part_plays_in_its_range_and_the_others_in_theirs() -> None:
    lead, bass, _ = made(limits(part_range="Bass=C6-E6"), bars=16)
    assert len(bass)
    assert {*bass[:, 1].tolist()} <= {84, 85, 86, 87, 88}
    assert lead[:, 1].min() >= 72 - 3


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_part_plays_as_many_notes_as_asked(part: int) -> None:
    seed = api.load_seed(band())
    usual, sparser = (
        [
            len(np.unique(notes[:, 0]))
            for notes in api.continuation(
                seed, Request.of({"bars": 16, "random_seed": 1, "part_density": {part + 1: density}})
            ).new_notes
        ]
        for density in (1, 0.5)
    )
    seeded = len(band().tracks[part]) * 4
    assert sparser[part] <= 0.6 * seeded
    assert sparser[part] < 0.75 * usual[part]


def test_a_part_that_plays_fewer_notes_leaves_the_others_as_they_are() -> None:
    asked = {"bars": 8, "random_seed": 1, "stay": 0}
    usual = api.continuation(SEED, Request(**asked)).new_notes
    sparser = api.continuation(SEED, Request(**asked, part_density=("Drums=0.3",))).new_notes
    assert len(sparser[2]) < 0.6 * len(usual[2])
    assert {*map(tuple, sparser[2].tolist())} < {*map(tuple, usual[2].tolist())}
    assert [notes.tolist() for notes in sparser[:2]] == [notes.tolist() for notes in usual[:2]]


def test_bars_made_anew_keep_to_the_range_of_a_part() -> None:
    request = Request.of({"replace": "2-3", "part": ["Lead"], "part_range": {"Lead": "C4-G4"}})
    new = api.continuation(SEED, request).new_notes
    assert len(new[0])
    assert {*new[0][:, 1].tolist()} <= {*range(60, 68)}
    assert not len(new[1])
