"""Ports, over both libraries: which system is asked, how a port is chosen, opened, lost and closed."""

import gc
import os
import subprocess
import sys
import threading
import time
import weakref

import pytest

from melodyrnn.errors import PortError
from melodyrnn.ports import jack, library, system
from melodyrnn.ports.devices import Ports, open_input, open_output, port_names, system_name

CORE, ALSA = 1, 2
THERE = Ports(("keys",), ("synth", "sampler 1", "sampler 2"))
NOTE = bytes((0x90, 60, 100))


@pytest.mark.parametrize(("platform", "name"), [("linux", "ALSA"), ("darwin", "CoreMIDI"), ("win32", "Windows MM")])
def test_the_systems_own_midi_is_asked(install, monkeypatch, capfd, platform, name):
    install()
    monkeypatch.setattr(sys, "platform", platform)
    assert port_names() == THERE
    assert system_name() == name
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(("platform", "down"), [("linux", ALSA), ("darwin", CORE)])
def test_jack_is_asked_where_the_systems_own_does_not_answer(install, monkeypatch, capfd, platform, down):
    install(fails={down: "MidiIn::initialize: error creating client object"})
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(system, "JackServer", FakeServer)
    assert system_name() == "JACK"
    assert port_names() == Ports(("a:keys",), ("b:synth",))
    assert capfd.readouterr().err == ""


def test_no_system_answers(install, capfd):
    install(fails={ALSA: "MidiInAlsa::initialize: error"})
    with pytest.raises(PortError, match=r"^no MIDI system answers.*ALSA \(needs /dev/snd/seq.*JACK \(needs [^\n]*$"):
        port_names()
    assert capfd.readouterr().err == ""


def test_a_library_that_falls_back_to_another_system_is_not_believed(install, monkeypatch):
    install(lands_on=ALSA)
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(PortError, match="Windows MM"):
        port_names()


def test_no_library(install, monkeypatch):
    for name in ("rtmidi", "rtmidi2"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(PortError, match="install python-rtmidi"):
        port_names()


def test_a_library_that_cannot_be_loaded_is_named_with_the_reason(install, monkeypatch):
    def broken(name: str) -> None:
        raise ImportError("libasound.so.2: cannot open shared object file")

    monkeypatch.setattr(library.importlib, "import_module", broken)
    with pytest.raises(PortError, match=r"cannot be loaded: libasound\.so\.2"):
        port_names()


def test_stderr_works_again_afterwards(install, capfd):
    install()
    port_names()
    os.write(2, b"heard\n")
    assert capfd.readouterr().err == "heard\n"


def test_a_virtual_port_is_opened_and_played_into(install):
    world = install()
    port = open_output(virtual="piano")
    port.send(NOTE)
    assert (port.name, port.alive()) == ("piano", True)
    port.close()
    port.close()
    assert (world.opened, world.sent, world.closed) == ([("out", None, "piano")], [NOTE], 1)
    assert not port.alive()
    with pytest.raises(PortError, match="piano: the port is closed"):
        port.send(NOTE)


def test_without_a_name_the_port_is_called_melodyrnn(install):
    world = install()
    port = open_output()
    assert (port.name, world.opened) == ("melodyrnn", [("out", None, "melodyrnn")])


@pytest.mark.parametrize(("name", "index"), [("synth", 0), ("SYN", 0), ("sampler 2", 2)])
def test_a_port_is_chosen_by_its_name_or_a_part_of_it(install, name, index):
    world = install()
    port = open_output(name)
    assert (port.name, world.opened[0][:2]) == (THERE.outputs[index], ("out", index))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("organ", r"no MIDI port to play into has the name 'organ': there are synth, sampler 1, sampler 2$"),
        ("sampler", r"'sampler' could be 2 ports, give more of the name: sampler 1, sampler 2$"),
    ],
)
def test_a_port_that_is_not_there_is_said_with_those_that_are(install, name, message):
    install()
    with pytest.raises(PortError, match=message):
        open_output(name)


@pytest.mark.parametrize("name", ["", "a:b", "two\nlines", "x" * 61])
def test_a_virtual_port_has_a_name_that_every_system_takes(install, name):
    install()
    with pytest.raises(PortError, match="1 to 60 letters"):
        open_output(virtual=name)


def test_windows_has_no_virtual_ports_and_is_told_what_to_do(install, monkeypatch):
    install()
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(PortError, match=r"loopMIDI.*start it.*\+.*--port"):
        open_output(virtual="piano")


def test_on_windows_a_port_is_known_without_the_number_that_changes(install, monkeypatch):
    world = install()
    monkeypatch.setattr(sys, "platform", "win32")
    world.outputs[:] = ["loopMIDI Port 1"]
    port = open_output("loopMIDI Port 1")
    world.outputs[:] = ["loopMIDI Port 0"]
    assert port.alive()
    assert open_output("loopMIDI Port 1").name == "loopMIDI Port 0"


