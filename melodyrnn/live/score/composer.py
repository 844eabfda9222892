"""The model as a composer of live music: bar after bar without end, any bar again, and other bars after a change.

Each bar is drawn from the state at its bar line, with random numbers that depend on the random seed and the bar alone.
So a bar that the song goes back to is drawn again as it was, and a change at one bar leaves earlier ones as they are.
An event that reaches past the bar line is drawn anew from there, which leaves the probabilities as they are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from melodyrnn.encoding.events import DRUM, END, KIT, LONGEST_GAP, METRE, PART, REST, encode, midi_velocity
from melodyrnn.errors import OptionError
from melodyrnn.generation import MusicModel, Seed
from melodyrnn.generation.continuation import PLAYING, READ_SEEDS
from melodyrnn.generation.generator import Generator
from melodyrnn.generation.random_numbers import RandomNumbers
from melodyrnn.live.score.learning import CallLearner
from melodyrnn.live.score.request import Call
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.time.axes import MusicPulse, StreamPulse
from melodyrnn.messages import MOST_POSITIONS, PULSES_PER_POSITION
from melodyrnn.music.channels import DRUM_CHANNEL, places
from melodyrnn.music.metre import BarLines, TimeSignature
from melodyrnn.music.pulses import PULSES_PER_WHOLE
from melodyrnn.music.song import Note, Song, Track
from melodyrnn.performance import Performance

DENSE_BARS, SPARSE_BARS = 64, 16  # states are kept of each bar so near, and of every 16th of the others
FARTHEST_PULSE = MOST_POSITIONS * PULSES_PER_POSITION  # Song Position reaches no further: beyond, only near states stay
ANSWER_NATS = 6.0  # by which an answer is likelier to begin at once


class MusicNote(NamedTuple):
    """A note as the composer makes it. `program`: the instrument of its channel."""

    onset_pulses: MusicPulse
    channel: int
    program: int
    pitch: int
    duration_pulses: int
    velocity: int


class Passage(NamedTuple):
    """Composed music: `notes` in order, and the pulse before which there are no others."""

    notes: tuple[MusicNote, ...]
    until: MusicPulse


class Composer(Protocol):
    """A source of music. Its bars count from where live playing starts."""

    @property
    def bar_pulses(self) -> int:
        """The length of a bar."""

    def change(self, bar: int, settings: Settings) -> None:
        """Compose like this from that bar on. Earlier changes at later bars are forgotten."""

    def rewind(self, pulse: MusicPulse) -> None:
        """Go to a pulse: the next music begins there."""

    def respond(self, call: Call, played_until: MusicPulse, settings: Settings) -> None:
        """Take in the notes of a player; the next music answers them, with these settings.

        `played_until`: the rest of the last answer was not played, and is forgotten.
        """

    def compose(self) -> Passage:
        """A little more music. It may take a while, and hold no note."""

    def learn(self) -> bool:
        """Learn a little from the player, while no music is wanted -> whether there was anything to learn."""


@dataclass
class _Stream:
    """A generator, and the music at its pulse 0."""

    generator: Generator
    style: str
    base: MusicPulse
    parts: tuple[tuple[int, bool], ...]  # program of each, and whether it is drums
    channels: list[int] = field(init=False)
    begun: bool = False  # whether it holds a note
    answers: bool = False  # whether the next event begins an answer
    performance: Performance | None = None  # how its parts are played, if it is a score

    def __post_init__(self) -> None:
        self.channels = [place.channel for place in places(self.parts)]

    def name_part(self, program: int, is_drum: bool) -> None:
        """Until its first note a piece may name further parts."""
        self.parts = (*self.parts, (program, is_drum))
        self.channels = [place.channel for place in places(self.parts)]

    def music(self, pulse: StreamPulse) -> MusicPulse:
        """The music at a pulse of the stream."""
        return self.base + int(pulse)

    def stream(self, pulse: MusicPulse) -> StreamPulse:
        """The pulse of the stream at which that music is."""
        return StreamPulse(pulse - self.base)

    def bar_start(self, bar: int) -> StreamPulse:
        """The pulse of the stream at which one of its bars begins."""
        return StreamPulse(self.generator.context.cursor.bar_start(bar))

    def copy(self) -> "_Stream":
        return replace(self, generator=self.generator.copy())


class ModelComposer:
    """Composes with a model, from nothing or from a `seed` on.

    `models` gives the model of a style. `stay`, 0 to 1: how far it learns the seed before it goes on, and a player's
    calls between its answers. An answer is drawn with what it has learned when its call comes. OptionError for a time
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
    ) -> None:
        self.metre = replace(metre or (seed.time_signature if seed else TimeSignature(0, 4, 4)), onset_pulses=0)
        self._models, self._random_seed, self._stay = models, random_seed, stay
        self._learners: dict[str, CallLearner] = {}  # by style
        self._learner: CallLearner | None = None  # of the last call
        self._bar_pulses, rest = divmod(self.metre.numerator * PULSES_PER_WHOLE, self.metre.denominator)
        if rest or self._bar_pulses <= 0:
            bad = f"{self.metre.numerator}/{self.metre.denominator}"
            raise OptionError(f"metre {bad}: a bar must last whole 24ths of a quarter note to be played live")
        self._settings = {0: settings}
        self._stream = self._open(0, settings.style) if seed is None else self._continue(seed, settings)
        self._states = {0: self._stream.copy()}  # at bar lines
        self._bar = 0  # the bar that is composed
        self._from = MusicPulse(0)  # where the composed music begins; earlier notes are drawn for the state alone
        self._start = MusicPulse(0)  # where the answer begins
        self._begin_bar()

    @property
    def bar_pulses(self) -> int:
        """The length of a bar."""
        return self._bar_pulses

    def change(self, bar: int, settings: Settings) -> None:
        """See Composer."""
        self._settings = {b: s for b, s in self._settings.items() if b < bar} | {bar: settings}
        first = min(self._states)  # there must always be one to go on from: the song may lie before all answers
        self._states = {b: state for b, state in self._states.items() if b <= bar or b == first}

    def rewind(self, pulse: MusicPulse) -> None:
        """See Composer. The bars between the nearest state before the pulse and the pulse are drawn again."""
        wanted = pulse // self._bar_pulses
        self._bar = max((bar for bar in self._states if bar <= wanted), default=min(self._states))
        self._stream, self._from = self._states[self._bar].copy(), pulse
        self._begin_bar()

    def compose(self) -> Passage:
        """See Composer: one event."""
        event = self._draw()
        pulse = self._pulse(event)
        if pulse >= self._line(self._bar + 1):
            self._pass_bar_line()
            return Passage((), max(self._line(self._bar), self._from))
        self._push(event)
        notes = (self._note(event, pulse),) if event[3] < END and pulse >= self._from else ()
        return Passage(notes, max(pulse, self._from))

    def respond(self, call: Call, played_until: MusicPulse, settings: Settings) -> None:
        """See Composer. The stream reads the call in its first bar after the last answer, and the answer follows it.

        An answer is music of the pulses of the song at which it plays first. The song may have gone back: then the call
        lies at earlier bars than the music that it follows.
        """
        self._return_to(played_until)
        start = MusicPulse(int(call.end))
        bar = start // self._bar_pulses
        self._settings = {b: s for b, s in self._settings.items() if b < bar} | {bar: settings}
        if settings.style != self._stream.style:
            self._stream = self._open(bar, settings.style)
        stream, cursor = self._stream, self._stream.generator.context.cursor
        this = cursor.bar - cursor.stretch(cursor.bar)
        line = stream.bar_start(this) + self._bar_pulses * stream.begun
        stream.base = self._line(call.start // self._bar_pulses) - int(line)
        first = int(stream.music(stream.bar_start(this)))
        notes = [Note(note.onset_pulses - first, *note[1:]) for note in call.notes]
        track = Track(notes, is_drum=stream.channels[0] == DRUM_CHANNEL)
        bars_on = this - cursor.bar  # the events count from the beginning of the bar
        learner = self._learner = self._learner_of(stream)
        if learner:
            stream.generator.use_model(learner.model)
            learner.begin_call()
        for bars, *fields in encode(Song((track,), (), (self.metre,))).events[2:-1].tolist():
            event = (bars + bars_on, *fields)
            if learner:
                learner.add(stream.generator.context, event)
            self._push(event)
            bars_on = 0
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

    def _learner_of(self, stream: _Stream) -> CallLearner | None:
        if self._stay and stream.style not in self._learners:
            self._learners[stream.style] = CallLearner(stream.generator.model, self._stay)
        return self._learners.get(stream.style)

    def _model(self, style: str) -> MusicModel:
        """The model of a style, with what it has learned of the player."""
        return self._learners[style].model if style in self._learners else self._models(style)

    def _line(self, bar: int) -> MusicPulse:
        """The bar line at which a bar begins."""
        return MusicPulse(bar * self._bar_pulses)

    def _return_to(self, played_until: MusicPulse) -> None:
        """Go back to where the last answer was played up to: drawn again, its notes come as they were."""
        self.rewind(played_until)
        while self._start < played_until:
            event, line = self._draw(), self._line(self._bar + 1)
            if self._pulse(event) < min(played_until, line):
                self._push(event)
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

    def _push(self, event: Sequence[int]) -> None:
        stream, kind = self._stream, event[3]
        stream.generator.push(event)
        stream.answers = False
        if kind in (PART, KIT):
            stream.name_part(event[4], kind == KIT)
        stream.begun = stream.begun or kind < END

    def _settings_at(self, bar: int) -> Settings:
        return self._settings[max(known for known in self._settings if known <= bar)]

    def _pulse(self, event: Sequence[int]) -> MusicPulse:
        stream, cursor = self._stream, self._stream.generator.context.cursor
        return stream.music(stream.bar_start(cursor.bar + event[0]) + event[1])

    def _pass_bar_line(self) -> None:
        """Keep the state at the bar line, and go on with the settings and random numbers of the new bar."""
        self._bar += 1
        self._states[self._bar] = self._stream.copy()
        first = min(self._states)
        farthest = FARTHEST_PULSE // self._bar_pulses
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
        generator = self._stream.generator
        generator.resume(settings.sampling, self._random_seed, self._bar)
        generator.grammar.earliest = int(self._stream.stream(start))

    def _open(self, bar: int, style: str) -> _Stream:
        """A new piece from a bar on; the model names its instruments."""
        model, settings = self._model(style), self._settings_at(bar)
        generator = Generator(model, model.style_number(style), settings.sampling, 0)
        generator.resume(settings.sampling, self._random_seed, bar)
        generator.push((0, 0, 0, METRE, self.metre.numerator, self.metre.denominator.bit_length() - 1))
        named = []
        while (event := generator.next_event())[3] in (PART, KIT):
            generator.push(event)
            named.append((event[4], event[3] == KIT))
        return _Stream(generator, style, self._line(bar), tuple(named))

    def _continue(self, seed: Seed, settings: Settings) -> _Stream:
        """A stream that has read the seed; the song starts at the bar line after it."""
        model = self._models(settings.style)
        read = seed.read(model.reads_scores)
        generator = READ_SEEDS.generator(model, model.style_number(settings.style), read.events, self._stay)
        generator.resume(settings.sampling, self._random_seed)
        generator.steering.set_density_reference(generator.steering.onsets_a_pulse)
        parts = tuple((track.program, track.is_drum) for track in seed.song.tracks)
        base = MusicPulse(seed.start_pulse - seed.join_pulse)
        stream = _Stream(generator, settings.style, base, parts, begun=True, performance=read.performance)
        given = seed.time_signature
        if (given.numerator, given.denominator) != (self.metre.numerator, self.metre.denominator):
            self._begin_metre(stream, StreamPulse(seed.join_pulse - seed.start_pulse))
        return stream

    def _begin_metre(self, stream: _Stream, pulse: StreamPulse) -> None:
        """The stream goes on in this composer's time signature from a bar line on."""
        cursor, bars = stream.generator.context.cursor, 0
        while stream.bar_start(cursor.bar + bars) < pulse:
            bars += 1
        while bars > LONGEST_GAP:
            stream.generator.push((LONGEST_GAP, 0, 0, REST, 0, 0))
            bars -= LONGEST_GAP
        stream.generator.push((bars, 0, 0, METRE, self.metre.numerator, self.metre.denominator.bit_length() - 1))

    def _played(self, part: int, pulse: MusicPulse, note: tuple[int, int, int]) -> tuple[int, int]:
        """The duration and velocity of a note of a score, as its part plays it; its time stays on the grid.

        `note`: pitch, duration, velocity. The same note at the same place is played the same.
        """
        performance = self._stream.performance
        pitch, duration, velocity = note
        if performance is None:
            return duration, velocity
        numbers = RandomNumbers(self._random_seed, PLAYING, int(pulse), pitch)
        onset = int(pulse) % self._bar_pulses
        score = Track([Note(onset, pitch, duration, velocity)]).array
        played = performance.play(part, score, numbers, BarLines([self.metre]))
        return max(1, round(float(played.durations[0]))), int(played.velocities[0])

    def _note(self, event: Sequence[int], pulse: MusicPulse) -> MusicNote:
        _, _, part, pitch, duration, velocity = event
        settings = self._playing
        if pitch < DRUM:
            pitch += 12 * settings.register_octaves
            pitch += 12 * (max(0, -(pitch // 12)) - max(0, (pitch - 116) // 12))  # the nearest octave in range
        duration, velocity = self._played(part, pulse, (pitch % DRUM, duration, midi_velocity(velocity)))
        loud = min(max(round(velocity * settings.loudness), 1), 127)
        program, _ = self._stream.parts[part]
        return MusicNote(pulse, self._stream.channels[part], program, pitch % DRUM, duration, loud)
