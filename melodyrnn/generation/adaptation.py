"""A model that has learned some pieces: what it predicts next is more like them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from melodyrnn.encoding.events import EventArray
from melodyrnn.encoding.matrices import FeatureMatrices, feature_matrices
from melodyrnn.generation.music_model import MusicModel
from melodyrnn.generation.progress import listener
from melodyrnn.generation.returning import is_progression, repetition, twice
from melodyrnn.generation.threads import one_thread
from melodyrnn.model.learning import LearningOptions, learn, options_for

MAX_DECAY = 20.0  # likelihood asks for more, but a loop is to go on: docs/experiments/adaptation.md
RETURNED = 0.9  # repetition of a seed that has said all twice: what comes next is as often as not something else


def adapted(
    model: MusicModel,
    pieces: Sequence[EventArray],
    style: int,
    options: LearningOptions,
    random_seed: int,
    report: Callable[[float], None] | None = None,
) -> MusicModel:
    """A model like `model` that has learned `pieces`, (n, 6) events each, in the style of that number.

    `model` stays as it is. The same random seed gives the same model. `report` receives the part done,
    0 to 1.
    """
    features = [model.selection(feature_matrices(piece, style)) for piece in pieces]
    starts = np.cumsum([0, *map(len, pieces[:-1])]).tolist()
    together = FeatureMatrices(*map(np.concatenate, zip(*features, strict=True)))
    with one_thread():
        weights = learn(model.config, model.model.weights, together, options, random_seed, starts, report)
        return MusicModel(replace(model.model, weights=weights), model.name)


def adapted_to_seed(model: MusicModel, events: EventArray, style: int, stay: float) -> MusicModel:
    """A model like `model` that has learned a seed of (n, 6) events, as far as `stay` says; `model` itself for 0."""
    if not stay:
        return model
    learned = twice(events) if is_progression(events) else events
    again = repetition(events)
    has_returned = learned is events and again > RETURNED
    options = options_for(stay, bits_per_event(model, events, style), len(learned), 0.0 if has_returned else again)
    if not has_returned:
        options = replace(options, decay_to_base=min(options.decay_to_base, MAX_DECAY))
    heard = listener()
    if heard:
        heard.learned(0)
    return adapted(model, [learned], style, options, random_seed=0, report=heard.learned if heard else None)


def between(model: MusicModel, learned: MusicModel, share: float) -> MusicModel:
    """A model that has so much of what another has learned since it was `model`, 0 to 1: the weights in between."""
    weights = {
        name: (start + np.float32(share) * (learned.model.weights[name] - start)).astype(start.dtype)
        for name, start in model.model.weights.items()
    }
    return MusicModel(replace(model.model, weights=weights), model.name)


def bits_per_event(model: MusicModel, events: EventArray, style: int) -> float:
    """How surprising a piece of (n, 6) events is to a model, before it learns it."""
    matrices = model.selection(feature_matrices(events, style))
    with one_thread():
        nll = model.nll(*(column[:, None] for column in matrices))
    return float(nll.sum()) / math.log(2) / max(1, len(events))
