"""Train a network that reads MidiTok's REMI tokens beside one of ours: the same pieces and minutes, both from nothing.

    pip install miditok
    python benchmarks/remi_continuation.py FOLDER ... --valid FOLDER ... --out DIR [--minutes 20] [--pieces 200]
        [--hidden 384]
    python benchmarks/continuation.py FOLDER --model DIR/melodyrnn.safetensors --peer DIR/remi.safetensors

Writes both networks. Each is a GRU of two layers in the same trainer; with `--hidden 384`, the default, ours is as
large as the shipped models, and the peer has 512 units, which makes about as many weights. Minutes are CPU minutes of
one thread. Ours reads scores, as the model `any` does; the peer reads the files as they are. Prints one JSON object a
network.

`Peer.continued` goes on from a seed: token by token at the default temperature and top-p, and only with tokens that
may follow, in the seed's instruments and time signature. A new note of an instrument that several parts have goes to
the part whose notes are nearest in pitch. So the peer never leaves the seed's band or metre, whatever it has learned.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from remi import Tokens, read, tokenizer, trainer_of
from symusic import Note, Score, TimeSignature, Track

from melodyrnn.corpus.augmentation import AUGMENTATION
from melodyrnn.corpus.folder import readable_songs
from melodyrnn.corpus.options import EVENNESS
from melodyrnn.encoding.events import encode
from melodyrnn.encoding.matrices import FeatureMatrices, Selection, feature_matrices
from melodyrnn.generation.sampling import draw
from melodyrnn.midi.folder import midi_files
from melodyrnn.model.engine import Engine
from melodyrnn.model.modelfile import Model, read_model, write_model
from melodyrnn.music.pulses import PULSES_PER_QUARTER
from melodyrnn.music.song import Song
from melodyrnn.options import TEMPERATURE, TOP_P
from melodyrnn.performance import separate
from melodyrnn.training.dataset import Streams
from melodyrnn.training.network import Network
from melodyrnn.training.recipe import music_config
from melodyrnn.training.run import model_of
from melodyrnn.training.trainer import Trainer, TrainingOptions, Validation

STREAMS, WINDOW = 16, 48
VALIDATION_PIECES = 8  # of each folder
MOST_TOKENS = 6000  # of a continuation
DRUMS = -1  # the program of a kit in REMI


def spread(folder: str, pieces: int) -> list[Path]:
    """At most `pieces` files of a folder, evenly over their order."""
    files = [Path(path) for path in midi_files(folder)]
    return files[:: max(1, len(files) // pieces)][:pieces]


def our_pieces(files: Sequence[Path]) -> tuple[list[FeatureMatrices], int]:
    """The scores of the files as features, and how many notes they hold."""
    pieces, notes = [], 0
    for _, song in readable_songs(files, []):
        sequence = encode(separate(song)[0])
        pieces.append(feature_matrices(sequence.events, 0))
        notes += sequence.note_count
    return pieces, notes


def train_ours(train: dict[str, list[Path]], valid: list[Path], minutes: float, hidden: int) -> Trainer:
    """A network of ours, from nothing."""
    config = music_config(hidden=hidden, embedding=hidden // 2)
    select = Selection(config.inputs, config.dense, config.head_features, config.dense_scale)
    groups = {name: our_pieces(files)[0] for name, files in train.items()}
    held, notes = our_pieces(valid)
    streams = Streams(
        groups,
        dict.fromkeys(groups, 1 / len(groups)),
        STREAMS,
        WINDOW,
        0,
        AUGMENTATION.choose,
        lambda piece, variant: select(AUGMENTATION.vary(piece, variant)),
        EVENNESS.default,
    )
    options = TrainingOptions(minutes=minutes, validations=6)
    held_out = {"": Validation([*map(select, held)], notes)}
    trainer = Trainer(Network(config), streams, held_out, options, clock=time.process_time)
    trainer.run()
    return trainer


def train_peer(train: dict[str, list[Path]], valid: list[Path], minutes: float, hidden: int) -> Trainer:
    """A network that reads tokens, from nothing, a third wider."""
    remi = tokenizer(programs=True)
    groups: dict[str, list[Tokens]] = {name: read(remi, files)[0] for name, files in train.items()}
    options = TrainingOptions(minutes=minutes, validations=6)
    held = Validation(*read(remi, valid))
    wide = hidden * 4 // 3
    trainer = trainer_of(remi, groups, held, options, STREAMS, 4 * WINDOW, wide, wide // 2, wide)
    trainer.run()
    return trainer


class Peer:
    """A trained network of tokens, which goes on from seeds."""

    def __init__(self, path: str) -> None:
        model = read_model(path)
        self._engine, self._remi = Engine(model.config, model.weights), tokenizer(programs=True)
        self._names = {number: name for name, number in self._remi.vocab.items()}
        kinds = [self._names[number].split("_")[0] for number in range(len(self._remi))]
        self._after = {
            kind: np.array([other in after for other in kinds]) for kind, after in self._remi.tokens_types_graph.items()
        }

    def continued(self, seed: Song, bars: int, random_seed: int) -> Song:
        """As many new bars as the seed has, from pulse 0."""
        tokens = self._tokens(seed, bars)
        given, rng = len(tokens), np.random.default_rng(random_seed)
        allowed = self._allowed(seed)
        state, new_bars = self._engine.start(), 0
        for heard in (self._remi["BOS_None"], *tokens):
            top = self._engine.step(state, [heard])
        while len(tokens) < given + MOST_TOKENS:
            logits = self._engine.logits(0, self._engine.project(top), [])
            legal = allowed & self._after[self._names[tokens[-1]].split("_")[0]]
            token = draw(np.where(legal, logits, -np.inf), TEMPERATURE.default, TOP_P.default, rng.random())
            new_bars += self._names[token] == "Bar_None"
            if new_bars == bars:
                break
            tokens.append(token)
            top = self._engine.step(state, [token])
        return self._dealt(seed, tokens, bars)

    def _tokens(self, seed: Song, bars: int) -> list[int]:
        """The seed's tokens, and those that begin the bar after it."""
        sequence = self._remi.encode(score_of(seed))
        names = [self._names[number] for number in sequence.ids]
        signature = seed.time_signatures[0]
        begin = ["Bar_None", f"TimeSig_{signature.numerator}/{signature.denominator}"]
        missing = bars + 1 - names.count("Bar_None")
        return [self._remi[name] for name in (*names, *(begin * missing))]

    def _allowed(self, seed: Song) -> Any:
        """Which tokens may ever be drawn: no ends, no other metre, no other instruments."""
        programs = {DRUMS if part.is_drum else part.program for part in seed.tracks if len(part)}
        signature = seed.time_signatures[0]
        own = {f"TimeSig_{signature.numerator}/{signature.denominator}", *(f"Program_{p}" for p in programs)}
        fixed = ("PAD_", "BOS_", "EOS_", "TimeSig_", "Program_")
        names = [self._names[number] for number in range(len(self._remi))]
        return np.array([name in own or not name.startswith(fixed) for name in names])

    def _dealt(self, seed: Song, tokens: list[int], bars: int) -> Song:
        """The notes after the seed's bars, each in the part that it goes on from."""
        score = self._remi.decode(tokens)
        scale, join = PULSES_PER_QUARTER / score.tpq, bars * seed.time_signatures[0].bar_pulses
        rows: list[list[tuple[int, int, int, int]]] = [[] for _ in seed.tracks]
        for track in score.tracks:
            parts = [
                index
                for index, part in enumerate(seed.tracks)
                if len(part) and part.is_drum == track.is_drum and (part.is_drum or part.program == track.program)
            ]
            middles = [float(np.median(seed.tracks[index].array[:, 1])) for index in parts]
            for note in track.notes:
                onset = round(note.time * scale) - join
                if 0 <= onset < join:
                    nearest = parts[int(np.argmin([abs(middle - note.pitch) for middle in middles]))]
                    rows[nearest].append((onset, note.pitch, max(1, round(note.duration * scale)), note.velocity))
        tracks = [
            part.with_notes(np.array(notes, np.int64).reshape(-1, 4))
            for part, notes in zip(seed.tracks, rows, strict=True)
        ]
        return Song(tracks, seed.tempos, seed.time_signatures, join)


