"""Truncated backpropagation through time with AdamW: the loop, its validation, and a checkpoint to go on from."""

import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from melodyrnn.errors import OptionError, OutputError, TrainingError
from melodyrnn.files import replacing
from melodyrnn.training.dataset import Batch, Piece, Streams, whole_pieces
from melodyrnn.training.network import Network

VALIDATION_STREAMS = 32


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """How to train. The run ends after `minutes`, or after `events` where given (then it is repeatable)."""

    minutes: float = 10.0
    events: int = 0
    learning_rate: float = 2e-3
    weight_decay: float = 0.01
    clip: float = 1.0
    warmup_events: int = 50_000
    floor: float = 0.02  # of the learning rate, where the cosine ends
    validations: int = 20

    def __post_init__(self) -> None:
        if not self.minutes > 0 or self.events < 0 or not self.learning_rate > 0 or self.warmup_events < 1:
            raise OptionError("minutes and learning rate must be above 0, events 0 or more, warm-up events 1 or more")


class Validation(NamedTuple):
    """Held-out pieces of one group, and how many notes they are: what bits are divided by."""

    pieces: Sequence[Piece]
    notes: int


@dataclass(slots=True)
class Progress:
    """Where training stands. `seconds` and `events` since the start, bits a note by group at each validation."""

    seconds: float = 0.0
    events: int = 0
    training_nats: float = math.nan  # per event, smoothed
    best: float = math.inf
    history: list[dict[str, Any]] = field(default_factory=list)


