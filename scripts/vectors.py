"""Writes tests/vectors: what this version computes, for any other program that reads the same model files.

    python scripts/vectors.py

Run it after an intended change; the tests compare with what lies there. All is JSON, except the small models:

    features.json        events -> features, exactly; with the names and sizes of all columns
    logits.json          model file, style, events -> logits of the six fields at some of the events, to 1e-5
    random_numbers.json  keys -> the first random numbers, as integers of 53 bits
    draws.json           logits, temperature, top-p, random number -> token, exactly. A logit of null is -infinity
"""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from melodyrnn.encoding.events import ENCODING_VERSION, EventArray, encode
from melodyrnn.encoding.features import DENSE_FEATURES, HEAD_FEATURES, INPUT_FEATURES, sized
from melodyrnn.encoding.matrices import feature_matrices
from melodyrnn.generation.music_model import MusicModel
from melodyrnn.generation.random_numbers import RandomNumbers
from melodyrnn.generation.sampling import draw
from melodyrnn.model.modelfile import Model, read_model, write_model
from melodyrnn.music.metre import TimeSignature
from melodyrnn.music.song import Note, Song, Track
from melodyrnn.training.recipe import music_config

FOLDER = Path(__file__).parents[1] / "tests" / "vectors"
CELLS = ("gru", "lstm", "rnn")
LOGITS_EVERY = 11  # events
STYLE = 1


def line(pitches: Iterable[int], step: int = 12, onset: int = 0, length: int = 12, velocity: int = 80) -> list[Note]:
    """Notes of equal steps, one after the other."""
    return [Note(onset + step * i, pitch, length, velocity - 8 * (i % 2)) for i, pitch in enumerate(pitches)]


def songs() -> dict[str, Song]:
    """Short pieces that between them reach every feature."""
    tune, answer = [60, 62, 64, 65, 67, 65, 64, 62], [67, 65, 64, 62, 60, 62, 59, 60]
    bass = [note for bar in range(6) for note in line([36 + bar % 3 * 5, 43], 48, 96 * bar, 40, 100)]
    beat = [
        (0, 36),
        (0, 42),
        (23, 38),
        (25, 42),
        (47, 36),
        (49, 42),
        (73, 38),
        (94, 42),
    ]  # by hand, near the sixteenths
    kit = [Note(96 * bar + place, sound, 6, 50 + 9 * i) for bar in range(5) for i, (place, sound) in enumerate(beat)]
    chords = [
        Note(96 * bar + 48 * half, root + above, 46, 64)
        for bar in range(4)
        for half, root in enumerate((48, 53 + bar % 2))
        for above in (0, 4, 7, 12)
    ]
    minor = [
        60,
        63,
        67,
        68,
        66,
        71,
        72,
        75,
        74,
        70,
        69,
        68,
        64,
        61,
        65,
        58,
    ]  # two a bar, so that it returns after eight
    held = [Note(192 * i, (48, 44, 51, 54, 47)[i % 5], 190, 60) for i in range(9)]
    odd = [*line(tune[:5], 24), Note(120, 127, 600, 127), Note(130, 0, 1, 1), *line(answer[:4], 24, 3000, 30)]
    return {
        "a tune that returns changed": Song((Track([*line(tune + answer + tune[:5] + [69, 64, 62] + answer)], 73),)),
        "chords": Song((Track(chords, 0),), (), (TimeSignature(0, 4, 4),)),
        "a kit": Song((Track(kit, 0, True),), (), (TimeSignature(0, 4, 4),)),
        "a band": Song((Track(line(tune * 2, 24), 25), Track(bass, 33), Track(kit, 0, True))),
        "eight bars twice": Song((Track(line(minor * 2, 48, 0, 44)), Track(held, 42))),
        "changes, rests and ties": Song(
            (Track(odd, 19),), (), (TimeSignature(0, 3, 4), TimeSignature(100, 5, 8), TimeSignature(700, 12, 4))
        ),
    }


def events_of(name: str) -> EventArray:
    """The events of one of the pieces."""
    return encode(songs()[name]).events


def features() -> dict[str, Any]:
    """Events and their features."""
    tables = {"inputs": INPUT_FEATURES, "dense": DENSE_FEATURES, "head_features": HEAD_FEATURES}
    return {
        "encoding_version": ENCODING_VERSION,
        "columns": {name: [[*column] for column in sized(table)] for name, table in tables.items()},
        "pieces": [
            {"name": name, "style": style, "events": piece.events.tolist()}
            | {table: getattr(piece, table).tolist() for table in tables}
            for style, name in enumerate(songs())
            for piece in [feature_matrices(events_of(name), style)]
        ],
    }


