"""From a seed to a longer song: the model learns and reads the seed, draws the bars after it, and plays them as it was.

    Seed -> score and performance -> events -> a network that has learned them -> bounds -> a draft of new notes
         -> the performance plays them -> Continuation

A model that reads music as it was played (`reads_scores` is False) is given the song itself, and no performance.
"""

from collections import deque
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from melodyrnn.arrays import Doubles, Ints
from melodyrnn.encoding.events import END, PLACES
from melodyrnn.generation.differing import Freedom
from melodyrnn.generation.draft import Draft, Notes
from melodyrnn.generation.endings import ENDING_BARS, likeliest_end
from melodyrnn.generation.gap import Gap
from melodyrnn.generation.generator import Generator
from melodyrnn.generation.keys import semitones_to_style
from melodyrnn.generation.music_model import MusicModel
from melodyrnn.generation.opening import with_learned_opening
from melodyrnn.generation.progress import listener, sparingly
from melodyrnn.generation.random_numbers import RandomNumbers
from melodyrnn.generation.sampling import Sampling
from melodyrnn.generation.seed import ReadSeed, Seed
from melodyrnn.generation.seed_cache import READ_SEEDS
from melodyrnn.generation.side_by_side import Ask, Drawing, at_once
from melodyrnn.music.metre import BarLines
from melodyrnn.music.song import NoteArray, Song, Track
from melodyrnn.options import BARS
from melodyrnn.performance import Performance, Played, style_performance
from melodyrnn.performance.feel import humanized

MIN_BARS = 8  # of a piece that the model ends: no chorale, song or folk tune of those held out is shorter
MAX_EVENTS = 20_000  # of a piece that the model ends
REFERENCE_BARS = 8
PLAYING, KEY = 2, 3  # the keys of the random numbers for the performance, and for a key, after the random seed
SHORTEST_PULSES = 0.25


