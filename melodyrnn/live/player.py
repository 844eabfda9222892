"""The player: the one that sends. Each step it takes in what came, and sends what is due; then it says when to be back.

It waits for nothing and nobody: no model, no disk, no lock. Time comes in as a parameter.
"""

import threading
from collections import deque
from dataclasses import replace
from typing import TypeAlias

from melodyrnn import messages
from melodyrnn.live.inbox import InputLost, MidiIn, Notice, PortFound, PortLost
from melodyrnn.live.score.chord import HeldChord
from melodyrnn.live.score.compose_thread import ComposeThread
from melodyrnn.live.score.debounce import Debouncer
from melodyrnn.live.score.play_mode import PlayMode
from melodyrnn.live.score.prefetch import Prefetch
from melodyrnn.live.score.request import NOTICE_PULSES, Request, next_line
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.time.follower import ExternalTransport, Signal
from melodyrnn.live.time.schedule import STALE_PULSES
from melodyrnn.live.time.transport import InternalTransport
from melodyrnn.live.wire.controls import Chosen, Controls, Pressed, Turned, turned
from melodyrnn.live.wire.output import CHANNELS, Output
from melodyrnn.live.wire.ports import OutputPort
from melodyrnn.music.pulses import PULSES_PER_QUARTER, seconds_per_pulse

DEFAULT_LOOK_AHEAD_PULSES = 192
News: TypeAlias = MidiIn | PortLost | PortFound | InputLost
TEMPO_TOLERANCE = 0.002  # an estimated tempo moves by less all the time


