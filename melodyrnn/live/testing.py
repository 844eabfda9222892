"""Live playing without threads, devices or waiting, for tests: hours of music take seconds."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

from melodyrnn import messages
from melodyrnn.errors import PortError
from melodyrnn.live.assemble import LiveConfig, assemble_player
from melodyrnn.live.inbox import MidiIn, PortFound, PortLost
from melodyrnn.live.score.compose_thread import ComposeThread
from melodyrnn.live.score.composer import Composer, MusicNote, Passage
from melodyrnn.live.score.request import Call
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.time.axes import MusicPulse
from melodyrnn.live.time.clock import Wake
from melodyrnn.live.wire.controls import Control
from melodyrnn.live.wire.line import Line
from melodyrnn.live.wire.ports import Receive
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


class FakeClock:
    """Time that passes only when somebody waits for it."""

    def __init__(self, seconds: float = 0.0) -> None:
        self._now = seconds
        self._lock = threading.Lock()

    def now(self) -> float:
        """The seconds that somebody waited for."""
        return self._now

    def wait_until(self, seconds: float, wake: Wake) -> None:
        """It is that time at once, unless `wake` is set."""
        if not wake.is_set():
            self.advance_to(seconds)

    def advance_to(self, seconds: float) -> None:
        """Let it be that time, if it is not later already."""
        with self._lock:
            self._now = max(self._now, seconds)


class _Device:
    """A device that can be lost and closed."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.closed = self.lost = False

    def lose(self) -> None:
        """As if somebody had unplugged it."""
        self.lost = True

    def alive(self) -> bool:
        """Whether it was neither lost nor closed."""
        return not (self.lost or self.closed)

    def close(self) -> None:
        """No message goes in or out any more."""
        self.closed = True


class FakePort(_Device):
    """An output port that keeps its messages: `sent` holds (seconds, message) in order."""

    def __init__(self, clock: FakeClock, name: str = "fake") -> None:
        super().__init__(name)
        self.sent = list[tuple[float, bytes]]()
        self._clock = clock

    def send(self, message: bytes) -> None:
        """Keep the message. PortError once lost or closed."""
        if self.lost or self.closed:
            raise PortError(f"{self.name}: the port is {'closed' if self.closed else 'lost'}")
        self.sent.append((self._clock.now(), message))


class FakeInput(_Device):
    """An input port that receives the messages that a test plays on it."""

    def __init__(self, clock: FakeClock, receive: Receive, name: str = "fake keys") -> None:
        super().__init__(name)
        self._clock, self._receive = clock, receive

    def play(self, *message: int) -> None:
        """One message comes in now, given as its bytes."""
        if self.alive():
            self._receive(bytes(message), self._clock.now())


