"""Form: a piece in sections named by letters. A letter met again is played again, as it was or varied.

What is played again is heard by the model like everything else, so that what follows fits. Where a bar is drawn before
music that is known already, or at the end, a few are drawn, and the one is taken after which the model finds what
follows likeliest.

Where a piece opens with an upbeat, every section begins and ends that much before its bar line.
"""

import copy
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from melodyrnn.encoding.events import (
    BARS,
    DRUM,
    END,
    KIT,
    LONGEST_GAP,
    METRE,
    PART,
    REST,
    VELOCITY_STEP,
    Cursor,
    encode,
)
from melodyrnn.errors import OptionError
from melodyrnn.generation.continuation import check_seed, hear, hearing_start, one_thread
from melodyrnn.generation.endings import nats_of_end
from melodyrnn.generation.generator import Event, Generator, MusicModel, Sampling
from melodyrnn.music.join import join_pulse
from melodyrnn.music.metre import BarLines, TimeSignature
from melodyrnn.music.song import Song, Track

DEFAULT_SECTION_BARS = 8
DEFAULT_VARIATION = 0.25
MOST_BARS = 1000
CANDIDATES = 3
FOLLOWING_EVENTS = 8  # of what comes after a bar, by which it is judged
PULL_NATS = 4.0  # towards the original, where it is varied least

# (n, 5) notes of all parts, by onset: onset in pulses, part, pitch, duration in pulses, velocity.
Notes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Section:
    """A letter, and its number of bars; None: as many as the first section has, which is the seed, or 8 bars."""

    letter: str
    bars: int | None


def parse_form(text: str) -> tuple[Section, ...]:
    """The sections that "AABA" or "A8B4A" names: a letter each, with its number of bars where it is given."""
    if not re.fullmatch(r"([A-Za-z]\d{0,4})+", text):
        raise OptionError(
            f"form {text!a}: must be letters, each with its number of bars or without, like AABA or A8B4A"
        )
    found = [(letter.upper(), bars) for letter, bars in re.findall(r"([A-Za-z])(\d*)", text)]
    lengths: dict[str, int] = {}
    for letter, bars in found:
        if bars and lengths.setdefault(letter, int(bars)) != int(bars):
            raise OptionError(f"form {text!a}: section {letter} has both {lengths[letter]} and {int(bars)} bars")
    if 0 in lengths.values():
        raise OptionError(f"form {text!a}: a section has at least 1 bar")
    return tuple(Section(letter, lengths.get(letter)) for letter, _ in found)


def compose_song(
    model: MusicModel,
    seed: Song | None,
    form: Sequence[Section],
    variation: float = DEFAULT_VARIATION,
    style: str | None = None,
    sampling: Sampling | None = None,
    random_seed: int = 0,
) -> Song:
    """A Song of these sections. A `seed` is the first of them, or its beginning.

    `variation` 0: a letter met again is played as it was; up to 1: its bars are varied that often, and that much.
    Otherwise as `continue_song`. OptionError for a seed that is longer than its section or changes its metre.
    """
    if not 0 <= variation <= 1:
        raise OptionError(f"variation {variation:g}: must be 0 (a section comes back as it was) to 1")
    number, sampling = model.style_number(style) if style else 0, sampling or Sampling()
    with one_thread():
        if seed is None:
            generator = Generator(model, number, sampling, random_seed)
            return _Composer(generator, sampling, random_seed).compose(form, variation)
        check_seed(seed)
        if len(seed.time_signatures) > 1 + _opens_with_short_bar(seed):
            raise OptionError("a form needs a seed in one metre; the metre of this one changes")
        start = hearing_start(seed)
        _, generator = hear(model, seed, start, number)
        generator.resume(sampling, [random_seed])
        song = _Composer(generator, sampling, random_seed, seed, start).compose(form, variation)
        return replace(song, tempos=seed.tempos)


def _opens_with_short_bar(seed: Song) -> bool:
    """Whether an upbeat is written as a bar of its own metre, as MIDI files often have it."""
    onsets = [signature.onset_pulses for signature in seed.time_signatures]
    return len(onsets) > 1 and onsets[1] == seed.bar_lines.start(1) < seed.time_signatures[1].bar_pulses


