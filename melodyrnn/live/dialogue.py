"""Call and response: listening to a player, and answering in his key and density."""

from collections.abc import Callable

from melodyrnn.live.phrases import Phrase, notes_per_beat, phrase_key
from melodyrnn.live.request import NOTICE_PULSES, Call, Request, next_line
from melodyrnn.live.settings import Settings
from melodyrnn.music.pulses import PULSES_PER_QUARTER
from melodyrnn.music.scales import Key
from melodyrnn.music.song import Note

Reading = Callable[[tuple[Note, ...]], tuple[Note, ...]]
PAUSE_PULSES = PULSES_PER_QUARTER  # without a key, and the player has stopped
DENSITIES = (0.25, 4.0)
LEAST_DENSITY, MOST_DENSITY = 0.1, 10.0


class Dialogue:
    """Listens for `bars` bars and answers for as many; without `bars`, answers when the player pauses, until he plays.

    What is played while an answer of so many bars sounds is not heard. `read` turns the notes as played into those that
    the model hears.
    """

    def __init__(self, bar_pulses: int, settings: Settings, bars: int | None, read: Reading) -> None:
        self._bar_pulses, self._settings, self._read = bar_pulses, settings, read
        self._span = None if bars is None else bars * bar_pulses
        self._key: Key | None = None
        self._density = 1.0  # what the answers' density is multiplied by, to be the player's
        self._rate = 0.0  # notes a beat of the last call
        self._answered, self._began, self._last = 0, 0, -1  # notes of its answer, of the first and last the pulse
        self._heard = 0  # up to where the last answer was heard
        self._listen(0)

    def _listen(self, pulse: int) -> None:
        """Listen from a pulse on."""
        self._phrase, self._from = Phrase(), pulse
        self._answers: int | None = None  # since when
        line = -(-pulse // self._bar_pulses) * self._bar_pulses
        self._turn = None if self._span is None else line + self._span  # the bar line at which it answers

    @property
    def wakes_at(self) -> int | None:
        """The pulse at which it wants to be woken."""
        if self._turn is not None:
            return self._turn - NOTICE_PULSES
        rests = None if self._answers is not None else self._phrase.rests_from()
        return None if rests is None else rests + PAUSE_PULSES

    def locate(self, pulse: int, was: int) -> Request:
        """The song goes to `pulse`: listen anew. An answer was heard until pulse `was`."""
        self._stop(was)
        self._listen(pulse)
        return Request(pulse, None)

    def change(self, settings: Settings, pulse: int, frontier: int) -> Request | None:
        """Other settings, from the next bar of the answer on, or with the next answer."""
        self._settings = settings
        if self._answers is None:
            return None
        line = next_line(pulse, self._bar_pulses)
        end = None if self._turn is None else self._answers + (self._span or 0)
        if end is not None and line >= end:
            return None
        at = max(min(line, frontier), self._answers)
        return Request(at, at, end, change=(line // self._bar_pulses, self._matched()))

    def again(self, bars: int, pulse: int, frontier: int) -> Request | None:  # noqa: ARG002
        """The player says what comes again."""
        return None

    def key(self, pulse: int, pitch: int, velocity: int) -> Request | None:
        """A key moves; `velocity` 0 is up. In pause mode the first key down ends the answer."""
        asked = None
        if velocity and self._answers is not None:
            if self._span is None:
                self._stop(pulse)
                self._listen(pulse)
                asked = Request(pulse, None, hush=True)
            elif pulse < self._answers + self._span - NOTICE_PULSES:
                return None
        if velocity:
            self._phrase.press(max(pulse, self._from), pitch, velocity)
        else:
            self._phrase.release(pulse, pitch)
        return asked

    def wake(self, pulse: int) -> Request | None:
        """It is the pulse it wanted to be woken at: perhaps it answers."""
        start = next_line(pulse, PULSES_PER_QUARTER) if self._turn is None else self._turn
        notes = tuple(n for n in self._read(self._phrase.take(start)) if self._from <= n.onset_pulses < start)
        begin = self._from if self._span else min((note.onset_pulses for note in notes), default=start)
        self._listen(start)
        if not notes:
            return None
        heard, end = self._heard, None if self._span is None else start + self._span
        self._match(notes, start - begin, heard)
        self._answers = self._heard = start
        if end is not None and self._span:
            self._heard, self._from, self._turn = end, end, end + self._span
        change = (start // self._bar_pulses, self._matched())
        return Request(start, start, end, change, Call(begin, start, notes), heard)

    def played(self, pulse: int) -> None:
        """A note of the answer was sent."""
        if not self._answered:
            self._began = pulse
        if pulse != self._last:  # a chord counts once
            self._answered, self._last = self._answered + 1, pulse

    def _stop(self, pulse: int) -> None:
        """An answer ends at a pulse, if there was one."""
        if self._answers is not None:
            end = pulse if self._span is None else min(pulse, self._heard)
            self._heard = max(end, self._answers)

    def _match(self, notes: tuple[Note, ...], pulses: int, heard: int) -> None:
        """Take up the key, and be denser where the last answer was sparser than its call."""
        self._key = phrase_key(notes)
        if self._answered and self._rate:
            answered = self._answered * PULSES_PER_QUARTER / max(heard - self._began, 1)
            self._density *= min(max(self._rate / answered, 0.5), 2.0)
            self._density = min(max(self._density, DENSITIES[0]), DENSITIES[1])
        self._rate = notes_per_beat(notes, pulses)
        self._answered, self._last = 0, -1

    def _matched(self) -> Settings:
        """The settings asked for, in the player's key and density."""
        wishes = self._settings.sampling.wishes
        density = min(max(wishes.density * self._density, LEAST_DENSITY), MOST_DENSITY)
        return self._settings.with_key(wishes.key or self._key).with_density(density)
