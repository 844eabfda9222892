"""From a seed to a longer song: the model reads the seed and draws the bars after it."""

from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from melodyrnn.encoding.events import END, PLACES
from melodyrnn.generation.draft import Draft
from melodyrnn.generation.endings import ENDING_BARS, likeliest_end
from melodyrnn.generation.generator import Generator
from melodyrnn.generation.music_model import MusicModel
from melodyrnn.generation.sampling import Sampling
from melodyrnn.generation.seed import Seed
from melodyrnn.generation.seed_cache import SeedCache
from melodyrnn.generation.threads import one_thread
from melodyrnn.music.metre import BarLines
from melodyrnn.music.song import NoteArray, Song
from melodyrnn.options import BARS

MIN_BARS = 8  # of a piece that the model ends: no chorale, song or folk tune of those held out is shorter
MAX_EVENTS = 20_000  # of a piece that the model ends
REFERENCE_BARS = 8

READ_SEEDS = SeedCache()


@dataclass(frozen=True, slots=True)
class Continuation:
    """New music, and the seed that it continues.

    `song`: all of it. `new_notes`: for each track, its (n, 4) new notes. They begin at `join_pulse`, which is 0 without
    a seed, or later; only a pickup may come before it.
    """

    seed: Seed | None
    song: Song
    new_notes: tuple[NoteArray, ...]
    join_pulse: int

    @classmethod
    def of(cls, seed: Seed | None, draft: Draft, end: int) -> "Continuation":
        """What a draft has made of a seed, until the pulse `end`. Tempo and names are the seed's."""
        new, join = draft.new_notes, seed.join_pulse if seed else 0
        new = new[new[:, 0] < end]
        new[:, 3] = np.minimum(new[:, 3], end - new[:, 0])
        parts = tuple(new[new[:, 1] == part][:, [0, 2, 3, 4]] for part in range(len(draft.tracks)))
        if seed is None:
            tracks = [track.with_notes(part) for track, part in zip(draft.tracks, parts, strict=True)]
            return cls(None, Song(tracks, (), draft.time_signatures, end), parts, 0)
        old = seed.song.tracks
        tracks = [a.with_notes(np.concatenate([a.array, part])) for a, part in zip(old, parts, strict=True)]
        return cls(seed, replace(seed.song, tracks=tuple(tracks), length_pulses=end).until_pulse(end), parts, join)

    @property
    def seed_bars(self) -> int:
        """Bars of the song before the new ones."""
        return self.seed.bars if self.seed else 0

    @property
    def new_note_count(self) -> int:
        """How many notes are new."""
        return sum(map(len, self.new_notes))

    @property
    def new_song(self) -> Song:
        """The new music alone, from pulse 0."""
        return self.song.from_pulse(self.join_pulse)


def continue_song(
    model: MusicModel,
    seed: Seed | None,
    bars: int | None,
    style: str | None = None,
    sampling: Sampling | None = None,
    random_seed: int = 0,
) -> Continuation:
    """Go on from `seed` for exactly `bars` bars, or, without `bars`, until the model ends the piece.

    Without a seed the piece begins from nothing. Tempo, time signature and instruments are the seed's. Without `style`,
    the model's first. OptionError for values outside what is legal.
    """
    if bars is not None:
        BARS.check(bars)
    number, sampling = model.style_number(style) if style else 0, sampling or Sampling()
    with one_thread():
        draft = begin(model, seed, number, sampling, random_seed)
        if bars is None:
            draft, end = _until_the_model_ends(draft, seed)
        else:
            end = _bar_line(draft, seed, bars)
            draft.draw(end)
    return Continuation.of(seed, draft, end)


def begin(model: MusicModel, seed: Seed | None, style: int, sampling: Sampling, random_seed: int) -> Draft:
    """A draft that is about to draw the first new event. From nothing, the model has named the time signature."""
    if seed is None:
        draft = Draft(Generator(model, style, sampling, random_seed))
        if sampling.constraints.density != 1:
            draft.generator.steering.set_density_reference(_usual_density(model, style, sampling, random_seed))
        while not draft.time_signatures:
            draft.take(draft.generator.next_event())
        return draft
    generator = READ_SEEDS.generator(model, style, seed)
    generator.resume(sampling, random_seed)
    generator.steering.set_density_reference(generator.steering.onsets_a_pulse)
    draft = Draft(generator, seed)
    draft.wait_until(seed.earliest_pulse)
    return draft


def _usual_density(model: MusicModel, style: int, sampling: Sampling, random_seed: int) -> float:
    """How many onsets a pulse the model plays from nothing if no density is asked for: it plays some bars."""
    usual = replace(sampling, constraints=replace(sampling.constraints, density=1.0))
    draft = begin(model, None, style, usual, random_seed)
    draft.draw(_bar_line(draft, None, REFERENCE_BARS))
    return draft.generator.steering.onsets_a_pulse


def _bar_line(draft: Draft, seed: Seed | None, bars: int) -> int:
    return BarLines(draft.time_signatures).start(bars + (seed.bars if seed else 0))


def _until_the_model_ends(draft: Draft, seed: Seed | None) -> tuple[Draft, int]:
    """Draw until the model ends the piece, or it has MAX_EVENTS -> the draft, and the pulse at which it ends."""
    grammar = draft.generator.grammar
    grammar.may_end, grammar.least_bars = True, MIN_BARS
    if seed is not None:
        lines = BarLines(seed.song.from_pulse(seed.start_pulse).time_signatures, PLACES)
        grammar.least_bars = lines.position(seed.join_pulse - seed.start_pulse)[0] + 1
    last_bars: deque[Draft] = deque(maxlen=ENDING_BARS)  # as it was before each of them
    while len(draft.events) < MAX_EVENTS:
        event = draft.generator.next_event()
        if event[3] == END:
            draft = likeliest_end(last_bars[0], draft) if last_bars else draft
            return draft, draft.end_pulse
        if event[0]:
            last_bars.append(draft.copy())
        draft.take(event)
    return draft, draft.song(0).bar_lines.next_line(draft.pulse((1, 0, 0, END, 0, 0)))