class _Composer:
    """Plays bar after bar on a generator, and keeps the notes. The generator's pulse 0 is pulse `start` of the seed."""

    def __init__(
        self, generator: Generator, sampling: Sampling, random_seed: int, seed: Song | None = None, start: int = 0
    ) -> None:
        self._generator, self._sampling, self._random_seed, self._start = generator, sampling, random_seed, start
        self._notes: Notes = np.zeros((0, 5), np.int64)
        self._tracks: list[Track] = []
        self._signatures: tuple[TimeSignature, ...] = ()
        if seed is None:
            self._open()
        else:
            self._signatures, self._tracks = seed.time_signatures, [track.with_notes([]) for track in seed.tracks]
            notes = [np.insert(track.array, 1, part, axis=1) for part, track in enumerate(seed.tracks)]
            self._keep(np.concatenate(notes))
        self._lines = BarLines(self._signatures)
        self._heard = 0 if seed is None else self._lines.position(join_pulse(seed))[0]
        short = seed is not None and _opens_with_short_bar(seed)
        upbeat = self._lines.start(1) - int(self._notes[0, 0])  # pulses
        sounding = 0 if seed is None else int((self._notes[:, 0] + self._notes[:, 3]).max())
        opens = upbeat > 0 and (short or 2 * upbeat <= self._lines.start(1))
        self._upbeat = upbeat if opens and (not sounding or sounding <= self._lines.start(self._heard) - upbeat) else 0
        self._first = int(short or self._upbeat > 0)  # the bar with which the first section begins

    def _open(self) -> None:
        """Draw metre, parts, and the first note."""
        while not len(self._notes):
            event = self._generator.next_event()
            if event[3] == METRE:
                self._signatures = (TimeSignature(0, event[4], 1 << event[5]),)
            elif event[3] in (PART, KIT):
                self._tracks.append(Track([], event[4], event[3] == KIT))
            self._take(event)

    def compose(self, form: Sequence[Section], variation: float) -> Song:
        """All sections, one after the other."""
        heard = max(0, self._heard - self._first)
        length = form[0].bars or heard or DEFAULT_SECTION_BARS
        if length < heard:
            raise OptionError(
                f"section {form[0].letter} has {length} bars, but the seed, which it begins with, {heard}"
            )
        begun: dict[str, int] = {}
        sources: list[int | None] = [None] * self._first  # for every bar, the one it plays again
        ends = [self._first] * self._first  # and the end of its section
        for section in form:
            bars, bar = section.bars or length, len(sources)
            source = begun.setdefault(section.letter, bar)
            sources += [None if source == bar else source + number for number in range(bars)]
            ends += [bar + bars] * bars
        if len(sources) > MOST_BARS:
            raise OptionError(f"a form of {len(sources)} bars: at most {MOST_BARS} can be played")
        rng = np.random.default_rng([self._random_seed, 1])
        for bar in range(self._first + heard, len(sources)):
            self._bar(bar, sources, ends, variation if rng.random() < variation else 0)
        return self._song(self._lines.start(len(sources)))

    def _song(self, end: int) -> Song:
        notes = [self._notes[self._notes[:, 1] == part][:, [0, 2, 3, 4]] for part in range(len(self._tracks))]
        tracks = tuple(track.with_notes(part) for track, part in zip(self._tracks, notes, strict=True))
        return Song(tracks, (), self._signatures, end).until_pulse(end)

    def _bar(self, bar: int, sources: list[int | None], ends: list[int], variation: float) -> None:
        source, last = sources[bar], bar + 1 == len(sources)
        self._generator.constraints.earliest = self._edge(bar) - self._start
        original = None if source is None else self._moved(source, bar, ends[source])
        if original is not None and (not variation or not len(original) or last):
            self._play(original)
            return

        def draw(draft: _Composer) -> None:
            if original is None:
                draft._draw(self._edge(bar + 1), self._edge(ends[bar]))
            else:
                draft._vary(original, bar, variation)

        following = None if last else sources[bar + 1]
        if not last and following is None:
            draw(self)
            return
        best: tuple[float, _Composer] | None = None
        for generator in self._generator.drafts(CANDIDATES):
            draft = copy.copy(self)
            draft._generator = generator
            draw(draft)
            if following is None:
                end = self._lines.start(bar + 1)
                nats = nats_of_end(draft._generator, draft._song(end), end - self._start)
            else:
                nats = draft._nats(draft._moved(following, bar + 1, ends[following]))
            if best is None or nats < best[0]:
                best = nats, draft
        if best:
            self._generator, self._notes = best[1]._generator, best[1]._notes

    def _vary(self, original: Notes, bar: int, variation: float) -> None:
        """Draw a bar that keeps its original's first chord and pitch classes, and more of it the less it is varied."""
        onsets = original[:, 0]
        kept = onsets == onsets[0]
        alone = len(np.unique(onsets)) == len(onsets)  # one voice may use all of its scale, a chord only its own tones
        tones = self._notes if alone else original
        self._generator.constraints.wish(self._sampling.wishes, {int(pitch) % 12 for pitch in tones[:, 2]})
        self._play(original[kept])
        self._draw(self._edge(bar + 1), self._edge(bar + 1), original[~kept], PULL_NATS * (1 - variation))
        self._generator.constraints.wish(self._sampling.wishes)

    def _draw(self, limit: int, end: int, original: Notes | None = None, pull_nats: float = 0) -> None:
        """Draw notes that begin before `limit` and sound no further than `end`, pulled towards `original`."""
        pulls = [] if original is None else list(self._events(original))
        cursor = self._generator.context.cursor
        while True:
            pulls = [pull for pull in pulls if pull[:2] >= (cursor.bar, cursor.place)]  # the others are past
            pull = (pulls[0][0] - cursor.bar, *pulls[0][1:]) if pulls and pulls[0][0] - cursor.bar < BARS else ()
            event = self._generator.next_event(pull, pull_nats)
            pulse = self._generator.constraints.pulse(event) + self._start
            if pulse >= limit:
                self._generator.constraints.earliest = limit - self._start
                return
            if pull and event[:4] == pull[:4]:
                pulls = pulls[1:]
            self._take((*event[:4], min(event[4], end - pulse), event[5]))

    def _take(self, event: Event) -> None:
        """Let the generator hear an event that was drawn, and keep its note."""
        self._generator.push(event)
        _, _, part, pitch, duration, velocity = event
        if pitch < END:
            pulse = self._generator.context.cursor.pulse + self._start
            self._keep(np.array([[pulse, part, pitch % DRUM, duration, VELOCITY_STEP * velocity - 2]]))

    def _keep(self, notes: Notes) -> None:
        both = np.concatenate([self._notes, notes])
        self._notes = both[np.lexsort((both[:, 2], both[:, 1], both[:, 0]))]

    def _edge(self, bar: int) -> int:
        """Where the music of a bar begins, its upbeat included."""
        return self._lines.start(bar) - self._upbeat

    def _moved(self, source: int, bar: int, end: int) -> Notes:
        """The notes of bar `source`, of a section that ends with bar `end`, as they are played in `bar`."""
        onsets = self._notes[:, 0]
        notes = self._notes[(onsets >= self._edge(source)) & (onsets < self._edge(source + 1))].copy()
        notes[:, 3] = np.minimum(notes[:, 3], self._edge(end) - notes[:, 0])
        notes[:, 0] += self._edge(bar) - self._edge(source)
        return notes

    def _events(self, notes: Notes) -> Iterator[Event]:
        """Notes as events, but with the number of their bar, as the generator counts, in place of a distance."""
        parts = [notes[notes[:, 1] == part][:, [0, 2, 3, 4]] for part in range(len(self._tracks))]
        shift = np.array([self._start, 0, 0, 0])
        tracks = [track.with_notes(part - shift) for track, part in zip(self._tracks, parts, strict=True)]
        signatures = self._signatures[-1:] if self._start else self._signatures
        cursor = Cursor()
        for event in encode(Song(tuple(tracks), (), signatures)).events.tolist():
            cursor.advance(event)
            if event[3] < END:
                yield (cursor.bar, *event[1:])

    def _play(self, notes: Notes) -> None:
        """Let the generator hear notes that are known, and keep them."""
        _push(self._generator, self._events(notes))
        self._keep(notes)

    def _nats(self, notes: Notes) -> float:
        """-log p of an event of notes that are to follow, on average over the first few."""
        twin, nats = self._generator.copy(), list[float]()
        for event in list(self._events(notes))[:FOLLOWING_EVENTS]:
            _push(twin, [event], nats.append)
        return float(np.mean(nats or [0]))


def _push(generator: Generator, events: Iterable[Event], report: Callable[[float], None] | None = None) -> None:
    """Let a generator hear events whose first field is the number of their bar; `report` is told -log p of each."""
    cursor = generator.context.cursor
    for bar, *rest in events:
        while bar - cursor.bar > LONGEST_GAP:
            generator.push((LONGEST_GAP, 0, 0, REST, 0, 0))
        event = (bar - cursor.bar, *rest)
        if report:
            report(generator.nats(event))
        generator.push(event)
