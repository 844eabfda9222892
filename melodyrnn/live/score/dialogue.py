"""Call and response: listening to a player, and answering in his key and density."""

from collections.abc import Callable

from melodyrnn.live.score.phrases import Phrase, notes_per_beat, phrase_key
from melodyrnn.live.score.request import NOTICE_PULSES, Answer, Call, Request, next_line
from melodyrnn.live.score.settings import Settings
from melodyrnn.music.pulses import PULSES_PER_QUARTER
from melodyrnn.music.scales import Key
from melodyrnn.music.song import Note

Reading = Callable[[tuple[Note, ...]], tuple[Note, ...]]
PAUSE_PULSES = PULSES_PER_QUARTER  # without a key, and the player has stopped
ENTRY_PULSES = PULSES_PER_QUARTER // 2  # then it enters at the next eighth note
DENSITIES = (0.25, 4.0)
LEAST_DENSITY, MOST_DENSITY = 0.1, 10.0


class Dialogue:
    """Listens for `bars` bars and answers for as many; without `bars`, answers when the player pauses, until he plays.

    What is played while an answer of so many bars sounds is not heard. `read` turns the notes as played into those that
    the model hears. Answers are music of their own pulses: those of the song in which they sounded first.
    """

    def __init__(self, bar_pulses: int, settings: Settings, bars: int | None, read: Reading) -> None:
        self._bar_pulses, self._settings, self._read = bar_pulses, settings, read
        self._span = None if bars is None else bars * bar_pulses
        self._key: Key | None = None
        self._density = 1.0  # what the answers' density is multiplied by, to be the player's
        self._rate = 0.0  # notes a beat of the last call
        self._answered, self._began, self._last = 0, 0, -1  # notes of its answer, of the first and last the pulse
        self._first: int | None = None  # the pulse of the music at which the last answer begins
        self._heard = 0  # and up to which it was heard before it sounds (again)
        self._shift = 0  # from its pulses to those of the song
        self._phrase = Phrase()
        self._listen(0)

    def _listen(self, pulse: int) -> None:
        """Listen from a pulse on."""
        self._since: int | None = None  # the pulse since which it answers
        self._ends: int | None = None  # and until which
        self._listen_from(pulse)

    def _listen_from(self, pulse: int) -> None:
        self._phrase, self._from = Phrase(self._phrase.pedal), pulse
        line = -(-pulse // self._bar_pulses) * self._bar_pulses
        self._turn = None if self._span is None else line + self._span  # the bar line at which it answers

    @property
    def answers(self) -> bool | None:
        """Whether it answers; else it listens."""
        return self._since is not None

    @property
    def wakes_at(self) -> int | None:
        """The pulse at which it wants to be woken."""
        if self._turn is not None:
            return self._turn - NOTICE_PULSES
        rests = None if self._since is not None else self._phrase.rests_from()
        return None if rests is None else rests + PAUSE_PULSES

    def locate(self, pulse: int, was: int) -> Request:
        """The song goes to `pulse`: listen anew. An answer was heard until pulse `was`."""
        self._stop(was)
        self._listen(pulse)
        return Request(pulse, None)

    def change(self, settings: Settings, pulse: int, frontier: int) -> Request | None:
        """Other settings, from the next bar of the answer on, or with the next answer."""
        self._settings = settings
        line = next_line(pulse, self._bar_pulses)
        if self._since is None or (self._ends is not None and line >= self._ends):
            return None
        at = max(min(line, frontier), self._since)
        bar = (line - self._shift) // self._bar_pulses
        return Request(at, at - self._shift, self._ends, change=(bar, self._matched()))

    def again(self, bars: int, pulse: int, frontier: int) -> Request | None:
        """The last bars of the last answer once more, from the next bar line on; then it is the player's turn.

        Without a turn it goes on from there. None where there was no answer, or the model is late.
        """
        line = next_line(pulse, self._bar_pulses)
        if self._first is None or (self._sounds(line) and frontier < line):
            return None
        self._heard = self._heard_until(line)
        end = -(-self._heard // self._bar_pulses) * self._bar_pulses
        first = max(end - bars * self._bar_pulses, self._first // self._bar_pulses * self._bar_pulses)
        start = max(first, self._first)
        self._shift = line - first
        self._since = start + self._shift
        self._ends = None if self._span is None else end + self._shift
        self._listen_from(self._since if self._ends is None else self._ends)
        return Request(self._since, start, self._ends)

    def key(self, pulse: int, pitch: int, velocity: int) -> Request | None:
        """A key moves; `velocity` 0 is up. In pause mode the first key down ends the answer."""
        asked = None
        if velocity and self._since is not None:
            if self._ends is None:
                self._stop(pulse)
                self._listen(pulse)
                asked = Request(pulse, None, release=True)
            elif pulse < self._ends - NOTICE_PULSES:
                return None
        if velocity:
            self._phrase.press(max(pulse, self._from), pitch, velocity)
        else:
            self._phrase.release(pulse, pitch)
        return asked

    def pedal(self, pulse: int, down: bool) -> None:
        """The pedal moves; while it is down, the player has not paused."""
        self._phrase.press_pedal(max(pulse, self._from), down)

    def wake(self, pulse: int) -> Request | None:
        """It is the pulse it wanted to be woken at: perhaps it answers."""
        start = next_line(pulse, ENTRY_PULSES) if self._turn is None else self._turn
        notes = tuple(n for n in self._read(self._phrase.take(start)) if self._from <= n.onset_pulses < start)
        begin = self._from if self._span else min((note.onset_pulses for note in notes), default=start)
        self._stop(start)
        heard = self._heard
        self._listen(start)
        if not notes:
            return None
        self._match(notes, start - begin, heard)
        self._since = self._first = self._heard = start
        self._shift = 0
        if self._span:
            self._ends = start + self._span
            self._listen_from(self._ends)
        return Request(start, start, self._ends, answer=Answer(Call(begin, start, notes), heard, self._matched()))

    def played(self, pulse: int) -> None:
        """A note of the answer was sent."""
        if self._shift:
            return  # it was counted before
        if not self._answered:
            self._began = pulse
        if pulse != self._last:  # a chord counts once
            self._answered, self._last = self._answered + 1, pulse

    def _sounds(self, pulse: int) -> bool:
        """Whether an answer sounds at a pulse to come."""
        return self._since is not None and (self._ends is None or pulse < self._ends)

    def _heard_until(self, pulse: int) -> int:
        """Up to which of its own pulses the last answer was heard at a pulse of the song."""
        if self._since is None:
            return self._heard
        return max(self._heard, (pulse if self._ends is None else min(pulse, self._ends)) - self._shift)

    def _stop(self, pulse: int) -> None:
        """An answer ends at a pulse, if there was one."""
        self._heard = self._heard_until(pulse)
        self._since = None

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
