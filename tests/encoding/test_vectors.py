"""The features of tests/vectors, which another program must find too, to the last integer."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from melodyrnn.encoding.events import ENCODING_VERSION
from melodyrnn.encoding.features import DENSE_FEATURES, HEAD_FEATURES, INPUT_FEATURES, sized
from melodyrnn.encoding.matrices import feature_matrices

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "features.json").read_text("utf-8"))
TABLES = {"inputs": INPUT_FEATURES, "dense": DENSE_FEATURES, "head_features": HEAD_FEATURES}


def test_the_columns_are_those_of_the_vectors() -> None:
    assert VECTORS["encoding_version"] == ENCODING_VERSION
    for name, table in TABLES.items():
        assert VECTORS["columns"][name] == [[*column] for column in sized(table)]


@pytest.mark.parametrize("piece", VECTORS["pieces"], ids=lambda piece: piece["name"])
def test_the_features_are_those_of_the_vectors(piece: dict[str, Any]) -> None:
    found = feature_matrices(np.array(piece["events"]), piece["style"])
    for name in TABLES:
        assert getattr(found, name).tolist() == piece[name], name


def test_every_column_takes_several_values_in_the_vectors() -> None:
    for name in TABLES:
        values = np.concatenate([piece[name] for piece in VECTORS["pieces"]])
        assert (values.min(0) < values.max(0)).all(), name
