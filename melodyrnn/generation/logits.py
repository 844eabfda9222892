"""The network's logits of the next event, in one stream or in several side by side, in one pass for all of them."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from melodyrnn.arrays import Floats
from melodyrnn.encoding.context import Context
from melodyrnn.encoding.events import FIELDS
from melodyrnn.generation.music_model import MusicModel


class Stream(Protocol):
    """A stream of events, the network's `state` in it, and whether the state has read the last event."""

    context: Context
    state: Floats
    is_read: bool

    @property
    def model(self) -> MusicModel:
        """The network."""


def read(streams: Sequence[Stream]) -> None:
    """Bring the states up to the last events: one step, where that was not taken yet. All streams have one model."""
    unread = [stream for stream in streams if not stream.is_read]
    if not unread:
        return
    model = unread[0].model
    inputs = [[stream.context.inputs[column] for column in model.selection.inputs] for stream in unread]
    dense = [[stream.context.dense[column] for column in model.selection.dense] for stream in unread]
    if len(unread) == 1:
        model.engine.step(unread[0].state, inputs[0], dense[0])
    else:
        state = np.stack([stream.state for stream in unread], -2)
        model.engine.step(state, np.array(inputs, np.int64), np.array(dense, np.int64))
        for number, stream in enumerate(unread):
            stream.state[...] = state[..., number, :]
    for stream in unread:
        stream.is_read = True


class Logits:
    """Those of the next event in each stream: of each field in order, given those drawn before it."""

    def __init__(self, streams: Sequence[Stream]) -> None:
        read(streams)
        self._engine, self._contexts = streams[0].model.engine, [stream.context for stream in streams]
        tops = [stream.state[0, -1] for stream in streams]
        self._projected = self._engine.project(tops[0] if len(tops) == 1 else np.stack(tops))
        self._features: list[list[int]] = [[] for _ in streams]

    def __call__(self, *drawn: Sequence[int]) -> Sequence[Floats]:
        """The fields drawn so far in each stream -> of the next field, (size,) for each stream."""
        index = len(drawn[0])
        field, streams = FIELDS[index], list(zip(self._contexts, drawn, self._features, strict=True))
        if field == "place":
            self._features = [context.features_after_bars(known[0]) for context, known, _ in streams]
        elif field == "pitch":
            self._features = [context.features_at(*known) for context, known, _ in streams]
        elif field == "duration":
            self._features = [context.with_pitch(features, known[3]) for context, known, features in streams]
        if len(drawn) == 1:
            return [self._engine.logits(index, self._projected, drawn[0], self._features[0])]
        columns = list(np.array(drawn, np.int64).T)
        logits: Floats = self._engine.logits(index, self._projected, columns, np.array(self._features, np.int64))
        return list(logits)
