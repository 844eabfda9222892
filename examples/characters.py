"""The same cells and the same trainer on a text: one character is one step.

    python examples/characters.py TEXT_FILE [--cell gru] [--minutes 5] [--write 400]

Learns the text, says in bits a character how well it predicts the tenth of the paragraphs that it was not shown, and
writes on from where a paragraph begins. What music needs beyond this (six fields an event, features, legal tokens)
lies in `melodyrnn/encoding` and `melodyrnn/training/recipe.py`; nothing here knows of it.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from melodyrnn.generation.sampling import draw
from melodyrnn.model.config import FieldConfig, ModelConfig
from melodyrnn.model.engine import Engine
from melodyrnn.training.dataset import Streams
from melodyrnn.training.network import Network
from melodyrnn.training.trainer import Trainer, TrainingOptions, Validation

END = "\0"  # closes a paragraph, and stands for what is before it


class Paragraph(NamedTuple):
    """A piece for the dataset: row t has character t - 1 as its input, and character t to be predicted."""

    inputs: npt.NDArray[np.int64]
    dense: npt.NDArray[np.float32]
    head_features: npt.NDArray[np.int64]
    events: npt.NDArray[np.int64]


def paragraph(text: str, alphabet: str) -> Paragraph:
    """A paragraph's characters as numbers, (n, 1) each."""
    tokens = np.array([alphabet.index(character) for character in END + text + END])[:, None]
    nothing = np.zeros((len(tokens) - 1, 0))
    return Paragraph(tokens[:-1], nothing.astype(np.float32), nothing.astype(np.int64), tokens[1:])


def learn(text: str, cell: str, hidden: int, options: TrainingOptions) -> tuple[Trainer, str]:
    """-> the trainer at its end, and the alphabet. Every tenth paragraph is held out."""
    paragraphs = [part.strip() for part in text.split("\n\n") if part.strip()]
    alphabet = "".join(sorted({END, *text}))
    pieces = [paragraph(part, alphabet) for part in paragraphs]
    held_out = pieces[::10]
    size = len(alphabet)
    config = ModelConfig((FieldConfig("character", size),), (("character", size),), cell=cell, hidden=hidden, layers=1)
    flow = Streams(
        {"text": [piece for number, piece in enumerate(pieces) if number % 10]},
        {"text": 1.0},
        streams=16,
        window=48,
        random_seed=0,
        choose=lambda *_: 0,
        vary=lambda piece, _: piece,
    )
    validation = Validation(held_out, sum(len(piece.events) for piece in held_out))
    trainer = Trainer(Network(config), flow, {"text": validation}, options)
    trainer.run()
    return trainer, alphabet


def write(network: Network, alphabet: str, characters: int, temperature: float = 0.7, random_seed: int = 0) -> str:
    """Draw characters one by one with the step engine, which needs no torch. After a paragraph begins the next."""
    engine, rng = Engine(network.config, network.export()), np.random.default_rng(random_seed)
    state, token, written = engine.start(), alphabet.index(END), ""
    while len(written) < characters:
        top = engine.step(state, [token])
        token = draw(engine.logits(0, engine.project(top), []), temperature, 1.0, rng.random())
        written += "\n\n" if alphabet[token] == END else alphabet[token]
        if alphabet[token] == END:
            state = engine.start()
    return written


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", type=Path)
    parser.add_argument("--cell", choices=("rnn", "gru", "lstm"), default="gru")
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--write", type=int, default=400)
    a = parser.parse_args()
    torch.manual_seed(0)
    trainer, alphabet = learn(a.text.read_text(encoding="utf-8"), a.cell, a.hidden, TrainingOptions(minutes=a.minutes))
    print(
        f"{trainer.progress.best:.2f} bits a character; of {len(alphabet)} equally likely: {np.log2(len(alphabet)):.2f}"
    )
    print(write(trainer.network, alphabet, a.write))


if __name__ == "__main__":
    main()