@dataclass(frozen=True, slots=True)
class Continuation:
    """New music, and the seed that it continues, or in a gap of which it stands.

    `song`: all of it. `new_notes`: for each track, its (n, 4) new notes. They begin at `join_pulse`, which is 0 without
    a seed, or later; only a pickup may come before it. `played`: exactly when they sound, in fractions of a pulse, for
    each track (n,) onsets and durations. `given`: the tracks without them. In a `gap` the new notes begin and end, and
    `replaced` are the numbers of the seed's notes, for each of its tracks, that they stand for. `nats`: -log p of the
    notes drawn, as the model alone finds them. `sections` of a form: the letter of each, its first bar, how many it
    has. `freedom`: how freely it was drawn, where that is not as it was asked for.
    """

    seed: Seed | None
    song: Song
    new_notes: tuple[NoteArray, ...]
    join_pulse: int
    played: tuple[tuple[Doubles, Doubles], ...]
    given: tuple[Track, ...]
    nats: float
    gap: Gap | None = None
    replaced: tuple[Ints, ...] = ()
    sections: tuple[tuple[str, int, int], ...] = ()
    freedom: Freedom | None = None

    @classmethod
    def of(cls, read: ReadSeed | None, draft: Draft, end: int, random_seed: int) -> "Continuation":
        """The continuation of a seed in a draft, until the pulse `end`. Tempo and names are the seed's.

        Without a seed it is moved to a key of the style.
        """
        new = draft.new_notes
        new = new[new[:, 0] < end]
        numbers = RandomNumbers(random_seed, PLAYING)
        performance, lines = read.performance if read else None, BarLines(draft.time_signatures)
        if read is None and draft.generator.writes_scores:
            performance = style_performance(draft.song(end))
        if read is None:
            semitones = semitones_to_style(
                draft.song(end), draft.generator.keys, RandomNumbers(random_seed, KEY).random()
            )
            new[[not draft.tracks[part].is_drum for part in new[:, 1]], 2] += semitones
        alone = [draft.generator.is_monophonic and not track.is_drum for track in draft.tracks]
        parts = [
            performed(performance, part, new[new[:, 1] == part], numbers, lines, draft.earliest_pulse, end, alone[part])
            for part in range(len(draft.tracks))
        ]
        notes, played = tuple(part[0] for part in parts), tuple(part[1] for part in parts)
        if read is None:
            tracks = [track.with_notes(part) for track, part in zip(draft.tracks, notes, strict=True)]
            return cls(None, Song(tracks, (), draft.time_signatures, end), notes, 0, played, draft.tracks, draft.nats)
        seed = read.seed
        tracks = [
            track.with_notes(np.concatenate([track.array, part]))
            for track, part in zip(seed.song.tracks, notes, strict=True)
        ]
        song = replace(seed.song, tracks=tuple(tracks), length_pulses=end).until_pulse(end)
        return cls(seed, song, notes, seed.join_pulse, played, seed.song.tracks, draft.nats)

    def humanized(self, amount: float, random_seed: int) -> "Continuation":
        """The same with the new notes played less evenly, in loudness and in `played`; `amount` 0 changes nothing."""
        if not amount:
            return self
        earliest = self.gap.start if self.gap else self.seed.earliest_pulse if self.seed else 0
        new = [track.with_notes(notes) for track, notes in zip(self.song.tracks, self.new_notes, strict=True)]
        heard, shifts = humanized(replace(self.song, tracks=tuple(new)), amount, random_seed, earliest)
        end = self.gap.end if self.gap else self.song.end_pulses
        played = list[tuple[Doubles, Doubles]]()
        for shift, (onsets, durations) in zip(shifts, self.played, strict=True):
            played.append(_apart(onsets, durations, (onsets + shift).clip(earliest, end - SHORTEST_PULSES), end))
        tracks = tuple(
            track.with_notes(np.concatenate([track.array, part.array]))
            for track, part in zip(self.given, heard.tracks, strict=True)
        )
        song = replace(self.song, tracks=tracks).until_pulse(self.song.end_pulses)
        return replace(self, song=song, new_notes=tuple(track.array for track in heard.tracks), played=tuple(played))

    @property
    def seed_bars(self) -> int:
        """Bars of the song before the new ones."""
        return self.seed.bars if self.seed else 0

    @property
    def replaced_notes(self) -> tuple[NoteArray, ...]:
        """For each track the (n, 4) notes of the seed that the new ones stand for."""
        tracks = self.seed.song.tracks if self.seed else ()
        return tuple(track.array[numbers] for track, numbers in zip(tracks, self.replaced, strict=False))

    @property
    def new_note_count(self) -> int:
        """How many notes are new."""
        return sum(map(len, self.new_notes))

    @property
    def new_song(self) -> Song:
        """The new music alone, from pulse 0."""
        if self.gap is None:
            return self.song.from_pulse(self.join_pulse)
        tracks = [track.with_notes(notes) for track, notes in zip(self.song.tracks, self.new_notes, strict=True)]
        return replace(self.song, tracks=tuple(tracks)).until_pulse(self.gap.end).from_pulse(self.gap.start)


def _apart(onsets: Doubles, durations: Doubles, moved: Doubles, end: int) -> tuple[Doubles, Doubles]:
    """(n,) onsets and durations of notes in order when they are `moved`: still in order, and each ends before all that
    began after it had ended.
    """
    begun, group = np.unique(onsets, return_inverse=True)
    at = np.array([moved[group == number].min() for number in range(len(begun))])
    apart = SHORTEST_PULSES * np.arange(len(begun))
    at = np.maximum.accumulate(at - apart) + apart
    after = np.searchsorted(begun, onsets + durations - SHORTEST_PULSES / 2)
    limit = np.append(at, end)[after]
    return at[group], np.minimum(durations, np.maximum(limit - at[group], SHORTEST_PULSES))


