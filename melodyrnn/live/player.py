"""The player: the only one that sends. Each step takes in what came, sends what is due, and returns when to step again.

It waits for nothing: no model, no disk, no lock. Time comes in as a parameter.
"""

from collections import deque
from dataclasses import replace

from melodyrnn import messages
from melodyrnn.errors import OptionError
from melodyrnn.live.inbox import InputLost, MidiIn, Notice, PortFound, PortLost, Posted
from melodyrnn.live.score.chord import HeldChord
from melodyrnn.live.score.compose_thread import ComposeThread
from melodyrnn.live.score.debounce import Debouncer
from melodyrnn.live.score.play_mode import PlayMode
from melodyrnn.live.score.prefetch import Prefetch
from melodyrnn.live.score.request import NOTICE_PULSES, Request, next_line
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.time.axes import SongPulse
from melodyrnn.live.time.bars import Bars
from melodyrnn.live.time.follower import ExternalTransport, Signal
from melodyrnn.live.time.schedule import STALE_PULSES, Schedule
from melodyrnn.live.time.tempo_trace import TempoTrace
from melodyrnn.live.time.transport import InternalTransport
from melodyrnn.live.wire.clock_sender import ClockSender
from melodyrnn.live.wire.controls import Chosen, Controls, Pressed, Turned, turned
from melodyrnn.live.wire.line import Line
from melodyrnn.live.wire.output import Output
from melodyrnn.music.pulses import seconds_per_pulse


