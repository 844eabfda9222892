"""Notes a second of the trainer, beside a bare loop over torch's own GRU with the same heads on random ids.

    python benchmarks/training.py FOLDER [--windows 200] [--threads 1] [--device cuda]

The bare loop does what cannot be left out: embed, torch.nn.GRU, heads, cross entropy, backward, clip, AdamW, on one
window of random ids of the same shape over and over. The trainer does all it does in a run: it lays real pieces into
streams in another key each, carries the state and starts it anew with each piece, and writes its checkpoint; validation
is left out. Both go in turn, a few windows each, so that a busy machine slows them alike; seconds are those of the
processor (on a GPU, of the clock), and `ratio` is the median over the turns. Prints JSON.
"""

import argparse
import json
import math
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from melodyrnn.corpus.styles import read_corpus
from melodyrnn.model.config import ModelConfig
from melodyrnn.training.dataset import Batch
from melodyrnn.training.network import Network
from melodyrnn.training.recipe import music_config
from melodyrnn.training.run import make_trainer
from melodyrnn.training.trainer import Trainer, TrainingOptions

TURN = 10  # windows


class Bare(Network):
    """The same embeddings and heads around torch.nn.GRU; no state is carried, no piece begins."""

    def __init__(self, config: ModelConfig, dropout: float) -> None:
        super().__init__(config, dropout)
        self.gru = nn.GRU(config.embedding, config.hidden, config.layers, dropout=dropout)
        for name in [name for name in self.weights if name.startswith("layer")]:
            del self.weights[name]

    def hidden(self, batch: Batch, state: Tensor) -> tuple[Tensor, Tensor]:
        steps, streams = batch.keep.shape[:2]
        x = F.embedding_bag(
            batch.inputs.flatten(0, 1) + self.offsets.to(batch.inputs.device), self["inputs"], mode="sum"
        )
        x = x + batch.dense.flatten(0, 1) / self.config.dense_scale @ self["dense"]
        h, _ = self.gru(F.dropout(x, self.dropout, self.training).view(steps, streams, -1))
        return F.dropout(h, self.dropout, self.training), state


def random_batch(config: ModelConfig, window: int, streams: int) -> Batch:
    """Ids drawn uniformly from every vocabulary."""

    def ids(sizes: list[int]) -> Tensor:
        return torch.stack([torch.randint(size, (window, streams)) for size in sizes], -1)

    dense = torch.rand(window, streams, config.dense_width) * config.dense_scale
    inputs, features = ids([size for _, size in config.inputs]), ids([size for _, size in config.head_features])
    return Batch(inputs, dense, features, ids([f.size for f in config.fields]), torch.ones(window, streams, 1))


def bare_loop(config: ModelConfig, a: argparse.Namespace) -> Callable[[], None]:
    """-> one window of the bare loop."""
    network = Bare(config, a.dropout).to(a.device)
    optimizer = torch.optim.AdamW(network.parameters(), 2e-3, fused=True)
    batch, state = random_batch(config, a.window, a.streams).to(a.device), network.start(a.streams)

    def step() -> None:
        nats, _ = network(batch, state)
        loss = nats.sum(-1).mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        loss.item()

    return step


def trainer_loop(trainer: Trainer) -> Callable[[], None]:
    """-> one window of the trainer's own loop."""
    windows = trainer.windows()

    def step() -> None:
        next(windows)

    return step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--windows", type=int, default=200)
    parser.add_argument("--hidden", type=int, default=384)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--streams", type=int, default=16)
    parser.add_argument("--window", type=int, default=48)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    a = parser.parse_args()
    print(json.dumps(measure(a), indent=1))


def measure(a: argparse.Namespace) -> dict[str, object]:
    """Both loops in turn -> what is printed."""
    clock = time.process_time if a.device == "cpu" else time.perf_counter
    config = music_config("gru", a.hidden, a.layers, a.hidden // 2)
    corpus = read_corpus(a.folder, None)
    events = sum(len(piece.events) for pieces in corpus.train.values() for piece in pieces.features)
    notes_an_event = sum(pieces.notes for pieces in corpus.train.values()) / events
    with tempfile.TemporaryDirectory() as folder:
        options = TrainingOptions(events=10**12)
        trainer = make_trainer(
            corpus, config, options, Path(folder) / "checkpoint", a.streams, a.window, a.dropout, threads=a.threads
        )
        loops = {"bare": bare_loop(config, a), "trainer": trainer_loop(trainer)}
        seconds: dict[str, list[float]] = {name: [] for name in loops}
        for turn in range(-1, math.ceil(a.windows / TURN)):
            for name, step in loops.items():
                start = clock()
                for _ in range(TURN):
                    step()
                if turn >= 0:  # the first turn warms up
                    seconds[name].append((clock() - start) / TURN)
    per_window = a.streams * a.window * notes_an_event
    rates = {f"{name}_notes_per_second": round(per_window / statistics.median(s)) for name, s in seconds.items()}
    ratios = [bare / own for bare, own in zip(seconds["bare"], seconds["trainer"], strict=True)]
    settings = {name: getattr(a, name) for name in ("hidden", "layers", "streams", "window", "threads", "device")}
    return {**rates, "ratio": round(statistics.median(ratios), 3), **settings, "torch": torch.__version__}


if __name__ == "__main__":
    main()
