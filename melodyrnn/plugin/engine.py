"""The engine: takes in what the plugin tells, has the conductor act on it, and tells the plugin how it is."""

import time

from melodyrnn import messages
from melodyrnn.errors import MelodyRnnError, ModelFileError, OptionError, PluginError
from melodyrnn.live.score.model_composer import live_bar_pulses
from melodyrnn.music.metre import TimeSignature
from melodyrnn.plugin.asked import DEFAULTS
from melodyrnn.plugin.conductor import Conductor
from melodyrnn.plugin.delivery import NO_BAR, Delivery, Notes
from melodyrnn.plugin.listening import Listening
from melodyrnn.plugin.memory import Memory
from melodyrnn.plugin.parameters import PARAMETERS
from melodyrnn.plugin.places import legal, plays, rolls, within_bar
from melodyrnn.plugin.preparing import Prepared, Preparing, Wanted
from melodyrnn.plugin.protocol import Kind, Record, Status, TransportFlag
from melodyrnn.plugin.state import State

LONGEST_WAIT_SECONDS = 0.2  # then what was composed plays on


class Engine:
    """Everything between the memory and the conductor. `step` is called again and again."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._delivery = Delivery(memory)
        self._preparing, self._listening = Preparing(), Listening()
        self._played: dict[int, Notes] = {}  # bars, since the song started
        self._values = list(DEFAULTS)
        self._is_other = self._is_pending = True  # something else is wanted; it is not in force yet
        self._other_from = NO_BAR  # the bar from which on it is wanted
        self._waits_until = 0.0  # by time.monotonic: a song that plays waits no longer for it
        self._conductor = Conductor(self._delivery, State())
        self._begin(memory.saved())

    def _begin(self, saved: bytes) -> None:
        """Begin with a model and what was saved."""
        self._given, given = self._memory.given()
        try:
            state, self._warning = State.of(saved or given), ""
        except PluginError as error:
            state, self._warning = State(), str(error)
        was, self._is_saved = self._conductor, True
        self._conductor = Conductor(self._delivery, state)
        self._conductor.at, self._conductor.silent_in = was.at, was.silent_in
        self._delivery.forget(NO_BAR)
        self._want_other(NO_BAR)

    @property
    def _state(self) -> State:
        return self._conductor.state

    def step(self) -> bool:
        """Do what there is to do -> whether there was anything."""
        records = self._memory.receive()
        if records:
            self._conductor.attend()
        for record in map(legal, records):
            self._delivery.take(record)
            self._take(record)
        self._look_at_capture()
        if self._is_other:
            self._is_other, self._is_pending = False, True
            self._waits_until = time.monotonic() + LONGEST_WAIT_SECONDS
            self._preparing.want(Wanted(self._given, tuple(self._values), self._state.phrase))
        if self._is_pending and (ready := self._preparing.look()):
            self._is_pending = False
            self._put_in_force(ready)
        try:
            worked = self._conductor.compose()
        except MelodyRnnError as error:  # such as numbers of a damaged model that overflow
            worked = False
            self._fall_silent(error)
        if (self._conductor.performer or not self._is_pending) and self._deliver() and not self._is_pending:
            self._memory.answer()
        if worked:
            self._memory.tell_progress()
        if not self._is_saved:
            self._memory.save(bytes(self._state))
            self._is_saved = True
        return worked or bool(records)

    def _deliver(self) -> bool:
        """Send bars. Those of which others are wanted wait for these, but not for long where the song plays."""
        holds = self._is_pending and not (plays(self._conductor.at) and time.monotonic() > self._waits_until)
        return self._conductor.deliver(self._other_from if holds else None)

    def _take(self, record: Record) -> None:
        if record.kind == Kind.SYNC:
            self._values = list(DEFAULTS)
            self._want_other(NO_BAR)
        elif record.kind == Kind.GIVEN:
            self._begin(b"")
        elif record.kind == Kind.PARAMETER and record.number < len(PARAMETERS):
            self._set(PARAMETERS[record.number].symbol, record)
        elif record.kind == Kind.TRANSPORT:
            self._go(record)
        elif record.kind == Kind.POSITION:
            self._advance(record)
        elif record.kind == Kind.MIDI:
            self._receive(record)

    # What is asked for.

    def _set(self, symbol: str, record: Record) -> None:
        if symbol == "again":
            if self._conductor.again(record.wanted_from):
                self._is_saved = False
        elif symbol == "keep":
            self._keep()
        elif PARAMETERS[record.number].composes:
            self._values[record.number] = record.value
            if symbol == "capture" and not record.value:
                self._state.phrase, self._is_saved = None, False
            self._want_other(record.wanted_from)

    def _want_other(self, bar: int) -> None:
        waits, bar = self._is_other or self._is_pending, bar if rolls(self._conductor.at) else NO_BAR
        self._other_from = min(bar, self._other_from) if waits else bar
        self._is_other = True

    def _put_in_force(self, ready: Prepared | MelodyRnnError) -> None:
        if isinstance(ready, MelodyRnnError):
            self._fall_silent(ready)
            return
        name, digest = self._state.model
        if name == ready.model[0] and digest != ready.model[1]:
            self._warning = f"the project was saved with another version of {name}"
        self._state.model, self._is_saved = ready.model, False
        self._conductor.put_in_force(ready, self._other_from)
        self._say_ready()

    def _say_ready(self) -> None:
        ready = self._conductor.prepared
        if ready:
            self._memory.say(Status.READY, f"{ready}; {self._warning}" if self._warning else str(ready))

    def _fall_silent(self, error: MelodyRnnError) -> None:
        self._conductor.fall_silent()
        self._memory.say(Status.MODEL_MISSING if isinstance(error, ModelFileError) else Status.FAILED, str(error))

    def _keep(self) -> None:
        from melodyrnn.plugin.keeping import keep  # what writes files takes long to import

        at = self._conductor.at
        if rolls(at):
            self._played[at.bar] = self._conductor.heard(at.bar)
        try:
            path = keep(self._played, self._state.timeline, at.value)
        except MelodyRnnError as error:
            self._memory.say(Status.READY, str(error))
        else:
            self._memory.say(Status.READY, f"kept {path}")

    # Where the song is.

    def _go(self, record: Record) -> None:
        """The song starts, stops, goes elsewhere, or changes its tempo or metre."""
        was, jumps = self._conductor.at, bool(record.flags & TransportFlag.JUMP)
        if jumps or rolls(was) != rolls(record):
            self._look_at_capture(ended=True)
            self._listening.release()
        if rolls(record) and not rolls(was):
            self._played.clear()
        self._take_in_metre(record)
        at = within_bar(record, self._state.timeline.bars)
        if jumps:
            self._other_from = NO_BAR
            self._conductor.go(at)
        self._conductor.advance(at)

    def _take_in_metre(self, record: Record) -> None:
        bar = max(record.bar, 0)
        try:
            metre = TimeSignature(0, record.numerator, record.denominator)
            live_bar_pulses(metre)
        except OptionError as error:  # no bar of the timeline fits it, so that it is silent while it lasts
            self._conductor.silent_in = record.numerator, record.denominator
            self._memory.say(Status.READY, str(error))
            return
        if self._conductor.silent_in:
            self._conductor.silent_in = None
            self._say_ready()
        first = self._state.timeline.tell_metre(bar, metre)
        if first is not None:
            self._is_saved = False
            self._conductor.at = within_bar(record, self._state.timeline.bars)
            self._conductor.metre_changed(first, bar)

    def _advance(self, record: Record) -> None:
        """The song rolls on."""
        was = self._conductor.at
        if rolls(was) and was.bar < record.bar:
            self._played[was.bar] = self._conductor.heard(was.bar)
        self._conductor.advance(within_bar(record, self._state.timeline.bars))

    # What comes in.

    def _receive(self, record: Record) -> None:
        """A MIDI message: of a dialogue, a chord or a phrase."""
        performer, prepared, at = self._conductor.performer, self._conductor.prepared, self._conductor.at
        if performer is None or prepared is None:
            return
        timeline, asked = self._state.timeline, prepared.asked
        record = within_bar(record, timeline.bars)
        kind, pitch, value, _ = record.data[0] & 0xF0, *record.data[1:]
        velocity = value if kind == messages.NOTE_ON else 0
        if kind == messages.CONTROL and pitch == messages.SUSTAIN:
            performer.pedal(record.bar, record.pulse, value >= messages.PEDAL_DOWN)
        elif kind not in (messages.NOTE_ON, messages.NOTE_OFF):
            return
        elif asked.respond is not None:
            performer.key(record.bar, record.pulse, pitch, velocity)
        elif asked.chords:
            held = self._listening.chord(record, velocity, at, timeline)
            if held and self._conductor.chord_changed(*held):
                self._is_saved = False
        elif asked.capture:
            self._listening.captured_key(record, velocity, at, timeline)

    def _look_at_capture(self, *, ended: bool = False) -> None:
        phrase = self._listening.phrase(self._conductor.at, self._state.timeline, ended=ended)
        if phrase is not None and phrase != self._state.phrase:
            self._state.phrase, self._is_saved = phrase, False
            self._want_other(self._conductor.at.bar + 1)
