"""A model that learns a piece as it goes: each event is scored before it is learned."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from melodyrnn.encoding.events import ENCODING_VERSION, encode  # noqa: E402
from melodyrnn.evaluation.adapting import EVENTS_SCORED, adapting_bits  # noqa: E402
from melodyrnn.evaluation.likelihood import bits_of_pieces, evaluate_folder  # noqa: E402
from melodyrnn.generation import MusicModel  # noqa: E402
from melodyrnn.model.modelfile import Model  # noqa: E402
from melodyrnn.music import Note, Song, Track  # noqa: E402
from melodyrnn.training.network import Network  # noqa: E402
from melodyrnn.training.recipe import music_config  # noqa: E402


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(1)
    network = Network(music_config("gru", 24, 1, 16))
    return MusicModel(Model(network.config, network.export(), ENCODING_VERSION, ("a",)))


def ostinato(notes, shift=0):
    """The same four eighths again and again."""
    return encode(Song([Track(Note(12 * i, 60 + shift + 3 * (i % 4), 12, 90) for i in range(notes))])).events


def test_what_is_heard_again_and_again_becomes_likely(model):
    events = ostinato(300)
    bits = adapting_bits(model, events, 0).sum(1)
    ((_, as_it_is),) = bits_of_pieces(model, [events], [0])
    assert np.allclose(bits[:EVENTS_SCORED], as_it_is[:EVENTS_SCORED].sum(1), rtol=1e-3, atol=1e-3)
    assert bits[-50:].mean() < 0.5 * as_it_is[-50:].sum(1).mean()


def test_no_event_is_learned_before_it_is_scored(model):
    events, other = ostinato(200), ostinato(200, shift=12)
    other[: 2 * EVENTS_SCORED] = events[: 2 * EVENTS_SCORED]
    bits, of_other = (adapting_bits(model, piece, 0) for piece in (events, other))
    assert np.allclose(bits[: 2 * EVENTS_SCORED], of_other[: 2 * EVENTS_SCORED], rtol=1e-2, atol=1e-2)
    assert not np.allclose(bits[2 * EVENTS_SCORED :], of_other[2 * EVENTS_SCORED :], rtol=1e-2, atol=1e-2)


def test_it_is_the_same_each_time_and_the_model_stays_as_it_is(model):
    events = ostinato(100)
    before = {name: weight.copy() for name, weight in model.model.weights.items()}
    np.testing.assert_array_equal(adapting_bits(model, events, 0), adapting_bits(model, events, 0))
    for name, weight in model.model.weights.items():
        np.testing.assert_array_equal(weight, before[name])


def test_a_folder_is_scored_so_file_by_file(model, midi_samples):
    told: list[float] = []
    adapting = evaluate_folder(model, midi_samples, report=told.append, adapt=True)
    as_it_is = evaluate_folder(model, midi_samples)
    assert [file.path for file in adapting.files] == [file.path for file in as_it_is.files]
    assert adapting.notes == as_it_is.notes
    assert adapting.bits_per_note < as_it_is.bits_per_note
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)
