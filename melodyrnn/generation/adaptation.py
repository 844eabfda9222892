"""A model that has learned some pieces: what it predicts next is more like them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from melodyrnn.encoding.events import END, FIELDS, EventArray
from melodyrnn.encoding.matrices import FeatureMatrices, feature_matrices
from melodyrnn.generation.music_model import MusicModel
from melodyrnn.generation.threads import one_thread
from melodyrnn.model.learning import Learner, LearningOptions, options_for


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


def adapted_to_seed(model: MusicModel, events: EventArray, style: int, stay: float) -> MusicModel:
    """A model like `model` that has learned a seed of (n, 6) events, as far as `stay` says; `model` itself for 0."""
    if not stay:
        return model
    options = options_for(stay, bits_per_event(model, events, style), len(events), repetition(events))
    return adapted(model, [events], style, options, random_seed=0)


def repetition(events: EventArray) -> float:
    """The part of a piece's second half, in bars of single parts, whose notes were in a bar of that part before.

    Notes are alike if place and pitch are. 0 to 1, and 0 for a piece of no notes.
    """
    notes = events[:, FIELDS.index("pitch")] < END
    bars = np.cumsum(events[:, FIELDS.index("bars")])[notes].tolist()
    contents: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for bar, (_, place, part, pitch, _, _) in zip(bars, events[notes].tolist(), strict=True):
        contents.setdefault((bar, part), []).append((place, pitch))
    known: dict[int, set[tuple[tuple[int, int], ...]]] = {}
    again = []
    for (bar, part), content in contents.items():
        before = known.setdefault(part, set())
        if 2 * bar > bars[-1]:
            again.append(tuple(content) in before)
        before.add(tuple(content))
    return sum(again) / max(1, len(again))


def bits_per_event(model: MusicModel, events: EventArray, style: int) -> float:
    """How surprising a piece of (n, 6) events is to a model, before it learns it."""
    matrices = model.selection(feature_matrices(events, style))
    with one_thread():
        nll = model.nll(*(column[:, None] for column in matrices))
    return float(nll.sum()) / math.log(2) / max(1, len(events))
