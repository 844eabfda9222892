"""Whatever happens on a stage, in any order: every note ends, none begins twice, and all come on a pulse."""

from hypothesis import settings as running
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from melodyrnn import messages
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.testing import CONTROLS, ScriptedComposer, Simulation, sounding
from melodyrnn.music.pulses import seconds_per_pulse

PULSE = seconds_per_pulse(120)
DURATION = 40
byte = st.integers(0, 127)


class AnythingHappens(RuleBasedStateMachine):
    """A stage on which everything goes wrong."""

    @initialize(
        step=st.sampled_from([1, 5, 6, 24, 200]),
        plays=st.sampled_from(["endless", "answers 1", "answers 2", "answers pauses", "harmony"]),
        clock=st.sampled_from(["internal", "external", "send"]),
        look_ahead=st.sampled_from([12, 192]),
    )
    def set_up(self, step: int, plays: str, clock: str, look_ahead: int) -> None:
        options = {
            "answers 1": {"respond": 1},
            "answers 2": {"respond": 2, "reading": "quantized"},
            "answers pauses": {"respond": "pause", "reading": "quantized"},
            "harmony": {"harmony": True},
        }.get(plays, {})
        self.follows = clock == "external"
        composer = ScriptedComposer(Settings("plain"), step, DURATION)
        self.stage = Simulation(composer, clock=clock, controls=CONTROLS, look_ahead_pulses=look_ahead, **options)
        self.on_time, self.lost = True, False

    @rule(pulses=st.integers(0, 200))
    def time_goes_on(self, pulses: int) -> None:
        self.stage.run(pulses * PULSE)

    @precondition(lambda self: self.follows)
    @rule(clocks=st.integers(1, 200))
    def clocks_come(self, clocks: int) -> None:
        for _ in range(clocks):
            self.stage.run(PULSE)
            self.stage.receive(messages.CLOCK)
        self.stage.step()

    @precondition(lambda self: self.follows)
    @rule(status=st.sampled_from([messages.START, messages.STOP, messages.CONTINUE]))
    def the_master_says(self, status: int) -> None:
        self.stage.receive(status)

    @precondition(lambda self: self.follows)
    @rule(sixteenths=st.integers(0, 400))
    def the_master_goes_to(self, sixteenths: int) -> None:
        self.stage.receive(messages.POSITION, sixteenths & 127, sixteenths >> 7)

    @rule(controller=st.integers(1, 8), value=byte)
    def a_controller_moves(self, controller: int, value: int) -> None:
        self.stage.receive(messages.CONTROL, controller, value)

    @rule(style=st.integers(0, 2))
    def a_style_is_chosen(self, style: int) -> None:
        self.stage.receive(messages.PROGRAM, style)

    @rule(keys=st.lists(st.tuples(byte, byte, st.integers(0, 9)), max_size=40))
    def keys_move(self, keys: list[tuple[int, int, int]]) -> None:
        for pitch, velocity, pulses in keys:
            self.stage.receive(messages.NOTE_ON, pitch, velocity)
            self.stage.run(pulses * PULSE)

    @rule(noise=st.binary(max_size=4))
    def noise_comes(self, noise: bytes) -> None:
        if noise[:1] != bytes((messages.CLOCK,)):  # else there would be two clocks
            self.stage.receive(*noise)

    @rule()
    def the_model_stalls(self) -> None:
        self.stage.slow = not self.stage.slow

    @precondition(lambda self: not self.lost)
    @rule(noticed=st.booleans())
    def the_port_is_lost(self, noticed: bool) -> None:
        (self.stage.miss_port if noticed else self.stage.lose_port)()
        self.on_time, self.lost = False, True

    @precondition(lambda self: self.lost)
    @rule()
    def the_port_is_back(self) -> None:
        self.stage.miss_port()
        self.stage.find_port()
        self.lost = False

    @rule(seconds=st.floats(0, 100))
    def the_computer_sleeps(self, seconds: float) -> None:
        self.stage.clock.advance_to(self.stage.clock.now() + seconds)
        self.on_time = False

    @invariant()
    def no_note_begins_while_it_sounds(self) -> None:
        if hasattr(self, "stage"):
            self.stage.step()
            keys = sounding(self.stage.sent)
            if not self.lost:
                assert keys == set(self.stage.player.output.ledger.owed())

    @invariant()
    def notes_come_on_pulses_and_last_as_long_as_they_should(self) -> None:
        if not hasattr(self, "stage") or not self.on_time or self.follows:
            return
        began: dict[tuple[int, int], float] = {}
        for seconds, message in self.stage.sent:
            pulse = seconds / PULSE
            if message[0] & 0xF0 == messages.NOTE_ON:
                assert abs(pulse - round(pulse)) < 1e-4
                began[message[0] & 15, message[1]] = pulse
            elif message[0] & 0xF0 == messages.NOTE_OFF:
                assert pulse - began[message[0] & 15, message[1]] <= DURATION + 1e-4

    def teardown(self) -> None:
        if not hasattr(self, "stage"):
            return
        if self.lost:
            self.the_port_is_back()
            self.stage.step()
        self.stage.player.finish(self.stage.clock.now())
        assert sounding(self.stage.sent) == set()
        assert not self.stage.player.output.ledger
        channels = {message[0] & 15 for _, message in self.stage.sent if message[0] & 0xF0 == messages.NOTE_ON}
        sent = [message for _, message in self.stage.sent]
        notes = [i for i, message in enumerate(sent) if message[0] & 0xF0 in (messages.NOTE_ON, messages.NOTE_OFF)]
        for channel in channels:
            assert {*messages.silence(channel)} <= {*sent[notes[-1] :]}


TestAnythingHappens = AnythingHappens.TestCase
TestAnythingHappens.settings = running(stateful_step_count=30, max_examples=60)
