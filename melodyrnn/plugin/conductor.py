"""The conductor: which performer composes which bars, while what is asked for changes.

Each bar follows from what is asked, the timeline and its number. What changes while the song rolls holds from a bar on;
when the song goes elsewhere or starts again, it holds for every bar, as if it had never been another one, so that an
export gives what is heard. What that takes is composed by a successor while there is time.
"""

import time

from melodyrnn.music.chords import Chord
from melodyrnn.plugin.delivery import NO_BAR, Delivery, Metre, Notes
from melodyrnn.plugin.performer import AHEAD_BARS, Performer
from melodyrnn.plugin.places import NOWHERE, plays, rolls
from melodyrnn.plugin.preparing import Prepared
from melodyrnn.plugin.protocol import Record
from melodyrnn.plugin.state import State

WORK_SECONDS = 0.004  # to compose before looking at what came in
PART_PULSES = 12  # a bar that plays is sent before it is whole, in steps of so much
SCOUTED_BARS = 256  # composed while the song stands, so that it can go to each of them at once
MOST_BARS = 10_000  # later ones are silent: to come there, those before would have to be composed


class Conductor:
    """Has bars composed as is asked, and delivered. `at`: where the song is.

    `silent_in`: a metre that the host is in, and in which nothing can be composed.
    """

    def __init__(self, delivery: Delivery, state: State) -> None:
        self.at = NOWHERE
        self.silent_in: Metre | None = None
        self.state = state
        self.prepared: Prepared | None = None
        self._delivery = delivery
        self._performer: Performer | None = None
        self._successor: Performer | None = None  # plays every bar as is asked now
        self._is_mixed = False  # some bars were composed before something changed
        self._scouts = False  # the performer is at bars that nobody has asked for

    @property
    def performer(self) -> Performer | None:
        """The one who answers the player now; None: nothing can play."""
        return self._performer

    def fall_silent(self) -> None:
        """Nothing can play until something else is put in force."""
        self.prepared = self._performer = self._successor = None
        self._delivery.forget(NO_BAR)

    # What changes.

    def put_in_force(self, ready: Prepared, bar: int) -> None:
        """From a bar on, or the next that has not begun, play what is ready; NO_BAR: in every bar."""
        self.attend()
        was, self.prepared, self._successor = self.prepared, ready, None
        if self._performer is None or was is None or bar == NO_BAR:
            self._play_all_alike()
            return
        bar = max(bar, 0)
        while bar <= self.at.bar and self._delivery.has(bar):  # it plays already, as it was before
            bar += 1
        self._is_mixed = True
        self._delivery.forget(bar)
        if ready.changes_only_settings(was):
            self._performer.change(bar, ready.asked)
        else:
            self._performer = self._successor = self._built()
        self._seek()

    def go(self, at: Record) -> None:
        """The song goes elsewhere, or starts there."""
        self.at = at
        if self._is_mixed:
            self._play_all_alike()
        elif self._performer and not self._performer.repeats:
            self._delivery.forget(NO_BAR)
            self._performer.locate(at.bar, int(at.pulse))

    def advance(self, at: Record) -> None:
        """The song has come to a place."""
        self.at = at
        if self.silent_in:
            return
        self._seek()
        if self._performer and at.bar < MOST_BARS:
            self._performer.advance(at.bar, int(at.pulse))

    def metre_changed(self, first: int, bar: int) -> None:
        """The timeline has another metre from a bar on; `first`: the first bar that has another one by that."""
        if self._performer:
            self._successor = None
            self._delivery.forget(first)
            if first < bar or not self._performer.repeats:
                self._play_all_alike()
            else:
                self._performer.metre_changed(bar)

    def chord_changed(self, bar: int, chord: Chord) -> bool:
        """A chord holds from a bar on -> whether it is another than that of the timeline."""
        if self._performer is None or not self.state.timeline.tell_chord(bar, chord):
            return False
        self._successor = None
        self._performer.chord_changed(bar)
        self._delivery.forget(bar)
        return True

    def again(self, bar: int) -> bool:
        """Repeat the last bars from a bar on -> whether there are any."""
        if self._performer is None or not self._performer.again(max(bar, 0)):
            return False
        self.state.delays = tuple(self._performer.delays)
        self._delivery.forget(bar)
        self._successor = None
        return True

    def _play_all_alike(self) -> None:
        self._performer = self._successor or self._built()
        self._successor, self._is_mixed = None, False
        self._delivery.forget(NO_BAR)
        self._seek()

    def _built(self) -> Performer | None:
        ready, state = self.prepared, self.state
        if ready is None:
            return None
        performer = Performer(ready.models, ready.asked, state.timeline, ready.seed, state.delays)
        if self.at.bar < MOST_BARS:
            (performer.advance if performer.repeats else performer.locate)(self.at.bar, int(self.at.pulse))
        return performer

    # What is composed.

    def _seek(self) -> None:
        """Let the performer go to the first bar from here on that is to be composed."""
        if self._performer and self._performer.repeats and self.at.bar < MOST_BARS:
            bar = max(self.at.bar, 0)
            while self._delivery.notes(bar) is not None:
                bar += 1
            if not self._performer.is_at(bar):
                self._performer.locate(bar, 0)

    def compose(self) -> bool:
        """Compose or learn for a moment -> whether there was anything to do.

        While the song stands and nothing else is to be done, the performer scouts ahead, and rests between.
        """
        until, performer, worked = time.monotonic() + WORK_SECONDS, self._performer, False
        while performer and performer.work():
            worked = True
            if time.monotonic() >= until:
                return not self._scouts
        if performer and not worked and not self._is_mixed and not rolls(self.at):
            self._scouts = performer.scout(SCOUTED_BARS)
        if not worked and self._is_mixed and performer and performer.repeats and self.at.bar < MOST_BARS:
            if self._successor is None and (successor := self._built()):
                successor.locate(max(self.at.bar, 0), 0)
                self._successor = successor
            worked = self._successor is not None and self._successor.work()
        return worked and not self._scouts

    def attend(self) -> None:
        """Something happens: the performer comes back to where the song is."""
        if self._scouts:
            self._scouts = False
            self._seek()

    def notes(self, bar: int) -> Notes | None:
        """The notes of a bar, if all are known: none, where there is nothing that could play."""
        if self._performer is None or bar >= MOST_BARS:
            return ()
        notes = self._performer.bar(bar)
        return self._delivery.notes(bar) if notes is None and self._performer.repeats else notes

    def heard(self, bar: int) -> Notes:
        """The notes of a bar that are known and of the part that is asked for."""
        return () if self.silent_in else self._heard(self.notes(bar) or ())

    def _heard(self, notes: Notes) -> Notes:
        part = self.prepared.asked.part if self.prepared else 0
        return tuple(note for note in notes if note.channel == part - 1) if part else notes

    def deliver(self, before: int | None = None) -> bool:
        """Send what is known of the bars from here on -> whether all of them are with the plugin.

        `before`: send none from this bar on.
        """
        first, timeline = max(self.at.bar, 0), self.state.timeline
        if self.silent_in:
            bars = range(first, first + AHEAD_BARS + 1)
            return all(self._delivery.send(bar, 0, self.silent_in, (), (), keep=False, whole=False) for bar in bars)
        asked = self.prepared.asked if self.prepared else None
        keeps = asked is not None and not (self._is_mixed or asked.respond or asked.chords or asked.capture)
        for bar in range(first, first + AHEAD_BARS + 1):
            if before is not None and bar >= before:
                return False
            line, notes = timeline.bars.line(bar), self.notes(bar)
            metre = timeline.metre(bar).numerator, timeline.metre(bar).denominator
            if notes is None:
                if bar == first and self._performer and plays(self.at):
                    known = self._performer.known_of_bar(bar, PART_PULSES)
                    if known:
                        self._delivery.send(bar, line, metre, known, self._heard(known), keep=False, whole=False)
                return False
            if not self._delivery.send(bar, line, metre, notes, self._heard(notes), keep=keeps):
                return False
        return True
