"""The model as a composer of live music: bar after bar without end, any bar again, and other bars after a change.

Each bar is drawn from the state at its bar line, with random numbers that depend on the random seed and the bar alone.
So a bar that the song goes back to is drawn again as it was, and a change at one bar leaves earlier ones as they are.
An event that reaches past the bar line is drawn anew from there, which leaves the probabilities as they are.
The metre may change at any bar: the stream then names the new one, and its parts go on.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from melodyrnn.encoding.events import DRUM, END, encode, midi_velocity
from melodyrnn.errors import OptionError
from melodyrnn.generation import MusicModel, Seed
from melodyrnn.live.score.composer import MusicNote, Passage
from melodyrnn.live.score.learning import CallLearner
from melodyrnn.live.score.request import Call
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.score.stream import Stream
from melodyrnn.live.time.axes import MusicPulse
from melodyrnn.live.time.bars import Bars
from melodyrnn.messages import MOST_POSITIONS, PULSES_PER_POSITION
from melodyrnn.music.channels import DRUM_CHANNEL
from melodyrnn.music.metre import TimeSignature
from melodyrnn.music.pulses import PULSES_PER_WHOLE
from melodyrnn.music.song import Note, Song, Track

DENSE_BARS, SPARSE_BARS = 64, 16  # states are kept of each bar so near, and of every 16th of the others
FARTHEST_PULSE = MOST_POSITIONS * PULSES_PER_POSITION  # Song Position reaches no further: beyond, only near states stay
ANSWER_NATS = 9.0  # by which an answer is likelier to begin at once


class ModelComposer:
    """Composes with a model, from nothing or from a `seed` on.

    `models` gives the model of a style. `stay`, 0 to 1: how far it learns the seed before it goes on, and a player's
    calls between its answers. An answer is drawn with what it has learned when its call comes. `in_groove`: a beat from
    nothing has played and learned its first bars, which takes seconds before there is music. OptionError for a time
    signature whose bars do not last whole pulses.
    """

    def __init__(
        self,
        models: Callable[[str], MusicModel],
        settings: Settings,
        random_seed: int = 0,
        metre: TimeSignature | None = None,
        seed: Seed | None = None,
        stay: float = 0.0,
        in_groove: bool = False,
    ) -> None:
        self.metre = replace(metre or (seed.time_signature if seed else TimeSignature(0, 4, 4)), onset_pulses=0)
        self._models, self._random_seed, self._stay = models, random_seed, stay
        self._learners: dict[str, CallLearner] = {}  # by style
        self._learner: CallLearner | None = None  # of the last call
        self.bars = Bars(live_bar_pulses(self.metre))
        self._metres = {0: self.metre}
        self._settings = {0: settings}
        if seed is None:
            self._stream = self._open(0, settings.style)
            if in_groove:
                self._stream = self._stream.in_groove(settings.sampling, stay, random_seed)
        else:
            self._stream = Stream.continued(models(settings.style), settings.style, seed, stay, self.metre)
        self._states = {0: self._stream.copy()}  # at bar lines
        self._bar = 0  # the bar that is composed
        self._from = MusicPulse(0)  # where the composed music begins; earlier notes are drawn for the state alone
        self._start = MusicPulse(0)  # where the answer begins
        self._begin_bar()

    @property
    def bar_pulses(self) -> int:
        """The length of the first bars."""
        return self.bars.length(0)

    @property
    def farthest(self) -> int:
        """The last bar that can be composed without those before it: they are composed."""
        return max(self._states)

    def change(self, bar: int, settings: Settings) -> None:
        """See Composer."""
        self._settings = {b: s for b, s in self._settings.items() if b < bar} | {bar: settings}
        self._forget_states_after(bar)

    def change_metre(self, bar: int, metre: TimeSignature) -> None:
        """Bars have this metre from that bar on, until further changes, which are forgotten. As `change`.

        OptionError for bars that do not last whole pulses.
        """
        self.bars.change(bar, live_bar_pulses(metre))
        self._metres = {b: m for b, m in self._metres.items() if b < bar} | {bar: replace(metre, onset_pulses=0)}
        self._forget_states_after(bar)

    def _forget_states_after(self, bar: int) -> None:
        first = min(self._states)  # there must always be one to go on from: the song may lie before all answers
        self._states = {b: state for b, state in self._states.items() if b <= bar or b == first}

    def rewind(self, pulse: MusicPulse) -> None:
        """See Composer. The bars between the nearest state before the pulse and the pulse are drawn again."""
        wanted = self.bars.bar(int(pulse))
        self._bar = max((bar for bar in self._states if bar <= wanted), default=min(self._states))
        self._stream, self._from = self._states[self._bar].copy(), pulse
        self._begin_bar()

    def compose(self) -> Passage:
        """See Composer: one event."""
        event = self._draw()
        pulse = self._stream.pulse(event)
        if pulse >= self._line(self._bar + 1):
            self._pass_bar_line()
            return Passage((), max(self._line(self._bar), self._from))
        self._stream.push(event)
        notes = (self._note(event, pulse),) if event[3] < END and pulse >= self._from else ()
        return Passage(notes, max(pulse, self._from))

    def respond(self, call: Call, played_until: MusicPulse, settings: Settings) -> None:
        """See Composer. The stream reads the call in its first bar after the last answer, and the answer follows it.

        An answer is music of the pulses of the song at which it plays first. The song may have gone back: then the call
        lies at earlier bars than the music that it follows.
        """
        self._return_to(played_until)
        start = MusicPulse(int(call.end))
        bar = self.bars.bar(int(start))
        self._settings = {b: s for b, s in self._settings.items() if b < bar} | {bar: settings}
        if settings.style != self._stream.style:
            self._stream = self._open(bar, settings.style)
        stream, cursor = self._stream, self._stream.generator.context.cursor
        this = cursor.bar - cursor.stretch(cursor.bar)
        call_bar = self.bars.bar(int(call.start))
        line = stream.bar_start(this) + stream.metre.bar_pulses * stream.begun
        stream.base = self._line(call_bar) - int(line)
        self._enter_metre(call_bar)
        first = int(stream.music(stream.bar_start(this)))
        notes = [Note(note.onset_pulses - first, *note[1:]) for note in call.notes]
        track = Track(notes, is_drum=stream.channels[0] == DRUM_CHANNEL)
        bars_on = this - cursor.bar  # the events count from the beginning of the bar
        learner = self._learner = self._learner_of(stream)
        if learner:
            stream.generator.use_model(learner.model)
            learner.begin_call()
        read = stream.read(Song((track,), (), (stream.metre,)))
        for number, (bars, *fields) in enumerate(encode(read).events[2:-1].tolist()):
            event = (bars if number else bars + bars_on, *fields)
            if learner and number:  # when a call begins is the player's turn, not his music
                learner.add(stream.generator.context, event)
            stream.push(event)
        if learner:
            learner.end_call()
        stream.generator.mark_as_seed()
        stream.answers = True
        self._bar, self._from, self._start = bar, start, start
        self._states = {bar: stream.copy()}
        self._begin_bar()

    def learn(self) -> bool:
        """See Composer: from the last calls."""
        return self._learner is not None and self._learner.step()

    def _learner_of(self, stream: Stream) -> CallLearner | None:
        if self._stay and stream.style not in self._learners:
            self._learners[stream.style] = CallLearner(stream.generator.model, self._stay)
        return self._learners.get(stream.style)

    def _model(self, style: str) -> MusicModel:
        """The model of a style, with what it has learned of the player."""
        return self._learners[style].model if style in self._learners else self._models(style)

    def _line(self, bar: int) -> MusicPulse:
        """The bar line at which a bar begins."""
        return MusicPulse(self.bars.line(bar))

    def _return_to(self, played_until: MusicPulse) -> None:
        """Go back to where the last answer was played up to: drawn again, its notes come as they were."""
        self.rewind(played_until)
        while self._start < played_until:
            event, line = self._draw(), self._line(self._bar + 1)
            if self._stream.pulse(event) < min(played_until, line):
                self._stream.push(event)
            elif line < played_until:
                self._pass_bar_line()
            else:
                return

    def _draw(self) -> Sequence[int]:
        stream, cursor = self._stream, self._stream.generator.context.cursor
        if not stream.answers:
            return stream.generator.next_event()
        start, bars = stream.stream(self._start), 0
        while stream.bar_start(cursor.bar + bars + 1) <= start:
            bars += 1
        return stream.generator.next_event((bars, start - stream.bar_start(cursor.bar + bars)), ANSWER_NATS)

    def _metre_at(self, bar: int) -> TimeSignature:
        return self._metres[max((known for known in self._metres if known <= bar), default=0)]

    def _enter_metre(self, bar: int) -> None:
        """Let the stream name the metre of a bar that it has come to, if that is another."""
        metre = self._metre_at(bar)
        if metre != self._stream.metre:
            self._stream.change_metre(metre, self._line(bar))

    def _settings_at(self, bar: int) -> Settings:
        return self._settings[max(known for known in self._settings if known <= bar)]

    def _pass_bar_line(self) -> None:
        """Keep the state at the bar line, and go on with the settings and random numbers of the new bar."""
        self._bar += 1
        self._states[self._bar] = self._stream.copy()
        first = min(self._states)
        farthest = self.bars.bar(FARTHEST_PULSE)
        for bar in [bar for bar in self._states if abs(bar - self._bar) > DENSE_BARS and bar != first]:
            if bar % SPARSE_BARS or bar > farthest:
                del self._states[bar]
        for bar in [bar for bar in self._settings if farthest < bar < self._bar - DENSE_BARS][:-1]:
            del self._settings[bar]  # the song cannot go back so far
        self._begin_bar()

    def _begin_bar(self) -> None:
        settings, start = self._settings_at(self._bar), max(self._line(self._bar), self._start)
        self._playing = settings
        if settings.style != self._stream.style:
            self._stream = self._open(self._bar, settings.style)
        self._enter_metre(self._bar)
        generator = self._stream.generator
        generator.resume(settings.sampling, self._random_seed, self._bar)
        generator.steering.set_bar_of_chords(self._bar, int(self._stream.stream(self._line(self._bar))))
        generator.grammar.earliest = int(self._stream.stream(start))

    def _open(self, bar: int, style: str) -> Stream:
        """A new piece from a bar on."""
        model, sampling, base = self._model(style), self._settings_at(bar).sampling, self._line(bar)
        return Stream.opened(model, style, sampling, self._metre_at(bar), base, self._random_seed, bar)

    def _note(self, event: Sequence[int], pulse: MusicPulse) -> MusicNote:
        _, _, part, pitch, duration, velocity = event
        settings = self._playing
        if pitch < DRUM:
            pitch += 12 * settings.register_octaves
            pitch += 12 * (max(0, -(pitch // 12)) - max(0, (pitch - 116) // 12))  # the nearest octave in range
        written = Note(int(pulse), pitch % DRUM, duration, midi_velocity(velocity))
        duration, velocity = self._stream.played(part, written, pulse - self._line(self._bar), self._random_seed)
        loud = min(max(round(velocity * settings.loudness), 1), 127)
        program, _ = self._stream.parts[part]
        return MusicNote(pulse, self._stream.channels[part], program, pitch % DRUM, duration, loud)


def live_bar_pulses(metre: TimeSignature) -> int:
    """The length of a bar. OptionError unless it lasts whole pulses."""
    pulses, rest = divmod(metre.numerator * PULSES_PER_WHOLE, metre.denominator)
    if rest:
        bad = f"{metre.numerator}/{metre.denominator}"
        raise OptionError(f"metre {bad}: a bar must last whole 24ths of a quarter note to be played live")
    return pulses
