"""Learning from a player: between answers the network learns his calls, a little at a time.

Each time it starts from the weights that it had before any call and learns the last calls, so nothing adds up over an
evening, and what it learns is held near to what it knew (see `melodyrnn.model.learning`). The next call is the judge:
the learned network plays only while it predicts new calls better than the one that has learned nothing.
"""

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from melodyrnn.encoding.context import Context
from melodyrnn.encoding.matrices import FeatureMatrices, feature_row, joined_rows
from melodyrnn.generation import MusicModel
from melodyrnn.model.learning import Learner, options_for

MOST_EVENTS = 192  # the last of the calls: some eight phrases
JUDGES = 16  # the last calls, by which it is judged whether learning helps:
LEAST_GAIN_BITS = 0.3  # whether it saves so much an event
FOREIGN_BITS_PER_EVENT = 8.0  # of a first call that is so unlike what the network knows that learning it will help


class CallLearner:
    """Learns the calls of a player in one style, as far as `stay` says. `model`: the one to play with now."""

    def __init__(self, model: MusicModel, stay: float) -> None:
        self.model = self._base = model
        self._stay = stay
        self._learned: MusicModel | None = None  # the newest that has learned
        self._gains: deque[tuple[float, int]] = deque(maxlen=JUDGES)  # bits that learning saved in a call, its events
        self._calls: deque[list[FeatureMatrices]] = deque()  # a row an event
        self._bits: deque[float] = deque()  # of each call, by the model given
        self._steps: Iterator[None] = iter(())

    def begin_call(self) -> None:
        """The next events are those of a call."""
        self._calls.append([])

    def add(self, context: Context, event: Sequence[int]) -> None:
        """An event of the call, before it is pushed to its stream's context."""
        self._calls[-1].append(feature_row(context, event))

    def end_call(self) -> None:
        """The call is whole: learn it with those before. A learning that is not done yet is given up."""
        if not self._calls[-1]:
            self._calls.pop()  # a single note has no music to learn
            return
        self._calls[-1] = self._calls[-1][-MOST_EVENTS:]
        while sum(map(len, self._calls)) > MOST_EVENTS:
            self._calls.popleft()
            self._bits.popleft()
        self._bits.append(math.nan)
        self._steps = self._learn()

    def step(self) -> bool:
        """Learn a little -> whether there was anything to learn."""
        for _ in self._steps:
            return True
        return False

    def _learn(self) -> Iterator[None]:
        """One step each: to see how well each new call was predicted, to begin, to learn some events, to end."""
        base = self._base
        for number, call in enumerate(self._calls):
            if math.isnan(self._bits[number]):
                self._bits[number] = _bits(base, call)
                yield
                if self._learned and call is self._calls[-1]:
                    self._gains.append((self._bits[number] - _bits(self._learned, call), len(call)))
                    yield
        starts = [0]
        for call in self._calls:
            starts.append(starts[-1] + len(call))
        count = starts.pop()
        options = options_for(self._stay, sum(self._bits) / count, count)
        piece = base.selection(joined_rows([row for call in self._calls for row in call]))
        learner = Learner(base.config, base.model.weights, piece, options, count, starts)
        yield
        spans = -(-count // options.events_an_update)  # one update each, some 15 ms: a request for music waits so long
        for _ in range(options.passes):
            for first, end in pairwise(count * span // spans for span in range(spans + 1)):
                learner.go_over(first, end)
                yield
        self._learned = MusicModel(replace(base.model, weights=learner.learned()), base.name)
        self.model = self._learned if self._helps(count) else base
        yield

    def _helps(self, events: int) -> bool:
        """Whether it predicts a player's calls better to have learned those before."""
        if not self._gains:
            return sum(self._bits) > FOREIGN_BITS_PER_EVENT * events
        saved, judged = map(sum, zip(*self._gains, strict=True))
        return saved > LEAST_GAIN_BITS * judged


def _bits(model: MusicModel, call: list[FeatureMatrices]) -> float:
    """How surprising a call is to a model."""
    columns = model.selection(joined_rows(call))
    return float(model.nll(*(column[:, None] for column in columns)).sum()) / math.log(2)
