"""The threads together, on a clock that does not wait: whatever goes wrong, it ends, and what is owed is paid."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from melodyrnn import messages
from melodyrnn.errors import OutputError, PortError
from melodyrnn.live.assemble import LiveConfig, assemble
from melodyrnn.live.inbox import PortLost
from melodyrnn.live.score.composer import Passage
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.supervisor import RETRY_SECONDS
from melodyrnn.live.testing import STYLES, FakeClock, FakeInput, FakePort, ScriptedComposer, sounding
from melodyrnn.live.wire.controls import Control
from melodyrnn.live.wire.ports import LivePorts, Receive


class House:
    """A session and everything around it. It is its own recorder."""

    def __init__(
        self, composer: ScriptedComposer | None = None, last_bar: int | None = None, clock_port: bool = False
    ) -> None:
        settings = Settings(STYLES[0])
        self.clock = FakeClock()
        self.ports: list[FakePort] = []
        self.clock_ports: list[FakePort] = []
        self.inputs: list[FakeInput] = []
        self.messages: list[tuple[int, bytes]] = []
        self.tempos: dict[int, float] = {}
        self.notices: list[str] = []
        self.reports, self.saved = list[str](), 0
        self.missing = self.output_missing = self.full = False
        controls = (Control("keep", 7), Control("velocity", 8, low=0.5, high=1.5))
        clock: Any = "send" if clock_port else "internal"
        config = LiveConfig(settings, STYLES, clock=clock, controls=controls, last_bar=last_bar)
        ports = LivePorts(self.open, [self.open_input], self.open_clock if clock_port else None)
        composer = composer or ScriptedComposer(settings)
        self.session = assemble(config, composer, ports, self, self.reports.append, self.clock)
        self.player, self.supervisor = self.session.player, self.session._supervisor
        self.compose_thread = self.session._compose_thread

    def add(self, pulse: int, message: bytes) -> None:
        self.messages.append((pulse, message))

    def set_tempo(self, pulse: int, bpm: float) -> None:
        self.tempos[pulse] = bpm

    def add_notice(self, bar: int, text: str) -> None:
        self.notices.append(text)

    def open(self) -> FakePort:
        if self.missing or self.output_missing:
            raise PortError("not there")
        self.ports.append(FakePort(self.clock))
        return self.ports[-1]

    def open_clock(self) -> FakePort:
        self.clock_ports.append(FakePort(self.clock, "fake clock"))
        return self.clock_ports[-1]

    def open_input(self, receive: Receive) -> FakeInput:
        if self.missing:
            raise PortError("keys: not there")
        self.inputs.append(FakeInput(self.clock, receive))
        return self.inputs[-1]

    def save(self) -> None:
        if self.full:
            raise OutputError("take.mid: cannot be written (no space left)")
        self.saved += 1

    def keep(self) -> str:
        return "kept.mid"

    def run(self, watch: Callable[[], None] = lambda: None) -> None:
        self.session.run(watch, watch_seconds=0.001)

    def sent(self) -> list[tuple[float, bytes]]:
        return [each for port in self.ports for each in port.sent]

    def check_silence(self) -> None:
        sent = self.sent()
        assert sounding(sent) == set()
        channels = {message[0] & 15 for _, message in sent if message[0] & 0xF0 == messages.NOTE_ON}
        assert channels
        for channel in channels:
            assert {*messages.silence(channel)} <= {message for _, message in sent[-3 * len(channels) :]}
        assert all(port.closed for port in (*self.ports, *self.inputs))
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("melodyrnn ")]


def test_it_ends_with_its_last_bar():
    house = House(last_bar=50)
    house.run()
    house.check_silence()
    assert house.saved >= 1
    clearing = 3 * 16  # of what a run that was killed may have left: not of the music
    assert [message for _, message in house.messages] == [m for _, m in house.sent() if m[0] < 0xF0][clearing:]
    assert house.tempos == {0: 120}


def test_it_ends_when_stopped():
    house = House()

    def stop_after_a_while() -> None:
        if house.player.output.notes_sent > 200:
            house.session.stop()

    house.run(stop_after_a_while)
    house.check_silence()


def test_a_signal_ends_it_whatever_lock_its_thread_holds():
    house = House()

    def end_after_a_while() -> None:
        if house.player.output.notes_sent > 200:
            with house.session.stopping._cond, house.player.wake._cond:  # as in the middle of setting them
                house.session.end()

    house.run(end_after_a_while)
    house.check_silence()


def test_an_error_of_the_model_ends_it_in_order_and_is_raised():
    house = House(Broken(Settings(STYLES[0])))
    with pytest.raises(ZeroDivisionError):
        house.run()
    house.check_silence()


class Broken(ScriptedComposer):
    """Fails after a while."""

    def compose(self) -> Passage:
        if self._next > 100:
            raise ZeroDivisionError("broken")
        return super().compose()


def test_the_first_error_is_raised_where_the_take_cannot_be_written_either():
    house = House(Broken(Settings(STYLES[0])))
    house.full = True
    with pytest.raises(ZeroDivisionError):
        house.run()
    house.check_silence()
    assert "take.mid: cannot be written (no space left)" in house.reports


def test_an_error_of_the_display_is_raised_where_the_take_cannot_be_written_either():
    house = House()
    house.full = True

    def fail() -> None:
        if house.player.output.notes_sent:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        house.run(fail)
    house.check_silence()


def test_an_error_of_the_display_ends_it_in_order():
    house = House()

    def fail() -> None:
        if house.player.output.notes_sent:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        house.run(fail)
    house.check_silence()


def test_an_input_that_is_not_there_ends_it_before_it_began():
    house = House()
    house.missing = True
    with pytest.raises(PortError, match="keys"):
        house.run()
    assert all(port.closed for port in house.ports)
    assert house.saved == 0  # there is nothing in the take


def test_messages_that_come_in_reach_the_player():
    house = House()

    def play() -> None:
        if house.inputs and house.player.output.notes_sent > 50:
            house.inputs[0].play(0xB0, 8, 127)
            if "velocity 1.5" in house.notices:
                house.session.stop()

    house.run(play)
    house.check_silence()


class TestSupervisor:
    """What it looks after, looked at by hand."""

    def house(self) -> House:
        house = House()
        house.supervisor.open_inputs()
        return house

    def step(self, house: House, seconds: float) -> None:
        while house.compose_thread.work():
            pass
        house.clock.advance_to(house.clock.now() + seconds)
        house.player.step(house.clock.now())
        house.supervisor.look(house.clock.now())

    def test_a_lost_port_is_closed_and_opened_again_when_it_is_back(self):
        house = self.house()
        self.step(house, 0.1)
        house.ports[0].lose()
        house.missing = True
        for _ in range(45):
            self.step(house, 0.1)
        assert len(house.ports) == 1
        assert house.ports[0].closed
        assert house.player.output.line.port is None
        house.missing = False
        for _ in range(12):
            self.step(house, 0.1)
        assert house.player.output.line.port is house.ports[1]
        assert house.reports == ["bar 1: fake: lost, waiting for it", "bar 3: fake: found again"]
        house.supervisor.finish()

    def test_a_port_that_fails_to_send_is_replaced_too(self):
        house = self.house()
        house.player.post(PortLost(house.player.output.line, house.ports[0]))
        house.player.step(0.0)
        house.supervisor.look(0.0)
        self.step(house, RETRY_SECONDS)
        assert len(house.ports) == 2

    def test_a_lost_input_is_opened_again(self):
        house = self.house()
        house.inputs[0].lose()
        self.step(house, RETRY_SECONDS)
        self.step(house, RETRY_SECONDS)
        assert len(house.inputs) == 2
        assert house.inputs[0].closed
        assert house.reports == ["fake keys: lost, waiting for it", "fake keys: found again"]

    def test_a_lost_clock_port_is_opened_again(self):
        house = House(clock_port=True)
        clock_port = house.clock_ports[0]
        house.supervisor.open_inputs()
        self.step(house, 0.1)
        clock_port.lose()
        for _ in range(2):
            self.step(house, RETRY_SECONDS)
        assert len(house.clock_ports) == 2
        assert clock_port.closed
        for _ in range(30):
            self.step(house, 0.1)
        assert house.clock_ports[1].sent
        assert len(house.ports) == 1
        house.supervisor.finish()
        assert house.clock_ports[1].closed

    def test_a_port_that_stays_away_keeps_no_other_from_coming_back(self):
        house = self.house()
        house.output_missing = True
        house.ports[0].lose()
        house.inputs[0].lose()
        for _ in range(2):
            self.step(house, RETRY_SECONDS)
        assert (len(house.ports), len(house.inputs)) == (1, 2)
        house.output_missing, house.missing = False, True
        house.inputs[1].lose()
        self.step(house, RETRY_SECONDS)
        house.missing = False
        self.step(house, RETRY_SECONDS)
        assert (len(house.ports), len(house.inputs)) == (2, 3)

    def test_a_turned_knob_is_reported_once_a_second(self):
        house = self.house()
        for n in range(100):
            house.inputs[0].play(0xB0, 8, n)
            self.step(house, 0.02)
        told = [line for line in house.reports if "velocity" in line]
        assert 2 <= len(told) <= 3

    def test_the_take_is_written_every_bar(self):
        house = self.house()
        for _ in range(200):
            self.step(house, 0.1)
        assert house.saved == 10  # 19.9 seconds of bars of two
        assert house.messages[-1][0] <= house.player.position

    def test_a_full_disk_is_reported_once_and_playing_goes_on(self):
        house = self.house()
        house.full = True
        for _ in range(100):
            self.step(house, 0.1)
        assert house.reports == ["take.mid: cannot be written (no space left)"]
        assert house.player.output.notes_sent > 50
        with pytest.raises(OutputError):
            house.supervisor.finish()
        assert house.ports[0].closed

    def test_keep_writes_a_copy_and_reports_its_name(self):
        house = self.house()
        house.inputs[0].play(0xB0, 7, 127)
        house.player.step(0.0)
        house.supervisor.look(0.0)
        assert house.reports == ["nothing to keep: no note was played yet"]
        for _ in range(3):
            self.step(house, 0.1)
        house.inputs[0].play(0xB0, 7, 127)
        self.step(house, 0.1)
        assert house.reports[1:] == ["kept as kept.mid"]