def model_of(cell: str) -> Model:
    """A small network of random weights, large enough for its logits to differ."""
    config = replace(music_config(cell, hidden=8, layers=2, embedding=4), head=6)
    numbers = RandomNumbers(CELLS.index(cell))
    weights = {
        name: np.array([1.6 * numbers.random() - 0.8 for _ in range(int(np.prod(shape)))], np.float32).reshape(shape)
        for name, shape in config.shapes().items()
    }
    return Model(config, weights, ENCODING_VERSION, ("one", "two"), {"licence": "CC0-1.0"})


def logits_of(model: Model, events: EventArray, style: int) -> dict[int, list[list[float]]]:
    """The logits of the fields, by the number of the event that they predict."""
    player = MusicModel(model)
    piece = player.selection(feature_matrices(events, style))
    state, found = player.engine.start(), {}
    for i, (inputs, dense, head_features, event) in enumerate(zip(*(matrix.tolist() for matrix in piece), strict=True)):
        projected = player.engine.project(player.engine.step(state, inputs, dense))
        if i % LOGITS_EVERY == LOGITS_EVERY - 1:
            fields = [player.engine.logits(f, projected, event[:f], head_features) for f in range(len(event))]
            found[i] = [[round(float(logit), 6) for logit in field] for field in fields]
    return found


def logits() -> list[dict[str, Any]]:
    """For each small model, which it writes, a piece and its logits."""
    result = []
    for cell, name in zip(CELLS, ("a band", "a tune that returns changed", "chords"), strict=True):
        file = f"{cell}.safetensors"
        write_model(model_of(cell), FOLDER / file, overwrite=True)
        found = logits_of(read_model(FOLDER / file), events_of(name), STYLE)
        result.append(
            {"model": file, "piece": name, "style": STYLE, "events": events_of(name).tolist(), "logits": found}
        )
    return result


def random_numbers() -> list[dict[str, Any]]:
    """Keys and the first numbers of each."""
    keys = ((0,), (1,), (2**32 - 1,), (2**64 + 5,), (1, 0), (0, 1), (7, 12, 3))
    return [
        {"keys": key, "numbers": [int(numbers.random() * 2**53) for _ in range(5)]}
        for key in keys
        for numbers in [RandomNumbers(*key)]
    ]


def draws() -> list[dict[str, Any]]:
    """Logits of every shape, and the token that is drawn."""
    numbers, result = RandomNumbers(5), []
    for case in range(48):
        values = [round(8 * numbers.random() - 4, 3) for _ in range(2 + 5 * (case % 7))]
        if case % 3 == 1:
            values = [round(value) for value in values]  # many are equal
        legal = [case % 4 != 2 or numbers.random() < 0.6 for _ in values]
        legal[case % len(values)] = True
        logits = [value if there else None for value, there in zip(values, legal, strict=True)]
        temperature = (1.0, 0.7, 1.5, 0.0, 5.0)[case % 5]
        top_p = (0.95, 1.0, 0.5, 0.9)[case % 4]
        number = 0.0 if case == 7 else round(numbers.random(), 6)
        array = np.array([-np.inf if value is None else value for value in logits], np.float32)
        token = draw(array, temperature, top_p, number)
        result.append({"logits": logits, "temperature": temperature, "top_p": top_p, "number": number, "token": token})
    return result


def as_text(data: Any, indent: int = 0) -> str:
    """JSON in which a list of plain values stands on one line."""
    inner, outer = "\n" + " " * (indent + 1), "\n" + " " * indent
    if isinstance(data, dict):
        rows = [f"{json.dumps(str(key))}: {as_text(value, indent + 1)}" for key, value in data.items()]
        return "{" + inner + ("," + inner).join(rows) + outer + "}"
    if isinstance(data, list | tuple) and any(isinstance(value, list | tuple | dict) for value in data):
        return "[" + inner + ("," + inner).join(as_text(value, indent + 1) for value in data) + outer + "]"
    return json.dumps(data)


if __name__ == "__main__":
    for name, make in (
        ("features", features),
        ("logits", logits),
        ("random_numbers", random_numbers),
        ("draws", draws),
    ):
        FOLDER.joinpath(f"{name}.json").write_text(as_text(make()) + "\n", "utf-8", newline="\n")
