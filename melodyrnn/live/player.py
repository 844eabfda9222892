"""The player: the one that sends. Each step it takes in what came, and sends what is due; then it says when to be back.

It waits for nothing and nobody: no model, no disk, no lock. Time comes in as a parameter.
"""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

from melodyrnn.errors import PortError
from melodyrnn.live import messages
from melodyrnn.live.controls import Chosen, Controls, Pressed, Turned, turned
from melodyrnn.live.follower import ExternalTransport, Signal
from melodyrnn.live.harmony import HeldChord
from melodyrnn.live.ledger import Ledger
from melodyrnn.live.ports import OutputPort
from melodyrnn.live.request import NOTICE_PULSES, Request
from melodyrnn.live.schedule import STALE_PULSES, LiveNote, Schedule
from melodyrnn.live.settings import Settings
from melodyrnn.live.transport import InternalTransport
from melodyrnn.live.worker import Worker
from melodyrnn.music.pulses import seconds_per_pulse

DEFAULT_LOOK_AHEAD_PULSES = 192
TEMPO_TOLERANCE = 0.002  # an estimated tempo moves by less all the time


class Part(Protocol):
    """What decides which music is played: Endless or Dialogue."""

    @property
    def wakes_at(self) -> int | None:
        """The pulse at which it wants to be woken."""

    def locate(self, pulse: int, was: int) -> Request:
        """The song goes to `pulse`, having been at `was`."""

    def change(self, settings: Settings, pulse: int, frontier: int) -> Request | None:
        """Other settings, from the next bar on; music is known up to `frontier`."""

    def again(self, bars: int, pulse: int, frontier: int) -> Request | None:
        """The last bars once more."""

    def wake(self, pulse: int) -> Request | None:
        """It is the pulse it wanted to be woken at."""

    def key(self, pulse: int, pitch: int, velocity: int) -> Request | None:
        """A key of the player moves; `velocity` 0 is up."""

    def played(self, pulse: int) -> None:
        """A note was sent."""


class Arrival(NamedTuple):
    """A MIDI message that came in, and when."""

    message: bytes
    at_seconds: float


class Lost(NamedTuple):
    """The port is not there any more."""

    port: OutputPort


class Found(NamedTuple):
    """The port is there (again)."""

    port: OutputPort


Sent = tuple[int, bytes | float]
"""A pulse of the take, and the message that was sent there; or the tempo from there on."""


class Remark(NamedTuple):
    """Something that a listener may want to know of, or that a take must tell to be made again."""

    bar: int
    text: str


