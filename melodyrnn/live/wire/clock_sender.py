"""Sending this song's clock to another program."""

from melodyrnn import messages
from melodyrnn.live.time.axes import SongPulse
from melodyrnn.live.wire.line import Line


class ClockSender:
    """Sends a clock at each pulse; with `transport` also Start, Stop and, after a loss, Song Position and Continue."""

    def __init__(self, line: Line, transport: bool = True) -> None:
        self.line = line
        self._transport = transport
        self._last: SongPulse | None = SongPulse(-1)  # the last pulse sent; None: the receiver missed some
        self._losses = 0

    def start(self) -> None:
        """The song starts at pulse 0."""
        if self._transport:
            self.line.send(bytes((messages.START,)))

    def stop(self) -> None:
        """The song stops."""
        if self._transport:
            self.line.send(bytes((messages.STOP,)))

    def tick(self, pulse: SongPulse, is_bar_line: bool) -> None:
        """The song comes to a pulse. After a loss the clock goes on at a bar line."""
        if self._losses != self.line.losses:
            self._losses, self._last = self.line.losses, None
        if self._last is None and is_bar_line and self.line.port is not None:
            self._last = pulse - 1
            if self._transport:
                self.line.send(messages.position(int(pulse)))
                self.line.send(bytes((messages.CONTINUE,)))
        if self._last is not None and pulse > self._last:
            self.line.send(bytes((messages.CLOCK,)))
            self._last = pulse
