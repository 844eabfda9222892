"""The engine: takes in what the plugin tells, and sends it bars. It knows the memory; the performer knows the music.

Each bar follows from what is asked, the timeline and its number. A parameter that changes while the song rolls holds
from the bar that the plugin says; when the song goes elsewhere or starts again, it holds for every bar, as if it had
never been another one, so that an export gives what is heard. What that takes is composed while there is time.
"""

import time

from melodyrnn import messages
from melodyrnn.errors import MelodyRnnError, ModelFileError, OptionError, PluginError
from melodyrnn.live.score.model_composer import live_bar_pulses
from melodyrnn.music.metre import TimeSignature
from melodyrnn.plugin.asked import DEFAULTS
from melodyrnn.plugin.delivery import NO_BAR, Delivery, Notes
from melodyrnn.plugin.listening import Listening
from melodyrnn.plugin.memory import Memory
from melodyrnn.plugin.parameters import PARAMETERS
from melodyrnn.plugin.performer import AHEAD_BARS, Performer
from melodyrnn.plugin.places import NOWHERE, legal, plays, rolls, within_bar
from melodyrnn.plugin.preparing import Prepared, Preparing, Wanted
from melodyrnn.plugin.protocol import Kind, Record, Status, TransportFlag
from melodyrnn.plugin.state import State

WORK_SECONDS = 0.004  # to compose before looking at what came in
PART_PULSES = 12  # a bar that plays is sent before it is whole, in steps of so much
MOST_BARS = 10_000  # later ones are silent: to come there, those before would have to be composed


