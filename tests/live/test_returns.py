"""A song that goes back again and again, in the ways a DAW may do it: each pass is taken down like the first."""

import random

import pytest

from melodyrnn import messages
from melodyrnn.generation import MusicModel, NoteConstraints, Sampling
from melodyrnn.live.inbox import MidiIn
from melodyrnn.live.score.model_composer import ModelComposer
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.testing import Simulation, sounding
from melodyrnn.music.pulses import seconds_per_pulse

PULSE = seconds_per_pulse(120)
PASSES = 20
START = 3 * 96 + 24  # where the song is sent back to, but by Start
LIVELY = Settings("plain", Sampling(constraints=NoteConstraints(density=4)))

# What another program sends at the end of a pass; the next pass begins with the next clock.
WAYS = {
    "Start again without Stop": [(messages.START,)],
    "Stop, Song Position, Continue": [(messages.STOP,), messages.position(START), (messages.CONTINUE,)],
    "Song Position while it runs": [messages.position(START)],
}


class Stage(Simulation):
    """A song that follows a clock which jitters."""

    def __init__(self, model: MusicModel) -> None:
        super().__init__(ModelComposer(lambda _: model, LIVELY, 2), settings=LIVELY, clock="external")
        self._rng, self._clocks = random.Random(0), 0

    def clocks(self, count: int) -> None:
        for _ in range(count):
            self._clocks += 1
            at_seconds = self._clocks * PULSE + self._rng.uniform(-0.0027, 0.0027)
            self.run(max(at_seconds - self.clock.now(), 0.0))
            self.player.post(MidiIn(bytes((messages.CLOCK,)), at_seconds))
            self.step()

    def take(self) -> list[tuple[int, bytes]]:
        """(pulse of the take, note-on) so far."""
        log = self.player.output.log
        return [(pulse, sent) for pulse, sent in log if isinstance(sent, bytes) and sent[0] & 0xF0 == messages.NOTE_ON]

    def tempos(self) -> dict[int, float]:
        return {pulse: bpm for pulse, bpm in self.player.output.log if isinstance(bpm, float)}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("pulses", [30, 2 * 96], ids=["five sixteenths", "two bars"])
def test_every_pass_is_taken_down_like_the_first(small_model, way, pulses):
    stage, passes = Stage(small_model), []
    stage.receive(messages.STOP)
    stage.clocks(30)
    for message in WAYS["Stop, Song Position, Continue"] if (messages.START,) not in way else way:
        stage.receive(*message)
    for _ in range(PASSES):
        before, since = len(stage.take()), stage.player.output.take_pulse(stage.player.transport.next_pulse)
        stage.clocks(pulses)
        stage.run(PULSE / 2)  # the last pulse of the pass may be expected later than its clock
        passes.append([(pulse - since, sent) for pulse, sent in stage.take()[before:]])
        for message in way:
            stage.receive(*message)
        stage.step()
        assert sounding(stage.sent) == set(stage.player.output.ledger.owed()) == set()
    assert len(passes[0]) > pulses // 96
    assert passes == [passes[0]] * PASSES
    assert all(0 <= pulse < pulses for pulse, _ in passes[0])
    assert stage.player.schedule.skipped == 0
    (bpm,) = stage.tempos().values()
    assert bpm == pytest.approx(120, rel=2e-3)
