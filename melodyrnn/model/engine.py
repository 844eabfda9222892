"""The step engine: the network in numpy, one event at a time or many streams side by side.

At load the embeddings are folded into the first layer's input weights, so that a step looks rows up and adds them; what
remains is one matrix-vector product a layer and a small one a field. It computes what the torch network computes.

Cells, with x the layer's input and h the hidden state before the step (the gates of each stacked in one matrix):

    rnn   h' = tanh(W_xh x + W_hh h + b)
    gru   r, z = sigmoid(W_xh x + W_hh h + b);  n = tanh(W_xh x + b_x + r (W_hh h + b_h));  h' = (1 - z) n + z h
          (Cho et al. 2014, in the form of cuDNN, where the reset gate acts after the matrix)
    lstm  i, f, o = sigmoid(W_xh x + W_hh h + b);  g = tanh(W_xh x + W_hh h + b);  c' = f c + i g;  h' = o tanh(c')
          (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000)
"""

import numpy as np
import numpy.typing as npt

from melodyrnn.model.config import ModelConfig
from melodyrnn.model.modelfile import Weights

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.integer]


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), by tanh so that nothing overflows."""
    return np.tanh(x * np.float32(0.5)) * np.float32(0.5) + np.float32(0.5)


class Engine:
    """Steps a network. `state` arrays, of `config.state_shape` with a batch axis before the last, belong to the caller."""

    def __init__(self, config: ModelConfig, weights: Weights) -> None:
        self.config = config
        first = weights["layer0.w_xh"].T
        self._inputs = weights["inputs"] @ first
        self._numbers = weights["numbers"] @ first / np.float32(config.number_unit) if config.numbers else None
        self._offsets = np.cumsum([0, *(size for _, size in config.inputs[:-1])])
        self._layers = [
            tuple(weights[f"layer{layer}.{name}"] for name in ("w_xh", "w_hh", "b_x", "b_h"))
            for layer in range(config.layers)
        ]
        self._cell = {"rnn": _rnn, "gru": _gru, "lstm": _lstm}[config.cell]
        self._project, self._bias = weights["project.w"], weights["project.b"]
        self._heads = [_Head(config, index, weights) for index in range(len(config.fields))]

    def start(self, batch: int = 1) -> Floats:
        """The state before anything was heard: zeros of (parts, layers, batch, hidden)."""
        parts, layers, hidden = self.config.state_shape
        return np.zeros((parts, layers, batch, hidden), np.float32)

    def step(self, state: Floats, inputs: Ints, numbers: Ints | None = None) -> Floats:
        """Take one event in. inputs (B, columns), numbers (B, width), state changed in place -> top hidden (B, hidden)."""
        x = self._inputs[inputs + self._offsets].sum(1)
        if self._numbers is not None and numbers is not None:
            x += numbers.astype(np.float32) @ self._numbers
        for layer, (w_xh, w_hh, b_x, b_h) in enumerate(self._layers):
            if layer:
                x = state[0, layer - 1] @ w_xh.T
            x += b_x
            self._cell(x, state[0, layer] @ w_hh.T + b_h, state[:, layer])
        return state[0, -1]

    def project(self, top: Floats) -> Floats:
        """(B, hidden) -> (B, fields, head): each field's slice of the hidden state."""
        return (top @ self._project.T + self._bias).reshape(len(top), len(self._heads), -1)

    def logits(self, field: int, projected: Floats, drawn: list[Ints], hints: Ints | None = None) -> Floats:
        """Logits (B, size) of a field, given the tokens (B,) `drawn` for the fields before it and hints (B, columns)."""
        u = projected[:, field]
        for before, tokens in zip(self._heads, drawn, strict=False):
            u = u + before.given[tokens]
        return self._heads[field].logits(u, hints)


class _Head:
    """The weights of one field's head, and its arithmetic."""

    def __init__(self, config: ModelConfig, index: int, weights: Weights) -> None:
        self.field = f = config.fields[index]
        empty = np.zeros((0, config.head), np.float32)
        self.given = weights.get(f"{f.name}.given", empty)
        names = [name for name in ("out", "relative", "copy") if f"{f.name}.{name}.w" in weights]
        self.w = np.concatenate([weights[f"{f.name}.{name}.w"] for name in names])
        self.b = np.concatenate([weights[f"{f.name}.{name}.b"] for name in names])
        self.hints = weights.get(f"{f.name}.hints", empty)
        self.hint_columns = config.hint_columns(f.hints)
        self.hint_offsets = np.cumsum([0, *config.hint_sizes(f.hints)[:-1]])
        self.references, self.copies = config.hint_columns(f.references), config.hint_columns(f.copies)
        self.values = np.arange(f.ordered) + f.widest

    def logits(self, u: Floats, hints: Ints | None) -> Floats:
        f = self.field
        if hints is not None and self.hint_columns:
            u = u + self.hints[hints[:, self.hint_columns] + self.hint_offsets].sum(1)
        out = np.maximum(u, 0) @ self.w.T + self.b
        logits = out[:, : f.size]
        if hints is None:
            return logits
        rows = np.arange(len(out))[:, None]
        for i, column in enumerate(self.references):
            distance = np.clip(self.values - hints[:, column, None], 0, 2 * f.widest)
            logits[:, : f.ordered] += out[rows, f.size + i * f.distances + distance]
        for i, column in enumerate(self.copies):
            candidate = hints[:, column]
            there = np.flatnonzero(candidate < f.size)
            logits[there, candidate[there]] += out[there, i - len(self.copies)]
        return logits


def _rnn(x: Floats, h: Floats, state: Floats) -> None:
    np.tanh(x + h, out=state[0])


def _gru(x: Floats, h: Floats, state: Floats) -> None:
    width = h.shape[1] // 3
    gates = sigmoid(x[:, : 2 * width] + h[:, : 2 * width])
    reset, update = gates[:, :width], gates[:, width:]
    new = np.tanh(x[:, 2 * width :] + reset * h[:, 2 * width :])
    state[0] = new + update * (state[0] - new)


def _lstm(x: Floats, h: Floats, state: Floats) -> None:
    both = x + h
    width = both.shape[1] // 4
    gates = sigmoid(both[:, : 3 * width])
    enter, forget, output = gates[:, :width], gates[:, width : 2 * width], gates[:, 2 * width :]
    state[1] = forget * state[1] + enter * np.tanh(both[:, 3 * width :])
    state[0] = output * np.tanh(state[1])
