"""Call and response: listening to a player, and answering in his key and density."""

from collections.abc import Callable

from melodyrnn.live.score.phrases import Phrase, notes_per_beat, phrase_key
from melodyrnn.live.score.request import NOTICE_PULSES, Answer, Call, Request, next_line
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.time.axes import MusicPulse, SongPulse
from melodyrnn.live.time.bars import Bars
from melodyrnn.music.pulses import PULSES_PER_QUARTER
from melodyrnn.music.scales import Key
from melodyrnn.music.song import Note

Reading = Callable[[tuple[Note, ...]], tuple[Note, ...]]
PAUSE_PULSES = PULSES_PER_QUARTER  # so long without a key, and the player has stopped
ENTRY_PULSES = PULSES_PER_QUARTER // 2  # then the answer begins at the next eighth note
LEAST_FACTOR, MOST_FACTOR = 0.25, 4.0  # of the density that is asked for
LEAST_DENSITY, MOST_DENSITY = 0.1, 10.0


class Dialogue:
    """Listens for `bars` bars and answers for as many; without `bars`, answers when the player pauses, until he plays.

    Keys played while an answer of so many bars sounds are ignored. `read` turns the notes as played into those that the
    model reads. An answer is music of the song's pulses at which it plays first, also when it is repeated later; the
    bars of both are `lines`.
    """

    def __init__(self, lines: Bars, settings: Settings, bars: int | None, read: Reading) -> None:
        self._lines, self._settings, self._read = lines, settings, read
        self._span = bars
        self._key: Key | None = None
        self._density_factor = 1.0  # makes the answers as dense as the calls
        self._call_rate = 0.0  # notes a beat of the last call
        # Of the last answer: onsets sent, the pulse of the first and of the last of them.
        self._onsets, self._first_sent, self._last_sent = 0, SongPulse(0), SongPulse(-1)
        self._answer_start: MusicPulse | None = None  # where the last answer begins
        self._played_until = MusicPulse(0)  # how far it was played before it plays (again)
        self._shift = 0  # a pulse of its music + this = the pulse of the song at which it plays
        self._phrase = Phrase()
        self._listen(SongPulse(0))

    def _listen(self, pulse: SongPulse) -> None:
        """Listen from a pulse on, and answer no more."""
        self._since: SongPulse | None = None  # an answer plays from here on,
        self._ends: SongPulse | None = None  # up to here
        self._listen_from(pulse)

    def _listen_from(self, pulse: SongPulse) -> None:
        self._phrase, self._from = Phrase(self._phrase.pedal), pulse
        self._turn = None if self._span is None else self._bars_on(pulse, self._span)  # the bar line to answer at

    def _bars_on(self, pulse: SongPulse, bars: int) -> SongPulse:
        """The bar line so many bars after the first bar line at or after a pulse."""
        return SongPulse(self._lines.line(self._lines.bar(self._lines.next_line(int(pulse))) + bars))

    def _song(self, pulse: MusicPulse) -> SongPulse:
        """The pulse of the song at which a pulse of the answer plays."""
        return SongPulse(int(pulse) + self._shift)

    def _music(self, pulse: SongPulse) -> MusicPulse:
        """The pulse of the answer that plays at a pulse of the song."""
        return MusicPulse(int(pulse) - self._shift)

    @property
    def answers(self) -> bool | None:
        """Whether it answers; else it listens."""
        return self._since is not None

    @property
    def attends(self) -> bool:
        """See PlayMode: from the first key on, until it answers."""
        return self._since is None and self._phrase.last_pulse is not None

    @property
    def wakes_at(self) -> SongPulse | None:
        """See PlayMode: when it is to answer, or when the pause is over."""
        if self._turn is not None:
            return self._turn - NOTICE_PULSES
        rests = None if self._since is not None else self._phrase.rests_from()
        return None if rests is None else SongPulse(rests + PAUSE_PULSES)

    def locate(self, pulse: SongPulse, was: SongPulse) -> Request:
        """The song goes to `pulse`: listen anew. An answer played until `was`."""
        self._stop(was)
        self._listen(pulse)
        return Request(pulse, None)

    def change(self, settings: Settings, pulse: SongPulse, frontier: SongPulse) -> Request | None:
        """Other settings, from the next bar of the answer on, or with the next answer."""
        self._settings = settings
        line = self._bars_on(pulse + NOTICE_PULSES, 0)
        if self._since is None or (self._ends is not None and line >= self._ends):
            return None
        at = max(min(line, frontier), self._since)
        bar = self._lines.bar(int(self._music(line)))
        return Request(at, self._music(at), self._ends, change=(bar, self._matched()))

    def again(self, bars: int, pulse: SongPulse, frontier: SongPulse) -> Request | None:
        """Repeat the last bars of the last answer from the next bar line on; then it is the player's turn.

        Without a turn the answer goes on from there. None if there was no answer, or the model is late.
        """
        line = self._bars_on(pulse + NOTICE_PULSES, 0)
        if self._answer_start is None or (self._plays_at(line) and frontier < line):
            return None
        self._played_until = self._played(line)
        end = self._lines.next_line(int(self._played_until))
        first = self._lines.line(max(self._lines.bar(end) - bars, self._lines.bar(int(self._answer_start))))
        start = max(MusicPulse(first), self._answer_start)
        self._shift = int(line) - first
        self._since = self._song(start)
        self._ends = None if self._span is None else self._song(MusicPulse(end))
        self._listen_from(self._since if self._ends is None else self._ends)
        return Request(self._since, start, self._ends)

    def key(self, pulse: SongPulse, pitch: int, velocity: int) -> Request | None:
        """A key moves; `velocity` 0 is up. In pause mode the first key down ends the answer."""
        request = None
        if velocity and self._since is not None:
            if self._ends is None:
                self._stop(pulse)
                self._listen(pulse)
                request = Request(pulse, None, release=True)
            elif pulse < self._ends - NOTICE_PULSES:
                return None
        if velocity:
            self._phrase.press(int(max(pulse, self._from)), pitch, velocity)
        else:
            self._phrase.release(int(pulse), pitch)
        return request

    def pedal(self, pulse: SongPulse, down: bool) -> None:
        """The pedal moves. While it is down, the player has not paused."""
        self._phrase.press_pedal(int(max(pulse, self._from)), down)

    def wake(self, pulse: SongPulse) -> Request | None:
        """Answer, if anything was played."""
        start = next_line(pulse, ENTRY_PULSES) if self._turn is None else self._turn
        played = self._read(self._phrase.take(int(start)))
        notes = tuple(note for note in played if int(self._from) <= note.onset_pulses < int(start))
        begin = self._from if self._span else SongPulse(min((note.onset_pulses for note in notes), default=int(start)))
        self._stop(start)
        played_until = self._played_until
        self._listen(start)
        if not notes:
            return None
        self._match(notes, start - begin, int(played_until) - int(self._first_sent))
        self._shift, music = 0, MusicPulse(int(start))
        self._since, self._answer_start, self._played_until = start, music, music
        if self._span:
            self._ends = self._bars_on(start, self._span)
            self._listen_from(self._ends)
        answer = Answer(Call(begin, start, notes), played_until, self._matched())
        return Request(start, music, self._ends, answer=answer)

    def played(self, pulse: SongPulse) -> None:
        """A note of the answer was sent."""
        if self._shift:
            return  # it was counted when it played first
        if not self._onsets:
            self._first_sent = pulse
        if pulse != self._last_sent:  # a chord counts once
            self._onsets, self._last_sent = self._onsets + 1, pulse

    def _plays_at(self, pulse: SongPulse) -> bool:
        """Whether an answer plays at a pulse to come."""
        return self._since is not None and (self._ends is None or pulse < self._ends)

    def _played(self, pulse: SongPulse) -> MusicPulse:
        """How far the last answer is played at a pulse of the song."""
        if self._since is None:
            return self._played_until
        return max(self._played_until, self._music(pulse if self._ends is None else min(pulse, self._ends)))

    def _stop(self, pulse: SongPulse) -> None:
        """If there is an answer, it ends at a pulse."""
        self._played_until = self._played(pulse)
        self._since = None

    def _match(self, notes: tuple[Note, ...], call_pulses: int, answer_pulses: int) -> None:
        """Take up the key of a call. Be denser if the last answer was sparser than its call."""
        self._key = phrase_key(notes)
        if self._onsets and self._call_rate:
            answered = self._onsets * PULSES_PER_QUARTER / max(answer_pulses, 1)
            self._density_factor *= min(max(self._call_rate / answered, 0.5), 2.0)
            self._density_factor = min(max(self._density_factor, LEAST_FACTOR), MOST_FACTOR)
        self._call_rate = notes_per_beat(notes, call_pulses)
        self._onsets, self._last_sent = 0, SongPulse(-1)

    def _matched(self) -> Settings:
        """The settings asked for, in the player's key and density."""
        asked = self._settings.sampling.constraints
        density = min(max(asked.density * self._density_factor, LEAST_DENSITY), MOST_DENSITY)
        return self._settings.with_key(asked.key or self._key).with_density(density)
