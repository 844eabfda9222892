"""Truncated backpropagation through time: the loop, its validation, and where it stands, to go on from."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from melodyrnn.errors import OptionError, TrainingError
from melodyrnn.model.tables import Piece
from melodyrnn.training.checkpoint import write_checkpoint
from melodyrnn.training.compiling import compiled as compiled_network
from melodyrnn.training.compiling import translated_compiler_errors
from melodyrnn.training.dataset import Batch, Streams, whole_pieces
from melodyrnn.training.devices import autocast, translated_memory_errors
from melodyrnn.training.distributed import ALONE, Team
from melodyrnn.training.network import Network
from melodyrnn.training.optimizers import optimizer_of
from melodyrnn.training.resuming import restore, standing_of

VALIDATION_STREAMS = 32
CHECKPOINT_SECONDS = 60.0
LONGEST_WARMUP = 0.1  # of the run
DIVERGED = 100  # times the bits of drawing every field by chance: no run has come back from there
VALIDATION_PAUSE = 4  # times as long as a validation took passes at least before the next: it gets a fifth of the time


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """How to train. The run ends after `minutes`, or after `events` where given (then it is repeatable).

    It ends before, where `patience` validations one after the other found nothing better; 0 is endless patience.
    """

    minutes: float = 10.0
    events: int = 0
    optimizer: str = "adamw"
    learning_rate: float = 2e-3
    weight_decay: float = 0.01
    clip: float = 1.0
    warmup_events: int = 50_000
    floor: float = 0.02  # of the learning rate, where the cosine ends
    validations: int = 20
    patience: int = 0
    precision: str = "float32"

    def __post_init__(self) -> None:
        for name in ("minutes", "learning_rate", "clip"):
            if not 0 < getattr(self, name) < math.inf:
                raise OptionError(f"{name.replace('_', ' ')} {getattr(self, name):g}: must be above 0, and finite")
        for name, least in {"events": 0, "patience": 0, "warmup_events": 1, "validations": 1}.items():
            if getattr(self, name) < least:
                raise OptionError(f"{name.replace('_', ' ')} {getattr(self, name)}: must be {least} or more")


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

    With a `checkpoint`, where the run stands is written there every minute, from which `resume` goes on as if nothing
    had happened. `settings` is kept with it: what the caller wants to be the same then, as plain data.
    `notes_per_event` turns nats an event into bits a note. With `compiled`, windows (but no validation) are computed by
    what torch.compile makes of the network. `clock` gives seconds; minutes are measured by it.
    """

    def __init__(
        self,
        network: Network,
        streams: Streams[Any],
        held_out: Mapping[str, Validation],
        options: TrainingOptions,
        checkpoint: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        team: Team = ALONE,
        settings: Mapping[str, Any] | None = None,
        notes_per_event: float = 1.0,
        compiled: bool = False,
        checkpoint_seconds: float = CHECKPOINT_SECONDS,
    ) -> None:
        self.network, self.streams, self.held_out, self.options = network, streams, held_out, options
        self.checkpoint, self.settings, self.notes_per_event = checkpoint, dict(settings or {}), notes_per_event
        self.team, self._clock, self._checkpoint_seconds = team, clock, checkpoint_seconds
        self.progress = Progress()
        self.best: dict[str, Tensor] = {}  # the weights that validated best, by name
        self.optimizer = optimizer_of(
            options.optimizer, [*network.parameters()], options.learning_rate, options.weight_decay
        )
        self.scaler = torch.amp.GradScaler(team.device.split(":")[0], enabled=options.precision == "fp16")
        self._model = compiled_network(team.wrapped(network)) if compiled else team.wrapped(network)
        self.state: Tensor | None = None
        self._asked_to_stop = self._stopping = False
        self._ticked = self._clock()
        self._saved = 0.0

    @property
    def fraction(self) -> float:
        """The part of the run that is done, 0 to 1."""
        return self._fraction(self.progress.seconds, self.progress.events)

    def _fraction(self, seconds: float, events: int) -> float:
        if self.options.events:
            return min(1.0, events / self.options.events)
        return min(1.0, seconds / (60 * self.options.minutes))

    @property
    def seconds_left(self) -> float:
        """Seconds left of the minutes; or for the events still to come, at the speed so far."""
        p = self.progress
        if self.options.events:
            return p.seconds / max(1, p.events) * max(0, self.options.events - p.events)
        return max(0.0, 60 * self.options.minutes - p.seconds)

    @property
    def out_of_patience(self) -> bool:
        """Whether the last `patience` validations found nothing better than those before."""
        means = [row["mean"] for row in self.progress.history]
        return bool(means) and 0 < self.options.patience < len(means) - means.index(min(means))

    def learning_rate(self) -> float:
        """Linear warm-up, over a tenth of the run where that is shorter, then a cosine down to `floor`."""
        warm = min(1.0, max((self.progress.events + 1) / self.options.warmup_events, self.fraction / LONGEST_WARMUP))
        cosine = 0.5 * (1 + math.cos(math.pi * self.fraction))
        return self.options.learning_rate * warm * ((1 - self.options.floor) * cosine + self.options.floor)

    def training_bits(self) -> float:
        """Bits a note on what it trains on, dropout included, smoothed."""
        return self.progress.training_nats / math.log(2) / self.notes_per_event

    def step(self, batch: Batch) -> float:
        """One window: forward, backward, clip, update -> mean nats of an event; TrainingError if that is no number."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate()
        if self.state is None:
            self.state = self.network.start(batch.keep.shape[1])
        with autocast(self.team.device, self.options.precision), translated_compiler_errors():
            nats, state = self._model(batch, self.state)
        loss = nats.sum(-1).mean()
        value = self._agreed(loss.item())
        if not math.isfinite(value):
            raise self._lost("loss", value)
        self.optimizer.zero_grad()
        with translated_compiler_errors():
            self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimizer)
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.options.clip).item()
        if not (math.isfinite(norm) or self.scaler.is_enabled()):  # a scaler leaves out such a step by itself
            raise self._lost("gradient", norm)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.state = state
        return value

    def _agreed(self, loss: float) -> float:
        """The mean loss of all processes; and they agree on what time it is, and whether to stop."""
        now = self._clock()
        elapsed, self._ticked = now - self._ticked, now
        mine = [loss, elapsed if self.team.leads else 0.0, float(self._asked_to_stop)]
        total, seconds, stops = self.team.sum(torch.tensor(mine, dtype=torch.double)).tolist()
        self.progress.seconds += seconds
        self._stopping = stops > 0
        return float(total / self.team.size)

    def windows(self) -> Iterator[None]:
        """Train to the end of the run, a window at a time, with its validations and checkpoints.

        TrainingError where the loss becomes infinite or no number; the checkpoint then stays what it was. To resume
        from it would come to the same.
        """
        self.network.train()
        self._ticked = self._clock()
        p = self.progress
        due = self._fraction(p.history[-1]["seconds"], p.history[-1]["events"]) if p.history else 0.0
        pause = 1 / self.options.validations
        while self.fraction < 1 and not self._stopping and not self.out_of_patience:
            batch = self.streams.next_batch()
            nats = self.step(self.team.part(batch))
            p.events += batch.keep.numel()
            share = max(0.02, batch.keep.numel() / p.events)  # the mean of all windows, then of about the last 50
            p.training_nats = nats if math.isnan(p.training_nats) else (1 - share) * p.training_nats + share * nats
            if self.fraction >= min(1.0, due + pause - 1e-9):
                begun = self.fraction
                self.validate()
                self._agreed(0.0)  # on what time it is now
                due = self.fraction
                pause = max(1 / self.options.validations, VALIDATION_PAUSE * (due - begun))
                self.save()
            elif p.seconds - self._saved >= self._checkpoint_seconds:
                self.save()
            yield

    def run(self, report: Callable[[Progress, float], None] | None = None) -> bool:
        """Train to the end, then take the best weights -> False if `stop` was called before.

        Stopped, it leaves a checkpoint to go on from.
        """
        self._asked_to_stop = self._stopping = False
        try:
            with translated_memory_errors():
                for _ in self.windows():
                    if report:
                        report(self.progress, self.fraction)
            if self._stopping:
                self.save()
            elif not self.best:  # stopped before the only validation, then resumed
                self.validate()
        except RuntimeError as error:
            if self.team.size == 1:
                raise
            raise self._left_alone(error) from None
        if self.best:
            self.network.load({name: tensor.numpy() for name, tensor in self.best.items()})
        return not self._stopping

    def stop(self) -> None:
        """End the run after the present window, in all its processes. May be called from a signal handler."""
        self._asked_to_stop = True

    def _lost(self, what: str, value: float) -> TrainingError:
        where = f"the {what} became {value:.6g} after {self.progress.events} events"
        again = "start from the best so far (--from) with" if self.best else "start again with"
        return TrainingError(f"{where}: {again} a lower learning rate")

    def _left_alone(self, error: RuntimeError) -> TrainingError:
        there = self.checkpoint is not None and self.checkpoint.is_file()
        stands = f"; the last good checkpoint is {self.checkpoint}" if there else ""
        return TrainingError(f"{self.team.lost_touch(error)} after {self.progress.events} events{stands}")

    def validate(self) -> None:
        """Bits a note of every group, into the history; the weights are kept if they are the best so far.

        TrainingError where they are no number, or so many that training has diverged.
        """
        bits = {name: bits_per_note(self.network, group, self.team) for name, group in self.held_out.items()}
        mean = sum(total for total, _ in bits.values()) / len(bits)
        chance = sum(math.log2(f.size) for f in self.network.config.fields) / self.notes_per_event
        if not mean < DIVERGED * chance:
            raise self._lost("bits per note of the validation", mean)
        self.progress.history.append(
            {
                "seconds": round(self.progress.seconds, 1),
                "events": self.progress.events,
                "learning_rate": self.learning_rate(),
                "training": round(self.training_bits(), 4),
                "mean": round(mean, 4),
                "bits_per_note": {name: round(total, 4) for name, (total, _) in bits.items()},
                "parts": {name: parts for name, (_, parts) in bits.items()},
            }
        )
        if mean < self.progress.best:
            self.progress.best = mean
            self.best = {n: self.network[n].detach().cpu().clone() for n in self.network.config.shapes()}

    def save(self) -> None:
        """Write where the run stands to the checkpoint, if there is one. A call for all processes at once."""
        self._saved = self.progress.seconds
        if self.checkpoint is not None:
            standing = standing_of(self)
            if self.team.leads:
                write_checkpoint(self.checkpoint, standing)

    def resume(self) -> None:
        """Go on where the checkpoint stands. TrainingError if it is not one of this network, data and settings."""
        if self.checkpoint is None:
            raise TrainingError("no checkpoint to resume from was named")
        restore(self, self.checkpoint)
        self._saved = self.progress.seconds


@torch.inference_mode()
def bits_per_note(network: Network, held_out: Validation, team: Team = ALONE) -> tuple[float, dict[str, float]]:
    """-> bits a note, and the same by field. Every event counts, signs included; only notes are divided by."""
    was, device = network.training, str(network["project.w"].device)
    network.eval()
    nats = torch.zeros(len(network.config.fields), dtype=torch.double)
    for batch, real in whole_pieces(held_out.pieces[team.rank :: team.size], VALIDATION_STREAMS):
        state = network.start(batch.keep.shape[1])
        for first in range(0, len(real), 256):
            window = slice(first, first + 256)
            part, state = network(Batch(*(tensor[window] for tensor in batch)).to(device), state)
            nats += part.cpu()[torch.from_numpy(real[window])].double().sum(0)
    network.train(was)
    parts = (team.sum(nats) / math.log(2) / max(1, held_out.notes)).tolist()
    names = [f.name for f in network.config.fields]
    return sum(parts), {name: round(bits, 4) for name, bits in zip(names, parts, strict=True)}
