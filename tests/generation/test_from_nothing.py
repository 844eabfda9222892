"""Music from nothing in a shipped style: a chorale comes to rest."""

import numpy as np
import pytest

from melodyrnn.api import shipped_models
from melodyrnn.generation import MusicModel, endings
from melodyrnn.generation.endings import notes_on_tonic
from melodyrnn.model.modelfile import read_model
from models import songs_of


def shipped(name: str) -> MusicModel:
    path = shipped_models().get(name)
    if path is None:
        pytest.skip(f"the shipped model for {name} is not there")
    return MusicModel(read_model(path))


def test_chorales_come_to_rest_on_a_chord_of_the_tonic(monkeypatch: pytest.MonkeyPatch) -> None:
    chorale = shipped("chorale")

    def share() -> float:
        return float(np.mean([notes_on_tonic(song) > 0 for song in songs_of(chorale, None, None, 12)]))

    assert share() >= 0.75
    monkeypatch.setattr(endings, "TONIC_NATS", 0)
    assert share() < 0.6