class ScriptedComposer:
    """Music that shows its pulse: note n begins at pulse n * `step`; n gives its pitch and channel.

    The settings can be heard: the style is the program, and loudness the velocity.
    """

    def __init__(self, settings: Settings, step: int = 6, duration: int = 9, bar_pulses: int = 96) -> None:
        self.bar_pulses = bar_pulses
        self.calls: list[tuple[Call, MusicPulse]] = []
        self._step, self._duration = step, duration
        self._settings = {0: settings}
        self._next = 0

    def change(self, bar: int, settings: Settings) -> None:
        """See Composer."""
        self._settings = {b: s for b, s in self._settings.items() if b < bar} | {bar: settings}

    def rewind(self, pulse: MusicPulse) -> None:
        """See Composer."""
        self._next = -(-int(pulse) // self._step)

    def respond(self, call: Call, played_until: MusicPulse, settings: Settings) -> None:
        """Keep the call; the music does not depend on it."""
        self.calls.append((call, played_until))
        self.change(call.end // self.bar_pulses, settings)
        self.rewind(MusicPulse(int(call.end)))

    def compose(self) -> Passage:
        """The next note."""
        note = self.note(self._next)
        self._next += 1
        return Passage((note,), note.onset_pulses)

    def learn(self) -> bool:
        """Nothing to learn."""
        return False

    def note(self, number: int) -> MusicNote:
        """Note `number` of the music, counted from 0."""
        pulse = MusicPulse(number * self._step)
        settings = self._settings[max(bar for bar in self._settings if bar <= pulse // self.bar_pulses)]
        channel, pitch = CHANNELS[number % len(CHANNELS)], PITCHES[number % len(PITCHES)]
        velocity = min(max(round(64 * settings.loudness), 1), 127)
        return MusicNote(pulse, channel, STYLES.index(settings.style), pitch, self._duration, velocity)


class Simulation:
    """A player, its composing thread, clock and port, driven by hand: composing takes no time.

    `options` are those of LiveConfig. `slow`: nothing is composed while it is set. With `own_clock_port` the clock that
    is sent goes to `clock_port`.
    """

    def __init__(self, composer: Composer | None = None, *, own_clock_port: bool = False, **options: Any) -> None:
        defaults: dict[str, Any] = {"settings": Settings(STYLES[0]), "styles": STYLES}
        config = LiveConfig(**defaults | options)
        composer = composer or ScriptedComposer(config.settings)
        self.clock, self.slow = FakeClock(), False
        self.port, self.clock_port = FakePort(self.clock), FakePort(self.clock, "fake clock")
        self._ports = [self.port]
        self.compose_thread = ComposeThread(composer)
        lines = [Line(self.port)] + [Line(self.clock_port)] * own_clock_port
        self.player = assemble_player(config, composer.bar_pulses, self.compose_thread, *lines)

    def step(self) -> float:
        """Let everybody do what there is to do at this moment -> when there is something again."""
        again = self.player.step(self.clock.now())
        while not self.slow and self._compose():
            again = self.player.step(self.clock.now())
        return again

    def _compose(self) -> bool:
        worked = False
        while self.compose_thread.work():
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

    def receive(self, *message: int) -> None:
        """A message comes in now, given as its bytes."""
        self.player.post(MidiIn(bytes(message), self.clock.now()))

    def receive_clocks(self, count: int) -> None:
        """So many clocks of another come in, at 120 bpm."""
        for _ in range(count):
            self.run(seconds_per_pulse(120))
            self.receive(messages.CLOCK)
            self.step()

    def lose_port(self) -> None:
        """The port is lost; the next message shows it."""
        self.port.lose()

    def miss_port(self) -> None:
        """The port is lost, and the player learns of it."""
        self.port.lose()
        self.player.post(PortLost(self.player.output.line, self.port))

    def find_port(self) -> None:
        """There is a new port."""
        self.port = FakePort(self.clock)
        self._ports.append(self.port)
        self.player.post(PortFound(self.player.output.line, self.port))

    @property
    def sent(self) -> list[tuple[float, bytes]]:
        """(seconds, message): all that left to the instruments, through whichever port."""
        return [each for port in self._ports for each in port.sent]

    def onsets(self) -> list[tuple[float, int, int, int]]:
        """(seconds, channel, pitch, velocity) of every note that began."""
        return [(seconds, m[0] & 15, m[1], m[2]) for seconds, m in self.sent if m[0] & 0xF0 == messages.NOTE_ON]


def sounding(sent: Iterable[tuple[float, bytes]]) -> set[tuple[int, int]]:
    """(channel, pitch) of the notes that sound after these messages. AssertionError if one begins twice."""
    keys = set()
    for _, message in sent:
        if message[0] & 0xF0 == messages.NOTE_ON:
            key = message[0] & 15, message[1]
            if key in keys:
                raise AssertionError(f"{key} begins while it sounds")
            keys.add(key)
        elif message[0] & 0xF0 == messages.NOTE_OFF:
            keys.discard((message[0] & 15, message[1]))
    return keys
