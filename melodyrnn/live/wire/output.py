"""The output: the one place where messages leave. What is owed there stands in its ledger, what left in its log."""

from collections import deque
from collections.abc import Callable, Iterable

from melodyrnn import messages
from melodyrnn.errors import PortError
from melodyrnn.live.time.schedule import LiveNote
from melodyrnn.live.wire.ledger import Ledger
from melodyrnn.live.wire.ports import OutputPort

CHANNELS = range(16)

Sent = tuple[int, bytes | float]
"""A pulse of the take, and the message that was sent there; or the tempo from there on."""


class Output:
    """A port that may be lost and found again, and what stands behind it: instruments, notes that sound, other clocks.

    `pulse`: where the song is when what follows is sent. The take goes on where it is, wherever the song goes.
    """

    def __init__(self, port: OutputPort, sends_clock: bool, notice: Callable[[str], None]) -> None:
        self.port: OutputPort | None = port
        self.ledger = Ledger()
        self.log: deque[Sent] = deque()
        self.pulse = self.notes_sent = 0
        self.sends_clock = sends_clock
        self._notice = notice
        self._programs: dict[int, int] = {}
        self._take_offset = 0  # pulses of the song + this = pulses of the take
        self._clocked: int | None = -1 if sends_clock else None  # the last clock sent; None: not in step with anybody

    def go_to(self, pulse: int, was: int) -> None:
        """The song goes to `pulse`, having been at `was`."""
        self._take_offset += was - pulse
        self.pulse = pulse

    def _log(self, what: bytes | float) -> None:
        self.log.append((max(self.pulse, 0) + self._take_offset, what))

    def set_tempo(self, bpm: float) -> None:
        """Take down the tempo."""
        self._log(bpm)

    def note_on(self, note: LiveNote) -> bool:
        """Begin a note now -> whether it did."""
        key = note.channel, note.pitch
        if self.port is None:
            return False
        if key in self.ledger:
            self._end(key)
        if self._programs.get(note.channel) != note.program:
            self._choose(note)
        self.ledger.owe(key, self.pulse + note.duration_pulses)  # first: where sending fails, it may have left
        left = self._send(messages.note_on(note.channel, note.pitch, note.velocity))
        self.notes_sent += left
        return left

    def prepare(self, note: LiveNote) -> None:
        """Choose the instrument of a channel that has none yet, early: loading one takes its time."""
        if note.channel not in self._programs:
            self._choose(note)

    def _choose(self, note: LiveNote) -> None:
        """Let a channel take up a note's instrument; before the first, end what an earlier run may have left sounding.

        One that was killed may have played on other channels than this one will. It is not of the music, so it is not
        taken down.
        """
        if not self._programs:
            for channel in CHANNELS:
                for message in messages.silence(channel):
                    self._put(message)
        if self._send(messages.program(note.channel, note.program)):
            self._programs[note.channel] = note.program

    def _end(self, key: tuple[int, int]) -> None:
        if self._send(messages.note_off(*key)):
            self.ledger.settle(key)

    def end_due(self) -> None:
        """End the notes whose time is over."""
        for key in self.ledger.ended(self.pulse):
            self._end(key)

    def release_all(self) -> None:
        """Every note that sounds ends now."""
        for key in self.ledger.owed():
            self._end(key)

    def silence(self, channels: Iterable[int] = ()) -> None:
        """Every note ends now, and whatever else may sound on the channels played on and on these."""
        self.release_all()
        for channel in sorted({*self.ledger.channels, *channels}):
            for message in messages.silence(channel):
                self._send(message)

    def start_clock(self) -> None:
        """Let others start."""
        if self.sends_clock:
            self._send(bytes((messages.START,)))

    def stop_clock(self) -> None:
        """Let others stop."""
        if self.sends_clock:
            self._send(bytes((messages.STOP,)))

    def tick(self, is_bar_line: bool) -> None:
        """Send the clock. After the port was lost, others are told where the song is, at a bar line."""
        if not self.sends_clock:
            return
        if self._clocked is None and is_bar_line:
            self._clocked = self.pulse - 1
            self._send(messages.position(self.pulse))
            self._send(bytes((messages.CONTINUE,)))
        if self._clocked is not None and self.pulse > self._clocked:
            self._send(bytes((messages.CLOCK,)))
            self._clocked = self.pulse

    def _send(self, message: bytes) -> bool:
        """Send a message, and take it down -> whether it left."""
        left = self._put(message)
        if left and message[0] < 0xF0:
            self._log(message)
        return left

    def _put(self, message: bytes) -> bool:
        """Send a message -> whether it left. A port that does not take it is lost."""
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
            self._notice(f"{self.port.name}: lost, waiting for it")
        self.port = self._clocked = None
        self._programs.clear()

    def connect(self, port: OutputPort) -> None:
        """Go on into a port that was found again: what is still owed is paid first."""
        self.port = port
        self._notice(f"{port.name}: found again")
        self.silence()