def test_a_device_that_is_unplugged_is_lost_and_found_again(install):
    world = install()
    port = open_output("synth")
    world.outputs.remove("synth")
    world.broken = True
    assert not port.alive()
    with pytest.raises(PortError, match=r"synth: the port is lost \(device unplugged\)"):
        port.send(NOTE)
    port.close()
    with pytest.raises(PortError, match="no MIDI port to play into"):
        open_output("synth")
    world.outputs.append("synth")
    world.broken = False
    port = open_output("synth")
    port.send(NOTE)
    assert (port.alive(), world.sent) == (True, [NOTE])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_input_whose_messages_nobody_receives_any_more_is_not_alive(install):
    world = install()

    def receive(message: bytes, at_seconds: float) -> None:
        raise ZeroDivisionError

    port = open_input("keys", None, receive)
    assert port.alive()
    thread = port._thread
    world.coming.append(([0xFA], 0.0))
    thread.join(10)
    assert not port.alive()
    port.close()


def test_what_comes_in_is_received_with_its_time_but_for_system_exclusive(install):
    world, received, done = install(), [], threading.Event()

    def receive(message: bytes, at_seconds: float) -> None:
        received.append((message, at_seconds))
        if message == b"\xfc":
            done.set()

    world.coming += [([0xFA], 0.0), ([0xF8], 0.02), ([0xF0, 1, 0xF7], 0.01), ([0xFE], 0.01), ([0xFC], 0.01)]
    started = time.monotonic()
    port = open_input("keys", None, receive)
    assert done.wait(5)
    port.close()
    assert [message for message, _ in received] == [b"\xfa", b"\xf8", b"\xfe", b"\xfc"]
    assert world.ignored == (False, False, False)
    times = [at_seconds for _, at_seconds in received]
    assert started <= times[0] <= times[-1] <= time.monotonic()
    assert (port.name, port.alive(), world.closed) == ("keys", False, 1)


def test_a_closed_port_leaves_no_client_behind(install):
    """rtmidi2 closes a client only when nobody refers to it any more."""
    install()
    for port in (open_output(), open_input("keys", None, lambda *_: None)):
        client = weakref.ref(port._client)
        assert client() is not None
        port.close()
        gc.collect()
        assert client() is None


class FakeServer:
    """A JACK server as JackServer shows it."""

    there = goes_round = True

    def answers(self) -> bool:
        return self.there

    def drain(self) -> bool:
        return self.goes_round

    def inputs(self) -> tuple[str, ...]:
        return ("a:keys",)

    def outputs(self) -> tuple[str, ...]:
        return ("b:synth",)

    def close(self) -> None:
        pass


def test_a_jack_server_that_is_gone_is_looked_for_again(install, monkeypatch):
    install(fails={ALSA: "no"})
    servers = []

    def server() -> FakeServer:
        servers.append(FakeServer())
        return servers[-1]

    monkeypatch.setattr(system, "JackServer", server)
    port_names()
    port_names()
    assert len(servers) == 1
    servers[0].there = False
    port_names()
    assert len(servers) == 2


def test_at_a_jack_server_that_stands_still_nothing_is_opened_or_closed(install, monkeypatch):
    """RtMidi would wait there without end, and nobody else in the process would run."""
    install(fails={ALSA: "no"})
    monkeypatch.setattr(system, "JackServer", FakeServer)
    answering, closed = system.find_system(), []
    monkeypatch.setattr(answering.library, "close", closed.append)
    client = answering.client(incoming=False)
    answering.server.goes_round = False
    answering.give_back(client)
    with pytest.raises(PortError, match="is stuck"):
        answering.client(incoming=False)
    assert closed == []
    answering.server.goes_round = True
    answering.client(incoming=False)
    assert closed == [client]


@pytest.mark.skipif(sys.platform == "win32", reason="JACK is not used there")
def test_a_jack_server_that_quits_while_it_is_joined_is_no_server(monkeypatch):
    """It lets a client in, and is gone before it could tell so: the client would be taken for a server for ever."""

    class Library:
        closed = 0

        def jack_client_open(self, *_: object) -> int:
            return 1

        def jack_on_shutdown(self, *_: object) -> None:
            """Nobody is left to call it."""

        def jack_activate(self, _: int) -> int:
            return -1

        def jack_client_close(self, _: int) -> int:
            self.closed += 1
            return 0

    library = Library()
    monkeypatch.setattr(jack, "_libjack", lambda: library)
    with pytest.raises(PortError, match="quitting"):
        jack.JackServer()
    assert library.closed == 1


def test_jack_is_not_used_on_windows(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(PortError, match="JACK is not used"):
        jack.JackServer()


def test_the_library_of_this_machine_says_nothing_itself():
    code = """
from melodyrnn.errors import PortError
from melodyrnn.ports.devices import port_names
try:
    print(port_names())
except PortError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.count("\n") == 1
    assert run.stdout.startswith(("Ports(", "no MIDI system answers", "no MIDI port library"))
