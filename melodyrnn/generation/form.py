"""Form: a piece in sections named by letters. A letter met again is played again, as it was or varied.

The model reads a repeated section like everything else, so that what follows fits. A bar before music that is known
already, or at the end, is drawn a few times, and the one is kept after which the model finds what follows likeliest.

Where a piece opens with an upbeat, every section begins and ends that much before its bar line.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from melodyrnn.errors import OptionError
from melodyrnn.generation.continuation import Continuation, begin, telling
from melodyrnn.generation.draft import Draft, Notes, lead_into
from melodyrnn.generation.endings import nll_of_end
from melodyrnn.generation.music_model import MusicModel
from melodyrnn.generation.random_numbers import RandomNumbers
from melodyrnn.generation.sampling import Sampling
from melodyrnn.generation.seed import ReadSeed, Seed
from melodyrnn.generation.side_by_side import Ask, Drawing, at_once
from melodyrnn.music.metre import BarLines
from melodyrnn.music.song import Song
from melodyrnn.options import FORM, VARIATION

DEFAULT_SECTION_BARS = 8
MOST_BARS = 1000
CANDIDATES = 3
FOLLOWING_EVENTS = 8  # of what comes after a bar, by which it is judged
ORIGINAL_NATS = 4.0  # in favour of the original's notes, where it is varied least
VARIED_BARS = 1  # the key of the random numbers that choose them, after the random seed


@dataclass(frozen=True, slots=True)
class Section:
    """A letter, and its number of bars; None: as many as the first section has, which is the seed, or 8 bars."""

    letter: str
    bars: int | None


def parse_form(text: str) -> tuple[Section, ...]:
    """The sections that "AABA" or "A8B4A" names: a letter each, with its number of bars where it is given."""
    if not re.fullmatch(r"([A-Za-z]\d{0,4})+", text):
        raise OptionError(
            f"{FORM} {text!a}: must be letters, each with its number of bars or without, like AABA or A8B4A"
        )
    found = [(letter.upper(), bars) for letter, bars in re.findall(r"([A-Za-z])(\d*)", text)]
    lengths: dict[str, int] = {}
    for letter, bars in found:
        if bars and lengths.setdefault(letter, int(bars)) != int(bars):
            raise OptionError(f"{FORM} {text!a}: section {letter} has both {lengths[letter]} and {int(bars)} bars")
    if 0 in lengths.values():
        raise OptionError(f"{FORM} {text!a}: a section has at least 1 bar")
    return tuple(Section(letter, lengths.get(letter)) for letter, _ in found)


def composing(
    model: MusicModel,
    seed: Seed | None,
    form: Sequence[Section],
    variation: float = VARIATION.default,
    style: str | None = None,
    sampling: Sampling | None = None,
    random_seed: int = 0,
    stay: float = 0.0,
) -> Drawing[Continuation]:
    """A song of these sections. A `seed` is the first of them, or its beginning.

    `variation` 0: a letter met again is played as it was; up to 1: its bars are varied that often, and that much.
    Otherwise as `continue_song`. OptionError for a seed that is longer than its section or changes its metre.
    """
    VARIATION.check(variation)
    if seed is not None and len(seed.song.time_signatures) > 1 + _opens_with_short_bar(seed.song):
        raise OptionError("a form needs a seed in one metre; the metre of this one changes")
    number, sampling = model.style_number(style) if style else 0, sampling or Sampling()
    read = seed.read(model.reads_scores) if seed else None
    draft = yield from begin(model, read, number, sampling, random_seed, stay)
    while not len(draft.notes):  # the parts, and the first note, which says whether there is an upbeat
        (event,) = yield [Ask(draft.generator)]
        draft.take(event)
    return (yield from _Composer(draft, sampling, random_seed, read).compose(form, variation))


compose_song = at_once(composing)


def _opens_with_short_bar(seed: Song) -> bool:
    """Whether an upbeat is written as a bar of its own metre, as MIDI files often have it."""
    onsets = [signature.onset_pulses for signature in seed.time_signatures]
    return len(onsets) > 1 and onsets[1] == seed.bar_lines.start(1) < seed.time_signatures[1].bar_pulses


class _Composer:
    """Plays bar after bar on a draft, which has a note."""

    def __init__(self, draft: Draft, sampling: Sampling, random_seed: int, read: ReadSeed | None = None) -> None:
        self.draft, self._sampling, self._random_seed, self._read = draft, sampling, random_seed, read
        seed = read.seed if read else None
        notes, self._lines = draft.notes, BarLines(draft.time_signatures)
        self._given = seed.bars if seed else 0  # bars
        short = seed is not None and _opens_with_short_bar(seed.song)
        upbeat = self._lines.start(1) - int(notes[0, 0])  # pulses
        sounding = 0 if seed is None else int((notes[:, 0] + notes[:, 3]).max())
        opens = upbeat > 0 and (short or 2 * upbeat <= self._lines.start(1))
        self._upbeat = upbeat if opens and (not sounding or sounding <= self._lines.start(self._given) - upbeat) else 0
        self._first = int(short or self._upbeat > 0)  # the bar with which the first section begins

    def compose(self, form: Sequence[Section], variation: float) -> Drawing[Continuation]:
        """All sections, one after the other."""
        given = max(0, self._given - self._first)
        length = form[0].bars or given or DEFAULT_SECTION_BARS
        if length < given:
            raise OptionError(
                f"section {form[0].letter} has {length} bars, but the seed, which it begins with, {given}"
            )
        begun: dict[str, int] = {}
        sections = list[tuple[str, int, int]]()
        sources: list[int | None] = [None] * self._first  # for every bar, the one it plays again
        ends = [self._first] * self._first  # and the end of its section
        for section in form:
            bars, bar = section.bars or length, len(sources)
            source = begun.setdefault(section.letter, bar)
            sections.append((section.letter, bar, bars))
            sources += [None if source == bar else source + number for number in range(bars)]
            ends += [bar + bars] * bars
        if len(sources) > MOST_BARS:
            raise OptionError(f"a form of {len(sources)} bars: at most {MOST_BARS} can be played")
        numbers = RandomNumbers(self._random_seed, VARIED_BARS)
        tell = telling(self._read, self._random_seed, tuple(sections))
        for bar in range(self._first + given, len(sources)):
            yield from self._bar(bar, sources, ends, variation if numbers.random() < variation else 0)
            if tell:
                tell(self.draft, self._edge(bar + 1))
        made = Continuation.of(self._read, self.draft, self._lines.start(len(sources)), self._random_seed)
        return replace(made, sections=tuple(sections))

    def _bar(self, bar: int, sources: list[int | None], ends: list[int], variation: float) -> Drawing[None]:
        source, last = sources[bar], bar + 1 == len(sources)
        self.draft.wait_until(self._edge(bar))
        original = None if source is None else self._moved(self.draft, source, bar, ends[source])
        if original is not None and (not variation or not len(original) or last):
            self.draft.read(original)
            return

        def draw(draft: Draft) -> Drawing[None]:
            if original is None:
                return draft.drawing(self._edge(bar + 1), self._edge(ends[bar]))
            return self._vary(draft, original, bar, variation)

        def nll(draft: Draft) -> float:
            if following is None:
                return nll_of_end(draft, self._lines.start(bar + 1))
            return draft.nll_of_notes(self._moved(draft, following, bar + 1, ends[following]), FOLLOWING_EVENTS)

        following = None if last else sources[bar + 1]
        if last or following is not None:
            self.draft = yield from lead_into(self.draft, draw, nll, CANDIDATES)
        else:
            yield from draw(self.draft)

    def _vary(self, draft: Draft, original: Notes, bar: int, variation: float) -> Drawing[None]:
        """Draw a bar that keeps its original's first chord and pitch classes, and more of it the less it is varied."""
        onsets = original[:, 0]
        kept = onsets == onsets[0]
        alone = len(np.unique(onsets)) == len(onsets)  # one voice may use all of its scale, a chord only its own tones
        tones = draft.notes if alone else original
        draft.generator.grammar.constrain(self._sampling.constraints, {int(pitch) % 12 for pitch in tones[:, 2]})
        draft.read(original[kept])
        edge = self._edge(bar + 1)
        yield from draft.drawing(edge, edge, original[~kept], ORIGINAL_NATS * (1 - variation))
        draft.generator.grammar.constrain(self._sampling.constraints)

    def _edge(self, bar: int) -> int:
        """Where the music of a bar begins, its upbeat included."""
        return self._lines.start(bar) - self._upbeat

    def _moved(self, draft: Draft, source: int, bar: int, end: int) -> Notes:
        """The notes of bar `source`, of a section that ends with bar `end`, as they are played in `bar`."""
        notes = draft.notes
        onsets = notes[:, 0]
        notes = notes[(onsets >= self._edge(source)) & (onsets < self._edge(source + 1))]
        notes[:, 3] = np.minimum(notes[:, 3], self._edge(end) - notes[:, 0])
        notes[:, 0] += self._edge(bar) - self._edge(source)
        return notes
