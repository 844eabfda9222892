"""The same cells and the same trainer on a series of numbers: one value is one step, and the next one is foretold.

    python examples/forecast.py [--csv NUMBERS.csv] [--cell gru] [--minutes 3] [--ahead 50]

Without a file, the series is that of Mackey and Glass (*Oscillation and chaos in physiological control systems*,
Science 197, 1977): chaotic, so it can be foretold for a while and no longer. The first nine tenths are learned.
Values are told apart in 64 levels, and the network gives the probability of each: a forecast is a distribution, here
written as its middle and the range that holds 80 percent of many futures drawn side by side.

The same head that reads a pitch by its interval from the last one reads a level by its distance from the last one:
`references` in `ModelConfig`. Neither it nor the trainer knows which of the two it is.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from melodyrnn.model.config import FieldConfig, ModelConfig
from melodyrnn.model.engine import Engine
from melodyrnn.training.dataset import Streams
from melodyrnn.training.network import Network
from melodyrnn.training.trainer import Trainer, TrainingOptions, Validation

LEVELS, PIECE = 64, 500
Values = npt.NDArray[np.float64]


class Stretch(NamedTuple):
    """A piece for the dataset: row t has level t as input and as the value to measure from, level t + 1 to come."""

    inputs: npt.NDArray[np.int64]
    dense: npt.NDArray[np.float32]
    head_features: npt.NDArray[np.int64]
    events: npt.NDArray[np.int64]


class Scale:
    """Values as levels, and back. The levels lie evenly between the lowest and the highest value it was made from."""

    def __init__(self, values: Values) -> None:
        self.low, self.step = float(values.min()), float(np.ptp(values)) / (LEVELS - 1) or 1.0

    def levels(self, values: Values) -> npt.NDArray[np.int64]:
        return np.clip(np.rint((values - self.low) / self.step), 0, LEVELS - 1).astype(np.int64)

    def values(self, levels: npt.NDArray[np.int64]) -> Values:
        values: Values = self.low + self.step * levels.astype(np.float64)
        return values


def mackey_glass(count: int, delay: int = 17, steps: int = 10) -> Values:
    """dx/dt = 0.2 x(t - delay) / (1 + x(t - delay)^10) - 0.1 x, by Euler's method with 10 steps a unit of time."""
    x = [1.2] * (delay * steps + 1)
    while len(x) < (count + 300) * steps:
        late = x[-delay * steps - 1]
        x.append(x[-1] + (0.2 * late / (1 + late**10) - 0.1 * x[-1]) / steps)
    return np.array(x[::steps][-count:])


def stretch(levels: npt.NDArray[np.int64]) -> Stretch:
    before, after = levels[:-1, None], levels[1:, None]
    return Stretch(before, np.zeros((len(before), 0), np.float32), before, after)


def learn(levels: npt.NDArray[np.int64], cell: str, hidden: int, options: TrainingOptions) -> Trainer:
    """Train on stretches of the levels, every tenth held out -> the trainer at its end."""
    pieces = [stretch(levels[first : first + PIECE + 1]) for first in range(0, len(levels) - 1, PIECE)]
    field = FieldConfig("level", LEVELS, references=("last",), ordinal_size=LEVELS, max_distance=LEVELS // 2)
    config = ModelConfig(
        (field,), (("level", LEVELS),), head_features=(("last", LEVELS),), cell=cell, hidden=hidden, layers=1
    )
    flow = Streams(
        {"series": [piece for number, piece in enumerate(pieces) if number % 10]},
        {"series": 1.0},
        streams=8,
        window=50,
        random_seed=0,
        choose=lambda *_: 0,
        vary=lambda piece, _: piece,
    )
    held_out = pieces[::10]
    validation = Validation(held_out, sum(len(piece.events) for piece in held_out))
    trainer = Trainer(Network(config, dropout=0.0), flow, {"series": validation}, options)
    trainer.run()
    return trainer


def forecast(
    network: Network, heard: npt.NDArray[np.int64], ahead: int, futures: int = 200, random_seed: int = 0
) -> npt.NDArray[np.int64]:
    """Levels heard so far -> (futures, ahead) levels that may come, drawn side by side with the step engine."""
    engine, rng = Engine(network.config, network.export()), np.random.default_rng(random_seed)
    state, drawn = engine.start(futures), []
    for level in heard[:-1]:
        engine.step(state, np.full((futures, 1), level))
    last = np.full((futures, 1), heard[-1])
    for _ in range(ahead):
        top = engine.step(state, last)
        logits = engine.logits(0, engine.project(top), [], last).astype(np.float64)
        p = np.exp(logits - logits.max(1, keepdims=True)).cumsum(1)
        last = (p < rng.random((futures, 1)) * p[:, -1:]).sum(1, keepdims=True)
        drawn.append(last[:, 0])
    return np.stack(drawn, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--csv", type=Path, help="one number a line")
    parser.add_argument("--cell", choices=("rnn", "gru", "lstm"), default="gru")
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--ahead", type=int, default=50)
    a = parser.parse_args()
    torch.manual_seed(0)
    series = np.loadtxt(a.csv, ndmin=1) if a.csv else mackey_glass(20_000)
    known = series[: len(series) * 9 // 10]
    scale = Scale(known)
    trainer = learn(scale.levels(known), a.cell, a.hidden, TrainingOptions(minutes=a.minutes, learning_rate=5e-3))
    print(f"{trainer.progress.best:.2f} bits a value; of {LEVELS} equally likely: {np.log2(LEVELS):.2f}")
    futures = scale.values(forecast(trainer.network, scale.levels(known[-PIECE:]), a.ahead))
    low, middle, high = np.quantile(futures, [0.1, 0.5, 0.9], axis=0)
    came = series[len(known) : len(known) + a.ahead]
    print("ahead   foretold   80% between        came")
    for step in range(0, len(came), max(1, a.ahead // 10)):
        print(f"{step + 1:5d} {middle[step]:10.3f} {low[step]:8.3f} {high[step]:8.3f} {came[step]:10.3f}")


if __name__ == "__main__":
    main()
