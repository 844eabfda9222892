"""A line to an output port that may be lost and found again."""

from collections import deque

from melodyrnn.errors import PortError
from melodyrnn.live.wire.ports import OutputPort


class Line:
    """An output port while it is there.

    `losses` counts how often it was lost: who sends into it keeps no state of the port beyond that. `reports`: what
    happened to it, in words, for the player to take.
    """

    def __init__(self, port: OutputPort) -> None:
        self.port: OutputPort | None = port
        self.losses = 0
        self.reports: deque[str] = deque()

    def send(self, message: bytes) -> bool:
        """Send a message -> whether it left. A port that raises PortError is lost."""
        if self.port is None:
            return False
        try:
            self.port.send(message)
        except PortError:
            self.lose()
            return False
        return True

    def lose(self) -> None:
        """The port is not there any more."""
        if self.port is not None:
            self.reports.append(f"{self.port.name}: lost, waiting for it")
            self.port = None
            self.losses += 1

    def connect(self, port: OutputPort) -> None:
        """Go on into a port that was found again."""
        self.port = port
        self.reports.append(f"{port.name}: found again")
