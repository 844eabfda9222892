"""Gradients in numpy are those that torch finds, for every cell, kind of head and weight."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from melodyrnn.model.config import FieldConfig, ModelConfig
from melodyrnn.model.gradients import Backpropagation
from melodyrnn.model.modelfile import Weights

CELLS = ("rnn", "gru", "lstm")
CLOSE = 1e-4  # of the largest gradient of a weight


class Piece(NamedTuple):
    """Random columns: music has no part in this."""

    inputs: npt.NDArray[np.int16]
    dense: npt.NDArray[np.uint8]
    head_features: npt.NDArray[np.int16]
    events: npt.NDArray[np.int16]


def config_of(cell: str, rng: np.random.Generator) -> ModelConfig:
    """A small network with some mixture of dense features and heads that embed, copy, measure and convolve."""
    pitch, place, period = int(rng.integers(4, 12)), int(rng.integers(2, 6)), int(rng.choice([2, 3, 6]))
    ordinal_size = int(rng.integers(1, pitch + 1))
    profile = tuple((f"profile_{i}", 65) for i in range(6))
    with_profile, with_relative, with_dense, with_embedded = rng.integers(0, 4, 4) > 0
    convolution: dict[str, Any] = (
        {"convolved": tuple(n for n, _ in profile), "period": period, "filters": 3} if with_profile else {}
    )
    away: dict[str, Any] = {"references": ("reference", "last"), "max_distance": int(rng.integers(0, pitch + 1))}
    return ModelConfig(
        fields=(
            FieldConfig("bars", 3),
            FieldConfig("place", place, ("ahead_1",) if with_embedded else (), ("ahead_1",)),
            FieldConfig(
                "pitch",
                pitch,
                ("rank", "recalled"),
                ("recalled", "again"),
                ordinal_size=ordinal_size,
                **convolution,
                **(away if with_relative else {}),
            ),
            FieldConfig("velocity", 3),
        ),
        inputs=(("place", place + 1), ("pitch", pitch + 1), ("style", 2)),
        dense=(("key", 3), ("sounding", 2)) if with_dense else (),
        head_features=(
            *(("last", ordinal_size), ("reference", ordinal_size), ("rank", 4)),
            *(("ahead_1", place + 1), ("recalled", pitch + 1), ("again", pitch + 1), *profile),
        ),
        dense_scale=64,
        cell=cell,
        hidden=int(rng.integers(1, 9)),
        layers=int(rng.integers(1, 4)),
        embedding=int(rng.integers(1, 8)),
        head=int(rng.integers(2, 8)),
    )


def weights_of(config: ModelConfig, rng: np.random.Generator) -> Weights:
    """Weights as large as trained ones."""
    return {name: rng.normal(0, shape[-1] ** -0.5, shape).astype("f4") for name, shape in config.shapes().items()}


def piece_of(config: ModelConfig, length: int, rng: np.random.Generator) -> Piece:
    """So many random events."""
    sizes = (
        [size for _, size in config.inputs],
        [size for _, size in config.head_features],
        [f.size for f in config.fields],
    )
    inputs, features, events = (rng.integers(0, of, (length, len(of))).astype(np.int16) for of in sizes)
    return Piece(inputs, rng.integers(0, 65, (length, config.dense_width)).astype(np.uint8), features, events)


def by_torch(
    config: ModelConfig,
    weights: Weights,
    piece: Piece,
    events: npt.NDArray[np.int64],
    state: npt.NDArray[np.float32],
    starts: tuple[int, ...] = (0,),
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], Weights]:
    """Nats, the state afterwards, and the gradients of all weights."""
    torch = pytest.importorskip("torch", reason="torch is the train extra")
    from melodyrnn.training.dataset import batch_of
    from melodyrnn.training.network import Network

    network = Network(config, 0.0)
    network.load(weights)
    batch = batch_of([column[events] for column in piece], (~np.isin(events, starts)).astype(np.float32))
    nats, after = network(batch, torch.from_numpy(state))
    nats.sum(-1).mean().backward()
    gradients = {name: network[name].grad for name in config.shapes()}
    zeros = {name: np.zeros(shape, np.float32) for name, shape in config.shapes().items()}
    return (
        nats.detach().numpy(),
        after.detach().numpy(),
        {name: zeros[name] if g is None else g.numpy() for name, g in gradients.items()},
    )


def check(config: ModelConfig, rng: np.random.Generator, length: int, steps: int, streams: int) -> None:
    weights, piece = weights_of(config, rng), piece_of(config, length, rng)
    events = rng.integers(1, length, (steps, streams))
    second = length // 2  # where the second of two pieces begins
    events[events == second] += 1
    events[steps // 2, 0], events[-1, -1] = 0, second
    trained = Backpropagation(config, weights, piece, (0, second))
    state = rng.normal(0, 0.5, trained.start(streams).shape).astype(np.float32)
    nats, after, gradients = by_torch(config, weights, piece, events, state, (0, second))
    found_nats, found_after = trained.differentiate(events, state)
    np.testing.assert_allclose(found_nats, nats, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found_after, after, rtol=1e-4, atol=1e-5)
    zeros = {name: np.zeros(shape, np.float32) for name, shape in config.shapes().items()}
    found = trained.tables.put_back(zeros, trained.gradients.named())
    assert found.keys() == gradients.keys()
    for name, gradient in gradients.items():
        largest = float(np.abs(gradient).max())
        np.testing.assert_allclose(found[name], gradient, rtol=0, atol=CLOSE * largest + 1e-7, err_msg=name)
    only, state_only = trained.nats(events, state)
    np.testing.assert_array_equal(only, found_nats)
    np.testing.assert_array_equal(state_only, found_after)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("random_seed", range(12))
def test_gradients_are_those_of_torch(cell: str, random_seed: int) -> None:
    rng = np.random.default_rng(random_seed)
    check(config_of(cell, rng), rng, length=30, steps=int(rng.integers(1, 7)), streams=int(rng.integers(1, 5)))


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_are_those_of_torch_at_full_width(cell: str) -> None:
    pytest.importorskip("torch", reason="torch is the train extra")
    from melodyrnn.training.recipe import music_config

    check(music_config(cell, hidden=128), np.random.default_rng(1), length=50, steps=8, streams=4)


@pytest.mark.parametrize("cell", CELLS)
def test_every_weight_that_a_piece_reads_has_a_gradient(cell: str) -> None:
    """So that the comparison with torch is one of numbers that are not 0."""
    rng = np.random.default_rng(0)
    while not ((config := config_of(cell, rng)).dense and config.fields[2].convolved and config.fields[2].references):
        continue
    trained = Backpropagation(config, weights_of(config, rng), piece_of(config, 40, rng))
    trained.differentiate(np.arange(40).reshape(10, 4), trained.start(4))
    for name, gradient in trained.gradients.named().items():
        assert np.abs(gradient).max() > 0, name


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_with_dropout_are_those_of_torch(cell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch", reason="torch is the train extra")
    rng = np.random.default_rng(7)
    config = config_of(cell, rng)
    widths = [config.embedding, *[config.hidden] * config.layers]
    masks = [(rng.random((12, width)) > 0.4).astype(np.float32) / np.float32(0.6) for width in widths]
    left = [torch.from_numpy(mask) for mask in masks]
    monkeypatch.setattr("torch.nn.functional.dropout", lambda x, *_: x * left.pop(0).view(x.shape))
    weights, piece, events = weights_of(config, rng), piece_of(config, 30, rng), rng.integers(1, 30, (4, 3))
    trained = Backpropagation(config, weights, piece)
    nats, _, gradients = by_torch(config, weights, piece, events, trained.start(3))
    found, _ = trained.differentiate(events, trained.start(3), masks)
    assert left == []
    np.testing.assert_allclose(found, nats, rtol=1e-4, atol=1e-5)
    for name, rows in trained.tables.rows.items():
        gradients = {**gradients, name: gradients[name][rows]}
    for name, gradient in gradients.items():
        largest = float(np.abs(gradient).max())
        np.testing.assert_allclose(trained.gradients[name], gradient, rtol=0, atol=CLOSE * largest + 1e-7, err_msg=name)


def test_a_step_against_the_gradient_lowers_the_loss() -> None:
    rng = np.random.default_rng(3)
    config = config_of("gru", rng)
    base = weights_of(config, rng)
    kept = {name: weight.copy() for name, weight in base.items()}
    trained = Backpropagation(config, base, piece_of(config, 24, rng))
    events = np.arange(24).reshape(4, 6).T
    before, _ = trained.differentiate(events, trained.start(4))
    trained.weights.vector -= np.float32(0.05) * trained.gradients.vector
    after, _ = trained.nats(events, trained.start(4))
    assert after.sum() < before.sum()
    for name, weight in base.items():
        np.testing.assert_array_equal(weight, kept[name], err_msg="the base was changed")


def test_rows_that_no_event_looks_up_stay_as_they_are() -> None:
    rng = np.random.default_rng(4)
    config = config_of("gru", rng)
    base, piece = weights_of(config, rng), piece_of(config, 3, rng)
    trained = Backpropagation(config, base, piece)
    trained.weights.vector += 1
    learned = trained.learned()
    offsets = np.cumsum([0, *(size for _, size in config.inputs[:-1])])
    read = np.unique(piece.inputs + offsets)
    changed = np.flatnonzero((learned["inputs"] != base["inputs"]).any(1))
    np.testing.assert_array_equal(changed, read)
    assert {name: weight.shape for name, weight in learned.items()} == config.shapes()
