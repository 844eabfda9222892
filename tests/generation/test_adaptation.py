"""A model that has learned some pieces finds them likelier; the one it came from stays as it is."""

import numpy as np
import pytest

from melodyrnn.encoding.events import ENCODING_VERSION, encode
from melodyrnn.generation import MusicModel, adaptation
from melodyrnn.generation.adaptation import adapted, adapted_to_seed, bits_per_event
from melodyrnn.midi import read_song
from melodyrnn.model.learning import LearningOptions
from melodyrnn.model.modelfile import Model
from melodyrnn.music import Note, Song, Track
from melodyrnn.training.recipe import music_config

OPTIONS = LearningOptions(passes=6)


@pytest.fixture(scope="module")
def model():
    config, rng = music_config(hidden=12, layers=1, embedding=8), np.random.default_rng(0)
    weights = {name: rng.normal(0, 0.2, shape).astype(np.float32) for name, shape in config.shapes().items()}
    return MusicModel(Model(config, weights, ENCODING_VERSION, ("plain", "fancy"), {"licence": "none"}), "small")


@pytest.fixture(scope="module")
def pieces(midi_samples):
    return [encode(read_song(path)).events for path in sorted(midi_samples.glob("*.mid"))[:2]]


def test_every_piece_becomes_likelier(model, pieces):
    before = {name: weight.copy() for name, weight in model.model.weights.items()}
    told: list[float] = []
    learned = adapted(model, pieces, 1, OPTIONS, 0, told.append)
    for piece in pieces:
        assert bits_per_event(learned, piece, 1) < bits_per_event(model, piece, 1)
    assert told[-1] == 1
    assert len(told) == OPTIONS.passes
    for name, weight in model.model.weights.items():
        np.testing.assert_array_equal(weight, before[name])


def test_what_else_the_model_is_stays(model, pieces):
    learned = adapted(model, pieces, 0, OPTIONS, 0)
    assert (learned.name, learned.styles, learned.about) == ("small", ("plain", "fancy"), {"licence": "none"})
    assert learned.config == model.config


def test_two_pieces_are_learned_each_from_its_beginning(model, pieces):
    """Twice the same piece is not one of twice the length: at its second beginning nothing was heard yet."""
    first = pieces[0]
    learned = adapted(model, [first, first], 0, OPTIONS, 0)
    as_one = adapted(model, [np.concatenate([first, first])], 0, OPTIONS, 0)
    assert bits_per_event(learned, first, 0) != bits_per_event(as_one, first, 0)
    assert bits_per_event(learned, first, 0) < bits_per_event(model, first, 0)


def test_the_same_random_seed_gives_the_same_model(model, pieces):
    first, again, other = (adapted(model, pieces, 0, OPTIONS, seed).model.weights for seed in (3, 3, 4))
    for name, weight in first.items():
        np.testing.assert_array_equal(weight, again[name])
    assert any((weight != other[name]).any() for name, weight in first.items())


def test_a_seed_is_learned_as_far_as_it_is_to_stay(model, pieces):
    seed = pieces[0]
    free, near, nearest = (adapted_to_seed(model, seed, 0, stay) for stay in (0.0, 0.5, 1.0))
    assert free is model
    assert bits_per_event(nearest, seed, 0) < bits_per_event(near, seed, 0) < bits_per_event(model, seed, 0)


def part_of(*bars, pitch=60):
    """A part of 4/4 that plays in each bar the eighths named."""
    return Track(Note(96 * bar + 12 * eighth, pitch, 12, 90) for bar, eighths in enumerate(bars) for eighth in eighths)


@pytest.fixture
def asked(model, monkeypatch):
    """What is learned of a seed of these parts, and how, if the model knows its like."""

    def ask(*parts):
        found = []
        monkeypatch.setattr(adaptation, "adapted", lambda *given, **_: found.append((given[1], given[3])))
        monkeypatch.setattr(adaptation, "bits_per_event", lambda *_: 0.0)
        adapted_to_seed(model, encode(Song(parts)).events[:-1], 0, 0.5)
        ((piece,), options), *_ = found
        return piece, options

    return ask


def test_no_seed_is_drawn_back_to_the_base_farther_than_a_loop_can_bear(asked):
    _, options = asked(part_of((0, 4), (0, 5), (1,), (2,)))
    assert options.decay_to_base == adaptation.MAX_DECAY


def test_a_seed_that_repeats_itself_is_learned_farther_but_not_one_that_has_said_all_twice(asked):
    plain, half, whole = (
        asked(part_of((0, 4), (0, 5), *bars))[1].decay_to_base
        for bars in (((1,), (2,)), ((0, 4), (2,)), ((0, 4), (0, 5)))
    )
    assert half < plain < whole


def test_a_progression_is_learned_as_one_that_begins_again(asked):
    voices = [Note(96 * bar, 48 + bar + 4 * voice, 96, 90) for bar in range(4) for voice in range(3)]
    (piece, _), (other, _) = asked(Track(voices)), asked(Track(voices[::3]))
    assert (len(piece), len(other)) == (2 + 24, 2 + 4)
