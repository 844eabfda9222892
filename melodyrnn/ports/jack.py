"""The JACK server as a client of our own sees it, beside RtMidi's: its MIDI ports, connections, and whether it lives.

RtMidi does not tell that the server is gone: a port stays open, takes some 2300 messages into a buffer that nobody
empties, and then spins for ever while it holds the interpreter. JACK tells each client, so we have one that only
listens. It has no ports and runs nothing of ours. The functions are those of <jack/jack.h>, https://jackaudio.org/api/.
"""

import ctypes
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from melodyrnn.errors import PortError

CLIENT_NAME = b"melodyrnn watch"
NO_START_SERVER = 1  # of jack_options_t
IS_INPUT, IS_OUTPUT = 1, 2  # of JackPortFlags
MIDI_TYPE = b"8 bit raw midi"
LIBRARIES = {"darwin": "libjack.0.dylib", "linux": "libjack.so.0"}
UNSENT_BYTES = 4096  # at most, before a cycle of the server must have passed; RtMidi's buffer holds 16384
DRAIN_SECONDS = 0.5
APPEARS_SECONDS = 2.0  # PipeWire tells one client of another's port a moment later


class JackServer:
    """A running JACK (or PipeWire) server. PortError where none answers.

    Its shared memory stays mapped when the server goes, so that nothing here fails then: `answers` says so.
    """

    def __init__(self) -> None:
        self._jack = _libjack()
        self._client = self._jack.jack_client_open(CLIENT_NAME, NO_START_SERVER, None)
        if not self._client:
            raise PortError("no JACK server is running")
        # On the shutdown of the server JACK calls a function with an address, on a thread of its own. The C library's
        # time() writes the time there; a function in Python would have to wait for the interpreter.
        self._gone_at = ctypes.c_longlong(0)
        self._goes_round = False
        self._jack.jack_on_shutdown(self._client, ctypes.CDLL(None).time, ctypes.byref(self._gone_at))
        # Only when active is it told of cycles by every server. A server that quits still lets clients in: of one that
        # was gone before the line above nobody tells, but it activates nobody either.
        if self._jack.jack_activate(self._client):
            self.close()
            raise PortError("the JACK server is quitting")

    def answers(self) -> bool:
        """Whether the server is there. It takes a few milliseconds to become False."""
        return self._client is not None and self._gone_at.value == 0

    def inputs(self) -> tuple[str, ...]:
        """Names of the MIDI ports that can be listened to."""
        return self._ports(IS_OUTPUT)

    def outputs(self) -> tuple[str, ...]:
        """Names of the MIDI ports that can be played into."""
        return self._ports(IS_INPUT)

    def has(self, port: str) -> bool:
        """Whether there is a port of that name. Costs a look into shared memory."""
        return self.answers() and bool(self._jack.jack_port_by_name(self._client, port.encode()))

    def connect(self, source: str, destination: str) -> None:
        """Connect an output port to an input port. PortError where the server does not."""
        if self._jack.jack_connect(self._client, source.encode(), destination.encode()):
            raise PortError(f"{source} cannot be connected to {destination}")

    @contextmanager
    def opening(self, incoming: bool) -> Iterator[Callable[[], str]]:
        """While a port of ours is opened -> what tells the full name it was given; PortError if it was not."""
        before = self.outputs() if incoming else self.inputs()

        def opened() -> str:
            until = time.monotonic() + APPEARS_SECONDS
            while True:
                after = self.outputs() if incoming else self.inputs()
                for name in after:
                    if name not in before and name.startswith("melodyrnn"):
                        return name
                if time.monotonic() > until or not self.answers():
                    raise PortError("the JACK server gave no port")
                time.sleep(0.005)

        yield opened

    def guarded(self, send: Callable[[bytes], None]) -> Callable[[bytes], None]:
        """The same, but for PortError where the server takes nothing: dead, or standing still."""
        unsent, cycle = 0, self._cycle()

        def guarded(message: bytes) -> None:
            nonlocal unsent, cycle
            if self._gone_at.value:
                raise PortError("the JACK server is gone")
            unsent += len(message) + 4  # RtMidi puts the length before each
            if unsent > UNSENT_BYTES:
                latest = self._cycle()
                if latest == cycle:
                    raise PortError("the JACK server is stuck")
                unsent, cycle = 0, latest
            send(message)

        return guarded

    def drain(self) -> bool:
        """Wait until what was sent has left: two cycles -> False where a server that is there stands still instead.

        It counts as standing still only once it was seen to go round.
        """
        until = time.monotonic() + DRAIN_SECONDS
        for _ in range(2):
            cycle = self._cycle()
            while self._cycle() == cycle:
                if not self.answers():
                    return True
                if time.monotonic() > until:
                    return not self._goes_round
                time.sleep(0.001)
        self._goes_round = True
        return True

    def close(self) -> None:
        """Leave the server. The clients of RtMidi must be closed before."""
        if self._client is not None:
            client, self._client = self._client, None
            self._jack.jack_client_close(client)

    def _ports(self, flags: int) -> tuple[str, ...]:
        if not self.answers():
            return ()
        found = self._jack.jack_get_ports(self._client, None, MIDI_TYPE, flags)
        if not found:
            return ()
        names: list[str] = []
        while found[len(names)] is not None:
            names.append(found[len(names)].decode(errors="replace"))
        self._jack.jack_free(found)
        return tuple(names)

    def _cycle(self) -> int:
        return int(self._jack.jack_last_frame_time(self._client))


def _libjack() -> Any:
    """The system's libjack, with the types of what is called here, and quiet."""
    if sys.platform not in LIBRARIES:
        raise PortError(f"JACK is not used on {sys.platform}")
    try:
        jack = ctypes.CDLL(LIBRARIES[sys.platform], mode=ctypes.RTLD_GLOBAL)
    except OSError:
        raise PortError(f"JACK is not installed ({LIBRARIES[sys.platform]})") from None
    client, text = ctypes.c_void_p, ctypes.c_char_p
    for name, result, arguments in (
        ("jack_client_open", client, [text, ctypes.c_int, ctypes.c_void_p]),
        ("jack_client_close", ctypes.c_int, [client]),
        ("jack_on_shutdown", None, [client, ctypes.c_void_p, ctypes.c_void_p]),
        ("jack_activate", ctypes.c_int, [client]),
        ("jack_get_ports", ctypes.POINTER(text), [client, text, text, ctypes.c_ulong]),
        ("jack_free", None, [ctypes.c_void_p]),
        ("jack_port_by_name", ctypes.c_void_p, [client, text]),
        ("jack_connect", ctypes.c_int, [client, text, text]),
        ("jack_last_frame_time", ctypes.c_uint32, [client]),
        ("jack_set_error_function", None, [ctypes.c_void_p]),
        ("jack_set_info_function", None, [ctypes.c_void_p]),
    ):
        function = getattr(jack, name)
        function.restype, function.argtypes = result, arguments
    # What it has to say goes to a function of the C library that takes a string and does nothing with it.
    for name in ("jack_set_error_function", "jack_set_info_function"):
        getattr(jack, name)(ctypes.CDLL(None).strlen)
    return jack
