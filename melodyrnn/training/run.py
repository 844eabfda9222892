"""One training run from folders to a model: read, train, describe."""

import datetime
import hashlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch

from melodyrnn.errors import MidiFileError, OptionError, TrainingError
from melodyrnn.midi.folder import midi_files
from melodyrnn.midi.limits import LIMITS, Limits
from melodyrnn.midi.worker import reading_of
from melodyrnn.model.config import ModelConfig
from melodyrnn.model.modelfile import Model, Weights
from melodyrnn.music.context import STYLES
from melodyrnn.music.events import ENCODING_VERSION
from melodyrnn.music.rows import Rows, Selection
from melodyrnn.training.augmentation import AS_IT_IS, AUGMENTATION, Augmentation, Preparation
from melodyrnn.training.cache import PieceCache
from melodyrnn.training.dataset import EVENNESS, Streams
from melodyrnn.training.devices import memory_errors_told
from melodyrnn.training.distributed import ALONE, Team
from melodyrnn.training.folder import Pieces, read_pieces
from melodyrnn.training.network import Network
from melodyrnn.training.preparing import PREPARING_LIMITS
from melodyrnn.training.trainer import Trainer, TrainingOptions, Validation

HELD_OUT_SHARE = 0.05  # of the pieces, at least one, where no folder is given to validate on


@dataclass(frozen=True, slots=True)
class Corpus:
    """Pieces to train on and pieces to validate on, by style."""

    train: Mapping[str, Pieces]
    held_out: Mapping[str, Pieces]
    styles: tuple[str, ...] = ()  # in order of their numbers; those of a model to start from come first

    @property
    def notes_per_event(self) -> float:
        """Notes an event, as training hears them; less than 1, for some events are signs and ties."""
        parts = {name: pieces.notes / sum(len(p.events) for p in pieces.rows) for name, pieces in self.train.items()}
        return sum(share * parts[name] for name, share in self.shares().items())

    @property
    def fingerprint(self) -> str:
        """How many pieces there are, and a hash of them and of their order."""
        digest = hashlib.sha256()
        for pieces in (*self.train.values(), *self.held_out.values()):
            for piece in pieces.rows:
                digest.update(piece.events.tobytes())
        count = sum(len(pieces.rows) for pieces in self.train.values())
        return f"{count} pieces ({digest.hexdigest()[:12]})"

    def shares(self) -> dict[str, float]:
        """The part of training each style gets: by the square root of its events, so that small styles are heard."""
        roots = {name: sum(len(piece.events) for piece in p.rows) ** 0.5 for name, p in self.train.items()}
        return {name: root / sum(roots.values()) for name, root in roots.items()}


def style_folders(folder: Path) -> dict[str, Path]:
    """Subfolders with MIDI files that may be read are styles; without any, the folder is one style of its own name."""
    midi_files(folder)
    found = {sub.name: sub for sub in sorted(folder.iterdir()) if os.path.isdir(sub) and _has_midi(sub)}
    if len(found) > STYLES:
        raise TrainingError(f"{folder}: {len(found)} subfolders make {len(found)} styles; at most {STYLES}")
    return found or {folder_name(folder): folder}


def folder_name(folder: Path) -> str:
    """The name it was called by, also where that is a link; of `.` the name of the folder it stands for."""
    return os.path.basename(os.path.abspath(folder))


def _has_midi(folder: Path) -> bool:
    try:
        return any(os.path.isfile(path) and os.access(path, os.R_OK) for path in midi_files(folder))
    except MidiFileError:
        return False


def read_corpus(
    folder: Path,
    validate_on: Path | None,
    report: Callable[[str, float], None] | None = None,
    preparation: Preparation = AS_IT_IS,
    held_out_share: float = HELD_OUT_SHARE,
    cache: PieceCache | None = None,
    known: Sequence[str] = (),
    limits: Limits = PREPARING_LIMITS,
) -> Corpus:
    """Read a folder of styles; hold some pieces of each out, or read those of `validate_on`, with the same styles.

    Styles that are `known` to the model to start from have the numbers they have there; new ones come after them.
    MIDI files that lie beside the folders of styles, or may not be read, are listed as skipped with the first style.
    """
    train: dict[str, Pieces] = {}
    held_out: dict[str, Pieces] = {}
    styles = style_folders(folder)
    names = tuple(dict.fromkeys((*known, *styles)))
    if len(names) > STYLES:
        raise TrainingError(f"{folder}: with the {len(known)} styles there are, {len(names)}; at most {STYLES}")
    for name, path in styles.items():
        number = names.index(name)
        train[name] = read_pieces(path, number, partial(report, name) if report else None, preparation, cache, limits)
        if validate_on is None:
            train[name], held_out[name] = train[name].split(held_out_share)
        else:
            below = validate_on / name if (validate_on / name).is_dir() else validate_on
            held_out[name] = read_pieces(below, number, None, preparation, cache, limits)
    if folder not in styles.values():
        next(iter(train.values())).skipped.extend(_outside(folder, [*styles.values()]))
    return Corpus(train, held_out, names)


def _outside(folder: Path, styles: Sequence[Path]) -> Iterator[tuple[str, str]]:
    """The files that are of no style, and why."""
    for path in midi_files(folder):
        if not any(path.is_relative_to(style) for style in styles):
            unread = None if path.parent == folder else reading_of(path, LIMITS)
            reason = str(unread) if isinstance(unread, MidiFileError) else f"{path}: beside the folders of styles"
            yield str(path), reason


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
    evenness: float = EVENNESS,
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
    counts = {"streams": streams, "window": window, "threads": 1 if threads is None else threads}
    for name, count in counts.items():
        if count < 1:
            raise OptionError(f"{name} {count}: must be 1 or more")
    if not 0 <= dropout < 1:
        raise OptionError(f"dropout {dropout:g}: must be 0 or more and below 1")
    if threads is not None:
        torch.set_num_threads(threads)
    torch.manual_seed(random_seed)
    with memory_errors_told():
        network = Network(config, dropout)
    if start is not None:
        network.load(start)
    if team.rank:
        torch.manual_seed(random_seed + team.rank)  # other units left out than in the other processes
    select = Selection([name for name, _ in config.inputs], [name for name, _ in config.numbers])
    groups = {name: pieces.rows for name, pieces in corpus.train.items()}

    def vary(piece: Rows, variant: int) -> Rows:
        return select(augmentation.vary(piece, variant))

    count = streams * team.size
    flow = Streams(groups, corpus.shares(), count, window, random_seed, augmentation.choose, vary, evenness)
    held_out = {}
    for name, pieces in corpus.held_out.items():
        some = pieces.first(validation_notes)
        held_out[name] = Validation([select(piece) for piece in some.rows], some.notes)
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