class Engine:
    """Everything between the memory and the performer. `step` is called again and again."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._delivery = Delivery(memory.send_bar)
        self._preparing = Preparing()
        self._at = NOWHERE  # where the song is
        self._played: dict[int, Notes] = {}  # bars, since the song started
        self._values = list(DEFAULTS)
        self._listening = Listening()
        self._is_other = self._is_pending = True  # something else is wanted; it is not in force yet
        self._other_from = NO_BAR  # the bar from which on it is wanted
        self._begin(memory.saved())

    def _begin(self, saved: bytes) -> None:
        """Begin with a model and what was saved."""
        self._given, given = self._memory.given()
        saved = saved or given
        try:
            self._state, self._warning = State.of(saved), ""
        except PluginError as error:
            self._state, self._warning = State(), str(error)
        self._is_saved = True
        self._prepared: Prepared | None = None
        self._performer: Performer | None = None
        self._successor: Performer | None = None  # plays every bar as is asked now
        self._is_mixed = False  # some bars were composed before something changed
        self._delivery.forget(NO_BAR)
        self._want_other(NO_BAR)

    def step(self) -> bool:
        """Do what there is to do -> whether there was anything."""
        records = self._memory.receive()
        for record in map(legal, records):
            self._delivery.take(record)
            self._take(record)
        self._look_at_capture()
        if self._is_other:
            self._is_other, self._is_pending = False, True
            self._preparing.want(Wanted(self._given, tuple(self._values), self._state.phrase))
        if self._is_pending and (ready := self._preparing.look()):
            self._is_pending = False
            self._put_in_force(ready)
        try:
            worked = self._compose()
        except MelodyRnnError as error:  # such as numbers of a damaged model that overflow
            worked = False
            self._fall_silent(error)
        if self._send_bars() and not self._is_pending:
            self._memory.answer()
        if not self._is_saved:
            self._memory.save(bytes(self._state))
            self._is_saved = True
        return worked or bool(records)

    # What comes in.

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

    def _set(self, symbol: str, record: Record) -> None:
        if symbol == "again":
            if self._performer and self._performer.again(max(record.wanted_from, 0)):
                self._state.delays, self._is_saved = tuple(self._performer.delays), False
                self._delivery.forget(record.wanted_from)
                self._successor = None
        elif symbol == "keep":
            self._keep()
        elif PARAMETERS[record.number].composes:
            self._values[record.number] = record.value
            if symbol == "capture" and not record.value:
                self._state.phrase, self._is_saved = None, False
            self._want_other(record.wanted_from)

    def _want_other(self, bar: int) -> None:
        waits, bar = self._is_other or self._is_pending, bar if rolls(self._at) else NO_BAR
        self._other_from = min(bar, self._other_from) if waits else bar
        self._is_other = True

    def _go(self, record: Record) -> None:
        """The song starts, stops, goes elsewhere, or changes its tempo or metre."""
        was, jumps = self._at, bool(record.flags & TransportFlag.JUMP)
        if jumps or rolls(was) != rolls(record):
            self._look_at_capture(ended=True)
            self._listening.release()
        if rolls(record) and not rolls(was):
            self._played.clear()
        self._at = record
        self._take_in_metre(record)
        self._at = self._within_bar(record)
        if jumps:
            self._other_from = NO_BAR
            if self._is_mixed:
                self._play_all_alike()
        if jumps and self._performer and not self._performer.repeats:
            self._delivery.forget(NO_BAR)
            self._performer.locate(self._at.bar, int(self._at.pulse))
        self._seek()
        self._advance(record)

    def _take_in_metre(self, record: Record) -> None:
        bar = max(record.bar, 0)
        try:
            metre = TimeSignature(0, record.numerator, record.denominator)
            live_bar_pulses(metre)
        except OptionError as error:  # no bar of the timeline fits it, so that it is silent while it lasts
            self._memory.say(Status.READY, str(error))
            return
        first = self._state.timeline.tell_metre(bar, metre)
        self._at = self._within_bar(record)
        if first is None or self._performer is None:
            return
        self._is_saved, self._successor = False, None
        self._delivery.forget(first)
        if first < bar or not self._performer.repeats:
            self._play_all_alike()
        else:
            self._performer.metre_changed(bar)

    def _advance(self, record: Record) -> None:
        """The song rolls on, or stands somewhere."""
        record = self._within_bar(record)
        was, self._at = self._at, record
        if rolls(was) and was.bar < record.bar:
            self._played[was.bar] = self._heard(self._notes(was.bar) or ())
        if was.bar != record.bar:
            self._seek()
        if self._performer and record.bar < MOST_BARS:
            self._performer.advance(record.bar, int(record.pulse))

    def _within_bar(self, record: Record) -> Record:
        return within_bar(record, self._state.timeline.bars)

    def _receive(self, record: Record) -> None:
        """A MIDI message: of a dialogue, a chord or a phrase."""
        if self._prepared is None or self._performer is None:
            return
        record, timeline, asked = self._within_bar(record), self._state.timeline, self._prepared.asked
        kind, pitch, value, _ = record.data[0] & 0xF0, *record.data[1:]
        velocity = value if kind == messages.NOTE_ON else 0
        if kind == messages.CONTROL and pitch == messages.SUSTAIN:
            self._performer.pedal(record.bar, record.pulse, value >= messages.PEDAL_DOWN)
        elif kind not in (messages.NOTE_ON, messages.NOTE_OFF):
            return
        elif asked.respond is not None:
            self._performer.key(record.bar, record.pulse, pitch, velocity)
        elif asked.chords and (held := self._listening.chord(record, velocity, self._at, timeline)):
            if timeline.tell_chord(*held):
                self._is_saved, self._successor = False, None
                self._performer.chord_changed(held[0])
                self._delivery.forget(held[0])
        elif asked.capture and not asked.chords:
            self._listening.captured_key(record, velocity, self._at, timeline)

    def _look_at_capture(self, *, ended: bool = False) -> None:
        phrase = self._listening.phrase(self._at, self._state.timeline, ended=ended)
        if phrase is not None and phrase != self._state.phrase:
            self._state.phrase, self._is_saved = phrase, False
            self._want_other(self._at.bar + 1)

    # What is composed.

    def _put_in_force(self, ready: Prepared | MelodyRnnError) -> None:
        if isinstance(ready, MelodyRnnError):
            self._fall_silent(ready)
            return
        was, self._prepared = self._prepared, ready
        self._tell_of(ready)
        self._successor = None
        if self._performer is None or was is None or self._other_from == NO_BAR:
            self._play_all_alike()
            return
        bar = max(self._other_from, self._at.bar + 1, 0)
        self._is_mixed = True
        self._delivery.forget(bar)
        if ready.changes_only_settings(was):
            self._performer.change(bar, ready.asked)
        else:
            self._performer = self._successor = self._built()
        self._seek()

    def _play_all_alike(self) -> None:
        """Every bar is composed as is asked now."""
        self._performer = self._successor or self._built()
        self._successor, self._is_mixed = None, False
        self._delivery.forget(NO_BAR)
        self._seek()

    def _built(self) -> Performer | None:
        ready, state = self._prepared, self._state
        if ready is None:
            return None
        performer = Performer(ready.models, ready.asked, state.timeline, ready.seed, state.delays)
        if self._at.bar < MOST_BARS:
            (performer.advance if performer.repeats else performer.locate)(self._at.bar, int(self._at.pulse))
        return performer

    def _seek(self) -> None:
        """Let the performer go to the first bar from here on that is to be composed."""
        if self._performer and self._performer.repeats and self._at.bar < MOST_BARS:
            bar = max(self._at.bar, 0)
            while self._delivery.notes(bar) is not None:
                bar += 1
            if not self._performer.is_at(bar):
                self._performer.locate(bar, 0)

    def _compose(self) -> bool:
        until, worked = time.monotonic() + WORK_SECONDS, False
        while self._performer and self._performer.work():
            worked = True
            if time.monotonic() >= until:
                return True
        if not worked and self._is_mixed and self._performer and self._performer.repeats and self._at.bar < MOST_BARS:
            if self._successor is None and (successor := self._built()):
                successor.locate(max(self._at.bar, 0), 0)
                self._successor = successor
            worked = self._successor is not None and self._successor.work()
        return worked

    # What goes out.

    def _notes(self, bar: int) -> Notes | None:
        """The notes of a bar, if all are known: none, where there is nothing that could play."""
        if self._performer is None or bar >= MOST_BARS:
            return None if self._is_pending else ()
        notes = self._performer.bar(bar)
        return self._delivery.notes(bar) if notes is None and self._performer.repeats else notes

    def _heard(self, notes: Notes) -> Notes:
        part = self._prepared.asked.part if self._prepared else 0
        return tuple(note for note in notes if note.channel == part - 1) if part else notes

    def _send_bars(self) -> bool:
        """Send what is known of the bars from here on -> whether all of them are with the plugin."""
        first = max(self._at.bar, 0)
        asked = self._prepared.asked if self._prepared else None
        keeps = asked is not None and not (self._is_mixed or asked.respond or asked.chords or asked.capture)
        for bar in range(first, first + AHEAD_BARS + 1):
            metre, line, notes = self._state.timeline.metre(bar), self._state.timeline.bars.line(bar), self._notes(bar)
            if notes is None:
                if bar == first and self._performer and plays(self._at):
                    known = self._performer.known_of_bar(bar, PART_PULSES)
                    if known:
                        self._delivery.send(bar, line, metre, known, self._heard(known), keep=False, whole=False)
                return False
            if not self._delivery.send(bar, line, metre, notes, self._heard(notes), keep=keeps):
                return False
        return True

    def _keep(self) -> None:
        from melodyrnn.plugin.keeping import keep  # what writes files takes long to import

        if rolls(self._at):
            self._played[self._at.bar] = self._heard(self._notes(self._at.bar) or ())
        try:
            path = keep(self._played, self._state.timeline, self._at.value)
        except MelodyRnnError as error:
            self._memory.say(Status.READY, str(error))
        else:
            self._memory.say(Status.READY, f"kept {path}")

    def _tell_of(self, ready: Prepared) -> None:
        name, digest = self._state.model
        if name == ready.model[0] and digest != ready.model[1]:
            self._warning = f"the project was saved with another version of {name}"
        self._state.model, self._is_saved = ready.model, False
        self._memory.say(Status.READY, f"{ready}; {self._warning}" if self._warning else str(ready))

    def _fall_silent(self, error: MelodyRnnError) -> None:
        self._prepared = self._performer = self._successor = None
        self._delivery.forget(NO_BAR)
        self._memory.say(Status.MODEL_MISSING if isinstance(error, ModelFileError) else Status.FAILED, str(error))
