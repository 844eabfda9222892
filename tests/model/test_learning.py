"""A network that has learned a piece expects its like; the base stays as it is, and a random seed repeats itself."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.errors import OptionError
from melodyrnn.model.config import FieldConfig, ModelConfig
from melodyrnn.model.learning import (
    DEFAULT_STAY,
    MOST_STREAMS,
    UPDATES,
    Learner,
    LearningOptions,
    learn,
    options_for,
    windows,
)
from melodyrnn.model.modelfile import Weights


class Piece(NamedTuple):
    """Columns of any origin."""

    inputs: npt.NDArray[np.int64]
    dense: npt.NDArray[np.int64]
    head_features: npt.NDArray[np.int64]
    events: npt.NDArray[np.int64]


CONFIG = ModelConfig(
    (FieldConfig("place", 6, ("ahead",), ("ahead",)), FieldConfig("pitch", 9)),
    inputs=(("place", 6), ("pitch", 9)),
    dense=(("key", 2),),
    head_features=(("ahead", 7),),
    hidden=12,
    layers=2,
    embedding=6,
    head=8,
)


def pattern(length: int) -> Piece:
    """A scale up and down, each event given the one before."""
    steps = np.arange(length)
    events = np.stack([steps % 6, np.abs(steps % 16 - 8)], 1)
    return Piece(np.roll(events, 1, 0), np.ones((length, 2), np.int64), (steps[:, None] + 1) % 7, events)


def weights(random_seed: int = 0) -> Weights:
    rng = np.random.default_rng(random_seed)
    return {name: rng.normal(0, 0.3, shape).astype(np.float32) for name, shape in CONFIG.shapes().items()}


def nats(learned: Weights, piece: Piece) -> float:
    """Of the whole piece, heard from its beginning, per event."""
    network = Learner(CONFIG, learned, piece, LearningOptions(), 0)
    found, _ = network.nats(np.arange(len(piece.events))[:, None], network.start(1))
    return float(found.sum()) / len(piece.events)


def test_a_piece_that_was_learned_is_expected_and_the_base_is_untouched() -> None:
    base, piece = weights(), pattern(60)
    kept = {name: weight.copy() for name, weight in base.items()}
    learned = learn(CONFIG, base, piece, LearningOptions(passes=150, learning_rate=0.01), 1)
    assert nats(learned, piece) < nats(base, piece) / 3
    for name, weight in base.items():
        np.testing.assert_array_equal(weight, kept[name])
        assert not np.shares_memory(weight, learned[name])


def test_the_same_random_seed_gives_the_same_weights() -> None:
    first, again, other = (learn(CONFIG, weights(), pattern(50), LearningOptions(), seed) for seed in (5, 5, 6))
    for name, weight in first.items():
        np.testing.assert_array_equal(weight, again[name])
    assert any((weight != other[name]).any() for name, weight in first.items())


def test_no_passes_learn_nothing() -> None:
    base = weights()
    learned = learn(CONFIG, base, pattern(50), LearningOptions(passes=0), 1)
    for name, weight in base.items():
        np.testing.assert_array_equal(weight, learned[name])


def test_of_a_long_piece_the_last_events_are_learned() -> None:
    whole, options = pattern(90), LearningOptions(longest=30)
    learned = learn(CONFIG, weights(), whole, options, 1)["place.out.w"]
    changed = Piece(*(np.concatenate([column[:60] * 0, column[60:]]) for column in whole))
    np.testing.assert_array_equal(learned, learn(CONFIG, weights(), changed, options, 1)["place.out.w"])
    changed = Piece(*(np.concatenate([column[:61] * 0, column[61:]]) for column in whole))
    assert not np.array_equal(learned, learn(CONFIG, weights(), changed, options, 1)["place.out.w"])


def test_weights_stay_nearer_to_their_base_with_more_decay() -> None:
    def distance(decay: float) -> float:
        base = weights()
        learned = learn(CONFIG, base, pattern(50), LearningOptions(passes=20, decay_to_base=decay), 1)
        return float(sum(np.square(learned[name] - weight).sum() for name, weight in base.items()))

    assert distance(200.0) < 0.5 * distance(20.0) < 0.5 * distance(0.0)


def test_dropout_leaves_a_piece_less_known_by_heart() -> None:
    def learned(dropout: float) -> float:
        options = LearningOptions(passes=60, learning_rate=0.01, dropout=dropout)
        return nats(learn(CONFIG, weights(), pattern(50), options, 1), pattern(50))

    assert learned(0.0) < learned(0.5) < nats(weights(), pattern(50))


@given(st.integers(1, 200), st.integers(1, 9), st.integers(1, 40), st.integers(0, 99))
def test_a_pass_goes_over_every_event_and_over_few_twice(length: int, streams: int, window: int, seed: int) -> None:
    options = LearningOptions(streams=streams, window=window)
    found = windows(length, options, np.random.default_rng(seed))
    times = np.bincount(np.concatenate([events.reshape(-1) for events in found]), minlength=length)
    assert len(times) == length
    assert times.min() == 1
    assert times.sum() < length + streams
    assert max(len(events) for events in found) <= 2 * window
    for before, after in pairwise(found):
        np.testing.assert_array_equal((before[-1] + 1) % length, after[0])


def test_a_step_is_that_of_adam_in_torch() -> None:
    torch = pytest.importorskip("torch", reason="torch is the train extra")
    from melodyrnn.training.dataset import batch_of
    from melodyrnn.training.network import Network

    piece, base, options = pattern(24), weights(), LearningOptions(passes=5, streams=4, window=6, clip=0.5)
    network = Network(CONFIG, 0.0)
    network.load(base)
    optimizer = torch.optim.Adam(network.parameters(), lr=options.learning_rate, betas=(0.9, 0.99))
    rng = np.random.default_rng(3)
    for _ in range(options.passes):
        for events in windows(24, options, rng):
            batch = batch_of([column[events] for column in piece], (events > 0).astype(np.float32))
            found, _ = network(batch, network.start(events.shape[1]))
            optimizer.zero_grad()
            found.sum(-1).mean().backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), options.clip)
            optimizer.step()
    learned = learn(CONFIG, base, piece, options, 3)
    for name, weight in network.export().items():
        np.testing.assert_allclose(learned[name], weight, rtol=0, atol=2e-4, err_msg=name)


def test_the_more_it_is_to_stay_the_more_it_learns_and_the_freer() -> None:
    by_stay = [options_for(stay / 10, 6.0, 200) for stay in range(11)]
    passes, decay = [o.passes for o in by_stay], [o.decay_to_base for o in by_stay]
    assert passes[0] == 0 < passes[1]
    assert passes == sorted(passes)
    assert decay == sorted(decay, reverse=True)
    assert decay[10] == 0 < decay[9]


def test_of_a_foreign_piece_more_is_learned_than_of_one_that_is_known() -> None:
    decay = [options_for(DEFAULT_STAY, bits, 200).decay_to_base for bits in (0.0, 2.0, 6.0, 9.0, 20.0, 99.0)]
    assert decay == sorted(decay, reverse=True)
    assert decay[0] > 2 * decay[-1] > 0


def test_of_a_piece_that_repeats_itself_more_is_learned() -> None:
    found = [options_for(DEFAULT_STAY, 3.0, 200, repetition) for repetition in (0.0, 0.2, 0.5, 1.0)]
    decay = [o.decay_to_base for o in found]
    assert decay[0] > decay[1] > decay[2] == decay[3] > 0
    assert options_for(DEFAULT_STAY, 99.0, 200, 1.0) == options_for(DEFAULT_STAY, 99.0, 200)


@pytest.mark.parametrize("stay", [0.25, DEFAULT_STAY, 1.0])
def test_every_piece_is_learned_in_about_as_many_updates(stay: float) -> None:
    wanted = UPDATES * stay / DEFAULT_STAY
    for events in (10, 20, 36, 60, 90, 150, 199, 200, 300, 600):
        options = options_for(stay, 6.0, events)
        rng = np.random.default_rng(0)
        updates = sum(len(windows(events, options, rng)) for _ in range(options.passes))
        assert 0.7 * wanted < updates < 1.3 * wanted, events


def test_a_long_piece_takes_no_longer_to_learn_than_a_shorter_one() -> None:
    at_most = UPDATES * MOST_STREAMS * LearningOptions().window
    for events in (1, 100, 300, 1000, 9000):
        options = options_for(DEFAULT_STAY, 6.0, events)
        assert options.passes >= 1
        assert options.passes * min(events, options.longest) <= 1.1 * at_most
    assert options_for(0.01, 6.0, 1000).passes == 1
    assert options_for(0.0, 6.0, 1000).passes == 0


@pytest.mark.parametrize("stay", [-0.1, 1.1, float("nan")])
def test_a_stay_out_of_its_range_is_refused(stay: float) -> None:
    with pytest.raises(OptionError, match="must be 0 to 1"):
        options_for(stay, 6.0, 100)


@pytest.mark.parametrize(
    "name", ["passes", "streams", "window", "learning_rate", "dropout", "decay_to_base", "clip", "longest"]
)
def test_an_option_below_its_range_is_refused(name: str) -> None:
    with pytest.raises(OptionError, match="-1"):
        LearningOptions(**{name: -1})
