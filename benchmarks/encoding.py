"""Bits a note of the event encoding at equal training time, without some features, or with music prepared otherwise.

    python benchmarks/encoding.py --train DIR --valid DIR --test DIR --minutes 8 [--without lookback ...] --out x.json
    python benchmarks/encoding.py ... [--time seconds] [--velocity level] [--no-transpose] [--jitter 1] [--evenness 0]

Minutes are CPU minutes of one thread, so that runs side by side on a busy machine stay comparable. Prints one JSON
object a validation, and one with the result.
"""

import argparse
import json
import time
from pathlib import Path

import torch

from melodyrnn.corpus.augmentation import Augmentation, Preparation
from melodyrnn.corpus.cache import PieceCache
from melodyrnn.corpus.folder import read_pieces
from melodyrnn.corpus.options import EVENNESS
from melodyrnn.encoding.features import GROUPS
from melodyrnn.encoding.matrices import Selection
from melodyrnn.model.modelfile import write_model
from melodyrnn.training.dataset import Streams
from melodyrnn.training.network import Network
from melodyrnn.training.recipe import music_config
from melodyrnn.training.run import model_of
from melodyrnn.training.trainer import Progress, Trainer, TrainingOptions, Validation, bits_per_note

ARGUMENTS = ("cell", "hidden", "layers", "streams", "window", "learning_rate", "dropout", "random_seed")
VALIDATION_NOTES = 12_000
HEARING = ("time", "velocity", "transpose", "jitter", "evenness")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", required=True)
    parser.add_argument("--valid", required=True)
    parser.add_argument("--test", required=True)
    parser.add_argument("--minutes", type=float, default=8)
    parser.add_argument("--without", action="append", default=[], choices=[*GROUPS, "everything"])
    parser.add_argument("--cell", default="gru")
    parser.add_argument("--hidden", type=int, default=512)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--embedding", type=int, default=256)
    parser.add_argument("--streams", type=int, default=16)
    parser.add_argument("--window", type=int, default=48)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--time", choices=("beats", "seconds"), default="beats")
    parser.add_argument("--velocity", choices=("written", "level"), default="written")
    parser.add_argument("--transpose", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--jitter", type=int, default=0, help="pulses")
    parser.add_argument("--evenness", type=float, default=EVENNESS.default)
    parser.add_argument("--random-seed", type=int, default=0)
    parser.add_argument("--save", type=Path, help="model file to write")
    parser.add_argument("--out", default="encoding.json")
    a = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(a.random_seed)
    without = tuple(GROUPS) if "everything" in a.without else tuple(a.without)
    preparation = Preparation(a.time, a.velocity)
    augmentation = Augmentation(a.transpose, a.jitter)
    config = music_config(a.cell, a.hidden, a.layers, a.embedding, without)
    sets = {
        name: read_pieces(getattr(a, name), preparation=preparation, cache=PieceCache())
        for name in ("train", "valid", "test")
    }
    select = Selection(config.inputs, config.dense, config.head_features, config.dense_scale)
    sets["valid"] = sets["valid"].first(VALIDATION_NOTES)
    held = {name: Validation([*map(select, sets[name].features)], sets[name].notes) for name in ("valid", "test")}
    network = Network(config, a.dropout)
    streams = Streams(
        {"": sets["train"].features},
        {"": 1.0},
        a.streams,
        a.window,
        random_seed=a.random_seed,
        choose=augmentation.choose,
        vary=lambda piece, variant: select(augmentation.vary(piece, variant)),
        evenness=a.evenness,
    )
    options = TrainingOptions(minutes=a.minutes, learning_rate=a.learning_rate, validations=6)
    trainer = Trainer(network, streams, {"": held["valid"]}, options, clock=time.process_time)
    seen = 0

    def report(progress: Progress, _: float) -> None:
        nonlocal seen
        if len(progress.history) > seen:
            seen = len(progress.history)
            print(json.dumps(progress.history[-1]), flush=True)

    trainer.run(report)
    test, parts = bits_per_note(network, held["test"])
    result = {
        "without": list(without),
        "cpu_minutes": a.minutes,
        "parameters": sum(p.numel() for p in network.parameters()),
        "events_seen": trainer.progress.events,
        "valid_bits_per_note": round(trainer.progress.best, 4),
        "test_bits_per_note": round(test, 4),
        "test_parts": parts,
        "hearing": {name: getattr(a, name) for name in HEARING},
        "arguments": {name: getattr(a, name) for name in ARGUMENTS},
    }
    print(json.dumps(result))
    if a.save:
        write_model(model_of(trainer, (Path(a.train).name,), {"benchmark": result}), a.save, overwrite=True)
    Path(a.out).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
