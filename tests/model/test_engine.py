"""The engine computes what the torch network computes, for every cell and kind of head, alone and side by side."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from melodyrnn.model.config import FieldConfig, ModelConfig
from melodyrnn.model.engine import STREAMS, Engine, sigmoid
from melodyrnn.model.modelfile import Weights

Ints = npt.NDArray[np.int64]
CLOSE = 1e-5


@st.composite
def configs(draw: Callable[..., Any], cell: str) -> ModelConfig:
    """Small networks with any mixture of dense features and heads that embed, copy, measure and convolve."""
    pitch, place = draw(st.integers(4, 12)), draw(st.integers(2, 6))
    ordinal_size = draw(st.integers(1, pitch))
    features = (
        ("last", ordinal_size),
        ("reference", ordinal_size),
        ("rank", 4),
        ("ahead_1", place + 1),
        ("recalled", pitch + 1),
    )
    profile = tuple((f"profile_{i}", 65) for i in range(6))
    heads = {
        "place": {"embedded": ("ahead_1",), "copies": ("ahead_1",)},
        "pitch": {"embedded": ("rank", "recalled"), "copies": ("recalled",), "references": ("reference", "last")},
    }
    kept = {
        name: {kind: tuple(c for c in columns if draw(st.booleans())) for kind, columns in head.items()}
        for name, head in heads.items()
    }
    max_distance = draw(st.integers(0, pitch)) if kept["pitch"]["references"] else 0
    period = draw(st.sampled_from([0, 2, 3, 6]))
    convolution = {"convolved": tuple(name for name, _ in profile), "period": period, "filters": 3} if period else {}
    return ModelConfig(
        fields=(
            FieldConfig("bars", draw(st.integers(1, 4))),
            FieldConfig("place", place, **kept["place"]),
            FieldConfig(
                "pitch", pitch, **kept["pitch"], **convolution, ordinal_size=ordinal_size, max_distance=max_distance
            ),
            FieldConfig("velocity", 3),
        ),
        inputs=(("place", place + 1), ("pitch", pitch + 1), ("style", 2)),
        dense=draw(st.sampled_from([(), (("key", 3), ("sounding", 2))])),
        head_features=(*features, *profile),
        dense_scale=draw(st.sampled_from([1, 64])),
        cell=cell,
        hidden=draw(st.integers(1, 9)),
        layers=draw(st.integers(1, 3)),
        embedding=draw(st.integers(1, 8)),
        head=draw(st.integers(1, 7)),
    )


def random_weights(config: ModelConfig, rng: np.random.Generator) -> Weights:
    """Weights as large as trained ones: pre-activations of about unit size."""
    return {
        name: rng.normal(0, shape[-1] ** -0.5, shape).astype(np.float32)
        if len(shape) == 2
        else rng.normal(0, 0.5, shape).astype(np.float32)
        for name, shape in config.shapes().items()
    }


def random_rows(
    config: ModelConfig, steps: int, streams: int, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints, Ints]:
    """Inputs, dense, head features and events of (steps, streams, columns)."""

    def tokens(sizes: list[int]) -> Ints:
        return rng.integers(0, sizes, (steps, streams, len(sizes)))

    dense = rng.integers(0, 65, (steps, streams, config.dense_width))
    return (
        tokens([size for _, size in config.inputs]),
        dense,
        tokens([size for _, size in config.head_features]),
        tokens([field.size for field in config.fields]),
    )


def torch_logits(config: ModelConfig, weights: Weights, rows: tuple[Ints, ...]) -> list[npt.NDArray[np.float32]]:
    """For each field (steps, streams, size), by the training network."""
    torch = pytest.importorskip("torch")
    from melodyrnn.training.dataset import Batch
    from melodyrnn.training.network import Network

    network = Network(config).eval()
    network.load(weights)
    inputs, dense, features, events = (torch.from_numpy(array) for array in rows)
    steps, streams = inputs.shape[:2]
    batch = Batch(inputs, dense.float(), features, events, torch.ones(steps, streams, 1))
    with torch.inference_mode():
        top, _ = network.hidden(batch, network.start(streams))
        return [logits.view(steps, streams, -1).numpy() for logits in network.logits(top, batch)]


def engine_logits(engine: Engine, rows: tuple[Ints, ...], stream: int | None) -> list[list[npt.NDArray[np.float32]]]:
    """[step][field] -> (streams, size), or of one stream alone (size,), from plain lists as in playing."""
    alone = stream is not None
    state = engine.start() if alone else engine.start(rows[0].shape[1])
    result = []
    for columns in zip(*rows, strict=True):
        inputs, dense, features, event = [array[stream].tolist() for array in columns] if alone else columns
        projected = engine.project(engine.step(state, inputs, dense))
        drawn = event if alone else list(event.T)
        result.append([engine.logits(field, projected, drawn[:field], features) for field in range(len(drawn))])
    return result


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@settings(max_examples=40)
@given(data=st.data(), seed=st.integers(0, 2**32 - 1), streams=st.integers(1, 4))
def test_engine_equals_torch(cell: str, data: st.DataObject, seed: int, streams: int) -> None:
    config, rng = data.draw(configs(cell)), np.random.default_rng(seed)
    weights = random_weights(config, rng)
    rows = random_rows(config, 5, streams, rng)
    expected = torch_logits(config, weights, rows)
    engine = Engine(config, weights)
    together, last = engine_logits(engine, rows, None), engine_logits(engine, rows, streams - 1)
    for t in range(5):
        for field in range(len(config.fields)):
            np.testing.assert_allclose(together[t][field], expected[field][t], rtol=CLOSE, atol=CLOSE)
            np.testing.assert_allclose(last[t][field], expected[field][t, -1], rtol=CLOSE, atol=CLOSE)


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_engine_equals_torch_at_full_width(cell: str) -> None:
    pytest.importorskip("torch")
    from melodyrnn.training.recipe import music_config

    config, rng = music_config(cell, hidden=256), np.random.default_rng(1)
    weights = random_weights(config, rng)
    rows = random_rows(config, 20, 2, rng)
    expected, engine = torch_logits(config, weights, rows), Engine(config, weights)
    together, alone = engine_logits(engine, rows, None), engine_logits(engine, rows, 0)
    for t in range(20):
        for field in range(len(config.fields)):
            np.testing.assert_allclose(together[t][field], expected[field][t], rtol=CLOSE, atol=2 * CLOSE)
            np.testing.assert_allclose(alone[t][field], expected[field][t, 0], rtol=CLOSE, atol=2 * CLOSE)


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@settings(max_examples=40)
@given(data=st.data(), seed=st.integers(0, 2**32 - 1), streams=st.integers(1, STREAMS))
def test_streams_side_by_side_are_each_as_alone_to_the_bit(
    cell: str, data: st.DataObject, seed: int, streams: int
) -> None:
    config, rng = data.draw(configs(cell)), np.random.default_rng(seed)
    weights = random_weights(config, rng)
    check_each_as_alone(Engine(config, weights), random_rows(config, 4, streams, rng))


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_streams_side_by_side_are_each_as_alone_to_the_bit_at_full_width(cell: str) -> None:
    pytest.importorskip("torch")
    from melodyrnn.training.recipe import music_config

    config, rng = music_config(cell), np.random.default_rng(5)
    engine = Engine(config, random_weights(config, rng))
    for streams in (2, 3, STREAMS):
        check_each_as_alone(engine, random_rows(config, 10, streams, rng))


def check_each_as_alone(engine: Engine, rows: tuple[Ints, ...]) -> None:
    together = engine_logits(engine, rows, None)
    for stream in range(rows[0].shape[1]):
        for both, alone in zip(together, engine_logits(engine, rows, stream), strict=True):
            for x, y in zip(both, alone, strict=True):
                np.testing.assert_array_equal(x[stream], y)


CONFIG = ModelConfig(
    (
        FieldConfig("pitch", 6, ("last",), ("recalled",), ("last",), ordinal_size=5, max_distance=2),
        FieldConfig("velocity", 4),
    ),
    inputs=(("pitch", 7), ("style", 30)),
    head_features=(("last", 5), ("recalled", 7)),
    hidden=8,
    embedding=4,
    head=5,
)


def test_what_was_stepped_before_does_not_change_a_bit() -> None:
    """Rows are folded when first met; the order in which they are met must leave no trace."""
    rng = np.random.default_rng(2)
    weights = random_weights(CONFIG, rng)
    rows = random_rows(CONFIG, 12, 3, rng)
    fresh, used = Engine(CONFIG, weights), Engine(CONFIG, weights)
    engine_logits(used, random_rows(CONFIG, 9, 4, rng), None)
    for a, b in zip(engine_logits(fresh, rows, 1), engine_logits(used, rows, 1), strict=True):
        for x, y in zip(a, b, strict=True):
            np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("batch", [None, 3])
def test_a_copied_state_is_a_place_to_return_to(batch: int | None) -> None:
    rng = np.random.default_rng(3)
    engine = Engine(CONFIG, random_weights(CONFIG, rng))
    shape = (4, 2) if batch is None else (4, batch, 2)
    inputs = rng.integers(0, 7, shape)
    state = engine.start(batch)
    assert not state.any()
    engine.step(state, inputs[0])
    kept = state.copy()
    first = [engine.step(state, row).copy() for row in inputs[1:]]
    again = [engine.step(kept, row).copy() for row in inputs[1:]]
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first[0], first[1])


def test_logits_leave_what_was_projected_alone() -> None:
    """A caller may draw a field twice from the same projection."""
    rng = np.random.default_rng(4)
    engine = Engine(CONFIG, random_weights(CONFIG, rng))
    projected = engine.project(engine.step(engine.start(), [1, 2]))
    before = projected.copy()
    first = engine.logits(0, projected, [], [2, 3])
    second = engine.logits(0, projected, [], [2, 3])
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(projected, before)
    first += 1
    np.testing.assert_array_equal(second, engine.logits(0, projected, [], [2, 3]))


def test_sigmoid_overflows_nowhere() -> None:
    with np.errstate(all="raise"):
        y = sigmoid(np.array([-1e30, -20, 0, 20, 1e30], np.float32))
    np.testing.assert_allclose(y, [0, 2.06e-9, 0.5, 1, 1], atol=1e-7)
