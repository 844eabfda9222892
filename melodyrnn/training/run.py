"""One training run from a corpus to a model: train, describe."""

import datetime
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from melodyrnn.corpus.augmentation import AUGMENTATION, Augmentation
from melodyrnn.corpus.options import EVENNESS
from melodyrnn.corpus.styles import Corpus
from melodyrnn.encoding.events import ENCODING_VERSION
from melodyrnn.encoding.matrices import FeatureMatrices, Selection
from melodyrnn.errors import OptionError
from melodyrnn.model.config import ModelConfig
from melodyrnn.model.modelfile import Model, Weights
from melodyrnn.training.dataset import Streams
from melodyrnn.training.devices import translated_memory_errors
from melodyrnn.training.distributed import ALONE, Team
from melodyrnn.training.network import Network
from melodyrnn.training.trainer import Trainer, TrainingOptions, Validation


def check_numbers(streams: int, window: int, dropout: float, evenness: float, threads: int | None = None) -> None:
    """OptionError for numbers that `make_trainer` does not take."""
    counts = {"streams": streams, "window": window, "threads": 1 if threads is None else threads}
    for name, count in counts.items():
        if count < 1:
            raise OptionError(f"{name} {count}: must be 1 or more")
    if not 0 <= dropout < 1:
        raise OptionError(f"dropout {dropout:g}: must be 0 or more and below 1")
    EVENNESS.check(evenness)


def make_trainer(
    corpus: Corpus,
    config: ModelConfig,
    options: TrainingOptions,
    checkpoint: Path | None,
    streams: int = 16,
    window: int = 48,
    dropout: float = 0.1,
    random_seed: int = 0,
    validation_notes: int = 12_000,
    threads: int | None = None,
    *,
    augmentation: Augmentation = AUGMENTATION,
    evenness: float = EVENNESS.default,
    start: Weights | None = None,
    team: Team = ALONE,
    settings: Mapping[str, Any] | None = None,
    compiled: bool = False,
    clock: Callable[[], float] = time.monotonic,
) -> Trainer:
    """A trainer over a corpus, from weights to `start` from or from chance. `streams` are those of each process.

    Validation hears at most about `validation_notes` notes of each style. With `threads`, torch computes with so many
    from now on. OptionError for numbers outside what is legal.
    """
    check_numbers(streams, window, dropout, evenness, threads)
    if threads is not None:
        torch.set_num_threads(threads)
    torch.manual_seed(random_seed)
    with translated_memory_errors():
        network = Network(config, dropout)
    if start is not None:
        network.load(start)
    if team.rank:
        torch.manual_seed(random_seed + team.rank)  # other units left out than in the other processes
    select = Selection(config.inputs, config.dense, config.head_features, config.dense_scale)
    groups = {name: pieces.features for name, pieces in corpus.train.items()}

    def vary(piece: FeatureMatrices, variant: int) -> FeatureMatrices:
        return select(augmentation.vary(piece, variant))

    count = streams * team.size
    flow = Streams(groups, corpus.shares(), count, window, random_seed, augmentation.choose, vary, evenness)
    held_out = {}
    for name, pieces in corpus.held_out.items():
        if not pieces.pieces:
            continue
        some = pieces.first(validation_notes)
        held_out[name] = Validation([select(piece) for piece in some.features], some.notes)
    return Trainer(
        network.to(team.device),
        flow,
        held_out,
        options,
        checkpoint,
        clock,
        team=team,
        settings={**(settings or {}), "music": corpus.fingerprint},
        notes_per_event=corpus.notes_per_event,
        compiled=compiled,
    )


def model_of(trainer: Trainer, styles: tuple[str, ...], about: Mapping[str, Any]) -> Model:
    """The best weights so far (before the first validation the present ones) with their description."""
    best = {name: tensor.numpy() for name, tensor in trainer.best.items()} or trainer.network.export()
    validation = min(trainer.progress.history, key=lambda entry: float(entry["mean"]), default={})
    facts = {
        "trained": datetime.date.today().isoformat(),
        "events_heard": trainer.progress.events,
        "minutes": round(trainer.progress.seconds / 60, 1),
        "validation_bits_per_note": validation.get("bits_per_note", {}),
        **about,
    }
    return Model(trainer.network.config, best, ENCODING_VERSION, styles, facts)
