"""The gradients of a network in numpy, over a window of steps: what `melodyrnn.training.network` gets from torch.

All weights lie in one vector, and their gradients in another, so that clipping and an optimizer act on all at once; the
weights that are multiplied by the same vector lie side by side, and are multiplied by it together. Only the products
with W_hh are made step by step; all others are made once a window, for all its steps and streams.

Shapes: T steps of B streams are n = T B events, F fields.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import numpy as np

from melodyrnn.arrays import AnyInts, Floats
from melodyrnn.model.config import FieldConfig, ModelConfig
from melodyrnn.model.modelfile import Weights
from melodyrnn.model.tables import Piece, Tables
from melodyrnn.model.unrolling import Unrolled, back, unroll

OUTPUTS = ("out", "relative", "conv_out", "copy")  # of a head, in the order in which they are computed together


class FlatWeights:
    """Arrays by name that are views of one vector, in an order that keeps together what is multiplied together."""

    def __init__(self, config: ModelConfig, shapes: dict[str, tuple[int, ...]]) -> None:
        joined = [f"{field.name}.{name}.{kind}" for field in config.fields for kind in "wb" for name in OUTPUTS]
        joined = ["inputs", "dense", *(name for name in joined if name in shapes)]
        joined = [name for name in joined if name in shapes]
        order = [*joined, *(name for name in shapes if name not in joined)]
        ends = np.cumsum([0, *(int(np.prod(shapes[name])) for name in order)]).tolist()
        self._spans = {name: slice(*span) for name, span in zip(order, pairwise(ends), strict=True)}
        self._shapes = shapes
        self.vector: Floats = np.zeros(ends[-1], np.float32)

    def __getitem__(self, name: str) -> Floats:
        return self.vector[self._spans[name]].reshape(self._shapes[name])

    def joined(self, names: Iterable[str]) -> Floats:
        """Those of the named arrays that there are, which lie side by side, as one."""
        known = [name for name in names if name in self._spans]
        shape = self._shapes[known[0]]
        return self.vector[self._spans[known[0]].start : self._spans[known[-1]].stop].reshape(-1, *shape[1:])

    def named(self) -> dict[str, Floats]:
        """Every array by name."""
        return {name: self[name] for name in self._shapes}


class Backpropagation:
    """A network's loss on windows of one piece, and its gradients. `weights` may be changed between calls, in place.

    Of the embedding tables it holds the rows that the piece looks up; `learned` puts them back into all weights. A
    piece may be many, one after the other, of which `starts` are the first events.
    """

    def __init__(self, config: ModelConfig, weights: Weights, piece: Piece, starts: Sequence[int] = (0,)) -> None:
        self.config, self._piece, self._base = config, piece, weights
        self._goes_on = np.ones(len(piece.events), np.float32)
        self._goes_on[list(starts)] = 0
        self.tables = Tables(config, piece)
        shapes = config.shapes()
        for name, rows in self.tables.rows.items():
            shapes[name] = (len(rows), *shapes[name][1:])
        self.weights, self.gradients = FlatWeights(config, shapes), FlatWeights(config, shapes)
        for name, weight in self.tables.cut(weights).items():
            self.weights[name][:] = weight
        self._heads = [_Head(config, field, self.weights, self.gradients) for field in config.fields]

    def learned(self) -> Weights:
        """All weights as they are now, in arrays of their own."""
        return self.tables.put_back(self._base, self.weights.named())

    def start(self, streams: int) -> Floats:
        """The state before anything was heard: zeros of (layers, parts, B, hidden)."""
        parts, layers, hidden = self.config.state_shape
        return np.zeros((layers, parts, streams, hidden), np.float32)

    def nats(self, events: AnyInts, state: Floats) -> tuple[Floats, Floats]:
        """(T, B) numbers of events -> -log p of their fields (T, B, F), and the state after them. No gradients."""
        return self._window(events, state, with_gradients=False)

    def differentiate(self, events: AnyInts, state: Floats, masks: Sequence[Floats] = ()) -> tuple[Floats, Floats]:
        """As `nats`; and `gradients` become those of the mean over events of the sum over fields.

        Gradients stop at the window's start. A stream that comes to the first event of a piece starts from zeros. What
        enters each layer, and what leaves the last, is multiplied by `masks`, (T B, width) each: how dropout is done.
        """
        return self._window(events, state, masks, with_gradients=True)

    def _window(
        self, events: AnyInts, state: Floats, masks: Sequence[Floats] = (), *, with_gradients: bool
    ) -> tuple[Floats, Floats]:
        config, w = self.config, self.weights
        flat, keep = events.reshape(-1), self._goes_on[events][..., None]
        found: Floats = self.tables.looked_up("inputs", flat)
        if config.dense:
            found = np.hstack([found, self._piece.dense[flat].astype(np.float32) / np.float32(config.dense_scale)])
        inputs = [np.dot(found, w.joined(("inputs", "dense")))]  # what enters each layer, and what leaves the last
        layers = []
        for layer in range(config.layers):
            if masks:
                inputs[-1] *= masks[layer]
            x: Floats = np.dot(inputs[-1], w[f"layer{layer}.w_xh"].T)
            x += w[f"layer{layer}.b_x"]
            w_hh, b_h = w[f"layer{layer}.w_hh"], w[f"layer{layer}.b_h"]
            layers.append(unroll(config.cell, x.reshape(*events.shape, -1), w_hh, b_h, state[layer], keep))
            inputs.append(layers[-1].outputs.reshape(len(flat), -1))
        if masks:
            inputs[-1] *= masks[-1]
        nats, d_top = self._fields(flat, inputs[-1], with_gradients=with_gradients)
        if with_gradients:
            d_inputs = self._layers_back(layers, inputs, keep, d_top, masks)
            np.dot(found.T, d_inputs, out=self.gradients.joined(("inputs", "dense")))
        return nats.reshape(*events.shape, -1), np.stack([layer.after for layer in layers])

    def _layers_back(
        self, layers: list[Unrolled], inputs: list[Floats], keep: Floats, grad: Floats, masks: Sequence[Floats]
    ) -> Floats:
        """From the gradient (n, hidden) of the last layer's output -> (n, embedding) of what enters the first."""
        steps, streams = keep.shape[:2]
        if masks:
            grad *= masks[-1]
        for layer in reversed(range(self.config.layers)):
            w, g = ({name: f[f"layer{layer}.{name}"] for name in _LAYER} for f in (self.weights, self.gradients))
            d_x, d_a = back(self.config.cell, layers[layer], w["w_hh"], keep, grad.reshape(steps, streams, -1))
            d_x, d_a = d_x.reshape(steps * streams, -1), d_a.reshape(steps * streams, -1)
            np.dot(d_a.T, layers[layer].before[:, 0].reshape(steps * streams, -1), out=g["w_hh"])
            np.dot(d_x.T, inputs[layer], out=g["w_xh"])
            d_a.sum(0, out=g["b_h"])
            d_x.sum(0, out=g["b_x"])
            grad = np.dot(d_x, w["w_xh"])
            if masks:
                grad *= masks[layer]
        return grad

    def _fields(self, flat: AnyInts, top: Floats, *, with_gradients: bool) -> tuple[Floats, Floats]:
        """(n,) numbers of events, (n, hidden) -> their nats (n, F), and the gradient (n, hidden)."""
        w, g, fields = self.weights, self.gradients, self.config.fields
        projected = np.dot(top, w["project.w"].T)
        projected += w["project.b"]
        width = self.config.head
        slices = [slice(i * width, (i + 1) * width) for i in range(len(fields))]
        drawn, features = self._piece.events[flat], self._piece.head_features[flat]
        nats = np.empty((len(flat), len(fields)), np.float32)
        condition: Floats | float = 0.0
        looked_up = []
        for i, (field, head) in enumerate(zip(fields, self._heads, strict=True)):
            u = projected[:, slices[i]]
            u += condition
            tables = {n: self.tables.looked_up(n, flat) for n in _tables(field) if n in self.tables.rows}
            looked_up.append(tables)
            if field.embedded:
                u += np.dot(tables[f"{field.name}.embedded"], w[f"{field.name}.embedded"])
            nats[:, i], u[:] = head.differentiate(u, drawn[:, i], features, with_gradients=with_gradients)
            if i + 1 < len(fields):
                condition = condition + np.dot(tables[f"{field.name}.condition"], w[f"{field.name}.condition"])
        if not with_gradients:
            return nats, top
        after = np.zeros_like(projected[:, slices[0]])  # the gradient of all fields after this one
        for i in reversed(range(len(fields))):
            d_u = projected[:, slices[i]]
            for name, found in looked_up[i].items():
                np.dot(found.T, d_u if name.endswith(".embedded") else after, out=g[name])
            after += d_u
        np.dot(projected.T, top, out=g["project.w"])
        projected.sum(0, out=g["project.b"])
        d_top: Floats = np.dot(projected, w["project.w"])
        return nats, d_top


