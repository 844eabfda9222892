"""However long it plays, it takes no more memory."""

import gc
import sys
from collections.abc import Callable
from types import FunctionType, ModuleType

import numpy as np
import pytest

from melodyrnn.encoding import match_model
from melodyrnn.generation import MusicModel, NoteConstraints, Sampling
from melodyrnn.live.score import model_composer
from melodyrnn.live.score.model_composer import ModelComposer
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.testing import STYLES, Simulation
from melodyrnn.live.wire.controls import Control
from melodyrnn.midi.takes import Take
from melodyrnn.music import TimeSignature

BAR_SECONDS = 2.0  # at 120 bpm
BARS = 60  # of each stretch: in the first of them every limit is reached
STRETCHES = 3
MOST_GROWTH = 1.15  # notes are forgotten in portions
FARTHEST_BAR, DENSE_BARS = 40, 16


@pytest.fixture(autouse=True)
def short_memory(monkeypatch):
    """What is remembered at all is remembered for less, so that its limits are reached soon."""
    monkeypatch.setattr(model_composer, "FARTHEST_PULSE", FARTHEST_BAR * 96)
    monkeypatch.setattr(model_composer, "DENSE_BARS", DENSE_BARS)
    monkeypatch.setattr(match_model, "CHUNK_NOTES", 8)
    monkeypatch.setattr(match_model, "CHUNKS", 3)


def held_bytes(*roots: object) -> int:
    """What the objects and all that they refer to take, but for code and the model, which does not change."""
    seen: set[int] = set()
    total, left = 0, list(roots)
    while left:
        thing = left.pop()
        if id(thing) in seen or isinstance(thing, type | ModuleType | FunctionType | MusicModel):
            continue
        seen.add(id(thing))
        total += sys.getsizeof(thing)
        if not isinstance(thing, np.ndarray):
            left += gc.get_referents(thing)
    return total


def forget(simulation: Simulation) -> None:
    """What a port and a take have taken is not the player's to keep."""
    simulation.port.sent.clear()
    simulation.player.output.log.clear()
    simulation.player.notices.clear()


def growth(simulation: Simulation, meanwhile: Callable[[], None]) -> float:
    """By which factor what is held after the last stretch is more than after the first."""
    held = []
    for _ in range(STRETCHES):
        for _ in range(BARS):
            simulation.run(BAR_SECONDS)
            meanwhile()
            forget(simulation)
        held.append(held_bytes(simulation))
    return held[-1] / held[0]


def test_composing_and_playing_with_a_knob_turned_in_every_bar(small_model):
    settings = Settings(STYLES[0], Sampling(constraints=NoteConstraints(density=4)))
    source, knob = ModelComposer(lambda _: small_model, settings, 1), Control("temperature", 1, low=0.5, high=1.5)
    simulation = Simulation(source, settings=settings, controls=(knob,), look_ahead_pulses=48)
    turned = 0

    def turn() -> None:
        nonlocal turned
        turned += 1
        simulation.receive(0xB0, 1, turned % 128)

    assert growth(simulation, turn) < MOST_GROWTH
    assert len(source._settings) < FARTHEST_BAR + DENSE_BARS + 10
    assert simulation.player.output.notes_sent > 200


def test_an_answer_that_nobody_ends(small_model):
    settings = Settings(STYLES[0])
    simulation = Simulation(ModelComposer(lambda _: small_model, settings, 1), settings=settings, respond="pause")
    simulation.run(1.0)
    for pitch in (60, 64, 67):
        simulation.receive(0x90, pitch, 80)
        simulation.run(0.25)
        simulation.receive(0x80, pitch, 0)
    assert growth(simulation, lambda: None) < MOST_GROWTH
    assert simulation.player.output.notes_sent > 200


def test_a_take_of_a_knob_that_is_never_still():
    """What is played must be kept; of what is turned, a bar keeps the last."""
    take = Take(TimeSignature(0, 4, 4), {})
    for moved in range(30_000):
        take.add_notice(moved // 100, f"density {moved / 30_000:.3g}")
        take.add_notice(moved // 100, f"velocity {moved / 30_000:.3g}")
    assert len(bytes(take)) < 600 * 60