def performed(
    performance: Performance | None,
    part: int,
    new: Notes,
    numbers: RandomNumbers,
    lines: BarLines,
    earliest: int,
    end: int,
    alone: bool,
) -> tuple[NoteArray, tuple[Doubles, Doubles]]:
    """The new notes of a part as they are played, in the order of a Track: to the pulse, and exactly.

    They sound from the pulse `earliest` to `end`, and `alone` no longer than until the next one.
    """
    new = new[np.lexsort((new[:, 4], new[:, 3], new[:, 2], new[:, 0]))]
    notes, numbers_of = new[:, [0, 2, 3, 4]], new[:, 5]
    played = Played(notes[:, 0].astype(float), notes[:, 2].astype(float), notes[:, 3])
    if performance is not None and len(notes):
        played = performance.play(part, notes, numbers, lines, earliest)
        again = np.flatnonzero(numbers_of >= 0)  # notes of the seed that come again, as in a form
        source = numbers_of[again]
        _play_again(played, notes, again, performance.replay(part), performance.hands[part].score, source)
        _, first, index = np.unique(numbers_of, return_index=True, return_inverse=True)
        again = np.flatnonzero((numbers_of < 0) & (first[index] < np.arange(len(notes))))  # and those drawn
        _play_again(played, notes, again, played, notes, first[index][again])
    onsets = np.minimum(played.onsets, end - SHORTEST_PULSES)
    durations = np.minimum(played.durations, end - onsets)
    if alone:
        begun = np.unique(onsets)
        durations = np.minimum(durations, np.append(begun, end)[np.searchsorted(begun, onsets, "right")] - onsets)
    first = np.minimum(np.rint(onsets).astype(np.int64), end - 1)
    last = np.maximum(np.rint(onsets + durations).astype(np.int64), first + 1)
    whole = np.column_stack([first, notes[:, 1], last - first, played.velocities])
    order = np.lexsort((whole[:, 3], whole[:, 2], whole[:, 1], whole[:, 0]))
    return whole[order], (onsets[order], durations[order])


def _play_again(played: Played, notes: NoteArray, again: Ints, before: Played, score: NoteArray, source: Ints) -> None:
    """Notes `again` are played as the notes `source` of a score were `before`: as loud, as late, as long."""
    for values, theirs in zip(played, before, strict=True):
        values[again] = theirs[source]
    played.onsets[again] += notes[again, 0] - score[source, 0]
    played.durations[again] *= np.minimum(1, notes[again, 2] / score[source, 2])


def continuing(
    model: MusicModel,
    seed: Seed | None,
    bars: int | None,
    style: str | None = None,
    sampling: Sampling | None = None,
    random_seed: int = 0,
    stay: float = 0.0,
) -> Drawing[Continuation]:
    """Go on from `seed` for exactly `bars` bars, or, without `bars`, until the model ends the piece.

    Without a seed the piece begins from nothing. Tempo, time signature and instruments are the seed's. Without `style`,
    the model's first. `stay`: how far the model learns the seed first, from 0 (not at all) to 1. OptionError for values
    outside what is legal.
    """
    if bars is not None:
        BARS.check(bars)
    number, sampling = model.style_number(style) if style else 0, sampling or Sampling()
    read = seed.read(model.reads_scores) if seed else None
    draft = yield from begin(model, read, number, sampling, random_seed, stay)
    if bars is None:
        if draft.generator.model is not model:
            known = read.events if read else np.array(draft.events)
            draft.generator.ends_like = READ_SEEDS.generator(model, number, known)
        draft, end = yield from _until_the_model_ends(draft, seed, telling(read, random_seed))
    else:
        end = _bar_line(draft, seed, bars)
        draft.at_bar_line = telling(read, random_seed)
        yield from draft.drawing(end)
    return Continuation.of(read, draft, end, random_seed)


continue_song = at_once(continuing)


class Telling(Protocol):
    """Tells the listener how far a draft is."""

    def __call__(self, draft: Draft, pulse: int, known_until: int | None = None) -> None:
        """It has come to the bar line at `pulse`; its notes before `known_until`, or else all of them, stay."""