class Player:
    """Plays the composed music into its output, where the transport says the song is.

    Other threads `post` to it, take from `output.log` and `notices`, and read the counters. Only the thread that calls
    `step` does anything else. `chord`: the notes keep to the chord that is held.
    """

    def __init__(
        self,
        output: Output,
        clock_sender: ClockSender | None,
        transport: InternalTransport | ExternalTransport,
        compose_thread: ComposeThread,
        play_mode: PlayMode,
        controls: Controls,
        settings: Settings,
        bar_pulses: int,
        look_ahead_pulses: int,
        last_bar: int | None,
        chord: HeldChord | None,
    ) -> None:
        self.output, self.clock_sender, self.transport = output, clock_sender, transport
        self.settings, self.bar_pulses = settings, bar_pulses
        self.wake = compose_thread.composed
        self.notices: deque[Notice] = deque()
        self.ended = False
        self.held_pulses = self.bars_passed = self.keeps = 0
        self._prefetch = Prefetch(compose_thread, look_ahead_pulses, Schedule())
        self.schedule = self._prefetch.schedule
        self._play_mode, self._controls, self._last_bar, self._chord = play_mode, controls, last_bar, chord
        self._inbox: deque[Posted] = deque()
        self._changes = Debouncer(Bars(bar_pulses))
        self._tempo_trace = TempoTrace()
        self._ran = False  # in the last step
        self._go_to(SongPulse(0), SongPulse(0))
        self._jumped = False  # since the settings last changed: those in force where the song is now may be others

    @property
    def position(self) -> SongPulse:
        """The last pulse of the song that was played; -1 before the first."""
        return self._done

    @property
    def bpm(self) -> float:
        """Quarter notes a minute; of another clock, once it has kept a tempo for a while, that tempo."""
        return self._tempo_trace.bpm or self.transport.bpm

    @property
    def follows(self) -> bool:
        """Whether it follows another clock."""
        return isinstance(self.transport, ExternalTransport)

    @property
    def answers(self) -> bool | None:
        """See PlayMode."""
        return self._play_mode.answers

    @property
    def lines(self) -> list[Line]:
        """The line to the instruments and, if it is another, the line to whoever follows the clock."""
        clock = [] if self.clock_sender is None else [self.clock_sender.line]
        return list(dict.fromkeys([self.output.line, *clock]))

    # Messages that come in.

    def post(self, item: Posted) -> None:
        """Send the player a message, from any thread. OptionError for a style that there is not."""
        if isinstance(item, Chosen) and item.style not in self._controls.styles:
            raise OptionError(f"style {item.style!r}: must be one of {', '.join(self._controls.styles)}")
        self._inbox.append(item)
        self.wake.set()

    def _take_in(self, item: Posted, now: float) -> None:
        if isinstance(item, MidiIn):
            if messages.is_whole(item.message):
                self._receive(item.message, item.at_seconds, now)
        elif isinstance(item, PortLost):
            if item.port is item.line.port:
                item.line.lose()
        elif isinstance(item, PortFound):
            item.line.connect(item.port)
            if item.line is self.output.line:
                self.output.silence()  # first of all, what is still owed
        elif isinstance(item, InputLost):
            if self._chord:
                self._chord.release()
        else:
            self._do(item, now)

    def _receive(self, message: bytes, at_seconds: float, now: float) -> None:
        kind = message[0] & 0xF0
        if kind == messages.SYSTEM_EXCLUSIVE:  # a system message
            if isinstance(self.transport, ExternalTransport):
                self._follow(self.transport, message, at_seconds)
        elif kind in (messages.NOTE_ON, messages.NOTE_OFF):
            self._key(message[1], message[2] if kind == messages.NOTE_ON else 0, at_seconds)
        else:
            if kind == messages.CONTROL and message[1] == messages.SUSTAIN:
                self._play_mode.pedal(self._nearest_pulse(at_seconds), message[2] >= messages.PEDAL_DOWN)
            for change in self._controls.receive(message):
                self._do(change, now)

    def _key(self, pitch: int, velocity: int, at_seconds: float) -> None:
        if self._chord:
            chord = self._chord.key(pitch, velocity, at_seconds)
            if chord:
                self._change(self.settings.with_chord(chord), f"chord {chord}")
        elif self._ran or not velocity:
            self._request(self._play_mode.key(self._nearest_pulse(at_seconds), pitch, velocity))

    def _nearest_pulse(self, seconds: float) -> SongPulse:
        """The pulse of the song at a time; while it stands still, the next."""
        if not self._ran:
            return self._done + 1
        return self.transport.pulse(seconds + seconds_per_pulse(self.transport.bpm) / 2)

    def _follow(self, transport: ExternalTransport, message: bytes, at_seconds: float) -> None:
        signal = transport.receive(message, at_seconds)
        if signal is not None:
            self._tempo_trace.restart()
        if signal in (Signal.START, Signal.LOCATE):
            self.output.release_all()
            if transport.next_pulse != self._done + 1:  # else the music from there is ready
                self._go_to(transport.next_pulse, self._done + 1)
        elif signal is Signal.STOP:
            self.output.release_all()
        elif message[0] == messages.CLOCK and transport.rolling:
            if not transport.is_steady:
                self._tempo_trace.restart()
            pulse = self.output.take_pulse(transport.next_pulse - 1)
            tempo = self._tempo_trace.add(pulse, at_seconds, transport.bpm)
            if tempo:
                self.output.log_tempo(*tempo)

    def _do(self, change: Turned | Pressed | Chosen, now: float) -> None:
        if isinstance(change, Pressed):
            self._press(change)
        elif isinstance(change, Chosen):
            self._change(replace(self.settings, style=change.style), f"style {change.style}")
        elif change.name == "tempo":
            if isinstance(self.transport, InternalTransport):
                self.transport.set_tempo(change.value, now)
                self.output.log_tempo(self.output.take_pulse(self.output.pulse), change.value)
                self._notice(f"tempo {change.value:g}")
        else:
            self._change(turned(self.settings, change), f"{change.name} {change.value:g}")

    def _press(self, pressed: Pressed) -> None:
        if pressed.name == "panic":
            self.output.silence(messages.CHANNELS)  # an earlier run that was killed may have left notes on any
            self._notice("panic")
        elif pressed.name == "keep":
            self.keeps += 1
        elif (request := self._play_mode.again(pressed.bars, self._soon, self.schedule.frontier)) is not None:
            self._request(request)
            bar = next_line(self._soon, self.bar_pulses) // self.bar_pulses
            self.notices.append(Notice(bar, f"again, {pressed.bars} bar{'s' * (pressed.bars > 1)}"))

    def _change(self, settings: Settings, text: str) -> None:
        if settings != self.settings or self._jumped:
            self.settings, self._jumped = settings, False
            self._changes.add(text, self._soon)
            self._request_due_changes()

    def _changes_are_due(self, pulse: SongPulse) -> bool:
        return self._changes.due is not None and self._changes.due <= pulse

    def _request_due_changes(self) -> None:
        """While the song stands still, first wait for music of the last request: a moving knob would hold it up."""
        if self._changes_are_due(self._done) if self._ran else self.schedule.frontier > self._done + 1:
            self._request_changes(self._soon)

    def _request_changes(self, pulse: SongPulse) -> None:
        """If something changed, have the bars to come drawn anew."""
        if self._changes.due is not None:
            self._request(self._play_mode.change(self.settings, pulse, self.schedule.frontier))
            bar, texts = self._changes.take(pulse)
            self.notices.extend(Notice(bar, text) for text in texts)

    @property
    def _soon(self) -> SongPulse:
        """The pulse that a change must leave notice after: while the song stands still, the next pulse can change."""
        return self._done if self._ran else self._done + 1 - NOTICE_PULSES

    def _notice(self, text: str) -> None:
        self.notices.append(Notice(max(self._done, SongPulse(0)) // self.bar_pulses, text))

    # The music to play.

    def _go_to(self, pulse: SongPulse, was: SongPulse) -> None:
        """The song goes to a pulse; the take goes on where it is."""
        self.output.go_to(pulse, was)
        self._done = pulse - 1
        self._bar_line = SongPulse(-(-int(pulse) // self.bar_pulses) * self.bar_pulses)  # the next bar line
        self._promised = pulse  # nothing is due before it
        self._jumped = True
        self.schedule.clear(pulse)
        self._request(self._play_mode.locate(pulse, was))
        self._request_changes(self._soon)

    def _request(self, request: Request | None) -> None:
        if request is not None:
            if request.release:
                self.output.release_all()
            self._prefetch.request(request, self._done + 1)

    # Messages that go out.

    def step(self, now: float) -> float:
        """Do what is due at `now` -> when to be called again; or earlier, when `wake` is set."""
        self._keep_up(now)
        while self._inbox:
            self._take_in(self._inbox.popleft(), now)
        for note in self._prefetch.collect():
            self.output.prepare(note)
        if not self._ran:
            self._request_due_changes()
        if isinstance(self.transport, InternalTransport) and not self.transport.runs(now):
            self._start(self.transport, now)
        runs = self.transport.runs(now)
        if runs:
            self._ran = True
            self._advance(self.transport.pulse(now))
        elif self._ran:
            self._ran = False
            self.output.release_all()
            self._request_changes(self._soon)
        self._prefetch.look_ahead(self._done + 1)
        self._prefetch.let_learn(not self._play_mode.attends)
        self._promised = max(self._due(), self._done + 1)
        for line in self.lines:
            while line.reports:
                self._notice(line.reports.popleft())
        return self.transport.look_again(self._promised) if runs else float("inf")

    def _keep_up(self, now: float) -> None:
        """If the song runs, nothing was due until now: it has come to the present pulse, or nearly."""
        if self._ran and self.transport.runs(now):
            self._done = max(self._done, min(self.transport.pulse(now), self._promised - 1))
            self.output.pulse = max(self.output.pulse, self._done)

    def _start(self, transport: InternalTransport, now: float) -> None:
        """Begin, if there is music enough."""
        if self._prefetch.is_enough_to_begin(self.bar_pulses):
            transport.start(now)
            self.output.log_tempo(self.output.take_pulse(SongPulse(0)), transport.bpm)
            if self.clock_sender:
                self.clock_sender.start()

    def _due(self) -> SongPulse:
        """The next pulse at which there is something to do."""
        due = min(self.schedule.next_pulse(), self._bar_line)
        for other in (self.output.ledger.next_end, self._play_mode.wakes_at, self._changes.due):
            if other is not None and other < due:
                due = other
        return min(due, self._done + 1) if self.clock_sender else due

    def _advance(self, pulse: SongPulse) -> None:
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

    def _play(self, pulse: SongPulse, present: SongPulse) -> None:
        """Do what is due at a pulse. It lies before the `present` one if the step came late."""
        self.output.pulse = pulse
        if pulse >= self._bar_line:
            self._pass_bar_line(pulse)
            if self.ended:
                return
        if self.clock_sender:
            self.clock_sender.tick(pulse, is_bar_line=pulse % self.bar_pulses == 0)
        self.output.end_due()
        wakes_at = self._play_mode.wakes_at
        wakes = wakes_at is not None and wakes_at <= pulse
        if wakes or self._changes_are_due(pulse):
            self._request_changes(pulse)
        if wakes:
            self._request(self._play_mode.wake(pulse))
        for note in self.schedule.due(pulse, present):
            if self.output.note_on(note):
                self._play_mode.played(pulse)
        self.schedule.wait(pulse)
        self._done = max(self._done, pulse)

    def _pass_bar_line(self, pulse: SongPulse) -> None:
        self.bars_passed += 1
        self._bar_line += self.bar_pulses
        self.ended = self._last_bar is not None and pulse // self.bar_pulses >= self._last_bar

    def finish(self, now: float) -> None:
        """Send every note-off that is owed, and play no more."""
        self._keep_up(now)
        self.ended = True
        self.output.silence()
        if self.clock_sender:
            self.clock_sender.stop()
