"""Live playing without threads, devices or waiting: a stage that runs hours of music in seconds."""

from collections.abc import Callable

import numpy as np
import pytest

from melodyrnn.generation import MusicModel
from melodyrnn.live import messages
from melodyrnn.live.composer import Passage
from melodyrnn.live.controls import Control, Controls
from melodyrnn.live.endless import Endless
from melodyrnn.live.fakes import FakeClock, FakePort
from melodyrnn.live.follower import ExternalTransport
from melodyrnn.live.player import Arrival, Found, Part, Player
from melodyrnn.live.request import Call
from melodyrnn.live.schedule import LiveNote
from melodyrnn.live.settings import Settings
from melodyrnn.live.transport import InternalTransport
from melodyrnn.live.worker import Worker
from melodyrnn.model.config import ModelConfig
from melodyrnn.model.modelfile import Model
from melodyrnn.music.events import ENCODING_VERSION
from melodyrnn.training.recipe import music_config

BAR = 96
STYLES = ("plain", "fancy")


class ScriptedComposer:
    """Music that can be told from its pulse: a note every `step` pulses, its pitch saying which, on three channels.

    Settings show in the velocity, so that it can be told from when on they held.
    """

    bar_pulses = BAR

    def __init__(self, settings: Settings, step: int = 6, duration: int = 9) -> None:
        self.step, self.duration = step, duration
        self.calls: list[tuple[Call, int]] = []
        self._settings = {0: settings}
        self._next = 0

    def change(self, bar: int, settings: Settings) -> None:
        self._settings = {b: s for b, s in self._settings.items() if b < bar} | {bar: settings}

    def rewind(self, pulse: int) -> None:
        self._next = -(-pulse // self.step) * self.step

    def hear(self, call: Call, heard: int) -> None:
        self.calls.append((call, heard))
        self.rewind(call.end)

    def compose(self) -> Passage:
        note = self.note(self._next)
        self._next += self.step
        return Passage((note,), note.onset_pulses)

    def note(self, pulse: int) -> LiveNote:
        number = pulse // self.step
        bar = pulse // BAR
        settings = self._settings[max(b for b in self._settings if b <= bar)]
        channel = (0, 1, 9)[number % 3]
        velocity = min(max(round(64 * settings.loudness), 1), 127)
        program = STYLES.index(settings.style)
        return LiveNote(pulse, channel, program, 30 + number % 60, self.duration, velocity)


class Stage:
    """A player, its worker and its clock, driven by hand: the worker does all its work before time goes on."""

    def __init__(
        self,
        composer: ScriptedComposer | None = None,
        transport: InternalTransport | ExternalTransport | None = None,
        part: Part | None = None,
        controls: tuple[Control, ...] = (),
        **options: object,
    ) -> None:
        self.settings = Settings("plain")
        self.composer = composer or ScriptedComposer(self.settings)
        self.clock = FakeClock(100.0)
        self.port = FakePort(self.clock)
        self.ports = [self.port]
        self.transport = transport or InternalTransport(120)
        self.worker = Worker(self.composer)
        self.works = True
        bar = self.composer.bar_pulses
        self.player = Player(
            self.port,
            self.transport,
            self.worker,
            part or Endless(bar),
            self.settings,
            bar,
            Controls(controls, STYLES),
            **options,  # type: ignore[arg-type]
        )

    def step(self) -> float:
        """The worker does what it can, then the player does what is due -> when it is to be called again."""
        again = self.player.step(self.clock.now())
        if self.works and self._work():
            again = self.player.step(self.clock.now())
        return again

    def _work(self) -> bool:
        worked = False
        while self.worker.work():
            worked = True
        return worked

    def run_until(self, seconds: float, done: Callable[[], bool] = lambda: False) -> None:
        """Play until that time by the clock, or until `done`."""
        while not done():
            again = self.step()
            if again >= seconds:
                self.clock.advance_to(seconds)
                self.step()
                return
            self.clock.advance_to(again)

    def run(self, seconds: float) -> None:
        """Play so many seconds more."""
        self.run_until(self.clock.now() + seconds)

    def send(self, *message: int) -> None:
        """A message comes in now."""
        self.player.post(Arrival(bytes(message), self.clock.now()))

    def find_port(self) -> None:
        """A port is there again."""
        self.port = FakePort(self.clock)
        self.ports.append(self.port)
        self.player.post(Found(self.port))

    @property
    def sent(self) -> list[tuple[float, bytes]]:
        """All that left, through any port."""
        return [each for port in self.ports for each in port.sent]

    def onsets(self) -> list[tuple[float, int, int, int]]:
        """(seconds, channel, pitch, velocity) of every note-on that left."""
        return [
            (seconds, m[0] & 15, m[1], m[2]) for seconds, m in self.sent if m[0] & 0xF0 == messages.NOTE_ON and m[2]
        ]


def hanging(sent: list[tuple[float, bytes]]) -> set[tuple[int, int]]:
    """Notes that still sound after what was sent, no note being begun twice without having ended."""
    sounding = set()
    for _, message in sent:
        key = message[0] & 15, message[1] if len(message) > 1 else 0
        if message[0] & 0xF0 == messages.NOTE_ON:
            assert key not in sounding, f"{key} begun while it sounds"
            sounding.add(key)
        elif message[0] & 0xF0 == messages.NOTE_OFF:
            sounding.discard(key)
    return sounding


def random_model(config: ModelConfig | None = None, random_seed: int = 0) -> Model:
    """A small network that has learned nothing."""
    config = config or music_config(hidden=12, layers=1, embedding=8)
    rng = np.random.default_rng(random_seed)
    weights = {name: rng.normal(0, 0.2, shape).astype(np.float32) for name, shape in config.shapes().items()}
    return Model(config, weights, ENCODING_VERSION, STYLES, {})


@pytest.fixture(scope="session")
def small_model() -> MusicModel:
    """A small model that has learned nothing, in memory."""
    return MusicModel(random_model(), "small")
