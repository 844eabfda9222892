"""Learning a piece: a copy of a network takes a few passes over what was heard, and then expects its like.

The piece is laid out as a ring and cut into streams that are learned side by side, window by window, at another place
in every pass: many short windows cost less than one long one, since a product for eight streams takes as long as for
two. The gradients are those of `melodyrnn.model.gradients`; the optimizer is Adam (Kingma and Ba 2015) with the length
of the gradient clipped, and, where asked, each weight drawn back to where it began (Li et al. 2018, "L2-SP").
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from melodyrnn.arrays import AnyInts, Floats
from melodyrnn.errors import OptionError
from melodyrnn.model.config import ModelConfig
from melodyrnn.model.gradients import Backpropagation
from melodyrnn.model.modelfile import Weights
from melodyrnn.model.tables import Piece

DEFAULT_STAY = 0.5
UPDATES = 60  # of the weights, at the default stay: what learning a piece takes, be it short or long
EVENTS_A_STREAM, MOST_STREAMS = 40, 8  # a short piece is cut into fewer streams, so that a pass holds some updates
KNOWN_BITS, FOREIGN_BITS = 5.0, 12.0  # an event, of a piece like those of the training and of one like none of them
MUCH_REPETITION, LIKE_FOREIGN = 0.5, 0.6  # a piece that repeats so much is learned like one so foreign, 0 to 1
KNOWN_DECAY, FOREIGN_DECAY = 80.0, 4.0
CHUNK_FLOATS = 65536  # what an update works on at a time: small enough to stay in the cache
MEAN_DECAY, SQUARE_DECAY, TINY = 0.9, 0.99, 1e-8


@dataclass(frozen=True, slots=True)
class LearningOptions:
    """How far to learn a piece. A pass goes over all events, or the last `longest` of them.

    `streams` are learned side by side, `window` events of each between two updates. `decay_to_base` is the part of the
    way back to its base that a weight goes in an update of learning rate 1. `clip` is the longest gradient. `dropout`
    is the part of what enters each layer, and leaves the last, that is left out by chance.
    """

    passes: int = 8
    streams: int = 8
    window: int = 8
    learning_rate: float = 2e-3
    dropout: float = 0.0
    decay_to_base: float = 0.0
    clip: float = 1.0
    longest: int = 1000

    def __post_init__(self) -> None:
        for name, least in {"passes": 0, "streams": 1, "window": 1, "longest": 1}.items():
            if getattr(self, name) < least:
                raise OptionError(f"{name} {getattr(self, name)}: must be {least} or more")
        for name in ("learning_rate", "decay_to_base", "clip"):
            if not 0 <= getattr(self, name) < math.inf:
                raise OptionError(f"{name.replace('_', ' ')} {getattr(self, name):g}: must be 0 or more, and finite")
        if not 0 <= self.dropout < 1:
            raise OptionError(f"dropout {self.dropout:g}: must be 0 or more, and below 1")

    @property
    def events_an_update(self) -> int:
        """How many events there are between two updates, in all streams together."""
        return self.streams * self.window


def options_for(stay: float, bits_per_event: float, events: int, repetition: float = 0.0) -> LearningOptions:
    """How far to learn a piece of so many events, each of so many bits under the base.

    `stay` is 0 to learn nothing, 1 to learn the piece by heart, and at DEFAULT_STAY goes as far as is best for how
    pieces go on: not far with one that the base knows the like of, since what its next bars do not share with the
    first would be forgotten; farther where a piece repeats itself. `repetition`: the part of it, 0 to 1, that was
    there before. OptionError for a `stay` out of its range.
    """
    if not 0 <= stay <= 1:
        raise OptionError(f"stay {stay:g}: must be 0 to 1")
    foreign = min(1.0, max(0.0, (bits_per_event - KNOWN_BITS) / (FOREIGN_BITS - KNOWN_BITS)))
    far = max(foreign, LIKE_FOREIGN * min(1.0, repetition / MUCH_REPETITION))
    decay = KNOWN_DECAY * (FOREIGN_DECAY / KNOWN_DECAY) ** far * min(1.0, (1 - stay) / (1 - DEFAULT_STAY))
    streams = min(MOST_STREAMS, max(1, round(events / EVENTS_A_STREAM)))
    options = LearningOptions(streams=streams, decay_to_base=decay)
    updates_a_pass = min(max(1, events), options.longest) / options.events_an_update
    passes = max(1, round(UPDATES * stay / DEFAULT_STAY / updates_a_pass)) if stay else 0
    return replace(options, passes=passes)


def learn(
    config: ModelConfig,
    weights: Weights,
    piece: Piece,
    options: LearningOptions,
    random_seed: int,
    starts: Sequence[int] = (0,),
    report: Callable[[float], None] | None = None,
) -> Weights:
    """New weights that have learned `piece`; `weights` stay as they are. The same random seed gives the same result.

    A piece may be many, one after the other, of which `starts` are the first events. `report` receives the part done,
    0 to 1, after each pass.
    """
    learner = Learner(config, weights, piece, options, random_seed, starts)
    end = len(piece.events)
    for done in range(options.passes):
        learner.go_over(max(0, end - options.longest), end)
        if report:
            report((done + 1) / options.passes)
    return learner.learned()


class Learner:
    """A network while it learns a piece. Its `options` may be others for the next pass."""

    def __init__(
        self,
        config: ModelConfig,
        weights: Weights,
        piece: Piece,
        options: LearningOptions,
        random_seed: int,
        starts: Sequence[int] = (0,),
    ) -> None:
        self.options, self._network = options, Backpropagation(config, weights, piece, starts)
        self._rng = np.random.default_rng(random_seed)
        self._adam = _Adam(self._network.weights.vector)
        self.learned, self.nats, self.start = self._network.learned, self._network.nats, self._network.start

    def go_over(self, first: int, end: int) -> None:
        """One pass over the events from `first` to before `end`."""
        if end <= first:
            return
        state = None
        for events in windows(end - first, self.options, self._rng):
            if state is None:
                state = self._network.start(events.shape[1])
            _, state = self._network.differentiate(first + events, state, self._masks(events.size))
            self._adam.update(self._network.gradients.vector, self.options)

    def _masks(self, steps: int) -> list[Floats]:
        """The factors of dropout: 0 for a share of the values, and for the others so much that the mean stays."""
        config, left_out = self._network.config, self.options.dropout
        widths = [config.embedding, *[config.hidden] * config.layers] if left_out else []
        kept = [self._rng.random((steps, width), np.float32) >= left_out for width in widths]
        return [mask.astype(np.float32) * np.float32(1 / (1 - left_out)) for mask in kept]


def windows(length: int, options: LearningOptions, rng: np.random.Generator) -> list[AnyInts]:
    """Numbers of events, (T, B) each: a ring of `length`, cut at a place of chance into as many streams as fill a
    window, and into windows of like size. The last of them may go a little way into the next stream.
    """
    streams = min(options.streams, -(-length // options.window))
    each = -(-length // streams)
    steps = -(-each // max(1, round(each / options.window)))
    starts = rng.integers(length) + np.arange(streams) * length // streams
    return [(first + np.arange(min(steps, each - first))[:, None] + starts) % length for first in range(0, each, steps)]


class _Adam:
    """Adam on a vector of weights, which it changes in place."""

    def __init__(self, weights: Floats) -> None:
        self._weights, self._base, self._updates = weights, weights.copy(), 0
        self._mean, self._square = np.zeros_like(weights), np.zeros_like(weights)
        self._free = np.empty(min(CHUNK_FLOATS, len(weights)), np.float32)

    def update(self, gradient: Floats, options: LearningOptions) -> None:
        """One step. `gradient` is used up."""
        self._updates += 1
        length = math.sqrt(float(np.dot(gradient, gradient)))
        scale = min(1.0, options.clip / (length + TINY))
        in_mean = np.float32((1 - MEAN_DECAY) * scale)
        in_square = np.float32((1 - SQUARE_DECAY) * scale * scale)
        unbiased = math.sqrt(1 - SQUARE_DECAY**self._updates)
        step = np.float32(options.learning_rate * unbiased / (1 - MEAN_DECAY**self._updates))
        back = np.float32(min(1.0, options.learning_rate * options.decay_to_base))
        tiny = np.float32(TINY * unbiased)
        for first in range(0, len(gradient), CHUNK_FLOATS):
            chunk = slice(first, first + CHUNK_FLOATS)
            g, mean, square, weights = gradient[chunk], self._mean[chunk], self._square[chunk], self._weights[chunk]
            free = self._free[: len(g)]
            square *= np.float32(SQUARE_DECAY)
            np.multiply(g, g, out=free)
            free *= in_square
            square += free
            mean *= np.float32(MEAN_DECAY)
            g *= in_mean
            mean += g
            np.sqrt(square, out=free)
            free += tiny
            np.divide(mean, free, out=free)
            free *= step
            weights -= free
            if back:
                np.subtract(self._base[chunk], weights, out=free)
                free *= back
                weights += free
