"""Form: a piece in sections named by letters. A letter met again is played again, as it was or with some beats anew.

The model reads a repeated section like everything else, so that what follows fits. A bar before music that is known
already, or at the end, is drawn a few times, and the one is kept after which the model finds what follows likeliest.

Where a piece opens with an upbeat, every section begins and ends that much before its bar line.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from melodyrnn.errors import OptionError
from melodyrnn.generation.adaptation import between
from melodyrnn.generation.continuation import Continuation, begin, telling
from melodyrnn.generation.draft import Draft, Notes, lead_into
from melodyrnn.generation.endings import nll_of_end
from melodyrnn.generation.gap import Cell, Gap
from melodyrnn.generation.music_model import MusicModel
from melodyrnn.generation.sampling import Sampling
from melodyrnn.generation.seed import ReadSeed, Seed
from melodyrnn.generation.side_by_side import Ask, Drawing, at_once
from melodyrnn.generation.varying import varied
from melodyrnn.music.metre import BarLines
from melodyrnn.music.song import Song
from melodyrnn.options import FORM, FORM_VARIES, TEMPERATURE, VARY

DEFAULT_SECTION_BARS = 8
MOST_BARS = 1000
CANDIDATES = 3
FOLLOWING_EVENTS = 8  # of what comes after a bar, by which it is judged
LEARNED_SHARE = 0.5  # of what was learned of the first letter, while another is drawn
WARMER = (1.0, 1.3, 1.6)  # times the temperature, where a bar of a new letter comes out as one of another letter
COPIED_NATS = 20.0
NEW_BARS = 1  # the key of their random numbers, after the random seed
Bar = Mapping[int, frozenset[tuple[int, int]]]  # by part, the places and pitches of its notes


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
    vary: float = FORM_VARIES,
    style: str | None = None,
    sampling: Sampling | None = None,
    random_seed: int = 0,
    stay: float = 0.0,
) -> Drawing[Continuation]:
    """A song of these sections. A `seed` is the first of them, or its beginning.

    `vary`: the share of its beats, each in one part, that a letter met again has anew; 0: it is played as it was.
    Otherwise as `continue_song`. OptionError for a seed that is longer than its section or changes its metre.
    """
    VARY.check(vary)
    if seed is not None and len(seed.song.time_signatures) > 1 + _opens_with_short_bar(seed.song):
        raise OptionError("a form needs a seed in one metre; the metre of this one changes")
    number, sampling = model.style_number(style) if style else 0, sampling or Sampling()
    read = seed.read(model.reads_scores) if seed else None
    draft = yield from begin(model, read, number, sampling, random_seed, stay)
    while not len(draft.notes):  # the parts, and the first note, which says whether there is an upbeat
        (event,) = yield [Ask(draft.generator)]
        draft.take(event)
    return (yield from _Composer(draft, sampling, random_seed, read, model).compose(form, vary))


compose_song = at_once(composing)


def _opens_with_short_bar(seed: Song) -> bool:
    """Whether an upbeat is written as a bar of its own metre, as MIDI files often have it."""
    onsets = [signature.onset_pulses for signature in seed.time_signatures]
    return len(onsets) > 1 and onsets[1] == seed.bar_lines.start(1) < seed.time_signatures[1].bar_pulses


class _Composer:
    """Plays bar after bar on a draft, which has a note. `model` is the one that had learned nothing yet."""

    def __init__(
        self, draft: Draft, sampling: Sampling, random_seed: int, read: ReadSeed | None, model: MusicModel
    ) -> None:
        self.draft, self._sampling, self._random_seed, self._read = draft, sampling, random_seed, read
        self._learned = draft.generator.model
        self._freer = self._learned if self._learned is model else between(model, self._learned, LEARNED_SHARE)
        seed = read.seed if read else None
        notes, self._lines = draft.notes, BarLines(draft.time_signatures)
        self._given = seed.bars if seed else 0  # bars
        short = seed is not None and _opens_with_short_bar(seed.song)
        upbeat = self._lines.start(1) - int(notes[0, 0])  # pulses
        sounding = 0 if seed is None else int((notes[:, 0] + notes[:, 3]).max())
        opens = upbeat > 0 and (short or 2 * upbeat <= self._lines.start(1))
        self._upbeat = upbeat if opens and (not sounding or sounding <= self._lines.start(self._given) - upbeat) else 0
        self._first = int(short or self._upbeat > 0)  # the bar with which the first section begins
        self._sections: list[tuple[str, int, int]] = []
        self._sources: list[int | None] = []  # for every bar, the one it plays again
        self._ends: list[int] = []  # and the end of its section
        self._cells: tuple[Cell, ...] = ()  # the beats of a section that are made anew

    def compose(self, form: Sequence[Section], vary: float) -> Drawing[Continuation]:
        """All sections, one after the other."""
        given = max(0, self._given - self._first)
        length = form[0].bars or given or DEFAULT_SECTION_BARS
        if length < given:
            raise OptionError(
                f"section {form[0].letter} has {length} bars, but the seed, which it begins with, {given}"
            )
        begun: dict[str, int] = {}
        self._sources, self._ends = [None] * self._first, [self._first] * self._first
        for section in form:
            bars, bar = section.bars or length, len(self._sources)
            source = begun.setdefault(section.letter, bar)
            self._sections.append((section.letter, bar, bars))
            self._sources += [None if source == bar else source + number for number in range(bars)]
            self._ends += [bar + bars] * bars
        if len(self._sources) > MOST_BARS:
            raise OptionError(f"a form of {len(self._sources)} bars: at most {MOST_BARS} can be played")
        tell = telling(self._read, self._random_seed, tuple(self._sections))
        starts = {bar: bars for _, bar, bars in self._sections}
        for bar in range(self._first + given, len(self._sources)):
            if bar in starts and self._sources[bar] is not None:
                self._cells = self._varied(bar, starts[bar], vary)
            yield from self._bar(bar)
            if tell:
                tell(self.draft, self._edge(bar + 1))
        made = Continuation.of(self._read, self.draft, self._edge_of_piece, self._random_seed)
        return replace(made, sections=tuple(self._sections))

    @property
    def _edge_of_piece(self) -> int:
        return self._lines.start(len(self._sources))

    def _varied(self, bar: int, bars: int, vary: float) -> tuple[Cell, ...]:
        """The beats of a section that comes again which are made anew; none in the last bar of the piece."""
        source = self._sources[bar]
        assert source is not None
        first, shift = self._edge(source), self._edge(bar) - self._edge(source)
        gap = Gap(first, self._edge(source + bars), tuple(range(len(self.draft.tracks))))
        cells = varied(gap, self.draft.song(self._edge(bar)), vary, self._random_seed, bar).cells or ()
        last = self._edge(len(self._sources) - 1)
        moved = (Cell(part, start + shift, end + shift) for part, start, end in cells)
        return tuple(cell for cell in moved if cell.start < last)

    def _bar(self, bar: int) -> Drawing[None]:
        source, edges = self._sources[bar], (self._edge(bar), self._edge(bar + 1))
        self.draft.wait_until(edges[0])
        if source is None:
            yield from self._new(bar, edges[1])
            return
        original = self._moved(self.draft, source, bar, self._ends[source])
        cells = tuple(cell for cell in self._cells if edges[0] <= cell.start < edges[1])
        if not cells:
            self.draft.read(original)
            return
        gap = Gap(*edges, tuple(range(len(self.draft.tracks))), None, cells)
        yield from self._leading(bar, lambda draft: self._vary(draft, original, gap))

    def _new(self, bar: int, end: int) -> Drawing[None]:
        """A bar of a letter that is new. It is no bar of another letter again, if the model plays anything else."""
        generator, others = self.draft.generator, self._bars_of_others(bar)
        if not others:
            yield from self._leading(bar, lambda draft: draft.drawing(end, self._edge(self._ends[bar])))
            return
        before = self.draft
        for number, warmer in enumerate(WARMER):
            self.draft = before.copy()
            generator = self.draft.generator
            generator.use_model(self._freer)
            warm = replace(self._sampling, temperature=min(self._sampling.temperature * warmer, TEMPERATURE.range[1]))
            generator.resume(warm, self._random_seed, NEW_BARS, bar, number)
            yield from self._leading(bar, lambda draft: draft.drawing(end, self._edge(self._ends[bar])), others)
            if not self._copied(self.draft, bar, others):
                break
        self.draft.generator.use_model(self._learned)
        self.draft.generator.resume(self._sampling, self._random_seed, NEW_BARS, bar, len(WARMER))

    def _leading(self, bar: int, draw: Callable[[Draft], Drawing[None]], others: Sequence[Bar] = ()) -> Drawing[None]:
        """Draw a bar: where it is known what comes after it, a few times, and take the one that leads there best; and
        the one that copies least of bars of other letters.
        """
        last = bar + 1 == len(self._sources)
        following = None if last else self._sources[bar + 1]
        if not last and following is None and not others:
            yield from draw(self.draft)
            return

        def nll(draft: Draft) -> float:
            copied = COPIED_NATS * self._copied(draft, bar, others) if others else 0.0
            if last:
                return copied + nll_of_end(draft, self._edge_of_piece)
            if following is None:
                return copied
            notes = self._moved(draft, following, bar + 1, self._ends[following])
            return copied + draft.nll_of_notes(notes, FOLLOWING_EVENTS)

        self.draft = yield from lead_into(self.draft, draw, nll, CANDIDATES)

    def _vary(self, draft: Draft, original: Notes, gap: Gap) -> Drawing[None]:
        """Make the beats of a gap anew; the rest of the bar is as it was. New notes keep to the pitch classes so far in
        one voice, and to those of the bar in several.
        """
        alone = len(np.unique(original[:, 0])) == len(original)
        tones = draft.notes if alone else original
        draft.generator.grammar.constrain(self._sampling.constraints, {int(pitch) % 12 for pitch in tones[:, 2]})
        goes = np.zeros(len(original), np.bool_)
        for part, start, end in gap.cells or ():
            goes |= (original[:, 1] == part) & (original[:, 0] >= start) & (original[:, 0] < end)
        kept = original[~goes]
        for start, end, parts, until in gap.stretches(self._lines):
            here = kept[(kept[:, 0] >= start) & (kept[:, 0] < end)]
            if parts:
                yield from draft.drawing_beside(draft.placed(here), parts, end, until)
                draft.keep_given(here)
            else:
                draft.read(here)
                draft.wait_until(end)
        draft.end_before_again()
        draft.generator.grammar.constrain(self._sampling.constraints)

    def _bars_of_others(self, bar: int) -> list[Bar]:
        """For each bar before this one that is of another letter, what its parts play."""
        letters = [letter for letter, _, bars in self._sections for _ in range(bars)]
        own = letters[bar - self._first]
        earlier = (number for number in range(self._first, bar) if letters[number - self._first] != own)
        return [self._content(self.draft, number) for number in earlier]

    def _content(self, draft: Draft, bar: int) -> Bar:
        """For each part that plays in a bar, where and what."""
        notes, start = draft.notes, self._edge(bar)
        notes = notes[(notes[:, 0] >= start) & (notes[:, 0] < self._edge(bar + 1))]
        parts: dict[int, set[tuple[int, int]]] = {}
        for onset, part, pitch in notes[:, :3].tolist():
            parts.setdefault(part, set()).add((onset - start, pitch))
        return {part: frozenset(played) for part, played in parts.items()}

    def _copied(self, draft: Draft, bar: int, others: Sequence[Bar]) -> float:
        """The share of the parts that play in a bar what they play in one of the others."""
        own = self._content(draft, bar)
        again = sum(any(other.get(part) == played for other in others) for part, played in own.items())
        return again / max(1, len(own))

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
