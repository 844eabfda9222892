"""How likely a model finds music while it learns it: each event is scored before anything is learned from it."""

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from melodyrnn.encoding.events import EventArray
from melodyrnn.encoding.matrices import feature_matrices
from melodyrnn.generation import MusicModel
from melodyrnn.generation.threads import one_thread
from melodyrnn.model.learning import DEFAULT_STAY, Learner, LearningOptions, options_for

EVENTS_SCORED = 32  # before the model learns again
EVENTS_LEARNED = 8 * EVENTS_SCORED  # each time: each event is learned so often


def adapting_bits_of_pieces(
    model: MusicModel,
    pieces: Sequence[EventArray],
    styles: Sequence[int],
    report: Callable[[float], None] | None = None,
) -> Iterator[tuple[int, npt.NDArray[np.float64]]]:
    """As `likelihood.bits_of_pieces`, but the model learns as it goes: it starts from its own weights in each piece."""
    total, done = sum(map(len, pieces)), 0
    for index, (events, style) in enumerate(zip(pieces, styles, strict=True)):
        yield index, adapting_bits(model, events, style)
        done += len(events)
        if report:
            report(done / total)


def adapting_bits(model: MusicModel, events: EventArray, style: int) -> npt.NDArray[np.float64]:
    """A piece of (n, 6) events -> (n, 6) bits. The same each time.

    How far it learns follows at any time from how surprising the piece is so far, as for a seed. Each time it goes over
    the last EVENTS_LEARNED once.
    """
    piece, length = model.selection(feature_matrices(events, style)), len(events)
    with one_thread():
        as_it_is = model.nll(*(column[:, None] for column in piece)).sum((1, 2)) / math.log(2)
        learner = Learner(model.config, model.model.weights, piece, LearningOptions(), 0)
        state, nll = learner.start(1), []
        for first in range(0, length, EVENTS_SCORED):
            end = min(length, first + EVENTS_SCORED)
            found, state = learner.nats(np.arange(first, end)[:, None], state)
            nll.append(found[:, 0])
            learner.options = options_for(DEFAULT_STAY, float(as_it_is[:end].mean()), EVENTS_LEARNED)
            learner.go_over(max(0, end - EVENTS_LEARNED), end)
    return np.concatenate(nll).astype(np.float64) / math.log(2)
