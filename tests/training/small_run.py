"""A small run as a program of its own, to be killed: python small_run.py CHECKPOINT STREAMS WEIGHTS [--dropout P].

STREAMS are those of each process. Resumes where the checkpoint is there. Prints its process id after each window, and
writes its weights and the means it validated to WEIGHTS in the end.
"""

import argparse
import json
import os
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from melodyrnn.corpus.augmentation import choose_shift, shift
from melodyrnn.encoding.events import encode
from melodyrnn.encoding.matrices import FeatureMatrices, feature_matrices
from melodyrnn.errors import MelodyRnnError
from melodyrnn.music import Note, Song, Track
from melodyrnn.training.dataset import Streams
from melodyrnn.training.distributed import Team, joined
from melodyrnn.training.interruption import stopped_by_signals
from melodyrnn.training.network import Network
from melodyrnn.training.recipe import music_config
from melodyrnn.training.trainer import Trainer, TrainingOptions, Validation

WINDOW, WINDOWS, ALL_STREAMS = 12, 24, 4


def tune(random_seed: int, notes: int = 40) -> FeatureMatrices:
    steps = np.random.default_rng(random_seed).integers(-3, 4, notes)
    return feature_matrices(
        encode(Song((Track([Note(12 * i, 60 + int(step), 12, 78) for i, step in enumerate(steps)]),))).events
    )


def small_trainer(checkpoint: Path | None, streams: int, dropout: float, team: Team) -> Trainer:
    torch.set_num_threads(1)
    torch.manual_seed(3)
    network = Network(music_config("gru", hidden=16, layers=2, embedding=8), dropout)
    torch.manual_seed(3 + team.rank)  # other units left out than in the other process
    pieces = [tune(i) for i in range(4)]
    flow = Streams({"": pieces}, {"": 1.0}, streams * team.size, WINDOW, 5, choose=choose_shift, vary=shift)
    options = TrainingOptions(events=WINDOWS * ALL_STREAMS * WINDOW, warmup_events=200, validations=4)
    held_out = {"": Validation([tune(9), tune(10), tune(11, 30)], 110)}
    return Trainer(network, flow, held_out, options, checkpoint, team=team, checkpoint_seconds=0.0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("streams", type=int)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--dropout", type=float, default=0.1)
    a = parser.parse_args()
    with joined("cpu") as team:
        trainer = small_trainer(a.checkpoint, a.streams, a.dropout, team)
        if a.checkpoint.is_file():
            trainer.resume()
        with stopped_by_signals(trainer):
            trainer.run(lambda *_: os.write(1, b"%d %d\n" % (team.rank, os.getpid())))  # a line whole, not in pieces
        if team.leads:
            history = json.dumps([row["mean"] for row in trainer.progress.history])
            save_file(
                {n: trainer.network[n].detach() for n in trainer.network.config.shapes()}, a.weights, {"h": history}
            )


if __name__ == "__main__":
    try:
        main()
    except MelodyRnnError as error:
        sys.exit(f"error: {error}")
