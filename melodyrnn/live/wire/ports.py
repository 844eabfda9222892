"""The ports that live playing needs. A message is one whole raw MIDI message: its status byte, then its data."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

Receive = Callable[[bytes, float], None]
"""Receives a message, and when it came in seconds of time.monotonic, on the port's own thread: it must not wait."""


class OutputPort(Protocol):
    """A port to play into."""

    @property
    def name(self) -> str:
        """The name that a user knows the port by."""

    def send(self, message: bytes) -> None:
        """Send one message now. PortError once the port is lost."""

    def alive(self) -> bool:
        """Whether the device or program behind the port is still there. Cheap: the supervisor asks all the time."""

    def close(self) -> None:
        """Close it once every message has left. A lost or closed port can be closed too."""


class InputPort(Protocol):
    """A port to listen to: until it is closed, each message goes to the Receive that it was opened with."""

    @property
    def name(self) -> str:
        """The name that a user knows the port by."""

    def alive(self) -> bool:
        """Whether the device or program behind the port is still there. Cheap."""

    def close(self) -> None:
        """Stop listening: Receive is not called any more afterwards. A lost or closed port can be closed too."""


OpenOutput = Callable[[], OutputPort]
"""Opens the port, also again after it was lost. PortError where it is not there (yet)."""

OpenInput = Callable[[Receive], InputPort]
"""Opens the port, also again after it was lost. PortError where it is not there (yet)."""


class LivePorts(NamedTuple):
    """The ports of a session: one to play into, those to listen to, and one for the clock if it has its own."""

    open_output: OpenOutput
    open_inputs: Sequence[OpenInput] = ()
    open_clock: OpenOutput | None = None
