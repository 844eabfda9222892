"""The MIDI ports of this machine: which there are, one to play into, one to listen to.

A port knows whether what stands behind it is still there, and can be opened again when it is back.
"""

import sys
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple
from weakref import WeakSet

from melodyrnn.errors import PortError
from melodyrnn.messages import SYSTEM_EXCLUSIVE
from melodyrnn.ports.arrival import ArrivalTimes
from melodyrnn.ports.library import CLIENT_NAME, FAILURES, Received
from melodyrnn.ports.system import JackSystem, RtMidiSystem, find_system

POLL_SECONDS = 0.001
FLUSH_SECONDS = 0.02  # for a driver that sends on a thread of its own
LONGEST_NAME = 60
LOOPBACK = (
    "Windows has no virtual ports: install loopMIDI (https://www.tobias-erichsen.de/software/loopmidi.html), start it, "
    'add a port with its "+" button, choose that port as the MIDI input of the DAW, and name it here with --port'
)


class Ports(NamedTuple):
    """Names of the MIDI ports that other programs and devices offer: `inputs` to hear, `outputs` to play into."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def port_names() -> Ports:
    """Ask the first MIDI system that answers for its ports: CoreMIDI, Windows MM or ALSA, and then JACK.

    Raises PortError where no port library is installed or no MIDI system answers. A system without ports gives two
    empty tuples.
    """
    system = _system.get()
    return Ports(system.inputs(), system.outputs())


def system_name() -> str:
    """The name of the MIDI system that answers. PortError where none does."""
    return _system.get().kind.name


def open_output(name: str | None = None, virtual: str | None = None) -> "Output":
    """Open a port to play into: the one called `name` (or whose name holds it), or a new one called `virtual`.

    With neither, a new one called melodyrnn. PortError, naming the ports there are, where there is no such port, or
    more than one; and on Windows for a virtual port.
    """
    return Output(_system.get(), name, virtual)


def open_input(name: str | None, virtual: str | None, receive: Callable[[bytes, float], None]) -> "Input":
    """Listen to a port, chosen as in `open_output`.

    Each message goes to `receive`, with the time at which it came, in seconds of time.monotonic, on a thread of the
    port's own. System exclusive messages do not.
    """
    return Input(_system.get(), name, virtual, receive)


class _CurrentSystem:
    """The MIDI system in use, found again when it is gone."""

    def __init__(self) -> None:
        self.ports: WeakSet[_Port] = WeakSet()
        self._found: RtMidiSystem | JackSystem | None = None
        self._lock = threading.Lock()

    def get(self) -> RtMidiSystem | JackSystem:
        """The system that answers. PortError where none does."""
        with self._lock:
            if self._found is not None and not self._found.answers():
                for port in list(self.ports):  # a client of a server that is gone may not be met by the next server
                    port.close()
                self._found.close()
                self._found = None
            if self._found is None:
                self._found = find_system()
            return self._found


_system = _CurrentSystem()


class _Port:
    """The common part of ports to play into and ports to listen to."""

    _incoming: bool

    def __init__(self, system: RtMidiSystem | JackSystem, name: str | None, virtual: str | None) -> None:
        self._midi = system
        self._own: str | None = None  # the name that JACK gave it
        self._target = None if name is None else _find(name, self._others(), self._incoming)
        if self._target is None:
            _check_virtual(virtual)
        self.name = self._target or virtual or CLIENT_NAME
        self._closing = threading.Lock()
        self._client: Any = system.client(self._incoming)
        try:
            self._open(virtual or CLIENT_NAME)
        except (*FAILURES, PortError) as error:
            self._give_back()
            raise PortError(f"{self.name}: the port cannot be opened ({error})") from None
        _system.ports.add(self)

    def alive(self) -> bool:
        """Whether what stands behind the port is still there."""
        if self._client is None or not self._midi.answers():
            return False
        if self._own is not None and isinstance(self._midi, JackSystem) and not self._midi.server.has(self._own):
            return False  # thrown out by the server
        if self._target is None:
            return True
        if isinstance(self._midi, JackSystem):
            return self._midi.server.has(self._target)
        try:
            return _unnumbered(self._target) in map(_unnumbered, self._others())
        except PortError:
            return False

    def close(self) -> None:
        """Give the port back. A lost or closed port can be closed too."""
        with self._closing:
            if self._client is not None:
                self._finish()
                self._give_back()

    def _others(self) -> tuple[str, ...]:
        """The ports that this one could be connected to. Nobody means to listen to himself."""
        if not self._incoming:
            return self._midi.outputs()
        own = {port._own for port in _system.ports}  # known where the system is JACK
        return tuple(name for name in self._midi.inputs() if name not in own)

    def _open(self, port_name: str) -> None:
        library = self._midi.library
        if isinstance(self._midi, JackSystem):
            # A port of our own, connected by JACK itself: RtMidi does not tell whether it could connect one.
            server = self._midi.server
            with server.opening(self._incoming) as opened:
                library.open_virtual(self._client, port_name)
                self._own = opened()
            if self._target is not None:
                server.connect(*((self._target, self._own) if self._incoming else (self._own, self._target)))
        elif self._target is not None:
            library.open(self._client, self._others().index(self._target), port_name)
        else:
            library.open_virtual(self._client, port_name)

    def _finish(self) -> None:
        """Called before the client is closed."""

    def _give_back(self) -> None:
        client, self._client = self._client, None
        try:
            self._midi.give_back(client)
        except FAILURES:
            return  # it was lost: there is nothing left to close


class Output(_Port):
    """A port to play into."""

    _incoming = False

    def __init__(self, system: RtMidiSystem | JackSystem, name: str | None, virtual: str | None) -> None:
        super().__init__(system, name, virtual)
        write = system.library.sender(self._client)
        self._write = system.server.guarded(write) if isinstance(system, JackSystem) else write

    def send(self, message: bytes) -> None:
        """Send one raw message now. PortError once the port is lost or closed."""
        if self._client is None:
            raise PortError(f"{self.name}: the port is closed")
        try:
            self._write(message)
        except (*FAILURES, PortError) as error:
            raise PortError(f"{self.name}: the port is lost ({error})") from None

    def _finish(self) -> None:
        if not isinstance(self._midi, JackSystem):  # that one waits by itself
            time.sleep(FLUSH_SECONDS)

    def _give_back(self) -> None:
        self._write = _write_nowhere  # it refers to the client, which goes when nobody does
        super()._give_back()


class Input(_Port):
    """A port that is listened to."""

    _incoming = True

    def __init__(
        self,
        system: RtMidiSystem | JackSystem,
        name: str | None,
        virtual: str | None,
        receive: Callable[[bytes, float], None],
    ) -> None:
        super().__init__(system, name, virtual)
        self._stopping = False
        take = system.library.receiver(self._client)
        self._thread: threading.Thread | None = threading.Thread(
            target=self._listen, args=(take, receive), name=f"melodyrnn listens to {self.name}", daemon=True
        )
        self._thread.start()

    def alive(self) -> bool:
        """Whether what stands behind the port is there, and its messages are still received."""
        thread = self._thread
        return super().alive() and thread is not None and thread.is_alive()

    def _listen(self, take: Callable[[], Received | None], receive: Callable[[bytes, float], None]) -> None:
        arrivals = ArrivalTimes()
        while not self._stopping:
            while (received := take()) is not None:
                at_seconds = arrivals.at(received.delta_seconds, time.monotonic())
                if received.message[0] != SYSTEM_EXCLUSIVE:
                    receive(received.message, at_seconds)
            time.sleep(POLL_SECONDS)

    def _finish(self) -> None:
        self._stopping = True
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        self._thread = None  # it refers to the client, which goes when nobody does


def _write_nowhere(_: bytes) -> None:
    raise PortError("closed")


def _find(name: str, names: tuple[str, ...], incoming: bool) -> str:
    """The port that is meant: of that name, or else the only one whose name holds it, in any case."""
    if name in names:
        return name
    held = [known for known in names if name.casefold() in known.casefold()]
    held = held or [known for known in names if _unnumbered(name) == _unnumbered(known)]
    if len(set(held)) == 1:
        return held[0]
    kind = "to listen to" if incoming else "to play into"
    if held:
        raise PortError(f"{name!r} could be {len(held)} ports, give more of the name: {', '.join(held)}")
    raise PortError(f"no MIDI port {kind} has the name {name!r}: there are {', '.join(names) or 'none'}")


def _unnumbered(name: str) -> str:
    """Without the number that RtMidi appends on Windows, and that changes when another device comes or goes."""
    head, _, tail = name.rpartition(" ")
    return head if sys.platform == "win32" and head and tail.isdigit() else name


def _check_virtual(name: str | None) -> None:
    if sys.platform == "win32":
        raise PortError(LOOPBACK)
    if name is not None and not (0 < len(name) <= LONGEST_NAME and name.isprintable() and ":" not in name):
        raise PortError(f"{name!r}: a virtual port has a name of 1 to {LONGEST_NAME} letters, none of them a colon")