def score_of(song: Song) -> Any:
    """A Song as MidiTok reads it."""
    score: Any = Score(PULSES_PER_QUARTER)
    signature = song.time_signatures[0]
    score.time_signatures.append(TimeSignature(0, signature.numerator, signature.denominator))
    for part in song.tracks:
        track: Any = Track(part.name, part.program, part.is_drum)
        for onset, pitch, length, velocity in part.array.tolist():
            track.notes.append(Note(onset, length, pitch, velocity))
        score.tracks.append(track)
    return score


def main() -> None:
    """Train both, write both, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--valid", nargs="+", required=True)
    parser.add_argument("--pieces", type=int, default=200, help="of each folder")
    parser.add_argument("--minutes", type=float, default=20, help="of each network")
    parser.add_argument("--hidden", type=int, default=384, help="units of each layer of ours")
    parser.add_argument("--out", type=Path, required=True)
    a = parser.parse_args()
    torch.set_num_threads(1)
    train = {folder: spread(folder, a.pieces) for folder in a.folders}
    valid = [path for folder in a.valid for path in spread(folder, VALIDATION_PIECES)]
    a.out.mkdir(parents=True, exist_ok=True)
    result: dict[str, Any] = {"pieces": sum(map(len, train.values())), "cpu_minutes": a.minutes}
    for name, train_one in {"remi": train_peer, "melodyrnn": train_ours}.items():
        torch.manual_seed(0)
        trainer = train_one(train, valid, a.minutes, a.hidden)
        model: Model = replace(model_of(trainer, ("any",), {"benchmark": result}), reads_scores=True)
        write_model(model, a.out / f"{name}.safetensors", overwrite=True)
        result[name] = {
            "parameters": sum(weight.numel() for weight in trainer.network.parameters()),
            "heard": trainer.progress.events,
            "valid_bits_per_note": round(trainer.progress.best, 3),
        }
        print(json.dumps({name: result[name]}), flush=True)
    (a.out / "training.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
