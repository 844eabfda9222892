"""One model serves many threads: what each makes is what it makes alone."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from threading import Barrier, BrokenBarrierError

import numpy as np
import pytest

from melodyrnn.encoding.events import BARS
from melodyrnn.generation import MusicModel, Seed, continuation, continue_song
from melodyrnn.generation.generator import Generator
from melodyrnn.generation.seed_cache import SeedCache
from melodyrnn.music import Note, Song, Track
from models import random_model

SEEDS = [
    Seed.of(Song((Track([Note(12 * i, 50 + 3 * number + i % 5, 12, 78) for i in range(24)]),))) for number in range(6)
]


def busy_model() -> MusicModel:
    """It waits for few bars."""
    return random_model(bars=-4.0 * np.arange(BARS))


@pytest.fixture(autouse=True)
def _few_cached_seeds(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fewer than there are, so that they come and go; and threads that change places often."""
    monkeypatch.setattr(continuation, "READ_SEEDS", SeedCache(3))
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def made(model: MusicModel, number: int) -> Song:
    return continue_song(model, SEEDS[number % len(SEEDS)], 2, random_seed=number // len(SEEDS)).song


def at_once(work: Callable[[int], Song], numbers: range) -> list[Song]:
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(work, numbers))


def test_many_generations_at_once_are_as_each_alone() -> None:
    alone = [made(busy_model(), number) for number in range(24)]
    shared = busy_model()
    assert at_once(lambda number: made(shared, number), range(24)) == alone


def test_threads_that_finish_reading_at_the_same_time_go_on_from_their_own_seeds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each waits, once it has read its seed and before it takes a copy of what it read, for all the others."""
    alone = [made(busy_model(), number) for number in range(6)]
    barrier, copy = Barrier(6), Generator.copy

    def wait_and_copy(self: Generator) -> Generator:
        try:
            barrier.wait(10)
        except BrokenBarrierError:
            pytest.fail("the threads did not meet")
        return copy(self)

    monkeypatch.setattr(Generator, "copy", wait_and_copy)
    shared = busy_model()
    assert at_once(lambda number: made(shared, number), range(6)) == alone


def test_threads_that_learn_their_seeds_at_once_learn_each_its_own() -> None:
    def learned(model: MusicModel, number: int) -> Song:
        return continue_song(model, SEEDS[number % 3], 1, random_seed=number // 3, stay=0.5).song

    alone = [learned(busy_model(), number) for number in range(6)]
    shared = busy_model()
    assert at_once(lambda number: learned(shared, number), range(6)) == alone


def test_a_model_does_not_change() -> None:
    model = busy_model()
    with pytest.raises(FrozenInstanceError):
        model.name = "other"  # type: ignore[misc]
