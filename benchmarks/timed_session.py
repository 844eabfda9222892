"""A session as `melodyrnn live` runs it, whose every send is timed. For the benchmarks of live playing."""

import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from melodyrnn.generation import MusicModel
from melodyrnn.generation.threads import one_thread
from melodyrnn.live.assemble import LiveConfig, assemble
from melodyrnn.live.score.model_composer import ModelComposer
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.time.axes import SongPulse
from melodyrnn.live.time.transport import InternalTransport, Transport
from melodyrnn.live.wire.ports import LivePorts, OpenInput
from melodyrnn.messages import NOTE_OFF, NOTE_ON
from melodyrnn.music.pulses import seconds_per_pulse
from melodyrnn.options import STAY
from melodyrnn.ports.devices import Output
from melodyrnn.stage import Recording

RANDOM_SEED = 1


class TimedPort:
    """A port that takes down when each message enters `send`, when by its clock pulse 0 was, and the message."""

    def __init__(self, port: Output) -> None:
        self.name, self.notes, self.last_note_seconds = port.name, 0, 0.0
        self.sends: deque[tuple[float, float, bytes]] = deque()
        self.transport: Transport = InternalTransport(120)  # until there is a session
        self._port = port

    def send(self, message: bytes) -> None:
        now = time.monotonic()
        self.sends.append((now, self.transport.look_again(SongPulse(0)), message))
        if message[0] & 0xF0 == NOTE_ON:
            self.notes, self.last_note_seconds = self.notes + 1, now
        self._port.send(message)

    def alive(self) -> bool:
        return self._port.alive()

    def close(self) -> None:
        """It is played into again."""


class TimedTake(Recording):
    """A take that says of each note-on and note-off how many seconds after its pulse it was sent."""

    def __init__(self, composer: ModelComposer, port: TimedPort, pulse_seconds: float, path: Path) -> None:
        super().__init__(composer.metre, {}, path)
        self.late: Callable[[float], None] = lambda _: None
        self._port, self._pulse_seconds = port, pulse_seconds

    def add(self, pulse: int, message: bytes) -> None:
        sent = b""
        while sent != message:  # what clears the port at the start is not of the take
            now, origin, sent = self._port.sends.popleft()
        if message[0] & 0xF0 in (NOTE_OFF, NOTE_ON):
            self.late(now - (origin + pulse * self._pulse_seconds))
        super().add(pulse, message)


class TimedSession:
    """A session that plays into a port without end, or answers what comes from `inputs`."""

    def __init__(
        self, port: Output, model: MusicModel, style: str, bpm: float, inputs: Sequence[OpenInput] = ()
    ) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.path = Path(self._folder.name) / "take.mid"
        composer = composer_of(model, style)
        self.port = TimedPort(port)
        self.take = TimedTake(composer, self.port, seconds_per_pulse(bpm), self.path)
        config = LiveConfig(Settings(style), bpm=bpm, respond="pause" if inputs else None)
        self._session = assemble(config, composer, LivePorts(lambda: self.port, inputs), self.take, print)
        self.player = self._session.player
        self.port.transport = self.player.transport

    @property
    def late_pulses(self) -> int:
        """Pulses that the music had to wait."""
        return self.player.schedule.late_pulses + self.player.held_pulses

    def run(self, meanwhile: Callable[[], None]) -> None:
        """Play until `meanwhile` returns."""

        def wait() -> None:
            try:
                meanwhile()
            finally:
                self._session.stop()

        waiting = threading.Thread(target=wait)
        with one_thread():
            waiting.start()
            self._session.run(lambda: None)
        waiting.join()


def composer_of(model: MusicModel, style: str) -> ModelComposer:
    return ModelComposer(lambda _: model, Settings(style), RANDOM_SEED, stay=STAY.default)
