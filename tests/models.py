"""Small models for tests: of random weights, or flat, which always give the same odds; and the songs of a model."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from melodyrnn.encoding.events import ENCODING_VERSION
from melodyrnn.generation import MusicModel, Seed
from melodyrnn.generation.continuation import continuing
from melodyrnn.generation.side_by_side import drawn, together
from melodyrnn.model.config import ModelConfig
from melodyrnn.model.modelfile import Model
from melodyrnn.music import Song
from melodyrnn.training.recipe import music_config

Bias = Mapping[int, float] | npt.NDArray[np.floating]
"""What is added to the logits of a field: by token, or to the first tokens in order."""


def small_model(
    random_seed: int | None = None,
    *,
    config: ModelConfig | None = None,
    hidden: int = 16,
    layers: int = 1,
    scale: float = 0.3,
    styles: tuple[str, ...] = ("one",),
    about: Mapping[str, Any] | None = None,
    steering: Mapping[str, Mapping[str, float]] | None = None,
    **biases: Bias,
) -> Model:
    """A network for music; its weights have the standard deviation `scale`, or are 0 without a random seed.

    A bias of a field, such as `bars={0: 3}`, is added to the logits of its tokens.
    """
    config = config or music_config(hidden=hidden, layers=layers, embedding=8)
    rng = np.random.default_rng(random_seed)
    weights = {
        name: np.zeros(shape, np.float32) if random_seed is None else rng.normal(0, scale, shape).astype(np.float32)
        for name, shape in config.shapes().items()
    }
    for field, bias in biases.items():
        logits = weights[f"{field}.out.b"]
        if isinstance(bias, Mapping):
            logits[list(bias)] += np.array(list(bias.values()), np.float32)
        else:
            logits[: len(bias)] += bias.astype(np.float32)
    return Model(config, weights, ENCODING_VERSION, styles, dict(about or {}), dict(steering or {}))


def random_model(random_seed: int = 0, **what: Any) -> MusicModel:
    """A model that has learned nothing: `small_model` of random weights."""
    return MusicModel(small_model(random_seed, **what))


def flat_model(**what: Any) -> MusicModel:
    """A model that always gives the same odds: 0 nats, and the biases of `small_model`."""
    return MusicModel(small_model(**what))


def songs_of(model: MusicModel, seed: Seed | None, bars: int | None, count: int, **what: Any) -> list[Song]:
    """What `continue_song` makes with the random seeds 0, 1 and so on: side by side, for that is quicker."""
    asked = [continuing(model, seed, bars, random_seed=number, **what) for number in range(count)]
    return [made.song for made in drawn(together(asked))]
