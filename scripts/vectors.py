"""Writes tests/vectors: what this version computes, for any other program that reads the same model files.

    python scripts/vectors.py

Run it after an intended change; the tests compare with what lies there. All is JSON, except the small models:

    features.json        events -> features, exactly; with the names and sizes of all columns
    logits.json          model file, style, events -> logits of the six fields at some of the events, to 1e-5
    masks.json           events, constraints, how many events are a seed -> ranges of legal tokens, exactly
    steering.json        the same, with a density, chords and a bias -> the nats of each steering term, to 1e-5
    random_numbers.json  keys -> the first random numbers, as integers of 53 bits
    draws.json           logits, temperature, top-p, random number -> token, exactly. A logit of null is -infinity
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from vector_pieces import songs

from melodyrnn.encoding.context import Context
from melodyrnn.encoding.events import ENCODING_VERSION, FIELDS, EventArray, encode
from melodyrnn.encoding.features import DENSE_FEATURES, HEAD_FEATURES, INPUT_FEATURES, sized
from melodyrnn.encoding.matrices import feature_matrices
from melodyrnn.generation.grammar import Grammar
from melodyrnn.generation.music_model import MusicModel
from melodyrnn.generation.note_constraints import NoteConstraints
from melodyrnn.generation.random_numbers import RandomNumbers
from melodyrnn.generation.sampling import draw
from melodyrnn.generation.steering import TERMS, merged_constants
from melodyrnn.generation.terms.step import Step
from melodyrnn.model.modelfile import Model, read_model, write_model
from melodyrnn.music.progression import Progression
from melodyrnn.music.scales import Key
from melodyrnn.training.recipe import music_config

FOLDER = Path(__file__).parents[1] / "tests" / "vectors"
CELLS = ("gru", "lstm", "rnn")
LOGITS_EVERY = 11  # events
STYLE = 1


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


CONSTRAINTS: tuple[dict[str, Any], ...] = (
    {},
    {"low": 48, "high": 72, "key": "D major", "monophonic": True, "range": "free"},
    {"low": 40, "high": 84, "range": "seed"},
)


CHORDS = ("", "C/E G7 | Am . . F", "", "Dm7b5 Bb", "", "Am F C G")  # asked for in each piece


def given_steps(count: int) -> tuple[int, ...]:
    """The numbers of the events before which masks or nats are taken."""
    return 0, 1, count // 3, 2 * count // 3, count - 1


def masks() -> list[dict[str, Any]]:
    """Which tokens are legal, as ranges from the first to the one after the last."""
    result = []
    for name in songs():
        for asked in CONSTRAINTS:
            key = asked.get("key")
            constraints = NoteConstraints(**{**asked, "key": Key.parse(key) if key else None})
            context, events = Context(), events_of(name).tolist()
            grammar, seed, found = Grammar(context, constraints, may_end=True), len(events) // 2, {}
            for i, event in enumerate(events):
                if i == seed:
                    grammar.mark_as_seed()
                if i in given_steps(len(events)):
                    legal = [grammar.legal(field, event[:field]) for field in range(len(FIELDS))]
                    end = grammar.allowed_end()
                    found[i] = {"fields": [ranges(mask) for mask in legal], "end": end}
                context.push(event)
                grammar.push(event)
            case = {"piece": name, "constraints": asked, "seed_events": seed, "events": events, "masks": found}
            result.append(case)
    return result


def ranges(mask: Any) -> list[list[int]]:
    """[from, to] of each run of tokens that are legal; `to` is not."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]])))
    return edges.reshape(-1, 2).tolist()


def steering() -> list[dict[str, Any]]:
    """The nats of each term that has any, by field, before some of the events."""
    constants = merged_constants({})
    result: list[dict[str, Any]] = [{"constants": constants}]
    for name, density, chords in zip(songs(), (1.0, 2.0, 1.0, 0.5, 1.0, 1.0), CHORDS, strict=True):
        followers: dict[str, Any] = {term.name: term.follower(constants[term.name]) for term in TERMS}
        followers["chord_tones"].ask(Progression.parse(chords) if chords else None)
        context, events, found = Context(), events_of(name).tolist(), dict[int, dict[str, Any]]()
        for i, event in enumerate(events):
            if i == len(events) // 2:
                for follower in followers.values():
                    follower.mark_as_seed(context.cursor)
            if i in given_steps(len(events))[2:]:
                found[i] = nats_before(event, context, followers, density)
            context.push(event)
            for follower in followers.values():
                follower.push(event, context.cursor)
        case = {
            "piece": name,
            "density": density,
            "chords": chords,
            "seed_events": len(events) // 2,
            "events": events,
            "nats": found,
        }
        result.append(case)
    return result


def nats_before(event: list[int], context: Context, followers: Any, density: float) -> dict[str, Any]:
    """Field by field, the nats of each term; the bias is of 3 nats towards `event`."""
    found: dict[str, Any] = {}
    for index, field in enumerate(FIELDS):
        step = Step(field, event[:index], context.cursor, density, event, 3.0)
        for term in TERMS:
            nats = followers[term.name].nats(step) if field in term.fields else None
            if nats is not None:
                found.setdefault(field, {})[term.name] = [round(float(value), 6) for value in nats]
    return found


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
        ("masks", masks),
        ("steering", steering),
        ("random_numbers", random_numbers),
        ("draws", draws),
    ):
        FOLDER.joinpath(f"{name}.json").write_text(as_text(make()) + "\n", "utf-8", newline="\n")
