"""A model that has learned some pieces: what it predicts next is more like them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from melodyrnn.encoding.events import EventArray
from melodyrnn.encoding.matrices import FeatureMatrices, feature_matrices
from melodyrnn.generation.music_model import MusicModel
from melodyrnn.generation.threads import one_thread
from melodyrnn.model.learning import Learner, LearningOptions


def adapted(
    model: MusicModel,
    pieces: Sequence[EventArray],
    style: int,
    options: LearningOptions,
    random_seed: int,
    report: Callable[[float], None] | None = None,
) -> MusicModel:
    """A model like `model` that has learned `pieces`, (n, 6) events each, in the style of that number.

    `model` stays as it is. The same random seed gives the same model. `report` is told the part done, 0 to 1.
    """
    features = [model.selection(feature_matrices(piece, style)) for piece in pieces]
    starts = np.cumsum([0, *map(len, pieces[:-1])])
    together = FeatureMatrices(*map(np.concatenate, zip(*features, strict=True)))
    with one_thread():
        learner = Learner(model.config, model.model.weights, together, options, random_seed, starts.tolist())
        end = len(together.events)
        for done in range(options.passes):
            learner.go_over(max(0, end - options.longest), end)
            if report:
                report((done + 1) / options.passes)
        return MusicModel(replace(model.model, weights=learner.learned()), model.name)


def bits_per_event(model: MusicModel, events: EventArray, style: int) -> float:
    """How surprising a piece of (n, 6) events is to a model, before it learns it."""
    matrices = model.selection(feature_matrices(events, style))
    with one_thread():
        nll = model.nll(*(column[:, None] for column in matrices))
    return float(nll.sum()) / math.log(2) / max(1, len(events))
