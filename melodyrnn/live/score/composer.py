"""The model as a source of live music: bar after bar without end, any bar again, and other bars from a change on.

Each bar is drawn from the state at its bar line, with random numbers that depend on the random seed and the bar alone.
So a bar that is gone back to is drawn again as it was, and a change at one bar leaves those before it as they are. An
event that reaches past the bar line is drawn anew from there, which leaves the probabilities as they are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from melodyrnn.encoding.events import DRUM, END, KIT, METRE, PART, encode, midi_velocity
from melodyrnn.errors import OptionError
from melodyrnn.generation import MusicModel, Seed
from melodyrnn.generation.generator import Generator
from melodyrnn.live.score.request import Call
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.time.schedule import LiveNote
from melodyrnn.messages import MOST_POSITIONS, PULSES_PER_POSITION
from melodyrnn.music.channels import DRUM_CHANNEL, places
from melodyrnn.music.metre import TimeSignature
from melodyrnn.music.pulses import PULSES_PER_WHOLE
from melodyrnn.music.song import Note, Song, Track

DENSE_BARS, SPARSE_BARS = 64, 16  # states kept: of each of the bars near; else of every so many
FARTHEST_PULSE = MOST_POSITIONS * PULSES_PER_POSITION  # Song Position reaches no further: beyond, only what is near
ANSWER_NATS = 6.0  # by which an answer is likelier to begin at once


class Passage(NamedTuple):
    """Music as it comes from the model: `notes` in order, and the pulse before which there are no others."""

    notes: tuple[LiveNote, ...]
    until: int


class Composer(Protocol):
    """A source of music. All its pulses and bars count from where live playing starts."""

    @property
    def bar_pulses(self) -> int:
        """The length of a bar."""

    def change(self, bar: int, settings: Settings) -> None:
        """From that bar on, play so. What was said of later bars is forgotten."""

    def rewind(self, pulse: int) -> None:
        """Go to a pulse: what is composed next begins there."""

    def hear(self, call: Call, heard: int, settings: Settings) -> None:
        """Take in what a player played, and answer it with these settings. The last answer was played up to `heard`."""

    def compose(self) -> Passage:
        """A little more music. It may take a while, and there may be none in it."""


@dataclass
class _Stream:
    """A generator, at which pulse of the song its own pulse 0 lies, and the instruments of its parts."""

    generator: Generator
    style: str
    base: int
    named: tuple[tuple[int, bool], ...]  # program of each part, and whether it is drums
    begun: bool = False  # whether anything was played
    answers: bool = False  # whether what comes next begins an answer

    @property
    def instruments(self) -> list[tuple[int, int]]:
        """The channel and program of each part. More than 15 melodic parts share channels."""
        programs = (program for program, _ in self.named)
        return [(place.channel, program) for place, program in zip(places(self.named), programs, strict=True)]

    def copy(self) -> "_Stream":
        return replace(self, generator=self.generator.copy())


class ModelComposer:
    """Composes with a model, from nothing or going on from a `seed`.

    `models`: the model that plays a style. OptionError for a metre whose bars are no whole pulses.
    """

    def __init__(
        self,
        models: Callable[[str], MusicModel],
        settings: Settings,
        random_seed: int = 0,
        metre: TimeSignature | None = None,
        seed: Seed | None = None,
    ) -> None:
        self.metre = metre or (seed.time_signature if seed else TimeSignature(0, 4, 4))
        self._models, self._random_seed = models, random_seed
        self._bar_pulses, rest = divmod(self.metre.numerator * PULSES_PER_WHOLE, self.metre.denominator)
        if rest or self._bar_pulses <= 0:
            bad = f"{self.metre.numerator}/{self.metre.denominator}"
            raise OptionError(f"metre {bad}: a bar must last whole 24ths of a quarter note to be played live")
        self._settings = {0: settings}
        self._stream = self._open(0, settings.style) if seed is None else self._continue(seed, settings)
        self._kept = {0: self._stream.copy()}
        self._bar = self._from = self._start = 0
        self._enter()

    @property
    def bar_pulses(self) -> int:
        """The length of a bar."""
        return self._bar_pulses

    def change(self, bar: int, settings: Settings) -> None:
        """As Composer says."""
        self._settings = {b: s for b, s in self._settings.items() if b < bar} | {bar: settings}
        first = min(self._kept)  # there must always be a state to go on from: the song may lie before all answers
        self._kept = {b: stream for b, stream in self._kept.items() if b <= bar or b == first}

    def rewind(self, pulse: int) -> None:
        """As Composer says. From the nearest state kept before it, the bars between are drawn again."""
        wanted = pulse // self._bar_pulses
        self._bar = max((bar for bar in self._kept if bar <= wanted), default=min(self._kept))
        self._stream, self._from = self._kept[self._bar].copy(), pulse
        self._enter()

    def compose(self) -> Passage:
        """As Composer says: one event."""
        event = self._draw()
        pulse = self._pulse(event)
        if pulse >= self._line:
            self._cross()
            return Passage((), max(self._bar * self._bar_pulses, self._from))
        self._push(event)
        notes = (self._note(event, pulse),) if event[3] < END and pulse >= self._from else ()
        return Passage(notes, max(pulse, self._from))

    def hear(self, call: Call, heard: int, settings: Settings) -> None:
        """As Composer says. The call stands in the first bar after what was heard, and the answer follows it.

        The song may have gone back: then the call lies at earlier bars than the music that it follows.
        """
        self._forget(heard)
        bar = call.end // self._bar_pulses
        self._settings = {b: s for b, s in self._settings.items() if b < bar} | {bar: settings}
        if settings.style != self._stream.style:
            self._stream = self._open(bar, settings.style)
        stream, cursor = self._stream, self._stream.generator.context.cursor
        this = cursor.bar - cursor.stretch(cursor.bar)
        line = cursor.bar_start(this) + self._bar_pulses * stream.begun
        stream.base = call.start // self._bar_pulses * self._bar_pulses - line
        moved = stream.base + cursor.bar_start(this)
        notes = [Note(note.onset_pulses - moved, *note[1:]) for note in call.notes]
        track = Track(notes, is_drum=stream.instruments[0][0] == DRUM_CHANNEL)
        metre = TimeSignature(0, self.metre.numerator, self.metre.denominator)
        bars_on = this - cursor.bar  # the events count from the beginning of the bar
        for bars, *event in encode(Song((track,), (), (metre,))).events[2:-1].tolist():
            self._push((bars + bars_on, *event))
            bars_on = 0
        stream.generator.mark_as_seed()
        stream.answers = True
        self._bar, self._from, self._start = bar, call.end, call.end
        self._kept = {bar: stream.copy()}
        self._enter()

    @property
    def _line(self) -> int:
        """The bar line at which the bar that is composed ends."""
        return (self._bar + 1) * self._bar_pulses

    def _forget(self, heard: int) -> None:
        """Return to what was heard of the last answer: drawn again, it comes as it was."""
        self.rewind(heard)
        while self._start < heard:
            event = self._draw()
            if self._pulse(event) < min(heard, self._line):
                self._push(event)
            elif self._line < heard:
                self._cross()
            else:
                return

    def _draw(self) -> Sequence[int]:
        stream, cursor = self._stream, self._stream.generator.context.cursor
        if not stream.answers:
            return stream.generator.next_event()
        start, bars = self._start - stream.base, 0
        while cursor.bar_start(cursor.bar + bars + 1) <= start:
            bars += 1
        return stream.generator.next_event((bars, start - cursor.bar_start(cursor.bar + bars)), ANSWER_NATS)

    def _push(self, event: Sequence[int]) -> None:
        stream, kind = self._stream, event[3]
        stream.generator.push(event)
        stream.answers = False
        if kind in (PART, KIT):  # until its first note a piece may name further parts
            stream.named = (*stream.named, (event[4], kind == KIT))
        stream.begun = stream.begun or kind < END

    def _settings_at(self, bar: int) -> Settings:
        return self._settings[max(known for known in self._settings if known <= bar)]

    def _pulse(self, event: Sequence[int]) -> int:
        cursor = self._stream.generator.context.cursor
        return self._stream.base + cursor.bar_start(cursor.bar + event[0]) + event[1]

    def _cross(self) -> None:
        """Pass a bar line: keep the state there, and draw on with the settings and random numbers of the new bar."""
        self._bar += 1
        self._kept[self._bar] = self._stream.copy()
        first = min(self._kept)
        farthest = FARTHEST_PULSE // self._bar_pulses
        for bar in [bar for bar in self._kept if abs(bar - self._bar) > DENSE_BARS and bar != first]:
            if bar % SPARSE_BARS or bar > farthest:
                del self._kept[bar]
        for bar in [bar for bar in self._settings if farthest < bar < self._bar - DENSE_BARS][:-1]:
            del self._settings[bar]  # later ones held before any bar that is gone back to
        self._enter()

    def _enter(self) -> None:
        settings, start = self._settings_at(self._bar), max(self._bar * self._bar_pulses, self._start)
        self._playing = settings
        if settings.style != self._stream.style:
            self._stream = self._open(self._bar, settings.style)
        generator = self._stream.generator
        generator.resume(settings.sampling, self._random_seed, self._bar)
        generator.constraints.earliest = start - self._stream.base

    def _open(self, bar: int, style: str) -> _Stream:
        """A new piece from a bar on: the model names its instruments."""
        model, settings = self._models(style), self._settings_at(bar)
        generator = Generator(model, model.style_number(style), settings.sampling, 0)
        generator.resume(settings.sampling, self._random_seed, bar)
        generator.push((0, 0, 0, METRE, self.metre.numerator, self.metre.denominator.bit_length() - 1))
        named = []
        while (event := generator.next_event())[3] in (PART, KIT):
            generator.push(event)
            named.append((event[4], event[3] == KIT))
        return _Stream(generator, style, bar * self._bar_pulses, tuple(named))

    def _continue(self, seed: Seed, settings: Settings) -> _Stream:
        """A stream that has read the seed; the song starts at the bar line after it."""
        model = self._models(settings.style)
        generator = Generator(model, model.style_number(settings.style), settings.sampling, 0)
        for event in self._events(seed):
            generator.push(event)
        generator.mark_as_seed()
        named = tuple((track.program, track.is_drum) for track in seed.song.tracks)
        return _Stream(generator, settings.style, seed.start_pulse - seed.join_pulse, named, begun=True)

    def _events(self, seed: Seed) -> list[list[int]]:
        """The seed's events, and this composer's time signature at their end if it is another."""
        events, given = seed.events, seed.time_signature
        if (given.numerator, given.denominator) != (self.metre.numerator, self.metre.denominator):
            signatures = (*seed.song.time_signatures, replace(self.metre, onset_pulses=seed.join_pulse))
            song = replace(seed.song, time_signatures=signatures, length_pulses=seed.join_pulse)
            events = encode(song.from_pulse(seed.start_pulse)).events[:-1]
        result: list[list[int]] = events.tolist()
        return result

    def _note(self, event: Sequence[int], pulse: int) -> LiveNote:
        _, _, part, pitch, duration, velocity = event
        settings = self._playing
        if pitch < DRUM:
            pitch += 12 * settings.register_octaves
            pitch += 12 * (max(0, -(pitch // 12)) - max(0, (pitch - 116) // 12))  # the nearest octave there is
        channel, program = self._stream.instruments[part]
        loud = min(max(round(midi_velocity(velocity) * settings.loudness), 1), 127)
        return LiveNote(pulse, channel, program, pitch % DRUM, duration, loud)
