"""What live playing asks of MIDI ports. A message is one whole raw MIDI message: its status byte, then its data."""

from collections.abc import Callable
from typing import Protocol

Receive = Callable[[bytes, float], None]
"""Takes a message, and when it came in seconds of time.monotonic. Called on the port's own thread: it must not wait."""


class OutputPort(Protocol):
    """A port to play into."""

    @property
    def name(self) -> str:
        """What a user knows the port by."""

    def send(self, message: bytes) -> None:
        """Send one message now. PortError once the port is lost."""

    def alive(self) -> bool:
        """Whether what stands behind the port is still there. Cheap; asked again and again on a thread of its own."""

    def close(self) -> None:
        """Give the port back; what was sent has left by then. A lost or closed port can be closed too."""


class InputPort(Protocol):
    """A port that is listened to: until it is closed, each message goes to the Receive it was opened with."""

    @property
    def name(self) -> str:
        """What a user knows the port by."""

    def alive(self) -> bool:
        """Whether what stands behind the port is still there. Cheap."""

    def close(self) -> None:
        """Stop listening: Receive is not called any more afterwards. A lost or closed port can be closed too."""


OpenOutput = Callable[[], OutputPort]
"""Opens the port, also again after it was lost. PortError where it is not there (yet)."""

OpenInput = Callable[[Receive], InputPort]
"""Opens the port, also again after it was lost. PortError where it is not there (yet)."""
