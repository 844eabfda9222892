"""The step engine: the network in numpy, one event at a time, one stream or many side by side.

The embeddings are folded into the first layer's input weights, each row when it is first looked up (a piece meets a few
hundred of thousands, so nothing waits for the rest at load). A step then looks rows up and adds them; what remains is
one matrix-vector product a layer and a small one a field, so its time is that of reading those weights once. It
computes the same as the torch network.

Cells, with x the layer's input and h the hidden state before the step (the gates of each stacked in one matrix):

    rnn   h' = tanh(W_xh x + W_hh h + b)
    gru   r, z = sigmoid(W_xh x + W_hh h + b);  n = tanh(W_xh x + b_x + r (W_hh h + b_h));  h' = (1 - z) n + z h
          (Cho et al. 2014, in the form of cuDNN, where the reset gate acts after the matrix)
    lstm  i, f, o = sigmoid(W_xh x + W_hh h + b);  g = tanh(W_xh x + W_hh h + b);  c' = f c + i g;  h' = o tanh(c')
          (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000)

Shapes: `...` is () for one stream, which costs least, or (B,) for B streams side by side. Up to STREAMS of them are
computed each as it would be alone, to the bit: a product of two matrices rounds otherwise than one of a matrix and a
vector. They still cost much less, since every other operation is done once for all, and a matrix stays at hand.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from melodyrnn.arrays import AnyInts, Floats
from melodyrnn.model.config import ModelConfig
from melodyrnn.model.modelfile import Weights

STREAMS = 16
Row = AnyInts | Sequence[int]
_ZERO = np.zeros((), np.float32)  # made once: a Python 0 would be made an array at every step


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), by tanh so that nothing overflows."""
    y: Floats = np.tanh(x * np.float32(0.5))
    y *= np.float32(0.5)
    y += np.float32(0.5)
    return y


def _product(w: Floats, x: Floats) -> Floats:
    """(out, in), (in,) or (rows, in) -> (out,) or (rows, out). For one vector `w` is read as it lies in memory.

    By `dot`, since `@` may warn of what a processor did in unused lanes.
    """
    if x.ndim == 1 or len(x) > STREAMS:
        product: Floats = np.dot(w, x) if x.ndim == 1 else np.dot(x, w.T)
        return product
    product = np.empty((len(x), len(w)), np.float32)
    for row, out in zip(x, product, strict=True):
        np.dot(w, row, out)
    return product


def _taken(out: Floats, places: AnyInts) -> Floats:
    """(..., n) values at (..., rows, width) places of the last axis."""
    if out.ndim == 1:
        return out.take(places)
    return out.ravel().take(places + np.arange(0, out.size, out.shape[1])[:, None, None])


@cache
def _ones(n: int) -> Floats:
    return np.ones(n, np.float32)


def _sum_of_rows(table: Floats, index: AnyInts) -> Floats:
    """(n, width), (..., columns) -> (..., width). For few streams products with ones, the quickest sums there are."""
    rows = table.take(index, 0)
    if index.ndim == 1:
        return _product(rows.T, _ones(len(rows)))
    if len(index) > STREAMS:
        total: Floats = rows.sum(-2)
        return total
    return np.stack([_product(each.T, _ones(len(each))) for each in rows])


class Engine:
    """Steps a network. `state` arrays, as `start` makes them, belong to the caller: copy one to return to it later."""

    def __init__(self, config: ModelConfig, weights: Weights) -> None:
        self.config = config
        self._inputs = _FoldedRows(weights["inputs"], weights["layer0.w_xh"])
        self._offsets = np.cumsum([0, *(size for _, size in config.inputs[:-1])])
        self._dense: Floats | None = None
        if config.dense:
            self._dense = (weights["dense"] @ weights["layer0.w_xh"].T / np.float32(config.dense_scale)).T
        self._layers = [
            tuple(weights[f"layer{layer}.{name}"] for name in ("w_xh", "w_hh", "b_x", "b_h"))
            for layer in range(config.layers)
        ]
        self._cell = {"rnn": _rnn, "gru": _gru, "lstm": _lstm}[config.cell]
        self._project, self._bias = weights["project.w"], weights["project.b"]
        self._heads = [_Head(config, index, weights) for index in range(len(config.fields))]

    def start(self, batch: int | None = None) -> Floats:
        """The state before the first event: zeros of (parts, layers, hidden), or (parts, layers, batch, hidden)."""
        parts, layers, hidden = self.config.state_shape
        return np.zeros((parts, layers, hidden) if batch is None else (parts, layers, batch, hidden), np.float32)

    def step(self, state: Floats, inputs: Row, dense: Row | None = None) -> Floats:
        """Take one event in. inputs (..., columns), dense (..., width), state changed in place -> (..., hidden).

        The result is the top layer of `state`, not a copy.
        """
        x = self._inputs.sum(np.add(inputs, self._offsets))
        if self._dense is not None and dense is not None:
            x += _product(self._dense, np.asarray(dense, np.float32))
        for layer, (w_xh, w_hh, b_x, b_h) in enumerate(self._layers):
            if layer:
                x = _product(w_xh, state[0, layer - 1])
            x += b_x
            h = _product(w_hh, state[0, layer])
            h += b_h
            self._cell(x, h, state[:, layer])
        top: Floats = state[0, -1]
        return top

    def project(self, top: Floats) -> Floats:
        """(..., hidden) -> (..., fields, head): each field's slice of the hidden state."""
        projected = _product(self._project, top)
        projected += self._bias
        return projected.reshape(*top.shape[:-1], len(self._heads), -1)

    def logits(
        self,
        field: int,
        projected: Floats,
        drawn: Sequence[int] | Sequence[AnyInts],
        features: Row | None = None,
    ) -> Floats:
        """Logits (..., size) of a field, given tokens (...) `drawn` for those before it.

        features (..., columns): the head features, up to the last column that the head of this field reads.
        """
        return self._heads[field].logits(projected[..., field, :], drawn, features)