class Player:
    """Plays what the worker composes into the port, where the transport says the song is.

    Other threads `post` to it, and take from `log` and `remarks`, and read the
    counters. Everything else is the business of the thread that calls `step`.
    """

    def __init__(
        self,
        port: OutputPort,
        transport: InternalTransport | ExternalTransport,
        worker: Worker,
        part: Part,
        settings: Settings,
        bar_pulses: int,
        controls: Controls | None = None,
        sends_clock: bool = False,
        look_ahead_pulses: int = DEFAULT_LOOK_AHEAD_PULSES,
        last_bar: int | None = None,
        harmony: bool = False,
    ) -> None:
        self.port: OutputPort | None = port
        self.transport, self.settings, self.bar_pulses = transport, settings, bar_pulses
        self.schedule, self.ledger = Schedule(), Ledger()
        self.wake = worker.new = threading.Event()
        self.log: deque[Sent] = deque()
        self.remarks: deque[Remark] = deque()
        self.ended = False
        self.notes_sent = self.held_pulses = self.bars_passed = self.keeps = 0
        self._worker, self._part = worker, part
        self._controls = controls or Controls((), ())
        self._sends_clock, self._look_ahead = sends_clock, look_ahead_pulses
        self._last_bar = last_bar
        self._chord = HeldChord() if harmony else None
        self._inbox: deque[Arrival | Lost | Found] = deque()
        self._number, self._shift = 0, 0
        self._programs: dict[int, int] = {}
        self._bpm = 0.0  # as last logged
        self._ran = False
        self._take_offset = 0  # pulses of the song + this = pulses of the take
        self._clocked: int | None = -1 if sends_clock else None  # the last clock sent; None: not in step with anybody
        self._go_to(0, 0)

    @property
    def position(self) -> int:
        """The last pulse of the song that was played; -1 before the first."""
        return self._done

    # What comes in.

    def post(self, item: Arrival | Lost | Found) -> None:
        """Tell the player something, from any thread."""
        self._inbox.append(item)
        self.wake.set()

    def _take_in(self, item: Arrival | Lost | Found, now: float) -> None:
        if isinstance(item, Arrival):
            if messages.is_whole(item.message):
                self._receive(item.message, item.at_seconds, now)
        elif isinstance(item, Lost):
            if item.port is self.port:
                self._lose()
        else:
            self._connect(item.port)

    def _receive(self, message: bytes, at_seconds: float, now: float) -> None:
        kind = message[0] & 0xF0
        if kind == 0xF0:
            if isinstance(self.transport, ExternalTransport):
                self._follow(self.transport.receive(message, at_seconds), self.transport)
        elif kind in (messages.NOTE_ON, messages.NOTE_OFF):
            self._key(message[1], message[2] if kind == messages.NOTE_ON else 0, at_seconds)
        else:
            for asked in self._controls.receive(message):
                self._do(asked, now)

    def _key(self, pitch: int, velocity: int, at_seconds: float) -> None:
        if self._chord:
            harmony = self._chord.key(pitch, velocity)
            if harmony:
                self._change(self.settings.with_key(harmony), f"harmony {harmony}")
        elif self._ran:
            nearest = self.transport.pulse(at_seconds + seconds_per_pulse(self.transport.bpm) / 2)
            self._ask(self._part.key(nearest, pitch, velocity))

    def _follow(self, signal: Signal | None, transport: ExternalTransport) -> None:
        if signal in (Signal.START, Signal.LOCATE):
            self._hush()
            if transport.next_pulse != self._done + 1:  # else the music from there is ready
                self._go_to(transport.next_pulse, self._done + 1)
        elif signal is Signal.STOP:
            self._hush()

    def _do(self, asked: Turned | Pressed | Chosen, now: float) -> None:
        if isinstance(asked, Pressed):
            self._press(asked)
        elif isinstance(asked, Chosen):
            self._change(replace(self.settings, style=asked.style), f"style {asked.style}")
        elif asked.name == "tempo":
            if isinstance(self.transport, InternalTransport):
                self.transport.set_tempo(asked.value, now)
                self._log_tempo()
                self._remark(f"tempo {asked.value:g}")
        else:
            self._change(turned(self.settings, asked), f"{asked.name} {asked.value:.3g}")

    def _press(self, pressed: Pressed) -> None:
        if pressed.name == "panic":
            self._silence()
            self._remark("panic")
        elif pressed.name == "keep":
            self.keeps += 1
        elif (request := self._part.again(pressed.bars, self._soon, self.schedule.frontier)) is not None:
            self._ask(request)
            self._remark(f"again, {pressed.bars} bars")

    def _change(self, settings: Settings, what: str) -> None:
        if settings != self.settings:
            self.settings = settings
            self._ask(self._part.change(settings, self._soon, self.schedule.frontier))
            self._remark(what)

    def _log_tempo(self) -> None:
        bpm = self.transport.bpm
        if abs(bpm - self._bpm) > TEMPO_TOLERANCE * bpm:
            self._bpm = bpm
            self.log.append((max(self._at, 0) + self._take_offset, bpm))

    @property
    def _soon(self) -> int:
        """The pulse from which there is to be notice enough: while the song stands, what comes next can change."""
        return self._done if self._ran else self._done + 1 - NOTICE_PULSES

    def _remark(self, text: str) -> None:
        self.remarks.append(Remark(max(self._done, 0) // self.bar_pulses, text))

    # What is to be played.

    def _go_to(self, pulse: int, was: int) -> None:
        """The song goes to a pulse; the take goes on where it is."""
        self._take_offset += was - pulse
        self._done, self._line = pulse - 1, -(-pulse // self.bar_pulses) * self.bar_pulses
        self._at = self._promised = pulse
        self.schedule.clear(pulse)
        self._ask(self._part.locate(pulse, was))

    def _ask(self, request: Request | None) -> None:
        if request is None:
            return
        if request.hush:
            self._hush()
        self._number += 1
        self._shift = 0 if request.start is None else request.at - request.start
        if request.start is None:
            self.schedule.clear(request.at)
        else:
            self.schedule.expect(request.at, request.end)
        self._move_horizon()
        self._worker.ask(self._number, request)

    def _move_horizon(self) -> None:
        horizon = min(self._done + 1 + self._look_ahead, self.schedule.end)
        if horizon > self.schedule.frontier:
            self._worker.horizon = horizon - self._shift
            self._worker.wake.set()

    def _collect(self) -> None:
        passages = self._worker.passages
        while passages:
            number, passage = passages.popleft()
            if number != self._number:
                continue
            notes: Sequence[LiveNote] = passage.notes
            if self._shift:
                notes = [note._replace(onset_pulses=note.onset_pulses + self._shift) for note in notes]
            for note in notes:
                if note.channel not in self._programs:  # early, for loading an instrument takes its time
                    self._choose(note)
            self.schedule.extend(notes, passage.until + self._shift)

    # What goes out.

    def step(self, now: float) -> float:
        """Do what is due at `now` -> when to be called again; or earlier, when `wake` is set."""
        while self._inbox:
            self._take_in(self._inbox.popleft(), now)
        self._collect()
        if isinstance(self.transport, InternalTransport) and not self.transport.runs(now) and self._primed():
            self.transport.start(now)
            if self._sends_clock:
                self._send(bytes((messages.START,)))
        runs = self.transport.runs(now)
        if runs:
            self._ran = True
            self._advance(self.transport.pulse(now))
        elif self._ran:
            self._ran = False
            self._hush()
        self._move_horizon()
        self._promised = max(self._due(), self._done + 1)
        return self.transport.look_again(self._promised) if runs else float("inf")

    def _primed(self) -> bool:
        """Whether there is music enough to begin with."""
        return self.schedule.frontier >= min(self.bar_pulses, self._look_ahead, self.schedule.end)

    def _due(self) -> int:
        """The next pulse at which there is something to do."""
        due = min(self.schedule.next_pulse(), self._line)
        for other in (self.ledger.next_end, self._part.wakes_at):
            if other is not None and other < due:
                due = other
        return min(due, self._done + 1) if self._sends_clock else due

    def _advance(self, pulse: int) -> None:
        """Play everything up to a pulse."""
        overdue = pulse - self._promised
        if overdue > STALE_PULSES and self.transport.hold(overdue):  # as after the computer slept
            self.held_pulses += overdue
            pulse -= overdue
        due = max(self._due(), self._at)
        while due <= pulse and not self.ended:
            self._play(due, pulse)
            due = max(self._due(), due + 1)  # each pulse once: whatever happens, this ends
        self._done = max(pulse, self._done)

    def _play(self, pulse: int, present: int) -> None:
        """Do what is due at a pulse. It is before the `present` one where we were called late."""
        self._at = pulse
        if pulse >= self._line:
            self._pass_bar_line(pulse)
            if self.ended:
                return
        if self._sends_clock:
            self._tick(pulse)
        for key in self.ledger.ended(pulse):
            if self._send(messages.note_off(*key)):
                self.ledger.settle(key)
        wakes_at = self._part.wakes_at
        if wakes_at is not None and wakes_at <= pulse:
            self._ask(self._part.wake(pulse))
        for note in self.schedule.due(pulse, present):
            self._strike(note, pulse)
        self.schedule.wait(pulse)
        self._done = max(self._done, pulse)

    def _pass_bar_line(self, pulse: int) -> None:
        self.bars_passed += 1
        self._log_tempo()
        self._line += self.bar_pulses
        self.ended = self._last_bar is not None and pulse // self.bar_pulses >= self._last_bar

    def _tick(self, pulse: int) -> None:
        """Send the clock. After the port was lost, others are told where the song is, at a bar line."""
        if self._clocked is None and pulse % self.bar_pulses == 0:
            self._clocked = pulse - 1
            self._send(messages.position(pulse))
            self._send(bytes((messages.CONTINUE,)))
        if self._clocked is not None and pulse > self._clocked:
            self._send(bytes((messages.CLOCK,)))
            self._clocked = pulse

    def _strike(self, note: LiveNote, pulse: int) -> None:
        key = note.channel, note.pitch
        if self.port is None:
            return
        if key in self.ledger and self._send(messages.note_off(*key)):
            self.ledger.settle(key)
        if self._programs.get(note.channel) != note.program:
            self._choose(note)
        self.ledger.owe(key, pulse + note.duration_pulses)  # first: where sending fails, it may have left
        if self._send(messages.note_on(note.channel, note.pitch, note.velocity)):
            self.notes_sent += 1
            self._part.played(pulse)

    def _choose(self, note: LiveNote) -> None:
        """Let a channel take up a note's instrument; first of all silence what an earlier run may have left on it."""
        if note.channel not in self._programs:
            for message in messages.silence(note.channel):
                self._send(message)
        if self._send(messages.program(note.channel, note.program)):
            self._programs[note.channel] = note.program

    def _send(self, message: bytes) -> bool:
        """Send a message -> whether it left. A port that does not take it is lost."""
        if self.port is None:
            return False
        try:
            self.port.send(message)
        except PortError:
            self._lose()
            return False
        if message[0] < 0xF0:
            self.log.append((max(self._at, 0) + self._take_offset, message))
        return True

    # Ways out.

    def _hush(self) -> None:
        """Every note that sounds ends now."""
        for key in self.ledger.owed():
            if self._send(messages.note_off(*key)):
                self.ledger.settle(key)

    def _silence(self) -> None:
        """Every note ends now, and whatever else may sound on the channels played on."""
        self._hush()
        for channel in sorted(self.ledger.channels):
            for message in messages.silence(channel):
                self._send(message)

    def _lose(self) -> None:
        self.port = None
        self._clocked = None
        self._programs.clear()
        self._remark("port lost")

    def _connect(self, port: OutputPort) -> None:
        """Go on into a port that was found again: what is still owed is paid first."""
        self.port = port
        self._remark("port found again")
        self._silence()

    def finish(self) -> None:
        """Send all that is owed, and play no more."""
        self.ended = True
        self._silence()
        if self._sends_clock:
            self._send(bytes((messages.STOP,)))
