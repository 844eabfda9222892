"""The masks, steering, random numbers and draws of tests/vectors, which another program must repeat."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from melodyrnn.encoding.context import Context
from melodyrnn.encoding.events import FIELDS
from melodyrnn.generation.grammar import Grammar
from melodyrnn.generation.note_constraints import NoteConstraints
from melodyrnn.generation.random_numbers import RandomNumbers
from melodyrnn.generation.sampling import draw
from melodyrnn.generation.steering import TERMS, merged_constants
from melodyrnn.generation.terms.step import Step
from melodyrnn.music.progression import Progression
from melodyrnn.music.scales import Key

FOLDER = Path(__file__).parents[1] / "vectors"
NAMES = ("random_numbers", "draws", "masks", "steering")
NUMBERS, DRAWS, MASKS, (CONSTANTS, *NATS) = (json.loads((FOLDER / f"{name}.json").read_text("utf-8")) for name in NAMES)
TOLERANCE = 1e-5
BIAS_NATS = 3.0
OF_ADDED = {"part_pitches"}  # they count for a part that is added to a song, which no vector has


@pytest.mark.parametrize("vector", NUMBERS, ids=lambda vector: str(vector["keys"]))
def test_the_random_numbers_are_those_of_the_vectors(vector: dict[str, Any]) -> None:
    numbers = RandomNumbers(*vector["keys"])
    assert [numbers.random() * 2**53 for _ in vector["numbers"]] == vector["numbers"]


@pytest.mark.parametrize("vector", DRAWS)
def test_the_tokens_are_those_of_the_vectors(vector: dict[str, Any]) -> None:
    logits = np.array([-np.inf if logit is None else logit for logit in vector["logits"]], np.float32)
    assert draw(logits, vector["temperature"], vector["top_p"], vector["number"]) == vector["token"]


@pytest.mark.parametrize("vector", MASKS, ids=lambda vector: f"{vector['piece']} {vector['constraints']}")
def test_the_masks_are_those_of_the_vectors(vector: dict[str, Any]) -> None:
    key = vector["constraints"].get("key")
    constraints = NoteConstraints(**{**vector["constraints"], "key": Key.parse(key) if key else None})
    context = Context()
    grammar = Grammar(context, constraints, may_end=True)
    for i, event in enumerate(vector["events"]):
        if i == vector["seed_events"]:
            grammar.mark_as_seed()
        expected = vector["masks"].get(str(i))
        if expected:
            for field, ranges in enumerate(expected["fields"]):
                legal = [*np.flatnonzero(grammar.legal(field, event[:field]))]
                assert legal == [token for first, end in ranges for token in range(first, end)], (i, FIELDS[field])
            end = grammar.allowed_end()
            assert expected["end"] == (end and [*end])
        context.push(event)
        grammar.push(event)


@pytest.mark.parametrize("vector", NATS, ids=lambda vector: vector["piece"])
def test_the_steering_terms_are_those_of_the_vectors(vector: dict[str, Any]) -> None:
    followers: dict[str, Any] = {term.name: term.follower(CONSTANTS["constants"][term.name]) for term in TERMS}
    followers["chord_tones"].ask(Progression.parse(vector["chords"]) if vector["chords"] else None)
    context = Context()
    for i, event in enumerate(vector["events"]):
        if i == vector["seed_events"]:
            for follower in followers.values():
                follower.mark_as_seed(context.cursor)
        for index, field in enumerate(FIELDS if str(i) in vector["nats"] else ()):
            step = Step(field, event[:index], context.cursor, vector["density"], event, BIAS_NATS)
            expected = vector["nats"][str(i)].get(field, {})
            for term in TERMS:
                nats = followers[term.name].nats(step) if field in term.fields else None
                assert (nats is not None) == (term.name in expected), (i, field, term.name)
                if nats is not None:
                    np.testing.assert_allclose(nats, expected[term.name], rtol=0, atol=TOLERANCE)
        context.push(event)
        for follower in followers.values():
            follower.push(event, context.cursor)


def test_the_vectors_hold_every_term_and_the_constants_of_today() -> None:
    found = {
        name for vector in NATS for fields in vector["nats"].values() for terms in fields.values() for name in terms
    }
    assert found | OF_ADDED == {term.name for term in TERMS}
    assert CONSTANTS["constants"] == merged_constants({})
