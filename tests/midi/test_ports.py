"""Which ports are there: the order of the systems, the two libraries, and silence on stderr."""

import os
import subprocess
import sys
from types import ModuleType

import pytest

from melodyrnn.errors import PortError
from melodyrnn.midi.ports import Ports, port_names

CORE, ALSA, JACK, WINDOWS = 1, 2, 3, 4
SYNTHS = Ports(inputs=("keys",), outputs=("synth", "sampler"))


class Client:
    """What the two libraries' clients have in common: the system they ended up on, and its ports."""

    def __init__(self, api: int, fails: dict[int, str], lands_on: int, names: tuple[str, ...]) -> None:
        self.api, self.names = lands_on or api, list(names)
        os.write(2, b"ALSA lib seq_hw.c: open /dev/snd/seq failed\n")
        if self.api in fails:
            self.fail(fails[self.api])

    def get_current_api(self) -> int:
        return self.api


def library(name: str, fails: dict[int, str] | None = None, lands_on: int = 0) -> ModuleType:
    """A module that is called like python-rtmidi ("rtmidi") or like rtmidi2, and cannot open the systems in `fails`."""

    def rtmidi(names: tuple[str, ...]) -> type:
        class Port(Client):
            def __init__(self, rtapi: int = 0, name: str = "RtMidi client") -> None:
                assert isinstance(name, str)
                super().__init__(rtapi, fails or {}, lands_on, names)

            def fail(self, text: str) -> None:
                raise OSError(text)

            def get_ports(self) -> list[str]:
                return self.names

        Port.__module__ = "_rtmidi"
        return Port

    def rtmidi2(names: tuple[str, ...]) -> type:
        class Port(Client):
            def __init__(self, clientname: str | None = None, *, api: int = 0) -> None:
                assert isinstance(clientname, str)
                super().__init__(api, fails or {}, lands_on, names)

            def fail(self, text: str) -> None:
                if self.api != JACK:
                    raise RuntimeError(text)
                os.write(2, text.encode())  # a client without ports, and a warning
                self.names = []

            @property
            def ports(self) -> list[str]:
                return self.names

        Port.__module__ = "rtmidi2"
        return Port

    module, kind = ModuleType(name), {"rtmidi": rtmidi, "rtmidi2": rtmidi2}[name]
    module.MidiIn, module.MidiOut = kind(SYNTHS.inputs), kind(SYNTHS.outputs)
    module.API_MACOSX_CORE, module.API_LINUX_ALSA = CORE, ALSA
    module.API_UNIX_JACK, module.API_WINDOWS_MM = JACK, WINDOWS
    return module


@pytest.fixture(params=["rtmidi", "rtmidi2"])
def install(request, monkeypatch):
    """Installs one of the two libraries, and takes away the other."""

    def with_faults(**faults) -> None:
        for name in ("rtmidi", "rtmidi2"):
            monkeypatch.setitem(sys.modules, name, library(name, **faults) if name == request.param else None)

    return with_faults


@pytest.mark.parametrize(
    ("platform", "down"), [("linux", ()), ("linux", (ALSA,)), ("darwin", ()), ("darwin", (CORE,)), ("win32", ())]
)
def test_the_first_system_that_answers_is_asked(install, monkeypatch, capfd, platform, down):
    monkeypatch.setattr(sys, "platform", platform)
    install(fails=dict.fromkeys(down, "MidiIn::initialize: error creating client object"))
    assert port_names() == SYNTHS
    assert capfd.readouterr().err == ""


def test_no_system_answers(install, monkeypatch, capfd):
    monkeypatch.setattr(sys, "platform", "linux")
    install(fails={ALSA: "MidiInAlsa::initialize: error", JACK: "MidiInJack::initialize: JACK server not running?"})
    with pytest.raises(PortError, match=r"^no MIDI system answers.*ALSA \(needs /dev/snd/seq.*JACK \(needs [^\n]*$"):
        port_names()
    assert capfd.readouterr().err == ""


def test_a_library_that_falls_back_to_another_system_is_not_believed(install, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    install(lands_on=ALSA)
    with pytest.raises(PortError, match="Windows MM"):
        port_names()


def test_no_library(monkeypatch):
    for name in ("rtmidi", "rtmidi2"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(PortError, match="install python-rtmidi"):
        port_names()


def test_stderr_works_again_afterwards(install, capfd):
    install()
    port_names()
    os.write(2, b"heard\n")
    assert capfd.readouterr().err == "heard\n"


def test_the_library_of_this_machine_says_nothing_itself():
    code = """
from melodyrnn.errors import PortError
from melodyrnn.midi.ports import port_names
try:
    print(port_names())
except PortError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.count("\n") == 1
    assert run.stdout.startswith(("Ports(", "no MIDI system answers", "no MIDI port library"))
