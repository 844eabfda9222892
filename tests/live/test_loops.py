"""A musician in a DAW who plays, is answered and loops: with the real composer and a small model."""

import os
from functools import partial

from hypothesis import settings as running
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from melodyrnn import messages
from melodyrnn.generation import MusicModel
from melodyrnn.live.score.model_composer import ModelComposer
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.testing import CONTROLS, Simulation, sounding
from melodyrnn.music.pulses import seconds_per_pulse

PULSE = seconds_per_pulse(120)
BAR = 96
EXAMPLES = 2000 if os.environ.get("HYPOTHESIS_PROFILE") == "search" else 20


class Loops(RuleBasedStateMachine):
    """Its rules are musical acts: single messages at random hardly ever make a turn of call, answer, loop and call."""

    def __init__(self, model: MusicModel) -> None:
        super().__init__()
        self.model = model

    @initialize(respond=st.sampled_from([1, 2, "pause"]), at=st.integers(0, 12))
    def set_up(self, respond: int | str, at: int) -> None:
        first = Settings("plain")
        composer = ModelComposer(lambda _: self.model, first, 1, stay=0.5)
        self.stage = Simulation(composer, clock="external", respond=respond, controls=CONTROLS)
        self.loops(at)

    def clocks(self, count: int) -> None:
        for _ in range(count):
            self.stage.run(PULSE)
            self.stage.receive(messages.CLOCK)
        self.stage.step()

    @rule(bar=st.integers(0, 12))
    def loops(self, bar: int) -> None:
        self.stage.receive(messages.STOP)
        self.stage.receive(*messages.position(BAR * bar))
        self.stage.receive(messages.CONTINUE)

    @rule(pulses=st.integers(1, 200))
    def time_goes_on(self, pulses: int) -> None:
        self.clocks(pulses)

    @rule(pitches=st.lists(st.integers(40, 80), min_size=1, max_size=5), gap=st.integers(1, 20))
    def plays_a_phrase(self, pitches: list[int], gap: int) -> None:
        for pitch in pitches:
            self.stage.receive(messages.NOTE_ON, pitch, 90)
            self.clocks(gap)
            self.stage.receive(messages.NOTE_OFF, pitch, 0)
        self.clocks(BAR)

    @rule(controller=st.integers(1, 8), value=st.integers(0, 127))
    def turns_a_knob(self, controller: int, value: int) -> None:
        self.stage.receive(messages.CONTROL, controller, value)

    @rule(style=st.integers(0, 1))
    def chooses_a_style(self, style: int) -> None:
        self.stage.receive(messages.PROGRAM, style)

    @rule()
    def the_model_stalls(self) -> None:
        self.stage.slow = not self.stage.slow

    @invariant()
    def nothing_hangs(self) -> None:
        if hasattr(self, "stage"):
            self.stage.step()
            assert sounding(self.stage.sent) == set(self.stage.player.output.ledger.owed())

    def teardown(self) -> None:
        if hasattr(self, "stage"):
            self.stage.player.finish(self.stage.clock.now())
            assert sounding(self.stage.sent) == set()


def test_nothing_hangs_however_a_musician_loops(small_model):
    run_state_machine_as_test(partial(Loops, small_model), settings=running(max_examples=EXAMPLES))