class Player:
    """Plays what the worker composes into the port, where the transport says the song is.

    Other threads `post` to it, take from `output.log` and `notices`, and read the counters. Everything else is the
    business of the thread that calls `step`.
    """

    def __init__(
        self,
        port: OutputPort,
        transport: InternalTransport | ExternalTransport,
        worker: ComposeThread,
        part: PlayMode,
        settings: Settings,
        bar_pulses: int,
        controls: Controls | None = None,
        sends_clock: bool = False,
        look_ahead_pulses: int = DEFAULT_LOOK_AHEAD_PULSES,
        last_bar: int | None = None,
        harmony: bool = False,
    ) -> None:
        self.transport, self.settings, self.bar_pulses = transport, settings, bar_pulses
        self.output = Output(port, sends_clock, self._notice)
        self.wake = worker.new = threading.Event()
        self.notices: deque[Notice] = deque()
        self.ended = False
        self.held_pulses = self.bars_passed = self.keeps = 0
        self._prefetch = Prefetch(worker, look_ahead_pulses)
        self.schedule = self._prefetch.schedule
        self._part = part
        self._controls = controls or Controls((), ())
        self._last_bar = last_bar
        self._chord = HeldChord() if harmony else None
        self._inbox: deque[News] = deque()
        self._changes = Debouncer(bar_pulses)
        self._bpm, self._beat = 0.0, -1  # as last logged
        self._ran = False
        self._go_to(0, 0)
        self._moved = False  # since the settings last changed: others may hold where the song is now

    @property
    def position(self) -> int:
        """The last pulse of the song that was played; -1 before the first."""
        return self._done

    @property
    def follows(self) -> bool:
        """Whether it follows another's clock."""
        return isinstance(self.transport, ExternalTransport)

    @property
    def answers(self) -> bool | None:
        """Whether what sounds answers somebody: False while that one is listened to, None where nobody is."""
        return self._part.answers

    # What comes in.

    def post(self, item: News) -> None:
        """Tell the player something, from any thread."""
        self._inbox.append(item)
        self.wake.set()

    def _take_in(self, item: News, now: float) -> None:
        if isinstance(item, MidiIn):
            if messages.is_whole(item.message):
                self._receive(item.message, item.at_seconds, now)
        elif isinstance(item, PortLost):
            if item.port is self.output.port:
                self.output.lose()
        elif isinstance(item, PortFound):
            self.output.connect(item.port)
        elif self._chord:
            self._chord.release()

    def _receive(self, message: bytes, at_seconds: float, now: float) -> None:
        kind = message[0] & 0xF0
        if kind == 0xF0:
            if isinstance(self.transport, ExternalTransport):
                self._follow(self.transport.receive(message, at_seconds), self.transport)
        elif kind in (messages.NOTE_ON, messages.NOTE_OFF):
            self._key(message[1], message[2] if kind == messages.NOTE_ON else 0, at_seconds)
        else:
            if kind == messages.CONTROL and message[1] == messages.SUSTAIN:
                self._part.pedal(self._nearest_pulse(at_seconds), message[2] >= messages.PEDAL_DOWN)
            for asked in self._controls.receive(message):
                self._do(asked, now)

    def _key(self, pitch: int, velocity: int, at_seconds: float) -> None:
        if self._chord:
            harmony = self._chord.key(pitch, velocity, at_seconds)
            if harmony:
                self._change(self.settings.with_key(harmony), f"harmony {harmony}")
        elif self._ran or not velocity:
            self._ask(self._part.key(self._nearest_pulse(at_seconds), pitch, velocity))

    def _nearest_pulse(self, seconds: float) -> int:
        """Of the song where it runs; while it stands, the next."""
        if not self._ran:
            return self._done + 1
        return self.transport.pulse(seconds + seconds_per_pulse(self.transport.bpm) / 2)

    def _follow(self, signal: Signal | None, transport: ExternalTransport) -> None:
        if signal in (Signal.START, Signal.LOCATE):
            self.output.release_all()
            if transport.next_pulse != self._done + 1:  # else the music from there is ready
                self._go_to(transport.next_pulse, self._done + 1)
        elif signal is Signal.STOP:
            self.output.release_all()

    def _do(self, asked: Turned | Pressed | Chosen, now: float) -> None:
        if isinstance(asked, Pressed):
            self._press(asked)
        elif isinstance(asked, Chosen):
            self._change(replace(self.settings, style=asked.style), f"style {asked.style}")
        elif asked.name == "tempo":
            if isinstance(self.transport, InternalTransport):
                self.transport.set_tempo(asked.value, now)
                self._log_tempo()
                self._notice(f"tempo {asked.value:g}")
        else:
            self._change(turned(self.settings, asked), f"{asked.name} {asked.value:g}")

    def _press(self, pressed: Pressed) -> None:
        if pressed.name == "panic":
            self.output.silence(CHANNELS)  # an earlier run that was killed may have left notes on any
            self._notice("panic")
        elif pressed.name == "keep":
            self.keeps += 1
        elif (request := self._part.again(pressed.bars, self._soon, self.schedule.frontier)) is not None:
            self._ask(request)
            bar = next_line(self._soon, self.bar_pulses) // self.bar_pulses
            self.notices.append(Notice(bar, f"again, {pressed.bars} bar{'s' * (pressed.bars > 1)}"))

    def _change(self, settings: Settings, what: str) -> None:
        if settings != self.settings or self._moved:
            self.settings, self._moved = settings, False
            self._changes.add(what, self._soon)
            self._ask_for_due_changes()

    def _changes_are_due(self, pulse: int) -> bool:
        return self._changes.due is not None and self._changes.due <= pulse

    def _ask_for_due_changes(self) -> None:
        """While the song stands, once something came of what was asked for before: else nothing ever would."""
        if self._changes_are_due(self._done) if self._ran else self.schedule.frontier > self._done + 1:
            self._ask_for_changes(self._soon)

    def _ask_for_changes(self, pulse: int) -> None:
        """Have the bars to come drawn anew, if something was changed."""
        if self._changes.due is not None:
            self._ask(self._part.change(self.settings, pulse, self.schedule.frontier))
            bar, texts = self._changes.take(pulse)
            self.notices.extend(Notice(bar, text) for text in texts)

    def _log_tempo(self) -> None:
        bpm = self.transport.bpm
        if abs(bpm - self._bpm) > TEMPO_TOLERANCE * bpm:
            self._bpm = bpm
            self.output.set_tempo(bpm)

    @property
    def _soon(self) -> int:
        """The pulse from which there is to be notice enough: while the song stands, what comes next can change."""
        return self._done if self._ran else self._done + 1 - NOTICE_PULSES

    def _notice(self, text: str) -> None:
        self.notices.append(Notice(max(self._done, 0) // self.bar_pulses, text))

    # What is to be played.

    def _go_to(self, pulse: int, was: int) -> None:
        """The song goes to a pulse; the take goes on where it is."""
        self.output.go_to(pulse, was)
        self._done, self._line = pulse - 1, -(-pulse // self.bar_pulses) * self.bar_pulses
        self._promised = pulse
        self._moved = True
        self.schedule.clear(pulse)
        self._ask(self._part.locate(pulse, was))
        self._ask_for_changes(self._soon)

    def _ask(self, request: Request | None) -> None:
        if request is not None:
            if request.release:
                self.output.release_all()
            self._prefetch.ask(request, self._done + 1)

    # What goes out.

    def step(self, now: float) -> float:
        """Do what is due at `now` -> when to be called again; or earlier, when `wake` is set."""
        self._keep_up(now)
        while self._inbox:
            self._take_in(self._inbox.popleft(), now)
        for note in self._prefetch.collect():
            self.output.prepare(note)
        if not self._ran:
            self._ask_for_due_changes()
        if isinstance(self.transport, InternalTransport) and not self.transport.runs(now):
            self._start(self.transport, now)
        runs = self.transport.runs(now)
        if runs:
            self._ran = True
            self._advance(self.transport.pulse(now))
        elif self._ran:
            self._ran = False
            self.output.release_all()
            self._ask_for_changes(self._soon)
        self._prefetch.look_ahead(self._done + 1)
        self._promised = max(self._due(), self._done + 1)
        return self.transport.look_again(self._promised) if runs else float("inf")

    def _keep_up(self, now: float) -> None:
        """Where the song runs, nothing was to be done up to now: it has come to the present pulse, or nearly."""
        if self._ran and self.transport.runs(now):
            self._done = max(self._done, min(self.transport.pulse(now), self._promised - 1))
            self.output.pulse = max(self.output.pulse, self._done)

    def _start(self, transport: InternalTransport, now: float) -> None:
        """Begin, where there is music enough."""
        if self._prefetch.is_enough_to_begin(self.bar_pulses):
            transport.start(now)
            self.output.start_clock()

    def _due(self) -> int:
        """The next pulse at which there is something to do."""
        due = min(self.schedule.next_pulse(), self._line)
        for other in (self.output.ledger.next_end, self._part.wakes_at, self._changes.due):
            if other is not None and other < due:
                due = other
        return min(due, self._done + 1) if self.output.sends_clock else due

    def _advance(self, pulse: int) -> None:
        """Play everything up to a pulse."""
        overdue = pulse - self._promised
        if overdue > STALE_PULSES and self.transport.hold(overdue):  # as after the computer slept
            self.held_pulses += overdue
            pulse -= overdue
        due = max(self._due(), self.output.pulse)
        while due <= pulse and not self.ended:
            self._play(due, pulse)
            due = max(self._due(), due + 1)  # each pulse once: whatever happens, this ends
        self._done = max(pulse, self._done)

    def _play(self, pulse: int, present: int) -> None:
        """Do what is due at a pulse. It is before the `present` one where we were called late."""
        self.output.pulse = pulse
        if pulse // PULSES_PER_QUARTER != self._beat:
            self._beat = pulse // PULSES_PER_QUARTER
            self._log_tempo()
        if pulse >= self._line:
            self._pass_bar_line(pulse)
            if self.ended:
                return
        self.output.tick(is_bar_line=pulse % self.bar_pulses == 0)
        self.output.end_due()
        wakes_at = self._part.wakes_at
        wakes = wakes_at is not None and wakes_at <= pulse
        if wakes or self._changes_are_due(pulse):
            self._ask_for_changes(pulse)
        if wakes:
            self._ask(self._part.wake(pulse))
        for note in self.schedule.due(pulse, present):
            if self.output.note_on(note):
                self._part.played(pulse)
        self.schedule.wait(pulse)
        self._done = max(self._done, pulse)

    def _pass_bar_line(self, pulse: int) -> None:
        self.bars_passed += 1
        self._line += self.bar_pulses
        self.ended = self._last_bar is not None and pulse // self.bar_pulses >= self._last_bar

    def finish(self, now: float) -> None:
        """Send all that is owed, and play no more."""
        self._keep_up(now)
        self.ended = True
        self.output.silence()
        self.output.stop_clock()
