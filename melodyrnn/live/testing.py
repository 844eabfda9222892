"""A simulation: live playing without threads, devices or waiting, for tests. Hours of music take seconds."""

import threading
from collections.abc import Callable, Iterable

from melodyrnn import messages
from melodyrnn.errors import PortError
from melodyrnn.live.inbox import MidiIn, PortFound, PortLost
from melodyrnn.live.player import DEFAULT_LOOK_AHEAD_PULSES, Player
from melodyrnn.live.score.compose_thread import ComposeThread
from melodyrnn.live.score.composer import Composer, Passage
from melodyrnn.live.score.endless import Endless
from melodyrnn.live.score.play_mode import PlayMode
from melodyrnn.live.score.request import Call
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.time.clock import Wake
from melodyrnn.live.time.follower import ExternalTransport
from melodyrnn.live.time.schedule import LiveNote
from melodyrnn.live.time.transport import InternalTransport
from melodyrnn.live.wire.controls import Control, Controls
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
    """Time that passes when somebody waits for it, and not otherwise."""

    def __init__(self, seconds: float = 0.0) -> None:
        self._now = seconds
        self._lock = threading.Lock()

    def now(self) -> float:
        """Seconds that have been waited for."""
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
    """What can be lost and closed."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.closed = self.lost = False

    def lose(self) -> None:
        """As if the device had been unplugged."""
        self.lost = True

    def alive(self) -> bool:
        """Whether it was neither lost nor closed."""
        return not (self.lost or self.closed)

    def close(self) -> None:
        """Neither take nor hear any more."""
        self.closed = True


class FakePort(_Device):
    """An output port that keeps what is sent: `sent` holds (seconds, message) in order."""

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
    """An input port that hears what a test plays on it."""

    def __init__(self, clock: FakeClock, receive: Receive, name: str = "fake keys") -> None:
        super().__init__(name)
        self._clock, self._receive = clock, receive

    def play(self, *message: int) -> None:
        """One message comes in now, given as its bytes."""
        if self.alive():
            self._receive(bytes(message), self._clock.now())


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


class Simulation:
    """A player, its worker, its clock and its port, driven by hand: the worker is always done before time goes on.

    `slow`: the worker does nothing until told otherwise.
    """

    def __init__(
        self,
        composer: Composer | None = None,
        transport: InternalTransport | ExternalTransport | None = None,
        part: PlayMode | None = None,
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
        self.worker = ComposeThread(composer)
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
        """The port is lost; it shows when something is sent."""
        self.port.lose()

    def miss_port(self) -> None:
        """The port is lost, and that is noticed."""
        self.port.lose()
        self.player.post(PortLost(self.port))

    def find_port(self) -> None:
        """A new port is there."""
        self.port = FakePort(self.clock)
        self._ports.append(self.port)
        self.player.post(PortFound(self.port))

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
