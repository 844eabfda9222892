"""The ways an operating system carries MIDI, and which of them answers here: CoreMIDI, Windows MM, ALSA, JACK.

RtMidi falls back to any system it has when it is not told which, and writes to the process's stderr while it tries: so
the system is always named, the one that answered is checked, and what it writes is kept off the screen.
"""

import ctypes
import sys
from typing import Any, NamedTuple, Protocol

from melodyrnn.errors import PortError
from melodyrnn.ports.jack import JackServer
from melodyrnn.ports.library import FAILURES, Library, port_library, quiet_stderr


class Kind(NamedTuple):
    """A MIDI system: its name, the libraries' constant for it, and what it needs."""

    name: str
    api: str
    needs: str


JACK = Kind("JACK", "API_UNIX_JACK", "needs a running JACK or PipeWire server")
KINDS = {
    "darwin": (Kind("CoreMIDI", "API_MACOSX_CORE", "needs the MIDI server of macOS"), JACK),
    "win32": (Kind("Windows MM", "API_WINDOWS_MM", "needs the Windows audio service"),),
}
KINDS_ELSEWHERE = (Kind("ALSA", "API_LINUX_ALSA", "needs /dev/snd/seq, from the kernel module snd-seq"), JACK)


class MidiSystem(Protocol):
    """The MIDI system of this machine."""

    kind: Kind
    library: Library

    def answers(self) -> bool:
        """Whether it is still there."""

    def inputs(self) -> tuple[str, ...]:
        """Names of the ports that can be listened to."""

    def outputs(self) -> tuple[str, ...]:
        """Names of the ports that can be played into."""

    def client(self, incoming: bool) -> Any:
        """A raw client of the library, which has no port yet. PortError where the system gives none."""

    def give_back(self, client: Any) -> None:
        """Close a client. May raise FAILURES."""

    def close(self) -> None:
        """Leave it."""


class RtMidiSystem:
    """A system that RtMidi can ask at any time; two clients that have no port do the asking."""

    def __init__(self, library: Library, kind: Kind) -> None:
        self.library, self.kind = library, kind
        self._listeners: tuple[Any, ...] = (self.client(incoming=True), self.client(incoming=False))

    def answers(self) -> bool:
        """As MidiSystem says: it is part of the operating system."""
        return True

    def inputs(self) -> tuple[str, ...]:
        """As MidiSystem says."""
        return self._names(0)

    def outputs(self) -> tuple[str, ...]:
        """As MidiSystem says."""
        return self._names(1)

    def _names(self, which: int) -> tuple[str, ...]:
        try:
            return self.library.names(self._listeners[which])
        except FAILURES as error:
            raise PortError(f"{self.kind.name} cannot list its ports: {error}") from None

    def client(self, incoming: bool) -> Any:
        """As MidiSystem says."""
        api = getattr(self.library.module, self.kind.api)
        with quiet_stderr():
            try:
                client = self.library.client(incoming, api)
                if client.get_current_api() == api:
                    return client
            except FAILURES:
                pass
        raise PortError(f"{self.kind.name} ({self.kind.needs})")

    def give_back(self, client: Any) -> None:
        """As MidiSystem says."""
        self.library.close(client)

    def close(self) -> None:
        """As MidiSystem says."""
        self._listeners = ()


class JackSystem:
    """JACK, asked through a client of our own: RtMidi is only let near a server that is known to answer.

    From one that stands still RtMidi waits for an answer without end, and holds the interpreter: nothing is opened or
    closed then. What was to be closed is, once the server goes round again.
    """

    def __init__(self, library: Library) -> None:
        self.library, self.kind = library, JACK
        try:
            self.server = JackServer()
        except PortError as error:
            raise PortError(f"{JACK.name} ({JACK.needs}; {error})") from None
        self.answers, self.inputs, self.outputs = self.server.answers, self.server.inputs, self.server.outputs
        self.close = self.server.close
        self._to_close: list[Any] = []

    def client(self, incoming: bool) -> Any:
        """As MidiSystem says."""
        if not self.answers():
            raise PortError(f"{JACK.name} ({JACK.needs})")
        if not self.server.drain():
            raise PortError("the JACK server is stuck")
        self._close_left()
        api = getattr(self.library.module, self.kind.api)
        with quiet_stderr() as said:
            try:
                client = self.library.client(incoming, api)
            except FAILURES as error:
                raise PortError(f"JACK gives no client: {error}") from None
            said.seek(0)
            if b"server not running" not in said.read():  # rtmidi2 hands out a client that is none, and only warns
                return client
        raise PortError("JACK gives no client")

    def give_back(self, client: Any) -> None:
        """As MidiSystem says."""
        if self.server.drain():
            self.library.close(client)
        else:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(client))  # or the interpreter would close it at its end
            self._to_close.append(client)

    def _close_left(self) -> None:
        while self._to_close:
            client = self._to_close.pop()
            self.library.close(client)
            ctypes.pythonapi.Py_DecRef(ctypes.py_object(client))


def find_system() -> RtMidiSystem | JackSystem:
    """The first MIDI system that answers. PortError where none does, or no port library is installed."""
    library = port_library()
    tried = []
    for kind in KINDS.get(sys.platform, KINDS_ELSEWHERE):
        try:
            return JackSystem(library) if kind is JACK else RtMidiSystem(library, kind)
        except PortError as error:
            tried.append(str(error))
    raise PortError(f"no MIDI system answers on this machine, tried {', '.join(tried)}")
