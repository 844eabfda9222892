"""The random numbers and draws of tests/vectors, which another program must repeat exactly."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from melodyrnn.generation.random_numbers import RandomNumbers
from melodyrnn.generation.sampling import draw

FOLDER = Path(__file__).parents[1] / "vectors"
NUMBERS, DRAWS = (json.loads((FOLDER / name).read_text("utf-8")) for name in ("random_numbers.json", "draws.json"))


@pytest.mark.parametrize("vector", NUMBERS, ids=lambda vector: str(vector["keys"]))
def test_the_random_numbers_are_those_of_the_vectors(vector: dict[str, Any]) -> None:
    numbers = RandomNumbers(*vector["keys"])
    assert [numbers.random() * 2**53 for _ in vector["numbers"]] == vector["numbers"]


@pytest.mark.parametrize("vector", DRAWS)
def test_the_tokens_are_those_of_the_vectors(vector: dict[str, Any]) -> None:
    logits = np.array([-np.inf if logit is None else logit for logit in vector["logits"]], np.float32)
    assert draw(logits, vector["temperature"], vector["top_p"], vector["number"]) == vector["token"]