def telling(read: ReadSeed | None, random_seed: int, sections: tuple[tuple[str, int, int], ...] = ()) -> Telling | None:
    """What tells the listener, if there is one, of drafts of a take.

    The key of music from nothing is chosen at the end: but for drums, all of it is a draft until then.
    """
    heard = listener()
    if heard is None:
        return None

    @sparingly
    def tell(draft: Draft, pulse: int, known_until: int | None = None) -> None:
        if read is not None and pulse <= read.seed.join_pulse:
            return
        made = replace(Continuation.of(read, draft, pulse, random_seed), sections=sections)
        known = pulse if known_until is None else known_until
        keyed = read is not None or all(track.is_drum for track in draft.tracks)
        heard.drawn(random_seed, made, known if keyed else 0, pulse)

    return tell


def begin(
    model: MusicModel, read: ReadSeed | None, style: int, sampling: Sampling, random_seed: int, stay: float = 0.0
) -> Drawing[Draft]:
    """A draft that is about to draw the first new event.

    From nothing, the model has named the time signature, and a beat has its opening, if it is to be learned.
    """
    if read is None:
        draft, reference = Draft(Generator(model, style, sampling, random_seed)), None
        if sampling.constraints.density != 1:
            reference = yield from _usual_density(model, style, sampling, random_seed)
            draft.generator.steering.set_density_reference(reference)
        while not draft.time_signatures:
            (event,) = yield [Ask(draft.generator)]
            draft.take(event)
        if not stay:
            return draft
        return (yield from with_learned_opening(draft, style, sampling, random_seed, stay, reference))
    generator = READ_SEEDS.generator(model, style, read.events, stay)
    generator.resume(sampling, random_seed)
    generator.steering.set_density_reference(generator.steering.onsets_a_pulse)
    generator.steering.set_bar_of_chords(0, read.seed.join_pulse - read.seed.start_pulse)
    draft = Draft(generator, read.given, read.seed.start_pulse, read.seed.earliest_pulse)
    draft.wait_until(read.seed.earliest_pulse)
    return draft


def _usual_density(model: MusicModel, style: int, sampling: Sampling, random_seed: int) -> Drawing[float]:
    """How many onsets a pulse the model plays from nothing if no density is asked for: it plays some bars."""
    usual = replace(sampling, constraints=replace(sampling.constraints, density=1.0))
    draft = yield from begin(model, None, style, usual, random_seed)
    yield from draft.drawing(_bar_line(draft, None, REFERENCE_BARS))
    return draft.generator.steering.onsets_a_pulse


def _bar_line(draft: Draft, seed: Seed | None, bars: int) -> int:
    return BarLines(draft.time_signatures).start(bars + (seed.bars if seed else 0))


def _until_the_model_ends(draft: Draft, seed: Seed | None, tell: Telling | None) -> Drawing[tuple[Draft, int]]:
    """Draw until the model ends the piece, or it has MAX_EVENTS -> the draft, and the pulse at which it ends."""
    grammar = draft.generator.grammar
    grammar.may_end, grammar.least_bars = True, MIN_BARS
    if seed is not None:
        lines = BarLines(seed.song.from_pulse(seed.start_pulse).time_signatures, PLACES)
        grammar.least_bars = lines.position(seed.join_pulse - seed.start_pulse)[0] + 1
    last_bars: deque[Draft] = deque(maxlen=ENDING_BARS)  # as it was before each of them
    starts: deque[int] = deque(maxlen=ENDING_BARS)  # and where they begin
    while len(draft.events) < MAX_EVENTS:
        (event,) = yield [Ask(draft.generator)]
        if event[3] == END:
            draft = (yield from likeliest_end(last_bars[0], draft)) if last_bars else draft
            return draft, draft.end_pulse
        if event[0]:
            last_bars.append(draft.copy())
            starts.append(draft.pulse((event[0], 0, 0, 0, 0, 0)))
            if tell:
                tell(draft, starts[-1], starts[0])
        draft.take(event, is_kept=not draft.generator.leaves_out(event))
    return draft, draft.song(0).bar_lines.next_line(draft.pulse((1, 0, 0, END, 0, 0)))
