"""Bits a note of MidiTok's REMI tokens, one token a step, in the same network and trainer as benchmarks/encoding.py.

    pip install miditok
    python benchmarks/remi.py --train DIR --valid DIR --test DIR --minutes 4 [--programs] --out remi.json

The grid is 24 steps a quarter note with 32 velocities, so both say the same notes; `--programs` keeps instruments and
drums apart, without it all melodic tracks become one. Minutes are CPU minutes of one thread. Prints one JSON object.
"""

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from miditok import REMI, TokenizerConfig
from symusic import Score

from melodyrnn.corpus.augmentation import HIGHEST_SHIFT, LOWEST_SHIFT
from melodyrnn.midi.folder import midi_files
from melodyrnn.model.config import FieldConfig, ModelConfig
from melodyrnn.training.dataset import Streams
from melodyrnn.training.network import Network
from melodyrnn.training.trainer import Trainer, TrainingOptions, Validation, bits_per_note

TIME_SIGNATURES = {2: [2, 3, 4], 4: [1, 2, 3, 4, 5, 6, 7], 8: [3, 5, 6, 7, 9, 12]}


class Tokens(NamedTuple):
    """A piece as one column of tokens: what was heard, and what follows."""

    inputs: npt.NDArray[np.int16]
    dense: npt.NDArray[np.uint8]
    head_features: npt.NDArray[np.int16]
    events: npt.NDArray[np.int16]


def tokenizer(programs: bool) -> Any:
    """REMI over all pitches, durations up to three bars of 4/4, time signatures but no tempo."""
    return REMI(
        TokenizerConfig(
            pitch_range=(0, 127),
            beat_res={(0, 12): 24},
            num_velocities=32,
            special_tokens=["PAD", "BOS", "EOS"],
            use_programs=programs,
            one_token_stream_for_programs=True,
            use_tempos=False,
            use_time_signatures=True,
            use_pitchdrum_tokens=True,
            time_signature_range=TIME_SIGNATURES,
        )
    )


def read(remi: Any, files: Sequence[Path]) -> tuple[list[Tokens], int]:
    """Every piece, and how many notes their tokens hold."""
    pitches = [i for name, i in remi.vocab.items() if name.startswith(("Pitch_", "PitchDrum_"))]
    pieces, notes = [], 0
    for path in files:
        score: Any = Score(path)
        if not remi.config.use_programs:
            melodic = [track for track in score.tracks if not track.is_drum]
            for other in melodic[1:]:
                melodic[0].notes.extend(other.notes)
            melodic[0].notes.sort()
            melodic[0].program = 0
            score.tracks = melodic[:1]
        sequence = remi.encode(score)
        ids = sequence.ids if not isinstance(sequence, list) else sequence[0].ids
        events = np.array([*ids, remi["EOS_None"]], np.int16)[:, None]
        inputs = np.concatenate([[[remi["BOS_None"]]], events[:-1]]).astype(np.int16)
        empty = np.zeros((len(events), 0), np.int16)
        pieces.append(Tokens(inputs, empty.astype(np.uint8), empty, events))
        notes += int(np.isin(events, pitches).sum())
    return pieces, notes


def trainer_of(
    remi: Any,
    groups: Mapping[str, Sequence[Tokens]],
    valid: Validation,
    options: TrainingOptions,
    streams: int,
    window: int,
    hidden: int,
    embedding: int,
    head: int,
) -> Trainer:
    """A trainer of a GRU of two layers over tokens, its groups alike, each piece transposed anew at every reading."""
    first, last = remi["Pitch_0"], remi["Pitch_127"]

    def vary(piece: Tokens, semitones: int) -> Tokens:
        inputs, events = piece.inputs.copy(), piece.events.copy()
        for column in (inputs, events):
            pitched = (column >= first) & (column <= last)
            column[pitched] = np.clip(column[pitched] + semitones, first, last)
        return piece._replace(inputs=inputs, events=events)

    def choose(_: Tokens, rng: np.random.Generator) -> int:
        return int(rng.integers(LOWEST_SHIFT, HIGHEST_SHIFT + 1))

    fields, inputs = (FieldConfig("token", len(remi)),), (("token", len(remi)),)
    config = ModelConfig(fields, inputs, hidden=hidden, embedding=embedding, head=head)
    flow = Streams(groups, dict.fromkeys(groups, 1 / len(groups)), streams, window, 0, choose, vary)
    return Trainer(Network(config), flow, {"": valid}, options, clock=time.process_time)


def main() -> None:
    """Train, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--train", "--valid", "--test"):
        parser.add_argument(name, required=True)
    parser.add_argument("--minutes", type=float, default=4)
    parser.add_argument("--programs", action="store_true")
    parser.add_argument("--streams", type=int, default=16)
    parser.add_argument("--window", type=int, default=192, help="tokens; 192 are about as many notes as 48 events")
    parser.add_argument("--hidden", type=int, default=384)
    parser.add_argument("--embedding", type=int, default=768)
    parser.add_argument("--head", type=int, default=512)
    parser.add_argument("--out", default="remi.json")
    a = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    remi = tokenizer(a.programs)
    sets = {name: read(remi, midi_files(getattr(a, name))) for name in ("train", "valid", "test")}
    options = TrainingOptions(minutes=a.minutes, validations=8)
    groups, valid = {"": sets["train"][0]}, Validation(*sets["valid"])
    trainer = trainer_of(remi, groups, valid, options, a.streams, a.window, a.hidden, a.embedding, a.head)
    trainer.run()
    test, _ = bits_per_note(trainer.network, Validation(*sets["test"]))
    result = {
        "encoding": "REMI",
        "cpu_minutes": a.minutes,
        "parameters": sum(p.numel() for p in trainer.network.parameters()),
        "tokens_seen": trainer.progress.events,
        "tokens_per_note": round(sum(len(p.events) for p in sets["test"][0]) / sets["test"][1], 3),
        "test_notes": sets["test"][1],
        "valid_bits_per_note": round(trainer.progress.best, 4),
        "test_bits_per_note": round(test, 4),
    }
    print(json.dumps(result))
    Path(a.out).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
