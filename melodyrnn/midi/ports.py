"""The MIDI ports of this machine, over python-rtmidi or rtmidi2, whichever is installed.

The two wrap the same C++ library and differ in how they are called; here is the one place that knows. The C++ library
falls back to any system it has when it is not told which, and writes to the process's stderr while it tries: so the
system is always named, the one that answered is checked, and what it writes is kept off the screen.
"""

import ctypes
import importlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import IO, Any, NamedTuple

from melodyrnn.errors import PortError

CLIENT_NAME = "melodyrnn"


class Ports(NamedTuple):
    """Names of the MIDI ports that other programs and devices offer: `inputs` to hear, `outputs` to play into."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


class _System(NamedTuple):
    """A way the operating system carries MIDI: its name, the libraries' constant for it, and what it needs."""

    name: str
    api: str
    needs: str


_JACK = _System("JACK", "API_UNIX_JACK", "needs a running JACK or PipeWire server")
_SYSTEMS = {
    "darwin": (_System("CoreMIDI", "API_MACOSX_CORE", "needs the MIDI server of macOS"), _JACK),
    "win32": (_System("Windows MM", "API_WINDOWS_MM", "needs the Windows audio service"),),
}
_SYSTEMS_ELSEWHERE = (_System("ALSA", "API_LINUX_ALSA", "needs /dev/snd/seq, from the kernel module snd-seq"), _JACK)


def port_names() -> Ports:
    """Ask the first MIDI system that answers for its ports: CoreMIDI, Windows MM or ALSA, and then JACK.

    Raises PortError where no port library is installed or no MIDI system answers. A system without ports gives two
    empty tuples.
    """
    library = _library()
    systems = _SYSTEMS.get(sys.platform, _SYSTEMS_ELSEWHERE)
    for system in systems:
        ports = _ask(library, system)
        if ports is not None:
            return ports
    tried = ", ".join(f"{system.name} ({system.needs})" for system in systems)
    raise PortError(f"no MIDI system answers on this machine, tried {tried}")


def _library() -> ModuleType:
    if sys.platform == "linux":
        # rtmidi2's wheel brings a libjack too old for today's servers; what is loaded first, and for all, is used.
        with suppress(OSError):
            ctypes.CDLL("libjack.so.0", mode=ctypes.RTLD_GLOBAL)
    for name in ("rtmidi", "rtmidi2"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise PortError(
        "no MIDI port library for this Python: install python-rtmidi (Python 3.10 to 3.12) or rtmidi2 (3.13 and newer)"
    )


def _ask(library: ModuleType, system: _System) -> Ports | None:
    """The ports of one system, or None where it does not answer."""
    api = getattr(library, system.api)
    with _stderr_kept() as said:
        try:
            clients = [_client(library.MidiIn, api), _client(library.MidiOut, api)]
            if any(client.get_current_api() != api for client in clients):
                return None  # the library was built without this system
            inputs, outputs = (_names(client) for client in clients)
        except (OSError, RuntimeError):  # python-rtmidi's RtMidiError is an OSError, rtmidi2 raises RuntimeError
            return None
        finally:
            clients = []  # closes them, while what they have to say is still kept
        # Without a JACK server rtmidi2 hands out a client that has no ports, and only warns.
        said.seek(0)
        return None if b"server not running" in said.read() else Ports(inputs, outputs)


def _client(kind: type[Any], api: int) -> Any:
    """A MidiIn or MidiOut of either library."""
    return kind(CLIENT_NAME, api=api) if kind.__module__ == "rtmidi2" else kind(api, CLIENT_NAME)


def _names(client: Any) -> tuple[str, ...]:
    return tuple(client.ports if hasattr(client, "ports") else client.get_ports())


@contextmanager
def _stderr_kept() -> Iterator[IO[bytes]]:
    """Catch what C code writes to file descriptor 2, which sys.stderr knows nothing of."""
    with tempfile.TemporaryFile() as said:
        try:
            stderr = os.dup(2)
        except OSError:  # a program without a stderr, such as pythonw: nothing to keep off
            yield said
            return
        os.dup2(said.fileno(), 2)
        try:
            yield said
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
