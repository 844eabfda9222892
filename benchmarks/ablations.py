"""What each change that scripts/train_any.py makes to its pieces is worth: small networks, each trained without one.

    python benchmarks/ablations.py DATA --valid NAME=FOLDER ... [--events 200000] [--files 60] --out ablations.jsonl
        [--rows all loops ...]

DATA is that script's folder. Each row is trained from nothing, with the same random seed, until it has heard as many
events; then it scores the first notes of validation pieces. A row is written when it is done, and one that is in the
file already is not trained again, so a stopped run goes on. One thread. Prints each row as JSON.
"""

import argparse
import importlib
import json
import math
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from melodyrnn.corpus import arrangement
from melodyrnn.encoding.events import END, encode
from melodyrnn.encoding.matrices import FeatureMatrices, Selection, feature_matrices
from melodyrnn.training.network import Network
from melodyrnn.training.recipe import music_config
from melodyrnn.training.trainer import Validation, bits_per_note

sys.path.append(str(Path(__file__).parents[1] / "scripts"))
train_any: Any = importlib.import_module("train_any")

CHANGES = {  # of `arrangement`, by what they do: the chances that are set to 0
    "bars looped": ("LOOPED",),
    "half and double time": ("OTHER_PACE",),
    "parts split and merged": ("SPLIT", "MERGED"),
    "parts left out, late and empty": ("LEFT_OUT", "LATE", "EMPTY_TRACK"),
    "notes shortened": ("STACCATO",),
    "other registers": ("OTHER_REGISTER",),
    "other instruments": ("OTHER_PROGRAMS",),
    "parts in other orders": ("OTHER_ORDER",),
    "drums laid under": ("WITH_DRUMS",),
}
AS_WRITTEN = tuple(name for names in CHANGES.values() for name in names)
SIZES = {"half": 64, "same": 128, "double": 256}
LEARNING_RATE, WARMUP_EVENTS, FLOOR, DROPOUT = 3e-3, 20_000, 0.02, 0.1
POOL = {"FIRST_PIECES": 60, "POOL_PIECES": 80}
VALIDATION_PIECES, VALIDATION_EVENTS = 24, 300


class Row(NamedTuple):
    """What is trained otherwise than in the row "all"."""

    without: tuple[str, ...] = ()  # chances of `arrangement` that are 0
    loops: bool = True
    transposed: bool = True
    size: str = "same"
    random_seed: int = 0


ROWS = {
    "all": Row(),
    "another random seed": Row(random_seed=1),
    "no synthetic loops": Row(loops=False),
    "as written": Row(AS_WRITTEN),
    "not transposed": Row(transposed=False),
    "half the units": Row(size="half"),
    "twice the units": Row(size="double"),
    **{f"without: {name}": Row(chances) for name, chances in CHANGES.items()},
}


class Inline:
    """Readings as the queue that `train_any.Pool` takes them from."""

    def __init__(self, readings: Iterator[FeatureMatrices]) -> None:
        self._readings = readings

    def get(self, *_: Any) -> FeatureMatrices:
        return next(self._readings)


def set_up(row: Row, chances: dict[str, float], sets: dict[str, Any], choose_shift: Any) -> None:
    """Make the script and `arrangement` do what a row says."""
    for name, chance in chances.items():
        setattr(arrangement, name, 0.0 if name in row.without else chance)
    train_any.SETS = sets if row.loops else {name: kind for name, kind in sets.items() if name != "loops"}
    train_any.choose_shift = choose_shift if row.transposed else lambda *_: 0


@cache
def held_out(folder: str) -> tuple[list[FeatureMatrices], int]:
    """The first events of some pieces, and how many notes they are."""
    songs = train_any.scores(Path(folder), VALIDATION_PIECES)
    events = [encode(song).events[:VALIDATION_EVENTS] for _, song in songs]
    notes = sum(int((piece[:, 3] < END).sum()) for piece in events)
    return [feature_matrices(piece, 0) for piece in events], notes


def bits_of(network: Network, folder: str, selection: Selection) -> float:
    """Bits a note of the held-out pieces of a folder."""
    pieces, notes = held_out(folder)
    return bits_per_note(network, Validation([*map(selection, pieces)], notes))[0]


def train(row: Row, data: Path, events: int, files: int, valid: dict[str, str]) -> dict[str, Any]:
    """Train one network, and score."""
    torch.manual_seed(row.random_seed)
    hidden = SIZES[row.size]
    config = music_config("gru", hidden, 2, hidden // 2)
    selection = Selection(config.inputs, config.dense, config.head_features, config.dense_scale)
    network = Network(config, DROPOUT)
    readings = train_any.readings(data, None, row.random_seed, files)
    pool = train_any.Pool(Inline(readings), selection, np.random.default_rng(row.random_seed))
    optimizer = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=0.01, fused=True)
    state, heard, begun = network.start(train_any.BATCH_SIZE), 0, time.process_time()
    network.train()
    while heard < events:
        rate = FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * heard / events))
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * min(1.0, (heard + 1) / WARMUP_EVENTS) * rate
        nats, state = network(pool.next_batch(), state)
        optimizer.zero_grad()
        nats.sum(-1).mean().backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), train_any.CLIP)
        optimizer.step()
        heard += train_any.BATCH_SIZE * train_any.WINDOW
    seconds = time.process_time() - begun
    bits = {name: round(bits_of(network, folder, selection), 3) for name, folder in valid.items()}
    parameters = sum(weight.numel() for weight in network.parameters())
    return {"parameters": parameters, "events": heard, "cpu_seconds": round(seconds), "bits_per_note": bits}


def main() -> None:
    """Train every row that is not in the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--valid", nargs="+", required=True, metavar="NAME=FOLDER")
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--files", type=int, default=60, help="of each set")
    parser.add_argument("--rows", nargs="+", default=[*ROWS], choices=[*ROWS], metavar="ROW")
    parser.add_argument("--out", type=Path, default=Path("ablations.jsonl"))
    a = parser.parse_args()
    torch.set_num_threads(1)
    for name, size in POOL.items():
        setattr(train_any, name, size)
    chances = {name: getattr(arrangement, name) for name in AS_WRITTEN}
    train_any.scores = cache(train_any.scores)  # read once for all rows
    sets, choose_shift = train_any.SETS, train_any.choose_shift
    done = set()
    if a.out.exists():
        done = {json.loads(line)["row"] for line in a.out.read_text(encoding="utf-8").splitlines()}
    for name in a.rows:
        if name not in done:
            set_up(ROWS[name], chances, sets, choose_shift)
            row = {"row": name} | train(ROWS[name], a.data, a.events, a.files, dict(v.split("=", 1) for v in a.valid))
            print(json.dumps(row), flush=True)
            with open(a.out, "a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
