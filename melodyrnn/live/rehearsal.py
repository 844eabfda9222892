"""A rehearsal: live playing without threads, devices or waiting, for tests. Hours of music take seconds."""

from collections.abc import Callable, Iterable

from melodyrnn.live import messages
from melodyrnn.live.composer import Composer, Passage
from melodyrnn.live.controls import Control, Controls
from melodyrnn.live.endless import Endless
from melodyrnn.live.fakes import FakeClock, FakePort
from melodyrnn.live.follower import ExternalTransport
from melodyrnn.live.news import Arrival, Found, Lost
from melodyrnn.live.part import Part
from melodyrnn.live.player import DEFAULT_LOOK_AHEAD_PULSES, Player
from melodyrnn.live.request import Call
from melodyrnn.live.schedule import LiveNote
from melodyrnn.live.settings import Settings
from melodyrnn.live.transport import InternalTransport
from melodyrnn.live.worker import Worker
from melodyrnn.music.pulses import seconds_per_pulse

STYLES = ("plain", "fancy")
CHANNELS = (0, 1, 9)
PITCHES = range(30, 90)
CONTROLS = (
    Control("density", 1, low=0.5, high=2),
    Control("velocity", 2, low=0.5, high=1.5),
    Control("register", 3, low=-2, high=2),
    Control("temperature", 4, low=0, high=2),
    Control("again", 5, bars=3),
    Control("panic", 6),
    Control("keep", 7),
    Control("style", 8),
)


class ScriptedComposer:
    """Music that tells its pulse: note n at pulse n * `step` has a pitch and channel by n, and settings by ear.

    The style is the program, and loudness the velocity.
    """

    def __init__(self, settings: Settings, step: int = 6, duration: int = 9, bar_pulses: int = 96) -> None:
        self.bar_pulses = bar_pulses
        self.calls: list[tuple[Call, int]] = []
        self._step, self._duration = step, duration
        self._settings = {0: settings}
        self._next = 0

    def change(self, bar: int, settings: Settings) -> None:
        """As Composer says."""
        self._settings = {b: s for b, s in self._settings.items() if b < bar} | {bar: settings}

    def rewind(self, pulse: int) -> None:
        """As Composer says."""
        self._next = -(-pulse // self._step)

    def hear(self, call: Call, heard: int, settings: Settings) -> None:
        """Keep the call; what follows is as it would be anyway."""
        self.calls.append((call, heard))
        self.change(call.end // self.bar_pulses, settings)
        self.rewind(call.end)

    def compose(self) -> Passage:
        """The next note."""
        note = self.note(self._next)
        self._next += 1
        return Passage((note,), note.onset_pulses)

    def note(self, number: int) -> LiveNote:
        """Note `number` of the music, counted from 0."""
        pulse = number * self._step
        settings = self._settings[max(bar for bar in self._settings if bar <= pulse // self.bar_pulses)]
        channel, pitch = CHANNELS[number % len(CHANNELS)], PITCHES[number % len(PITCHES)]
        velocity = min(max(round(64 * settings.loudness), 1), 127)
        return LiveNote(pulse, channel, STYLES.index(settings.style), pitch, self._duration, velocity)


class Rehearsal:
    """A player, its worker, its clock and its port, driven by hand: the worker is always done before time goes on.

    `slow`: the worker does nothing until told otherwise.
    """

    def __init__(
        self,
        composer: Composer | None = None,
        transport: InternalTransport | ExternalTransport | None = None,
        part: Part | None = None,
        controls: tuple[Control, ...] = (),
        settings: Settings | None = None,
        sends_clock: bool = False,
        look_ahead_pulses: int = DEFAULT_LOOK_AHEAD_PULSES,
        last_bar: int | None = None,
        harmony: bool = False,
    ) -> None:
        settings = settings or Settings(STYLES[0])
        composer = composer or ScriptedComposer(settings)
        self.clock, self.slow = FakeClock(), False
        self.port = FakePort(self.clock)
        self._ports = [self.port]
        self.transport = transport or InternalTransport(120)
        self.worker = Worker(composer)
        self.player = Player(
            self.port,
            self.transport,
            self.worker,
            part or Endless(composer.bar_pulses),
            settings,
            composer.bar_pulses,
            Controls(controls, STYLES),
            sends_clock=sends_clock,
            look_ahead_pulses=look_ahead_pulses,
            last_bar=last_bar,
            harmony=harmony,
        )

    def step(self) -> float:
        """Let the worker and the player do what there is to do at this moment -> when there is something again."""
        again = self.player.step(self.clock.now())
        while not self.slow and self._work():
            again = self.player.step(self.clock.now())
        return again

    def _work(self) -> bool:
        worked = False
        while self.worker.work():
            worked = True
        return worked

    def run(self, seconds: float, done: Callable[[], bool] = lambda: False) -> None:
        """Play so many seconds, or until `done`."""
        end = self.clock.now() + seconds
        while not done():
            again = self.step()
            self.clock.advance_to(min(again, end))
            if again >= end:
                self.step()
                return

    def hear(self, *message: int) -> None:
        """A message comes in now, given as its bytes."""
        self.player.post(Arrival(bytes(message), self.clock.now()))

    def hear_clocks(self, count: int) -> None:
        """So many clocks of another come in, at 120 bpm."""
        for _ in range(count):
            self.run(seconds_per_pulse(120))
            self.hear(messages.CLOCK)
            self.step()

    def lose_port(self) -> None:
        """The port is lost; it shows when something is sent."""
        self.port.lose()

    def miss_port(self) -> None:
        """The port is lost, and that is noticed."""
        self.port.lose()
        self.player.post(Lost(self.port))

    def find_port(self) -> None:
        """A new port is there."""
        self.port = FakePort(self.clock)
        self._ports.append(self.port)
        self.player.post(Found(self.port))

    @property
    def sent(self) -> list[tuple[float, bytes]]:
        """(seconds, message): all that left, through whichever port."""
        return [each for port in self._ports for each in port.sent]

    def onsets(self) -> list[tuple[float, int, int, int]]:
        """(seconds, channel, pitch, velocity) of every note that was begun."""
        return [(seconds, m[0] & 15, m[1], m[2]) for seconds, m in self.sent if m[0] & 0xF0 == messages.NOTE_ON]


def sounding(sent: Iterable[tuple[float, bytes]]) -> set[tuple[int, int]]:
    """(channel, pitch) of the notes that sound after what was sent. AssertionError where one is begun twice."""
    keys = set()
    for _, message in sent:
        if message[0] & 0xF0 == messages.NOTE_ON:
            key = message[0] & 15, message[1]
            if key in keys:
                raise AssertionError(f"{key} is begun while it sounds")
            keys.add(key)
        elif message[0] & 0xF0 == messages.NOTE_OFF:
            keys.discard((message[0] & 15, message[1]))
    return keys
