"""A small model, in memory."""

import pytest

import models
from melodyrnn.generation import MusicModel
from melodyrnn.live.testing import STYLES


@pytest.fixture(scope="session")
def small_model() -> MusicModel:
    """A small model that has learned nothing, but that the next note is mostly in the same bar."""
    return MusicModel(models.small_model(0, hidden=12, scale=0.2, styles=STYLES, bars={0: 6, 1: 3}), "small")
