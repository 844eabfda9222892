"""The network in torch, for training: the same weights, names and arithmetic as `melodyrnn.model.engine`."""

from collections.abc import Mapping

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from melodyrnn.model.config import FieldConfig, ModelConfig
from melodyrnn.model.modelfile import Weights
from melodyrnn.training.dataset import Batch
from melodyrnn.training.recurrence import unroll


class Network(nn.Module):
    """Weights as `config.shapes()` lists them. Dropout acts on what enters each layer and what leaves the last."""

    def __init__(self, config: ModelConfig, dropout: float = 0.1) -> None:
        super().__init__()
        self.config, self.dropout = config, dropout
        self.weights = nn.ParameterDict({_key(name): torch.empty(shape) for name, shape in config.shapes().items()})
        for name in config.shapes():
            _initialize(name, self[name], config)
        self.offsets = _offsets([size for _, size in config.inputs])

    def __getitem__(self, name: str) -> Tensor:
        weight: Tensor = self.weights[_key(name)]
        return weight

    def start(self, batch: int) -> Tensor:
        """The state before the first event: zeros of (layers, parts, batch, hidden)."""
        parts, layers, hidden = self.config.state_shape
        return torch.zeros(layers, parts, batch, hidden, device=self["project.w"].device)

    def hidden(self, batch: Batch, state: Tensor) -> tuple[Tensor, Tensor]:
        """(T, B) steps -> top hidden state (T, B, hidden), and the state after them, for the next window."""
        steps, streams = batch.keep.shape[:2]
        x = F.embedding_bag(
            batch.inputs.flatten(0, 1) + self.offsets.to(batch.inputs.device), self["inputs"], mode="sum"
        )
        if self.config.dense:
            x = x + batch.dense.flatten(0, 1) / self.config.dense_scale @ self["dense"]
        after = []
        for layer in range(self.config.layers):
            w_xh, w_hh, b_x, b_h = (self[f"layer{layer}.{name}"] for name in ("w_xh", "w_hh", "b_x", "b_h"))
            gates = F.linear(F.dropout(x, self.dropout, self.training), w_xh, b_x).view(steps, streams, -1)
            h, final = unroll(self.config.cell, gates, w_hh, b_h, state[layer], batch.keep)
            x = h.flatten(0, 1)
            after.append(final)
        return F.dropout(h, self.dropout, self.training), torch.stack(after)

    def logits(self, top: Tensor, batch: Batch) -> list[Tensor]:
        """(T, B, hidden) -> for each field the logits (T * B, size), each given the true fields before it."""
        features, events = batch.head_features.flatten(0, 1), batch.events.flatten(0, 1)
        projected = F.linear(top.flatten(0, 1), self["project.w"], self["project.b"])
        condition: Tensor | float = 0.0
        result = []
        slices = projected.chunk(len(self.config.fields), 1)
        for i, (field, u) in enumerate(zip(self.config.fields, slices, strict=True)):
            u = u + condition
            if field.embedded:
                tokens = features[:, self.config.head_columns(field.embedded)]
                offsets = _offsets(self.config.head_sizes(field.embedded)).to(tokens.device)
                u = u + F.embedding_bag(tokens + offsets, self[f"{field.name}.embedded"], mode="sum")
            result.append(self._head(field, F.relu(u), features))
            if i + 1 < len(self.config.fields):
                condition = condition + F.embedding(events[:, i], self[f"{field.name}.condition"])
        return result

    def _head(self, field: FieldConfig, u: Tensor, features: Tensor) -> Tensor:
        def linear(name: str) -> Tensor:
            return F.linear(u, self[f"{field.name}.{name}.w"], self[f"{field.name}.{name}.b"])

        logits = linear("out")
        if field.references:
            values = torch.arange(field.ordinal_size, device=u.device) + field.max_distance
            parts = linear("relative").chunk(len(field.references), 1)
            for part, column in zip(parts, self.config.head_columns(field.references), strict=True):
                distance = (values - features[:, column, None]).clamp(0, 2 * field.max_distance)
                logits = logits + F.pad(part.gather(1, distance), (0, field.size - field.ordinal_size))
        if field.convolved:
            profile = features[:, self.config.head_columns(field.convolved)] / self.config.dense_scale
            rotated = torch.stack(
                [profile.view(len(profile), -1, field.period).roll(-by, 2) for by in range(field.period)], 1
            )
            found = torch.tanh(F.linear(rotated.flatten(2), self[f"{field.name}.conv.w"], self[f"{field.name}.conv.b"]))
            places = torch.arange(field.ordinal_size, device=u.device) % field.period
            scores = (found @ linear("conv_out")[:, :, None])[:, places, 0]
            logits = logits + F.pad(scores, (0, field.size - field.ordinal_size))
        if field.copies:
            candidates = features[:, self.config.head_columns(field.copies)]
            logits = F.pad(logits, (0, 1)).scatter_add(1, candidates, linear("copy"))[:, : field.size]
        return logits

    def forward(self, batch: Batch, state: Tensor) -> tuple[Tensor, Tensor]:
        """-> nats of every field of every event (T, B, fields), and the state after the window."""
        top, state = self.hidden(batch, state)
        events = batch.events.flatten(0, 1)
        fields = zip(self.logits(top, batch), events.T, strict=True)
        nats = [F.cross_entropy(logits.to(state.dtype), drawn, reduction="none") for logits, drawn in fields]
        return torch.stack(nats, 1).view(*batch.events.shape), state

    def export(self) -> Weights:
        """The weights as numpy arrays, by name."""
        return {name: self[name].detach().cpu().numpy().copy() for name in self.config.shapes()}

    def load(self, weights: Mapping[str, np.ndarray]) -> None:
        """Take over weights of the same shapes."""
        with torch.no_grad():
            for name in self.config.shapes():
                self[name].copy_(torch.from_numpy(np.asarray(weights[name], np.float32)))


def _key(name: str) -> str:
    return name.replace(".", "_")


def _offsets(sizes: list[int]) -> Tensor:
    return torch.tensor([0, *sizes[:-1]]).cumsum(0)


def _initialize(name: str, weight: Tensor, config: ModelConfig) -> None:
    """Embeddings so that their sum has about unit variance, matrices as torch does, gates of copy and convolution 0."""
    with torch.no_grad():
        if name == "inputs":
            nn.init.normal_(weight, std=1.5 / len(config.inputs) ** 0.5)
        elif name == "dense":
            nn.init.normal_(weight, std=1.0 / config.dense_width**0.5)
        elif name.endswith((".condition", ".embedded")):
            nn.init.normal_(weight, std=0.1)
        elif ".copy." in name or ".conv_out." in name or name.endswith(".b"):
            weight.zero_()
        elif name.startswith("layer"):
            nn.init.uniform_(weight, -(config.hidden**-0.5), config.hidden**-0.5)
        else:
            nn.init.kaiming_uniform_(weight, a=5**0.5)
