"""Nats a frame on polyphonic music as frames of 88 keys, with the project's own cells and trainer.

    python benchmarks/chung2014.py JSB_Chorales.mat --cell gru --hidden 46 --out jsb-gru.json

The task of Boulanger-Lewandowski, Bengio and Vincent, *Modeling temporal dependencies in high-dimensional sequences*
(ICML 2012), as compared over cells by Chung, Gulcehre, Cho and Bengio, *Empirical evaluation of gated recurrent neural
networks on sequence modeling* (2014), and by Bai, Kolter and Koltun, *An empirical evaluation of generic convolutional
and recurrent networks for sequence modeling* (2018). The file holds `traindata`, `validdata` and `testdata`: songs of
(frames, 88) keys, down or not. Each frame is predicted from those before it by 88 independent Bernoulli outputs; nats
are summed over keys and frames and divided by the frames predicted, which are one fewer than a song has.

One layer, the frame straight into the cell, one matrix out of it, as in 2014. The test split is heard once, with the
weights that did best on the validation split.
"""

import argparse
import json
import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from scipy.io import loadmat
from torch import Tensor

from melodyrnn.model.config import FieldConfig, ModelConfig
from melodyrnn.model.tables import Piece
from melodyrnn.training.dataset import Batch, Streams
from melodyrnn.training.network import Network
from melodyrnn.training.trainer import Progress, Trainer, TrainingOptions, Validation, bits_per_note

KEYS = 88
VALIDATIONS = 20
SPLITS = ("train", "valid", "test")
READ = ("layer0.w_xh", "layer0.w_hh", "layer0.b_x", "layer0.b_h", "project.w", "project.b")


class Frames(NamedTuple):
    """A song as rows for the dataset: row t has frame t as its numbers and frame t + 1 to be predicted."""

    inputs: npt.NDArray[np.uint8]
    dense: npt.NDArray[np.uint8]
    head_features: npt.NDArray[np.uint8]
    events: npt.NDArray[np.uint8]


class FrameNetwork(Network):
    """The network with nothing before its cell, and 88 independent yes-or-no outputs after it.

    Their biases begin at the log odds of `rates`, how often each key is down (88,): what the state then learns is what
    differs from frame to frame. Begun at zero it first learns to hold 88 outputs down, and may keep to that for long.
    The gates that keep the state (z of the gru, f of the lstm) begin a little open, by 1 in their biases (Jozefowicz,
    Zaremba and Sutskever, *An empirical exploration of recurrent network architectures*, 2015).
    """

    def __init__(self, cell: str, hidden: int, dropout: float, rates: npt.NDArray[np.float64]) -> None:
        fields = tuple(FieldConfig(f"key{key}", 2) for key in range(KEYS))
        super().__init__(
            ModelConfig(fields, (("frame", 1),), (("keys", KEYS),), (), 1, cell, hidden, 1, KEYS, 1), dropout
        )
        with torch.no_grad():
            self["inputs"].zero_()
            self["dense"].copy_(torch.eye(KEYS))
            if cell != "rnn":
                self["layer0.b_x"][hidden : 2 * hidden] = 1.0
            self["project.b"].copy_(torch.from_numpy(np.log(rates / (1 - rates))))
        for name in self.config.shapes():
            self[name].requires_grad_(name in READ)

    def forward(self, batch: Batch, state: Tensor) -> tuple[Tensor, Tensor]:
        """-> nats of every key of every frame (T, B, 88), and the state after the window."""
        top, state = self.hidden(batch, state)
        logits = F.linear(top, self["project.w"], self["project.b"])
        return F.binary_cross_entropy_with_logits(logits, batch.events.float(), reduction="none"), state


def songs(path: Path) -> dict[str, list[Frames]]:
    """The three splits of a file."""
    content = loadmat(path)
    splits: dict[str, list[Frames]] = {}
    for split in SPLITS:
        frames = [np.asarray(song, np.uint8) for song in content[f"{split}data"][0]]
        none = [np.zeros((len(song) - 1, 1), np.uint8) for song in frames]
        splits[split] = [
            Frames(zero, song[:-1], zero[:, :0], song[1:])
            for zero, song in zip(none, frames, strict=True)
            if len(song) > 1
        ]
    return splits


def key_rates(songs: Sequence[Frames]) -> npt.NDArray[np.float64]:
    """How often each key is down (88,), with half a frame either way so that none is 0 or 1."""
    down = np.concatenate([song.events for song in songs])
    rates: npt.NDArray[np.float64] = (down.sum(0) + 0.5) / (len(down) + 1)
    return rates


def unigram(splits: dict[str, list[Frames]]) -> float:
    """Nats a frame on test of one probability a key, counted on train: what the metric gives where it is known."""
    test, p = np.concatenate([song.events for song in splits["test"]]).astype(float), key_rates(splits["train"])
    return float(-(test * np.log(p) + (1 - test) * np.log(1 - p)).sum(1).mean())


def held_out(split: list[Frames]) -> Validation:
    """Songs, and how many frames of them are predicted."""
    return Validation(split, sum(len(song.events) for song in split))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--cell", choices=("rnn", "lstm", "gru"), default="gru")
    parser.add_argument("--hidden", type=int, default=46)
    parser.add_argument("--epochs", type=float, default=50)
    parser.add_argument("--learning-rate", type=float, default=6e-3)
    parser.add_argument("--weight-decay", type=float, default=0.01)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--streams", type=int, default=16)
    parser.add_argument("--window", type=int, default=32)
    parser.add_argument("--random-seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    a = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(a.random_seed)
    splits = songs(a.file)
    train: list[Piece] = [*splits["train"]]
    frames = sum(len(song.events) for song in splits["train"])
    network = FrameNetwork(a.cell, a.hidden, a.dropout, key_rates(splits["train"]))
    flow = Streams({"": train}, {"": 1.0}, a.streams, a.window, a.random_seed, lambda *_: 0, lambda piece, _: piece)
    options = TrainingOptions(
        events=round(a.epochs * frames),
        learning_rate=a.learning_rate,
        weight_decay=a.weight_decay,
        warmup_events=frames,
        validations=VALIDATIONS,
    )
    trainer = Trainer(network, flow, {"": held_out(splits["valid"])}, options)
    begun, cpu = time.monotonic(), time.process_time()
    trainer.run(_reporter())
    result: dict[str, Any] = {
        "set": a.file.stem,
        "cell": a.cell,
        "hidden": a.hidden,
        "parameters": sum(network[name].numel() for name in READ),
        "valid_nats_a_frame": round(trainer.progress.best * math.log(2), 3),
        "test_nats_a_frame": round(bits_per_note(network, held_out(splits["test"]))[0] * math.log(2), 3),
        "test_unigram": round(unigram(splits), 2),
        "test_frames": held_out(splits["test"]).notes,
        "minutes": round((time.monotonic() - begun) / 60, 1),
        "cpu_minutes": round((time.process_time() - cpu) / 60, 1),
        "arguments": {name: value for name, value in vars(a).items() if name not in ("file", "out")},
    }
    print(json.dumps(result))
    if a.out:
        a.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def _reporter() -> Any:
    told = 0

    def report(progress: Progress, part: float) -> None:
        nonlocal told
        if len(progress.history) > told:
            told = len(progress.history)
            print(
                f"{part:.0%} valid {progress.history[-1]['mean'] * math.log(2):.3f} train {progress.training_nats:.3f}",
                flush=True,
            )

    return report


if __name__ == "__main__":
    main()
