"""A stream of the model's events as live music: where it lies, its parts, and how they are played."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from melodyrnn.encoding.events import END, KIT, LONGEST_GAP, METRE, PART, REST
from melodyrnn.generation import MusicModel, Sampling, Seed
from melodyrnn.generation.continuation import PLAYING
from melodyrnn.generation.draft import Draft
from melodyrnn.generation.generator import Generator
from melodyrnn.generation.opening import OPENING_BARS, with_learned_opening
from melodyrnn.generation.random_numbers import RandomNumbers
from melodyrnn.generation.seed_cache import READ_SEEDS
from melodyrnn.generation.side_by_side import drawn
from melodyrnn.live.time.axes import MusicPulse, StreamPulse
from melodyrnn.music.channels import places
from melodyrnn.music.metre import BarLines, TimeSignature
from melodyrnn.music.song import Note, Song, Track
from melodyrnn.performance import Performance, separate


@dataclass
class Stream:
    """A generator, and the music at its pulse 0."""

    generator: Generator
    style: str
    metre: TimeSignature
    base: MusicPulse
    parts: tuple[tuple[int, bool], ...]  # program of each, and whether it is drums
    channels: list[int] = field(init=False)
    begun: bool = False  # whether it holds a note
    answers: bool = False  # whether the next event begins an answer
    performance: Performance | None = None  # how its parts are played, if it is a score

    def __post_init__(self) -> None:
        self.channels = [place.channel for place in places(self.parts)]

    @classmethod
    def opened(
        cls, model: MusicModel, style: str, sampling: Sampling, metre: TimeSignature, base: MusicPulse, *keys: int
    ) -> "Stream":
        """A new piece in a time signature. The model names its instruments, by the random numbers of the keys."""
        generator = Generator(model, model.style_number(style), sampling, *keys)
        generator.push(_begin(metre))
        named = []
        while (event := generator.next_event())[3] in (PART, KIT):
            generator.push(event)
            named.append((event[4], event[3] == KIT))
        return cls(generator, style, metre, base, tuple(named))

    @classmethod
    def continued(cls, model: MusicModel, style: str, seed: Seed, stay: float, metre: TimeSignature) -> "Stream":
        """A stream that has learned, as far as `stay` says, and read a seed. Music 0 is the bar line after it."""
        read = seed.read(model.reads_scores)
        generator = READ_SEEDS.generator(model, model.style_number(style), read.events, stay)
        generator.steering.set_density_reference(generator.steering.onsets_a_pulse)
        parts = tuple((track.program, track.is_drum) for track in seed.song.tracks)
        base = MusicPulse(seed.start_pulse - seed.join_pulse)
        stream = cls(generator, style, metre, base, parts, begun=True, performance=read.performance)
        given = seed.time_signature
        if (given.numerator, given.denominator) != (metre.numerator, metre.denominator):
            stream.change_metre(metre, MusicPulse(0))
        return stream

    def in_groove(self, sampling: Sampling, stay: float, random_seed: int) -> "Stream":
        """A piece like this that has just been opened; a beat has played and learned its first bars, as far as `stay`
        says: then music 0 is the bar line after them. That takes seconds.
        """
        if not stay or not all(is_drum for _, is_drum in self.parts):
            return self
        model = self.generator.model
        number = model.style_number(self.style)
        draft = Draft(Generator(model, number, sampling, random_seed))
        draft.take(_begin(self.metre))
        draft = drawn(with_learned_opening(draft, number, sampling, random_seed, stay, None))
        parts = tuple((track.program, track.is_drum) for track in draft.tracks)
        base = MusicPulse(-OPENING_BARS * self.metre.bar_pulses)
        return Stream(draft.generator, self.style, self.metre, base, parts, begun=True)

    def change_metre(self, metre: TimeSignature, line: MusicPulse) -> None:
        """Go on in a metre from one of its bar lines on."""
        self.metre = metre
        cursor, bars = self.generator.context.cursor, 0
        while self.bar_start(cursor.bar + bars) < self.stream(line):
            bars += 1
        while bars > LONGEST_GAP:
            self.generator.push((LONGEST_GAP, 0, 0, REST, 0, 0))
            bars -= LONGEST_GAP
        self.generator.push((bars, *_begin(metre)[1:]))

    def push(self, event: Sequence[int]) -> None:
        """Take in an event. Until its first note a piece may name further parts."""
        kind = event[3]
        self.generator.push(event)
        self.answers = False
        if kind in (PART, KIT):
            self.parts = (*self.parts, (event[4], kind == KIT))
            self.channels = [place.channel for place in places(self.parts)]
        self.begun = self.begun or kind < END

    def read(self, call: Song) -> Song:
        """A player's call as the model reads it: if as a score, the parts are played from now on as he played.

        Unless they are played as those of a seed of several parts.
        """
        if not self.generator.model.reads_scores:
            return call
        score, performance = separate(call)
        if self.performance is None or len(self.performance.hands) == 1:
            self.performance = performance
        return score

    def music(self, pulse: StreamPulse) -> MusicPulse:
        """The music at a pulse of the stream."""
        return self.base + int(pulse)

    def stream(self, pulse: MusicPulse) -> StreamPulse:
        """The pulse of the stream at which that music is."""
        return StreamPulse(pulse - self.base)

    def bar_start(self, bar: int) -> StreamPulse:
        """The pulse of the stream at which one of its bars begins."""
        return StreamPulse(self.generator.context.cursor.bar_start(bar))

    def pulse(self, event: Sequence[int]) -> MusicPulse:
        """The music at which an event would be that is pushed next."""
        return self.music(self.bar_start(self.generator.context.cursor.bar + event[0]) + event[1])

    def played(self, part: int, note: Note, place: int, random_seed: int) -> tuple[int, int]:
        """The duration and velocity of a note of a part's score, as the part plays it; its time stays on the grid.

        `place`: the pulses from the bar line to the note.
        The same note at the same place is played the same.
        """
        if self.performance is None or part >= len(self.performance.hands):
            return note.duration_pulses, note.velocity
        numbers = RandomNumbers(random_seed, PLAYING, note.onset_pulses, note.pitch)
        score = Track([note._replace(onset_pulses=place)]).array
        played = self.performance.play(part, score, numbers, BarLines([self.metre]))
        return max(1, round(float(played.durations[0]))), int(played.velocities[0])

    def copy(self) -> "Stream":
        """A stream that goes on from here on its own."""
        return replace(self, generator=self.generator.copy())


def _begin(metre: TimeSignature) -> tuple[int, ...]:
    return 0, 0, 0, METRE, metre.numerator, metre.denominator.bit_length() - 1