class Trainer:
    """Trains `network` on `streams`; keeps the weights that do best on `held_out` by its groups' mean bits a note.

    `clock` gives seconds; a run's length in minutes is measured by it.
    """

    def __init__(
        self,
        network: Network,
        streams: Streams[Any],
        held_out: Mapping[str, Validation],
        options: TrainingOptions,
        checkpoint: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.network, self.streams, self.held_out, self.options = network, streams, held_out, options
        self.checkpoint, self._clock = checkpoint, clock
        self.progress = Progress()
        parameters = list(network.parameters())
        self.optimizer = torch.optim.AdamW(
            parameters, options.learning_rate, weight_decay=options.weight_decay, fused=True
        )
        self._state: Tensor | None = None
        self.best: dict[str, Tensor] = {}  # the weights that validated best, by name

    @property
    def fraction(self) -> float:
        """The part of the run that is done, 0 to 1."""
        return self._fraction(self.progress.seconds, self.progress.events)

    def _fraction(self, seconds: float, events: int) -> float:
        if self.options.events:
            return min(1.0, events / self.options.events)
        return min(1.0, seconds / (60 * self.options.minutes))

    def learning_rate(self) -> float:
        """Linear warm-up, then a cosine down to `floor`."""
        warm = min(1.0, (self.progress.events + 1) / self.options.warmup_events)
        cosine = 0.5 * (1 + math.cos(math.pi * self.fraction))
        return self.options.learning_rate * warm * ((1 - self.options.floor) * cosine + self.options.floor)

    def step(self, batch: Batch) -> float:
        """One window: forward, backward, clip, update -> mean nats of an event; TrainingError if that is no number."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate()
        if self._state is None:
            self._state = self.network.start(batch.keep.shape[1])
        nats, state = self.network(batch, self._state)
        loss = nats.sum(-1).mean()
        value = float(loss.item())
        if not math.isfinite(value):
            raise self._lost(value)
        self._state = state
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.options.clip)
        self.optimizer.step()
        return value

    def run(self, report: Callable[[Progress, float], None] | None = None) -> None:
        """Train to the end, then take the best weights.

        Interrupted, it leaves a checkpoint to go on from. TrainingError where the loss becomes infinite or no number;
        the checkpoint then stays what it was at the last validation.
        """
        self.network.train()
        device = str(self.network["project.w"].device)
        last = self._clock()
        history = self.progress.history
        due = self._fraction(history[-1]["seconds"], history[-1]["events"]) if history else 0.0
        try:
            while self.fraction < 1:
                batch = self.streams.next_batch()
                nats = self.step(batch.to(device))
                p, now = self.progress, self._clock()
                p.events += batch.keep.numel()
                p.training_nats = nats if math.isnan(p.training_nats) else 0.98 * p.training_nats + 0.02 * nats
                p.seconds, last = p.seconds + now - last, now
                if self.fraction >= min(1.0, due + 1 / self.options.validations):
                    due = self.fraction
                    self._validate()
                    self.save()
                    now = self._clock()
                    p.seconds, last = p.seconds + now - last, now
                if report:
                    report(p, self.fraction)
            if not self.best:  # interrupted before the only validation
                self._validate()
        except TrainingError:
            raise
        except BaseException:
            self.save()
            raise
        self.network.load({name: tensor.numpy() for name, tensor in self.best.items()})

    def _lost(self, value: float) -> TrainingError:
        events = self.progress.events
        return TrainingError(f"the loss became {value} after {events} events: give a lower learning rate")

    def _validate(self) -> None:
        bits = {name: bits_per_note(self.network, group) for name, group in self.held_out.items()}
        mean = sum(total for total, _ in bits.values()) / len(bits)
        if not math.isfinite(mean):
            raise self._lost(mean)
        self.progress.history.append(
            {
                "seconds": round(self.progress.seconds, 1),
                "events": self.progress.events,
                "training_nats": round(self.progress.training_nats, 4),
                "mean": round(mean, 4),
                "bits_per_note": {name: round(total, 4) for name, (total, _) in bits.items()},
                "parts": {name: parts for name, (_, parts) in bits.items()},
            }
        )
        if mean < self.progress.best:
            self.progress.best = mean
            self.best = {n: self.network[n].detach().cpu().clone() for n in self.network.config.shapes()}

    def save(self) -> None:
        """Write the checkpoint beside, then rename: weights, the best, optimizer, place in the data, random state."""
        if self.checkpoint is None:
            return
        names = list(self.network.config.shapes())
        tensors = {f"best.{name}": tensor for name, tensor in self.best.items()}
        for name in names:
            tensors[f"weights.{name}"] = self.network[name].detach()
            for key, value in self.optimizer.state.get(self.network[name], {}).items():
                tensors[f"adam.{key}.{name}"] = value
        if self._state is not None:
            tensors["state"] = self._state
        tensors["random"] = torch.get_rng_state()
        p = self.progress
        plain = {
            "config": self.network.config.to_json(),
            "streams": self.streams.state(),
            "progress": [p.seconds, p.events, p.training_nats, p.best, p.history],
        }
        try:
            with replacing(self.checkpoint) as beside:
                save_file({n: t.contiguous() for n, t in tensors.items()}, beside, {"checkpoint": json.dumps(plain)})
        except (OSError, SafetensorError) as error:
            raise OutputError(f"{self.checkpoint} cannot be written: {error}") from None

    def resume(self) -> None:
        """Go on where the checkpoint stands. TrainingError if it is not one of this network."""
        try:
            with safe_open(self.checkpoint, framework="pt") as file:
                plain = json.loads(file.metadata()["checkpoint"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            if plain["config"] != json.loads(json.dumps(self.network.config.to_json())):
                raise TrainingError(f"{self.checkpoint}: a checkpoint of another network")
            names = list(self.network.config.shapes())
            self.network.load({name: tensors[f"weights.{name}"].numpy() for name in names})
            self.best = {name: tensors[f"best.{name}"] for name in names if f"best.{name}" in tensors}
            for name in names:
                self.optimizer.state[self.network[name]] = {
                    key: tensors[f"adam.{key}.{name}"].to(self.network[name].device if key != "step" else "cpu")
                    for key in ("step", "exp_avg", "exp_avg_sq")
                    if f"adam.{key}.{name}" in tensors
                }
            self._state = tensors["state"].to(self.network["project.w"].device) if "state" in tensors else None
            torch.set_rng_state(tensors["random"])
            self.streams.restore(plain["streams"])
            self.progress = Progress(*plain["progress"])
        except (SafetensorError, OSError, LookupError, TypeError, ValueError, RuntimeError) as error:
            raise TrainingError(f"{self.checkpoint}: not a readable checkpoint ({error})") from None


@torch.inference_mode()
def bits_per_note(network: Network, held_out: Validation) -> tuple[float, dict[str, float]]:
    """-> bits a note, and the same by field. Every event counts, signs included; only notes are divided by."""
    was, device = network.training, str(network["project.w"].device)
    network.eval()
    nats = torch.zeros(len(network.config.fields), dtype=torch.double)
    for batch, real in whole_pieces(held_out.pieces, VALIDATION_STREAMS):
        state = network.start(batch.keep.shape[1])
        for first in range(0, len(real), 256):
            window = slice(first, first + 256)
            part, state = network(Batch(*(tensor[window] for tensor in batch)).to(device), state)
            nats += part.cpu()[torch.from_numpy(real[window])].double().sum(0)
    network.train(was)
    parts = (nats / math.log(2) / max(1, held_out.notes)).tolist()
    names = [f.name for f in network.config.fields]
    return sum(parts), {name: round(bits, 4) for name, bits in zip(names, parts, strict=True)}
