"""The configuration of a network: plain data there and back, and what is refused."""

import json
from dataclasses import replace
from typing import Any

import pytest

from melodyrnn.errors import ModelFileError
from melodyrnn.model.config import FieldConfig, ModelConfig

CONVOLUTION: dict[str, Any] = {"convolved": ("c0", "c1", "c2", "c3"), "period": 2, "filters": 6}
CONFIG = ModelConfig(
    fields=(
        FieldConfig("place", 5, embedded=("ahead",), copies=("ahead",)),
        FieldConfig(
            "pitch", 12, embedded=("rank",), references=("last",), ordinal_size=10, max_distance=3, **CONVOLUTION
        ),
    ),
    inputs=(("place", 6), ("pitch", 13)),
    dense=(("key", 12),),
    head_features=(("last", 10), ("rank", 4), ("ahead", 6), *((name, 65) for name in CONVOLUTION["convolved"])),
    dense_scale=64,
    cell="lstm",
    hidden=8,
    layers=2,
    embedding=7,
    head=5,
)


def changed(**values: Any) -> dict[str, Any]:
    """CONFIG as JSON would bring it, with something else in it."""
    data: dict[str, Any] = json.loads(json.dumps(CONFIG.to_json()))
    return {**data, **values}


def test_a_configuration_survives_json() -> None:
    assert ModelConfig.from_json(changed()) == CONFIG


def test_without_dense_and_head_features_it_survives_json() -> None:
    bare = ModelConfig((FieldConfig("only", 3),), (("only", 4),))
    assert ModelConfig.from_json(json.loads(json.dumps(bare.to_json()))) == bare


def test_every_weight_is_listed_with_its_shape() -> None:
    assert CONFIG.shapes() == {
        "inputs": (19, 7),
        "dense": (12, 7),
        "layer0.w_xh": (32, 7),
        "layer0.w_hh": (32, 8),
        "layer0.b_x": (32,),
        "layer0.b_h": (32,),
        "layer1.w_xh": (32, 8),
        "layer1.w_hh": (32, 8),
        "layer1.b_x": (32,),
        "layer1.b_h": (32,),
        "project.w": (10, 8),
        "project.b": (10,),
        "place.condition": (5, 5),
        "place.embedded": (6, 5),
        "place.out.w": (5, 5),
        "place.out.b": (5,),
        "place.copy.w": (1, 5),
        "place.copy.b": (1,),
        "pitch.embedded": (4, 5),
        "pitch.out.w": (12, 5),
        "pitch.out.b": (12,),
        "pitch.relative.w": (7, 5),
        "pitch.relative.b": (7,),
        "pitch.conv_out.w": (6, 5),
        "pitch.conv_out.b": (6,),
        "pitch.conv.w": (6, 4),
        "pitch.conv.b": (6,),
    }


@pytest.mark.parametrize(("cell", "gates", "parts"), [("rnn", 1, 1), ("gru", 3, 1), ("lstm", 4, 2)])
def test_a_cell_decides_gates_and_state(cell: str, gates: int, parts: int) -> None:
    config = replace(CONFIG, cell=cell)
    assert config.shapes()["layer1.w_hh"] == (gates * 8, 8)
    assert config.state_shape == (parts, 2, 8)


FIELD = changed()["fields"][1]


@pytest.mark.parametrize(
    "data",
    [
        changed(cell="transformer"),
        changed(cell=["gru"]),
        changed(hidden=0),
        changed(hidden=-512),
        changed(hidden=10**9),
        changed(hidden=float("inf")),
        changed(hidden="wide"),
        changed(hidden=None),
        changed(layers=10**6),
        changed(embedding=0),
        changed(head=10**9),
        changed(dense_scale=0),
        changed(fields=[]),
        changed(fields=None),
        changed(fields=["pitch"]),
        changed(fields=[{**FIELD, "size": 0}]),
        changed(fields=[{**FIELD, "size": 10**9}]),
        changed(fields=[{**FIELD, "embedded": ["nowhere"]}]),
        changed(fields=[{**FIELD, "copies": ["nowhere"]}]),
        changed(fields=[{**FIELD, "ordinal_size": 13}]),
        changed(fields=[{**FIELD, "max_distance": -1}]),
        changed(fields=[{**FIELD, "convolved": ["nowhere"] * 4}]),
        changed(fields=[{**FIELD, "period": 0}]),
        changed(fields=[{**FIELD, "period": 3}]),
        changed(fields=[{**FIELD, "period": -2}]),
        changed(fields=[{**FIELD, "filters": 0}]),
        changed(fields=[{**FIELD, "filters": 10**9}]),
        changed(inputs=[]),
        changed(inputs=[["place"]]),
        changed(inputs=[["place", 0]]),
        changed(inputs=7),
        changed(dense=[["key", -1]]),
        changed(head_features=[["last", 10**9]]),
        {name: value for name, value in changed().items() if name != "cell"},
        {},
    ],
    ids=lambda data: " ".join(str(v)[-30:] for k, v in data.items() if v != changed()[k]) or "lacking",
)
def test_what_is_no_configuration_is_refused_in_one_line(data: dict[str, Any]) -> None:
    with pytest.raises(ModelFileError) as caught:
        ModelConfig.from_json(data)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("data", [None, [], "gru", 3])
def test_what_is_not_even_a_mapping_is_refused(data: Any) -> None:
    with pytest.raises(ModelFileError):
        ModelConfig.from_json(data)
