"""Towards an event."""

from collections.abc import Sequence

import numpy as np

from melodyrnn.arrays import Floats
from melodyrnn.encoding.events import SIZES, Cursor
from melodyrnn.generation.terms.step import Constants, Step


class Bias:
    """Towards an event, as long as the fields before agree with it: such as an original that is varied."""

    def __init__(self, _: Constants) -> None:
        pass

    def push(self, _: Sequence[int], __: Cursor) -> None:
        """As Follower says: nothing is kept."""

    def mark_as_seed(self, _: Cursor) -> None:
        """As Follower says."""

    def nats(self, step: Step) -> Floats | None:
        """As Follower says."""
        index = len(step.drawn)
        if index >= len(step.bias) or tuple(step.drawn) != tuple(step.bias[:index]):
            return None
        result = np.zeros(SIZES[index], np.float32)
        result[step.bias[index]] = step.bias_nats
        return result