class _FoldedRows:
    """rows (n, embedding) @ w.T (embedding, gates), each row worked out when it is first needed, and kept."""

    def __init__(self, rows: Floats, w: Floats) -> None:
        self._rows, self._w = rows, w
        self._folded = np.empty((len(rows), len(w)), np.float32)
        self._known = np.zeros(len(rows), bool)

    def sum(self, index: AnyInts) -> Floats:
        """Rows (..., columns) -> their sum (..., gates)."""
        known = self._known.take(index)
        if not known.all():
            for row in np.unique(index[~known]):  # one by one: a row's last bits then depend on no other
                self._folded[row] = self._w @ self._rows[row]
                self._known[row] = True
        return _sum_of_rows(self._folded, index)


class _Head:
    """The weights of one field's head, and its arithmetic."""

    def __init__(self, config: ModelConfig, index: int, weights: Weights) -> None:
        self.field = f = config.fields[index]
        before = [weights[f"{other.name}.condition"] for other in config.fields[:index]]
        tables = [*before, weights.get(f"{f.name}.embedded", np.zeros((0, config.head), np.float32))]
        self.rows = np.concatenate(tables)  # by the fields before this one, then by its embedded features
        self.offsets = np.cumsum([0, *(len(condition) for condition in before), *config.head_sizes(f.embedded)])
        self.embedded, self.copies = config.head_columns(f.embedded), config.head_columns(f.copies)
        self.references = config.head_columns(f.references)
        origins = np.arange(max(config.head_sizes(f.references), default=0))[:, None]
        distances = np.clip(np.arange(f.ordinal_size) - origins, -f.max_distance, f.max_distance)  # [reference, value]
        self.distances = distances + f.max_distance + f.size  # where in the outputs those of the first reference stand
        self.parts = np.arange(0, len(f.references) * f.distances, f.distances)[:, None]
        self.convolved = config.head_columns(f.convolved)
        if f.convolved:
            first = f.size + len(f.references) * f.distances
            self.conv_out = slice(first, first + f.filters)
            rotation, group, place = np.ogrid[: f.period, 0 : len(f.convolved) : f.period, : f.period]
            self.rotated = (group + (rotation + place) % f.period).reshape(f.period, -1)  # [value, column]
            self.places = np.arange(f.ordinal_size) % f.period
            self.conv_w = weights[f"{f.name}.conv.w"].T / np.float32(config.dense_scale)
            self.conv_b = weights[f"{f.name}.conv.b"]
        names = [name for name in ("out", "relative", "conv_out", "copy") if f"{f.name}.{name}.w" in weights]
        self.w = np.concatenate([weights[f"{f.name}.{name}.w"] for name in names])
        self.b = np.concatenate([weights[f"{f.name}.{name}.b"] for name in names])

    def logits(self, u: Floats, drawn: Sequence[int] | Sequence[AnyInts], features: Row | None) -> Floats:
        f, one = self.field, u.ndim == 1
        columns: Any = features if one or features is None else np.asarray(features).T
        known = [*drawn] if columns is None else [*drawn, *(columns[column] for column in self.embedded)]
        if known:
            u = u + _sum_of_rows(self.rows, np.array(known).T + self.offsets[: len(known)])
        out = _product(self.w, np.maximum(u, _ZERO))
        out += self.b
        logits = out[..., : f.size]
        if columns is None:
            return logits
        if self.references:
            origins = np.array([columns[column] for column in self.references]).T  # (..., references)
            places = self.distances[origins] + self.parts
            logits[..., : f.ordinal_size] += _taken(out, places).sum(-2)
        if self.convolved:
            profile = np.array([columns[column] for column in self.convolved], np.float32).T.take(self.rotated, -1)
            found = np.tanh(profile @ self.conv_w + self.conv_b)  # (..., period, filters)
            logits[..., : f.ordinal_size] += (found @ out[..., self.conv_out, None])[..., 0].take(self.places, -1)
        for i, column in enumerate(self.copies, -len(self.copies)):
            candidate = columns[column]
            if not one:
                there = np.flatnonzero(candidate < f.size)
                logits[there, candidate[there]] += out[there, i]
            elif candidate < f.size:
                logits[candidate] += out[i]
        return logits


def _rnn(x: Floats, h: Floats, state: Floats) -> None:
    np.tanh(x + h, out=state[0])


def _gru(x: Floats, h: Floats, state: Floats) -> None:
    width = h.shape[-1] // 3
    gates = sigmoid(x[..., : 2 * width] + h[..., : 2 * width])
    reset, update = gates[..., :width], gates[..., width:]
    reset *= h[..., 2 * width :]
    reset += x[..., 2 * width :]
    new = np.tanh(reset)
    kept = state[0]
    kept -= new
    kept *= update
    kept += new


def _lstm(x: Floats, h: Floats, state: Floats) -> None:
    both = x + h
    width = both.shape[-1] // 4
    gates = sigmoid(both[..., : 3 * width])
    enter, forget, output = gates[..., :width], gates[..., width : 2 * width], gates[..., 2 * width :]
    state[1] = forget * state[1] + enter * np.tanh(both[..., 3 * width :])
    state[0] = output * np.tanh(state[1])
