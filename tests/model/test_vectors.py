"""The logits of tests/vectors, which another program must compute from the same model files."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from melodyrnn.encoding.matrices import feature_matrices
from melodyrnn.generation import MusicModel
from melodyrnn.model.modelfile import read_model

FOLDER = Path(__file__).parents[1] / "vectors"
VECTORS = json.loads((FOLDER / "logits.json").read_text("utf-8"))
TOLERANCE = 1e-5


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["model"])
def test_the_logits_are_those_of_the_vectors(vector: dict[str, Any]) -> None:
    player = MusicModel(read_model(FOLDER / vector["model"]))
    piece = player.selection(feature_matrices(np.array(vector["events"]), vector["style"]))
    state, compared = player.engine.start(), 0
    for i, (inputs, dense, features, event) in enumerate(zip(*(matrix.tolist() for matrix in piece), strict=True)):
        projected = player.engine.project(player.engine.step(state, inputs, dense))
        for field, expected in enumerate(vector["logits"].get(str(i), [])):
            logits = player.engine.logits(field, projected, event[:field], features)
            np.testing.assert_allclose(logits, expected, rtol=0, atol=TOLERANCE)
            compared += 1
    assert compared == len(event) * len(vector["logits"]) > 12
