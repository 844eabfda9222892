"""The keys of music from nothing: those of its style, unless the caller says which pitches; a seed keeps its own."""

from collections import Counter
from dataclasses import replace

import pytest

from melodyrnn.api import shipped_models
from melodyrnn.encoding.events import KIT, PART
from melodyrnn.errors import ModelFileError
from melodyrnn.generation import MusicModel, NoteConstraints, Sampling, Seed, continue_song
from melodyrnn.generation.keys import semitones_to_style
from melodyrnn.model.modelfile import read_model
from melodyrnn.music import Note, Song, Track
from melodyrnn.music.key_finding import estimate_key
from melodyrnn.music.scales import Key
from models import small_model, songs_of

C, D, G = Key(0, "major"), Key(2, "major"), Key(7, "major")
SCALE = (60, 62, 64, 65, 67, 69, 71, 72, 67, 64, 60)


def in_key(key: Key, lowest: int = 60) -> Song:
    """A tune in a major key, and a kit beside it."""
    tune = [Note(24 * i, pitch - 60 + lowest + key.tonic, 24, 78) for i, pitch in enumerate(SCALE)]
    return Song((Track(tune), Track([Note(0, 36, 12, 78)], is_drum=True)))


def scale_model(keys: dict[str, dict[str, float]]) -> MusicModel:
    """Notes of C major beside kits, one a quarter, and the keys that it is said to have."""
    pitches = dict.fromkeys(SCALE, 12.0) | {60: 14.0, PART: 14.0, KIT: 14.0}
    rhythm = {"bars": {0: 8, 1: 6}, "place": {0: 12, 24: 10, 48: 10, 72: 10}, "duration": {24: 12}}
    return MusicModel(replace(small_model(hidden=8, pitch=pitches, **rhythm), keys=keys))


@pytest.mark.parametrize(
    ("song", "shares", "number", "semitones"),
    [
        (in_key(C), {D: 1.0}, 0.5, 2),
        (in_key(D), {C: 1.0}, 0.5, -2),
        (in_key(C), {G: 1.0}, 0.5, -5),
        (in_key(C, 0), {G: 1.0}, 0.5, 7),  # lower there is no note
        (in_key(C), {D: 0.25, G: 0.75}, 0.2, 2),
        (in_key(C), {D: 0.25, G: 0.75}, 0.3, -5),
        (in_key(C), {D: 1.0, G: 0.0}, 1.0, 2),
        (in_key(C), {Key(9, "minor"): 1.0}, 0.5, 0),  # the mode stays
        (in_key(C), {}, 0.5, 0),
        (Song((Track([Note(0, 36, 12, 78)], is_drum=True),)), {D: 1.0}, 0.5, 0),
    ],
)
def test_the_nearest_way_to_a_key_of_the_style(
    song: Song, shares: dict[Key, float], number: float, semitones: int
) -> None:
    assert semitones_to_style(song, shares, number) == semitones


def test_music_from_nothing_moves_as_a_whole() -> None:
    plain, moved = (
        continue_song(scale_model(keys), None, 4, random_seed=19).song
        for keys in ({}, {"one": {"E major": 1.0, "E minor": 1.0}})
    )
    key = estimate_key(moved)
    assert key is not None
    assert key.tonic == 4
    assert {track.is_drum for track in moved.tracks if len(track)} == {True, False}
    steps = set()
    for before, after in zip(plain.tracks, moved.tracks, strict=True):
        assert [(note.onset_pulses, note.velocity) for note in before.notes] == [
            (note.onset_pulses, note.velocity) for note in after.notes
        ]
        distances = {int(step) for step in after.array[:, 1] - before.array[:, 1]}
        assert not before.is_drum or distances <= {0}
        steps |= set() if before.is_drum else distances
    assert len(steps) == 1
    assert 0 not in steps


@pytest.mark.parametrize(
    "constraints", [NoteConstraints(low=50), NoteConstraints(high=90), NoteConstraints(key=Key(0, "major"))]
)
def test_the_callers_pitches_decide(constraints: NoteConstraints) -> None:
    plain, keyed = (
        continue_song(scale_model(keys), None, 4, sampling=Sampling(constraints=constraints)).song
        for keys in ({}, {"one": {"E major": 1.0, "E minor": 1.0}})
    )
    assert plain == keyed


def test_a_seed_keeps_its_key() -> None:
    plain, keyed = (
        continue_song(scale_model(keys), Seed.of(in_key(G)), 4).song for keys in ({}, {"one": {"E major": 1.0}})
    )
    assert plain == keyed


def test_a_key_that_is_none_is_refused() -> None:
    with pytest.raises(ModelFileError, match="H major"):
        scale_model({"one": {"H major": 1.0}})


def test_fiddle_tunes_have_the_keys_of_their_style() -> None:
    path = shipped_models().get("folk")
    if path is None:
        pytest.skip("the shipped model for folk is not there")
    model = MusicModel(read_model(path))
    found = Counter(map(estimate_key, songs_of(model, None, 8, 60, style="folk")))
    shares = model.keys["folk"]
    for mode in ("major", "minor"):
        drawn = {key: count for key, count in found.items() if key is not None and key.mode == mode}
        usual = {key: share for key, share in shares.items() if key.mode == mode}
        tunes, total = sum(drawn.values()), sum(usual.values())
        keys = usual | dict.fromkeys(drawn, 0.0) | usual
        distance = sum(abs(drawn.get(key, 0) / tunes - keys[key] / total) for key in keys) / 2
        assert distance < (0.25 if mode == "major" else 0.45), (mode, drawn)  # of all keys alike: 0.6 and more
