"""The output: the one place where notes leave. Its ledger holds the notes that sound, its log what left."""

from collections import deque
from collections.abc import Iterable

from melodyrnn import messages
from melodyrnn.live.time.axes import SongPulse, TakePulse
from melodyrnn.live.time.schedule import LiveNote
from melodyrnn.live.wire.ledger import Key, Ledger
from melodyrnn.live.wire.line import Line
from melodyrnn.messages import CHANNELS

Logged = tuple[TakePulse, bytes | float]
"""A message that left and when; or the tempo in bpm from then on."""


class Output:
    """A line to the instruments, and what stands behind it: their programs, and the notes that sound.

    `pulse`: where the song is when the next message is sent. The take goes on where it is, wherever the song goes.
    """

    def __init__(self, line: Line) -> None:
        self.line = line
        self.ledger = Ledger()
        self.log: deque[Logged] = deque()
        self.pulse = SongPulse(0)
        self.notes_sent = 0
        self._programs: dict[int, int] = {}
        self._losses = 0
        self._take_offset = 0  # a pulse of the song + this = the pulse of the take

    def go_to(self, pulse: SongPulse, was: SongPulse) -> None:
        """The song goes to `pulse`, having been at `was`."""
        self._take_offset += was - pulse
        self.pulse = pulse

    def take_pulse(self, pulse: SongPulse) -> TakePulse:
        """The pulse of the take at a pulse of the song."""
        return TakePulse(max(int(pulse), 0) + self._take_offset)

    def log_tempo(self, pulse: TakePulse, bpm: float) -> None:
        """Write down the tempo from a pulse on."""
        self.log.append((pulse, bpm))

    def note_on(self, note: LiveNote) -> bool:
        """Begin a note now -> whether it left."""
        key = note.channel, note.pitch
        if self.line.port is None:
            return False
        if key in self.ledger:
            self._end(key)
        if self._known_programs().get(note.channel) != note.program:
            self._choose_program(note)
        self.ledger.owe(key, self.pulse + note.duration_pulses)  # first: if sending fails, it may have left
        left = self._send(messages.note_on(note.channel, note.pitch, note.velocity))
        self.notes_sent += left
        return left

    def prepare(self, note: LiveNote) -> None:
        """Choose the instrument of a channel that has none yet, early: a synthesizer may have to load it."""
        if note.channel not in self._known_programs():
            self._choose_program(note)

    def _known_programs(self) -> dict[int, int]:
        """The program of each channel since the port was last lost."""
        if self._losses != self.line.losses:
            self._losses, self._programs = self.line.losses, {}
        return self._programs

    def _choose_program(self, note: LiveNote) -> None:
        """Let a channel take a note's instrument; before the first, end the notes that an earlier run may have left.

        A run that was killed may have played on any channel. Ending its notes is not part of the take.
        """
        programs = self._known_programs()
        if not programs:
            for channel in CHANNELS:
                for message in messages.silence(channel):
                    self.line.send(message)
        if self._send(messages.program(note.channel, note.program)):
            programs[note.channel] = note.program

    def _end(self, key: Key) -> None:
        if self._send(messages.note_off(*key)):
            self.ledger.settle(key)

    def end_due(self) -> None:
        """End the notes whose time is over."""
        for key in self.ledger.ended(self.pulse):
            self._end(key)

    def release_all(self) -> None:
        """End every note that sounds."""
        for key in self.ledger.owed():
            self._end(key)

    def silence(self, channels: Iterable[int] = ()) -> None:
        """End every note, and whatever else may sound on the channels that were played on and on these."""
        self.release_all()
        for channel in sorted({*self.ledger.channels, *channels}):
            for message in messages.silence(channel):
                self._send(message)

    def _send(self, message: bytes) -> bool:
        """Send a message and log it -> whether it left."""
        left = self.line.send(message)
        if left:
            self.log.append((self.take_pulse(self.pulse), message))
        return left