_LAYER = ("w_xh", "w_hh", "b_x", "b_h")


def _tables(field: FieldConfig) -> tuple[str, str]:
    return f"{field.name}.condition", f"{field.name}.embedded"


class _Head:
    """One field's head: its outputs are computed together, as the engine does."""

    def __init__(self, config: ModelConfig, field: FieldConfig, weights: FlatWeights, gradients: FlatWeights) -> None:
        self._field, self._scale = field, np.float32(config.dense_scale)
        names = [[f"{field.name}.{name}.{kind}" for name in OUTPUTS] for kind in "wb"]
        (self._w, self._b), (self._d_w, self._d_b) = ([f.joined(n) for n in names] for f in (weights, gradients))
        self._copies, self._references = config.head_columns(field.copies), config.head_columns(field.references)
        self._convolved = config.head_columns(field.convolved)
        if field.convolved:
            conv = f"{field.name}.conv.w", f"{field.name}.conv.b"
            (self._conv_w, self._conv_b), (self._d_conv_w, self._d_conv_b) = (
                [f[name] for name in conv] for f in (weights, gradients)
            )
            period = field.period
            rotation, group, place = np.ogrid[:period, 0 : len(field.convolved) : period, :period]
            self._rotated = (group + (rotation + place) % period).reshape(period, -1)  # [value, column]
            self._places = np.arange(field.ordinal_size) % period
        sizes = [field.size, len(field.references) * field.distances, field.filters * bool(field.convolved)]
        self._relative_at, self._conv_at, self._copy_at = np.cumsum(sizes).tolist()

    def differentiate(
        self, u: Floats, drawn: AnyInts, features: AnyInts, *, with_gradients: bool
    ) -> tuple[Floats, Floats]:
        """Take u (n, head) before its relu, drawn (n,), head features (n, H) -> nats (n,), and the gradient of u."""
        field, rows = self._field, np.arange(len(u))
        active = np.maximum(u, np.float32(0))
        out = np.dot(active, self._w.T)
        out += self._b
        logits = out[:, : field.size].copy()
        ways_back: list[Callable[[Floats, Floats], None]] = []  # from gradients of the logits to those of `out`
        if field.references:
            ways_back.append(self._add_relative(logits, out, features))
        if field.convolved:
            ways_back.append(self._add_convolution(logits, out, features))
        if self._copies:
            ways_back.append(self._add_copies(logits, out, features))
        logits -= logits.max(1, keepdims=True)
        drawn_logits = logits[rows, drawn]
        np.exp(logits, out=logits)
        total = logits.sum(1, keepdims=True)
        nats = np.log(total[:, 0]) - drawn_logits
        if not with_gradients:
            return nats, u
        logits /= total
        logits[rows, drawn] -= 1
        logits /= np.float32(len(u))
        out[:, : field.size] = logits
        for way in ways_back:
            way(logits, out)
        np.dot(out.T, active, out=self._d_w)
        out.sum(0, out=self._d_b)
        d_u = np.dot(out, self._w)
        d_u *= u > 0
        return nats, d_u

    def _add_relative(self, logits: Floats, out: Floats, features: AnyInts) -> Callable[[Floats, Floats], None]:
        """Add to each value what its distance from each reference says."""
        field, n = self._field, len(logits)
        span = slice(self._relative_at, self._conv_at)
        width = span.stop - span.start
        distance = np.arange(field.ordinal_size) - features[:, self._references, None]
        np.clip(distance, -field.max_distance, field.max_distance, out=distance)
        distance += field.max_distance + np.arange(0, width, field.distances)[:, None]
        places = distance.reshape(n, -1)
        found = np.take_along_axis(out[:, span], places, 1).reshape(distance.shape)
        logits[:, : field.ordinal_size] += found.sum(1)

        def way_back(d_logits: Floats, d_out: Floats) -> None:
            where = (places + np.arange(0, n * width, width)[:, None]).reshape(-1)
            shares = np.broadcast_to(d_logits[:, None, : field.ordinal_size], distance.shape).reshape(-1)
            d_out[:, span] = np.bincount(where, shares, n * width).reshape(n, width)

        return way_back

    def _add_convolution(self, logits: Floats, out: Floats, features: AnyInts) -> Callable[[Floats, Floats], None]:
        """Add to each value the result of the convolution, rotated so that its column comes first."""
        field, n = self._field, len(logits)
        span = slice(self._conv_at, self._copy_at)
        columns = features[:, self._convolved].astype(np.float32) / self._scale
        profile = columns[:, self._rotated].reshape(n * field.period, -1)
        found = np.tanh(np.dot(profile, self._conv_w.T) + self._conv_b)
        by_place = found.reshape(n, field.period, -1)
        gates = out[:, span].copy()
        logits[:, : field.ordinal_size] += (by_place @ gates[:, :, None])[:, self._places, 0]

        def way_back(d_logits: Floats, d_out: Floats) -> None:
            shares = np.zeros((n, -(-field.ordinal_size // field.period) * field.period), np.float32)
            shares[:, : field.ordinal_size] = d_logits[:, : field.ordinal_size]
            d_places = shares.reshape(n, -1, field.period).sum(1)
            d_out[:, span] = (d_places[:, None] @ by_place)[:, 0]
            d_found = (d_places[:, :, None] * gates[:, None]).reshape(found.shape)
            d_found *= 1 - found * found
            np.dot(d_found.T, profile, out=self._d_conv_w)
            d_found.sum(0, out=self._d_conv_b)

        return way_back

    def _add_copies(self, logits: Floats, out: Floats, features: AnyInts) -> Callable[[Floats, Floats], None]:
        """Add to each candidate its gate."""
        gates = range(self._copy_at, self._copy_at + len(self._copies))
        candidates = [features[:, column] for column in self._copies]
        there = [np.flatnonzero(candidate < self._field.size) for candidate in candidates]
        for gate, rows, candidate in zip(gates, there, candidates, strict=True):
            logits[rows, candidate[rows]] += out[rows, gate]

        def way_back(d_logits: Floats, d_out: Floats) -> None:
            for gate, rows, candidate in zip(gates, there, candidates, strict=True):
                d_out[:, gate] = 0
                d_out[rows, gate] = d_logits[rows, candidate[rows]]

        return way_back
