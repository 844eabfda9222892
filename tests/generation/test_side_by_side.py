"""Drawings side by side: whatever each does, it draws to the bit what it would draw alone."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from melodyrnn.encoding.events import PART
from melodyrnn.generation import MusicModel, NoteConstraints, Sampling
from melodyrnn.generation.generator import Event, Generator
from melodyrnn.generation.library import load_model
from melodyrnn.generation.side_by_side import Ask, Drawing, drawn, together
from models import random_model

MODEL = random_model(3, hidden=48, layers=2, scale=0.4)


def some_events(model: MusicModel, random_seed: int, sampling: Sampling, count: int) -> Drawing[list[Event]]:
    generator, events = Generator(model, 0, sampling, random_seed), list[Event]()
    for _ in range(count):
        (event,) = yield [Ask(generator)]
        events.append(event)
        generator.push(event)
    return events


@st.composite
def settings_of_streams(draw: Callable[..., int]) -> list[tuple[int, Sampling, int]]:
    streams = []
    for _ in range(draw(st.integers(1, 20))):
        constraints = NoteConstraints(low=draw(st.integers(0, 60)), monophonic=draw(st.booleans()))
        sampling = Sampling(
            draw(st.sampled_from([0.0, 0.7, 1.0])), draw(st.sampled_from([0.5, 0.95, 1.0])), constraints
        )
        streams.append((draw(st.integers(0, 1000)), sampling, draw(st.integers(0, 12))))
    return streams


@settings(max_examples=30, deadline=None)
@given(settings_of_streams())
def test_each_draws_what_it_draws_alone(streams: list[tuple[int, Sampling, int]]) -> None:
    side_by_side = drawn(together([some_events(MODEL, *stream) for stream in streams]))
    assert side_by_side == [drawn(some_events(MODEL, *stream)) for stream in streams]


@pytest.mark.parametrize("style", ["any", "drums"])
def test_a_shipped_model_draws_the_same_music_side_by_side(style: str) -> None:
    model = load_model(style)
    side_by_side = drawn(together([some_events(model, number, Sampling(), 40) for number in range(17)]))
    assert side_by_side == [drawn(some_events(model, number, Sampling(), 40)) for number in range(17)]


def test_a_drawing_decides_what_it_asks_for_next() -> None:
    """One waits for a part, another asks for nothing: results come back in order."""

    def until_a_part() -> Drawing[int]:
        generator, count = Generator(MODEL, 0, Sampling(), 1), 1
        while True:
            (event,) = yield [Ask(generator, (0, 0, 0, PART), 50.0)]
            if event[3] == PART:
                return count
            generator.push(event)
            count += 1

    def nothing() -> Drawing[int]:
        return -1
        yield

    inner = together([nothing(), until_a_part()])
    outer = together([together([until_a_part()]), inner, together([])])
    assert drawn(outer) == [[2], [-1, 2], []]
