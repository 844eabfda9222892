"""A small model, in memory."""

import numpy as np
import pytest

from melodyrnn.encoding.events import ENCODING_VERSION
from melodyrnn.generation import MusicModel
from melodyrnn.live.testing import STYLES
from melodyrnn.model.modelfile import Model
from melodyrnn.training.recipe import music_config


@pytest.fixture(scope="session")
def small_model() -> MusicModel:
    """A small model that has learned nothing, but that the next note is mostly in the same bar."""
    config = music_config(hidden=12, layers=1, embedding=8)
    rng = np.random.default_rng(0)
    weights = {name: rng.normal(0, 0.2, shape).astype(np.float32) for name, shape in config.shapes().items()}
    weights["bars.out.b"][:2] += (6, 3)
    return MusicModel(Model(config, weights, ENCODING_VERSION, STYLES, {}), "small")
