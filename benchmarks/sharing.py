"""What sharing out training among pieces and styles of unlike size is worth, at equal CPU minutes of one thread.

    python benchmarks/sharing.py --train DIR --valid DIR --minutes 2 [--evenness 0.5] [--balance 0.5] --out sharing.json

Both folders hold the same subfolders, which are the styles. `evenness` is that of `melodyrnn train`: 0 hears every
piece of a style in every round, 1 none more than one of median length. `balance` is the power of a style's size that
its share of the time goes by: 1 as large as it is, 0 all styles alike; the trainer's is 0.5, the square root. Prints
JSON: for each style its pieces, events and part of the time, and bits per note on the validation pieces, over all notes
(where long pieces weigh more) and as a mean over the pieces (where all weigh the same).
"""

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from melodyrnn.corpus.cache import PieceCache
from melodyrnn.corpus.folder import Pieces
from melodyrnn.corpus.options import EVENNESS
from melodyrnn.corpus.styles import Corpus, read_corpus
from melodyrnn.encoding.matrices import Selection
from melodyrnn.model.config import ModelConfig
from melodyrnn.training.network import Network
from melodyrnn.training.recipe import music_config
from melodyrnn.training.run import make_trainer
from melodyrnn.training.trainer import TrainingOptions, Validation, bits_per_note

VALIDATION_NOTES = 12_000  # of each style


@dataclass(frozen=True, slots=True)
class Balanced(Corpus):
    """A corpus whose styles share the time by a power of their sizes."""

    balance: float = 0.5

    def shares(self) -> dict[str, float]:
        """The part of training each style gets."""
        sizes = {
            name: sum(len(p.events) for p in pieces.features) ** self.balance for name, pieces in self.train.items()
        }
        return {name: size / sum(sizes.values()) for name, size in sizes.items()}


def bits(network: Network, config: ModelConfig, pieces: Pieces) -> dict[str, float]:
    """Bits per note over all notes, and as a mean over pieces."""
    select = Selection(config.inputs, config.dense, config.head_features, config.dense_scale)
    notes = np.array([piece.notes for piece in pieces.pieces])
    found = np.array(
        [bits_per_note(network, Validation([select(piece.features)], piece.notes))[0] for piece in pieces.pieces]
    )
    return {"a_note": round(float(found @ notes / notes.sum()), 3), "a_piece": round(float(found.mean()), 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--valid", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--evenness", type=float, default=EVENNESS.default)
    parser.add_argument("--balance", type=float, default=0.5)
    parser.add_argument("--hidden", type=int, default=128)
    parser.add_argument("--random-seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    a = parser.parse_args()
    read = read_corpus(a.train, a.valid, cache=PieceCache())
    held_out = {name: pieces.first(VALIDATION_NOTES) for name, pieces in read.held_out.items()}
    corpus = Balanced(read.train, held_out, read.styles, a.balance)
    config = music_config("gru", a.hidden, 1, a.hidden // 2)
    options = TrainingOptions(a.minutes, validations=4)
    trainer = make_trainer(
        corpus,
        config,
        options,
        None,
        random_seed=a.random_seed,
        threads=1,
        evenness=a.evenness,
        clock=time.process_time,
    )
    trainer.run()
    shares = corpus.shares()
    result = {
        "evenness": a.evenness,
        "balance": a.balance,
        "cpu_minutes": a.minutes,
        "events_heard": trainer.progress.events,
        "styles": {
            name: {
                "pieces": len(pieces.pieces),
                "events": sum(len(rows.events) for rows in pieces.features),
                "share": round(shares[name], 3),
                "bits": bits(trainer.network, config, held_out[name]),
            }
            for name, pieces in corpus.train.items()
        },
    }
    print(json.dumps(result))
    if a.out:
        a.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
