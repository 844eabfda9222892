"""python-rtmidi and rtmidi2 called alike, whichever is installed.

The two wrap the same C++ library, RtMidi, and differ in how they are called; here is the one place that knows. Both run
a function of ours on the thread that RtMidi receives on. With JACK that is the thread the whole audio graph waits for:
a function that waits there for the interpreter makes every program miss its deadline, and closing a port meanwhile
waits for ever. So messages are left in RtMidi's own queue, and asked for.
"""

import ctypes
import importlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import IO, Any, NamedTuple, Protocol

from melodyrnn.errors import PortError

CLIENT_NAME = "melodyrnn"
QUEUE_MESSAGES = 4096  # that wait to be asked for; RtMidi drops what comes when it is full
FAILURES = (OSError, RuntimeError, ValueError, NotImplementedError)
"""The errors of the libraries: python-rtmidi's errors are OSErrors (or among these), rtmidi2's RuntimeErrors."""


class Received(NamedTuple):
    """A message, and how many seconds after the one before it it came."""

    message: bytes
    delta_seconds: float


class Library(Protocol):
    """The interface of a port library. A raw client is its own MidiIn or MidiOut; all may raise FAILURES."""

    module: ModuleType

    def client(self, incoming: bool, api: int) -> Any:
        """A raw client of one MIDI system."""

    def names(self, client: Any) -> tuple[str, ...]:
        """The ports that the client could be connected to."""

    def open(self, client: Any, index: int, port_name: str) -> None:
        """Connect to the port of that index among the names."""

    def open_virtual(self, client: Any, port_name: str) -> None:
        """Offer a port of our own."""

    def sender(self, client: Any) -> Callable[[bytes], None]:
        """A function that sends a message from the client."""

    def receiver(self, client: Any) -> Callable[[], Received | None]:
        """A function that returns the next message that came to the client, or None."""

    def close(self, client: Any) -> None:
        """Take the port back. The client is gone once nobody refers to it any more."""


class PythonRtMidi:
    """The package python-rtmidi, imported as rtmidi."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module

    def client(self, incoming: bool, api: int) -> Any:
        """As Library says."""
        if not incoming:
            return self.module.MidiOut(api, CLIENT_NAME)
        client = self.module.MidiIn(api, CLIENT_NAME, QUEUE_MESSAGES)
        client.ignore_types(sysex=False, timing=False, active_sense=False)
        return client

    def names(self, client: Any) -> tuple[str, ...]:
        """As Library says."""
        return tuple(client.get_ports())

    def open(self, client: Any, index: int, port_name: str) -> None:
        """As Library says."""
        client.open_port(index, port_name)

    def open_virtual(self, client: Any, port_name: str) -> None:
        """As Library says."""
        client.open_virtual_port(port_name)

    def sender(self, client: Any) -> Callable[[bytes], None]:
        """As Library says."""
        send: Callable[[bytes], None] = client.send_message
        return send

    def receiver(self, client: Any) -> Callable[[], Received | None]:
        """As Library says."""

        def receive() -> Received | None:
            found = client.get_message()
            return Received(bytes(found[0]), found[1]) if found else None

        return receive

    def close(self, client: Any) -> None:
        """As Library says."""
        client.close_port()
        client.delete()


class RtMidi2:
    """The package rtmidi2."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module

    def client(self, incoming: bool, api: int) -> Any:
        """As Library says."""
        if not incoming:
            return self.module.MidiOut(CLIENT_NAME, api=api)
        client = self.module.MidiIn(CLIENT_NAME, QUEUE_MESSAGES, api=api)
        client.ignore_types(False, False, False)
        return client

    def names(self, client: Any) -> tuple[str, ...]:
        """As Library says."""
        return tuple(name or "" for name in client.ports)

    def open(self, client: Any, index: int, port_name: str) -> None:  # noqa: ARG002 - it has no way to name it
        """As Library says."""
        client.open_port(index)

    def open_virtual(self, client: Any, port_name: str) -> None:
        """As Library says. Where RtMidi fails at it, rtmidi2 ends the process: see to it first that it cannot."""
        if not port_name.isascii():
            raise ValueError("rtmidi2 accepts only ASCII letters")
        client.open_virtual_port(port_name)

    def sender(self, client: Any) -> Callable[[bytes], None]:
        """As Library says."""
        send = client.send_raw
        return lambda message: send(*message)

    def receiver(self, client: Any) -> Callable[[], Received | None]:
        """As Library says."""

        def receive() -> Received | None:
            message = client.get_message()
            return Received(bytes(message), client.deltatime) if message else None

        return receive

    def close(self, client: Any) -> None:
        """As Library says."""
        client.close_port()


def port_library() -> Library:
    """The library that is installed. PortError where none is."""
    if sys.platform == "linux":
        # Both wheels bring a libjack too old for today's servers; what is loaded first, and for all, is used.
        with suppress(OSError):
            ctypes.CDLL("libjack.so.0", mode=ctypes.RTLD_GLOBAL)
    broken = ""
    for name, library in (("rtmidi", PythonRtMidi), ("rtmidi2", RtMidi2)):
        try:
            made: Library = library(importlib.import_module(name))
        except ModuleNotFoundError:
            continue
        except ImportError as error:  # it is installed, and lacks a library of the system
            broken = f" ({name} cannot be loaded: {error})"
            continue
        return made
    wanted = "install python-rtmidi (Python 3.10 to 3.12) or rtmidi2 (3.13 and newer)"
    raise PortError(f"no MIDI port library for this Python: {wanted}{broken}")


@contextmanager
def quiet_stderr() -> Iterator[IO[bytes]]:
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
