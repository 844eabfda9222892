"""Learning from a player: between answers the network learns his calls, a little at a time.

Each time it starts from the model's own weights and learns the last calls, so nothing adds up over an evening, and what
it has learned is held near to what it knew (see `melodyrnn.model.learning`).
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from melodyrnn.encoding.context import Context
from melodyrnn.encoding.matrices import FeatureMatrices, feature_row, joined_rows
from melodyrnn.generation import MusicModel
from melodyrnn.model.learning import Learner, LearningOptions

OPTIONS = LearningOptions(passes=8, learning_rate=2e-3, decay_to_base=20.0)
MOST_EVENTS = 192  # the last of the calls: some eight phrases
EVENTS_AT_ONCE = 64  # one update, some 15 ms: a request for music waits no longer than that


class CallLearner:
    """Learns the calls of a player in one style. `model` is the newest that is ready: at first the one given."""

    def __init__(self, model: MusicModel) -> None:
        self.model = self._base = model
        self._rows: deque[tuple[bool, FeatureMatrices]] = deque(maxlen=MOST_EVENTS)  # (begins a call, event)
        self._begins = False
        self._steps: Iterator[None] = iter(())

    def begin_call(self) -> None:
        """The next events are those of a call."""
        self._begins = True

    def add(self, context: Context, event: Sequence[int]) -> None:
        """An event of the call, before it is pushed to its stream's context."""
        self._rows.append((self._begins, feature_row(context, event)))
        self._begins = False

    def end_call(self) -> None:
        """The call is whole: learn it with those before. A learning that is not done yet is given up."""
        self._steps = self._learn()

    def step(self) -> bool:
        """Learn a little -> whether there was anything to learn."""
        for _ in self._steps:
            return True
        return False

    def _learn(self) -> Iterator[None]:
        """One step each: to begin, to learn some events, to end."""
        begins, rows = zip(*self._rows, strict=True)
        count, base = len(rows), self._base
        piece = base.selection(joined_rows(rows))
        starts = [0, *(number for number, begin in enumerate(begins) if begin and number)]
        learner = Learner(base.config, base.model.weights, piece, OPTIONS, count, starts)
        yield
        spans = -(-count // EVENTS_AT_ONCE)
        for _ in range(OPTIONS.passes):
            for first, end in pairwise(count * span // spans for span in range(spans + 1)):
                learner.go_over(first, end)
                yield
        self.model = MusicModel(replace(base.model, weights=learner.learned()), base.name)
        yield
