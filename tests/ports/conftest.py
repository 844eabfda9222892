"""Modules that are called like python-rtmidi and like rtmidi2, over a MIDI system that is made up.

What they do was seen of python-rtmidi 1.5.8 and rtmidi2 1.5.0.
"""

import os
import sys
from collections.abc import Callable
from types import ModuleType

import pytest

from melodyrnn.errors import PortError
from melodyrnn.ports import devices, system

CORE, ALSA, JACK, WINDOWS = 1, 2, 3, 4
INPUTS, OUTPUTS = ("keys",), ("synth", "sampler 1", "sampler 2")


class World:
    """What the fake system holds: its ports, what was sent, and what is to come in."""

    def __init__(self, fails: dict[int, str] | None = None, lands_on: int = 0) -> None:
        self.fails, self.lands_on = fails or {}, lands_on
        self.inputs, self.outputs = list(INPUTS), list(OUTPUTS)
        self.opened: list[tuple[str, object, str]] = []  # "in" or "out", the index or None, the name
        self.sent: list[bytes] = []
        self.coming: list[tuple[list[int], float]] = []
        self.ignored: tuple[bool, ...] = (True, True, True)
        self.broken = False
        self.closed = 0


class Client:
    """What the clients of both libraries have in common."""

    world: World
    incoming: bool
    other_name = ""

    def __init__(self, api: int) -> None:
        self.api = self.world.lands_on or api
        os.write(2, b"ALSA lib seq_hw.c: open /dev/snd/seq failed\n")
        if self.api in self.world.fails:
            self.fail(self.world.fails[self.api])

    def fail(self, text: str) -> None:
        raise NotImplementedError

    def get_current_api(self) -> int:
        return self.api

    @property
    def names(self) -> list[str]:
        return self.world.inputs if self.incoming else self.world.outputs

    def open(self, index: int | None, name: str) -> None:
        self.world.opened.append(("in" if self.incoming else "out", index, name))

    def write(self, message: bytes) -> None:
        if self.world.broken:
            raise RuntimeError("device unplugged")
        self.world.sent.append(message)

    def close_port(self) -> None:
        self.world.closed += 1


def python_rtmidi(world: World) -> ModuleType:
    """As python-rtmidi."""

    def kind(incoming: bool) -> type:
        class Port(Client):
            def __init__(self, rtapi: int = 0, name: str = "RtMidi client", queue_size_limit: int = 1024) -> None:
                assert isinstance(name, str)
                super().__init__(rtapi)

            def fail(self, text: str) -> None:
                raise OSError(text)

            def get_ports(self) -> list[str]:
                return list(self.names)

            def open_port(self, port: int = 0, name: str | None = None) -> None:
                self.open(port, name or "")

            def open_virtual_port(self, name: str | None = None) -> None:
                self.open(None, name or "")

            def send_message(self, message: bytes) -> None:
                self.write(bytes(message))

            def get_message(self) -> tuple[list[int], float] | None:
                return self.world.coming.pop(0) if self.world.coming else None

            def ignore_types(self, sysex: bool = True, timing: bool = True, active_sense: bool = True) -> None:
                self.world.ignored = (sysex, timing, active_sense)

            def delete(self) -> None:
                pass

        Port.world, Port.incoming = world, incoming
        return Port

    return _module("rtmidi", kind(True), kind(False))


def rtmidi2(world: World) -> ModuleType:
    """As rtmidi2."""

    def kind(incoming: bool) -> type:
        class Port(Client):
            deltatime = 0.0

            def __init__(self, clientname: str | None = None, queuesize: int = 1024, *, api: int = 0) -> None:
                assert isinstance(clientname, str)
                super().__init__(api)

            def fail(self, text: str) -> None:
                raise RuntimeError(text)

            @property
            def ports(self) -> list[str]:
                return list(self.names)

            def open_port(self, port: int = 0) -> None:
                self.open(port, "")

            def open_virtual_port(self, port_name: str) -> None:
                self.open(None, port_name)

            def send_raw(self, *message: int) -> None:
                self.write(bytes(message))

            def get_message(self) -> list[int] | None:
                if not self.world.coming:
                    return None
                message, self.deltatime = self.world.coming.pop(0)
                return message

            def ignore_types(self, midi_sysex: bool = True, midi_time: bool = True, midi_sense: bool = True) -> None:
                self.world.ignored = (midi_sysex, midi_time, midi_sense)

        Port.world, Port.incoming = world, incoming
        return Port

    return _module("rtmidi2", kind(True), kind(False))


def _module(name: str, midi_in: type, midi_out: type) -> ModuleType:
    module = ModuleType(name)
    module.MidiIn, module.MidiOut = midi_in, midi_out
    module.API_MACOSX_CORE, module.API_LINUX_ALSA = CORE, ALSA
    module.API_UNIX_JACK, module.API_WINDOWS_MM = JACK, WINDOWS
    return module


Install = Callable[..., World]


@pytest.fixture(params=[python_rtmidi, rtmidi2], ids=["python-rtmidi", "rtmidi2"])
def install(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs one of the two libraries over a made-up world, and takes away the other. No JACK server runs."""

    def no_server() -> None:
        raise PortError("no JACK server is running")

    monkeypatch.setattr(system, "JackServer", no_server)
    monkeypatch.setattr(devices, "_system", devices._CurrentSystem())
    monkeypatch.setattr(devices, "FLUSH_SECONDS", 0)
    monkeypatch.setattr(sys, "platform", "linux")

    def install(fails: dict[int, str] | None = None, lands_on: int = 0) -> World:
        world = World(fails, lands_on)
        module = request.param(world)
        for name in ("rtmidi", "rtmidi2"):
            monkeypatch.setitem(sys.modules, name, module if name == module.__name__ else None)
        return world

    return install
