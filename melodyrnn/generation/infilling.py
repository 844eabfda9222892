"""Infilling: some parts of a stretch of a song are drawn anew, while everything else stays and is heard.

Seed -> score and performance -> the gap, and the order of reading -> a network that has learned both sides
     -> drafts, carried over the gap -> the one after which what follows is likeliest -> the performance plays it
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from melodyrnn.arrays import Ints
from melodyrnn.encoding.events import END
from melodyrnn.errors import OptionError
from melodyrnn.generation.bounds import PartBounds
from melodyrnn.generation.continuation import PLAYING, Continuation, performed
from melodyrnn.generation.draft import PITCH, Draft, Notes
from melodyrnn.generation.gap import Gap, Reading
from melodyrnn.generation.harmony import chords_from
from melodyrnn.generation.keeping import in_order_between, on_rhythm
from melodyrnn.generation.music_model import MusicModel
from melodyrnn.generation.part_kinds import PartKind
from melodyrnn.generation.progress import listener, sparingly
from melodyrnn.generation.random_numbers import RandomNumbers
from melodyrnn.generation.sampling import Sampling
from melodyrnn.generation.seed import ReadSeed, Seed
from melodyrnn.generation.seed_cache import READ_SEEDS
from melodyrnn.generation.side_by_side import Drawing, at_once, together
from melodyrnn.generation.sounding import Sounding
from melodyrnn.generation.varying import varied
from melodyrnn.music.metre import BarLines
from melodyrnn.music.song import NoteArray, Song
from melodyrnn.options import KEEP
from melodyrnn.performance import Performance, style_performance

KEPT, BRANCHES = 2, 3  # drafts that are carried over each bar line, and how many each becomes in the next bar
LONG_BARS = 8  # over more only one is carried
# How much of what was learned is kept, from all of it on, until the notes drawn have LEAST_NATS each, at `stay` 0: a
# network that has learned a short piece by heart is certain of every note, and makes the same for any random seed.
LEARNED_SHARES, LEAST_NATS = (1.0, 0.5, 0.25, 0.12, 0.0), 0.6
FOLLOWING_EVENTS = 16  # of what comes after the gap, by which drafts are judged


def filling(
    model: MusicModel,
    seed: Seed,
    gap: Gap,
    style: str | None = None,
    sampling: Sampling | None = None,
    random_seed: int = 0,
    stay: float = 0.0,
    keep: str | None = None,
    vary: float | None = None,
) -> Drawing[Continuation]:
    """The song with a gap of it drawn anew: notes of the gap's parts that begin in it go, and new ones come.

    Everything else stays, and what stays is read in its time: new notes hear what sounds beside them. Each new note
    begins and ends in the gap, within the bounds that the part sets in the rest of the song (in the gap itself, where
    there is no rest). It goes with the chords that the other parts play, if no chords are asked for. `stay`: how far
    the model learns both sides first. Otherwise as `continue_song`.

    `keep`: the "rhythm" or the "pitches" that go. `vary`: the share of beats that are drawn; others stay as they are.
    """
    number, sampling = model.style_number(style) if style else 0, sampling or Sampling()
    read = seed.read(model.reads_scores)
    if vary is not None:
        gap = varied(gap, read.given, vary, random_seed)
    reading = Reading.of(read.given, gap)
    sampling = in_harmony(sampling, read.given, gap)
    for learned in LEARNED_SHARES:
        draft = opened(model, number, reading, read.given, gap, sampling, random_seed, stay, learned)
        is_last = stay == 1 or draft.generator.model is model
        if keep is None:
            tell = telling(read, gap, lambda each: reading.in_song(each.new_notes), random_seed, is_last)
            filled = yield from carried_over(draft, reading, gap, read.given, tell)
        else:
            filled = yield from _kept(draft, reading, gap, read.given, keep)
        if is_last or filled.nats >= LEAST_NATS * (1 - stay) * len(filled.new_notes):
            break
    new, alone = reading.in_song(filled.new_notes), filled.generator.is_monophonic
    return filled_song(read, gap, new, filled.nats, random_seed, alone)


fill_gap = at_once(filling)


def opened(
    model: MusicModel,
    style: int,
    reading: Reading,
    song: Song,
    gap: Gap,
    sampling: Sampling,
    random_seed: int,
    stay: float,
    learned: float = 1.0,
    chord_bar: int = 0,
) -> Draft:
    """A draft that has read what it may read before the gap, and keeps so much of what it has learned there. Bar
    `chord_bar` of the chords asked for begins where the gap does.

    A part that was added is drawn as is usual for its kind; what else is asked of it is beside that.
    """
    has_notes = bool((reading.context[:, PITCH] < END).any())
    constraints = sampling.constraints.of_parts(reading.parts)
    usual = gap.added.beside(song, constraints, reading.drawn[0]) if gap.added else None
    asked = dict(constraints.part_densities) if usual else {}
    if usual is not None:
        constraints = replace(constraints, part_densities=())
    generator = READ_SEEDS.generator(model, style, reading.context, stay if has_notes else 0.0, learned)
    generator.resume(replace(sampling, constraints=constraints), random_seed)
    steering, lines = generator.steering, BarLines(reading.song.time_signatures)
    steering.set_bar_of_chords(chord_bar, lines.start(lines.position(reading.start)[0]))
    steering.set_density_reference(steering.onsets_a_pulse)
    generator.grammar.bound_by(list(_bounds(song, gap, reading)))
    if usual is not None:
        is_new = not len(song.tracks[gap.parts[0]])
        expect = steering.expect_part if is_new else steering.expect_pitches
        expect(reading.drawn[0], usual, generator.context.cursor)
        if asked.get(reading.drawn[0], 1.0) < 1:
            generator.limit_density(reading.drawn[0], usual.onsets_a_pulse)
    for number in reading.drawn if gap.added is None else ():
        track = song.tracks[reading.parts[number]]
        if len(track) and not len(reading.song.tracks[number]):  # it is nowhere else: about as it was
            was = PartKind.of(track, gap.end - gap.start).beside(song, constraints, number)
            steering.expect_part(number, was, generator.context.cursor)
    draft = Draft(generator, reading.song)
    draft.wait_until(reading.start)
    return draft


def in_harmony(sampling: Sampling, song: Song, gap: Gap) -> Sampling:
    """With the chords that the other parts play, where none are asked for; not if a key or range leaves one no tone."""
    constraints, tracks = sampling.constraints, gap.without(song).tracks
    beside = tuple(track for part, track in enumerate(tracks) if part not in gap.parts)
    if constraints.chords is not None or not beside:
        return sampling
    first, last = (song.bar_lines.position(pulse)[0] for pulse in (gap.start, gap.end - 1))
    chords = chords_from(replace(song, tracks=beside), first, max(song.bars, last + 1))
    try:
        return replace(sampling, constraints=replace(constraints, chords=chords))
    except OptionError:
        return sampling


def _bounds(song: Song, gap: Gap, reading: Reading) -> Iterator[PartBounds]:
    """Those of each part, by its notes that stay, or else by those that go, or by what is usual for an added one."""
    rest = gap.without(song)
    for part in reading.parts:
        track = rest.tracks[part] if len(rest.tracks[part]) else song.tracks[part]
        is_usual = gap.added and part in gap.parts and not (track.is_drum and len(track))
        yield gap.added.bounds if gap.added and is_usual else PartBounds.of(track.array, track.is_drum)


Telling = Callable[[Sequence[Draft], int], None]  # of drafts, the best first, that have come to a pulse


def telling(
    read: ReadSeed, gap: Gap, notes_of: Callable[[Draft], Notes], random_seed: int, is_last: bool = True
) -> Telling | None:
    """What tells the listener, if there is one, of the best draft so far. What all drafts have in common is known, if
    none will be drawn again. `notes_of`: a draft's new notes as they stand in the song.
    """
    heard = listener()
    if heard is None:
        return None

    @sparingly
    def tell(drafts: Sequence[Draft], pulse: int) -> None:
        notes = [{tuple(note) for note in notes_of(each).tolist()} for each in drafts]
        apart = notes[0].union(*notes[1:]) - notes[0].intersection(*notes[1:])
        known_until = min((onset for onset, *_ in apart), default=pulse) if is_last else gap.start
        best, alone = drafts[0], drafts[0].generator.is_monophonic
        made = filled_song(read, gap, notes_of(best), best.nats, random_seed, alone)
        heard.drawn(random_seed, made, known_until, pulse)

    return tell


def carried_over(draft: Draft, reading: Reading, gap: Gap, song: Song, tell: Telling | None = None) -> Drawing[Draft]:
    """The draft carried over the gap: bar by bar a few are drawn from each, and those kept that go best with what is
    given beside them, and at last with what follows.
    """
    drafts, shift, lines, sounding = [draft], reading.shift, song.bar_lines, Sounding(gap, song)
    first, last = (lines.position(pulse)[0] for pulse in (gap.start, gap.end - 1))
    kept = KEPT if last - first < LONG_BARS else 1
    for start, end, parts, until in gap.stretches(lines):
        given = reading.between(start, end)
        if not parts:
            for each in drafts:
                each.read_given(given, end + shift)
            continue
        drawn = tuple(map(reading.parts.index, parts))
        branches = [branch for each in drafts for branch in each.branches(BRANCHES * kept // len(drafts))]
        yield from together([each.drawing_beside(given, drawn, end + shift, until + shift) for each in branches])
        ill = {each: each.beside_nats + _missing(sounding, reading, each, end) for each in branches}
        drafts = sorted(branches, key=ill.__getitem__)[:kept] if end < gap.end else branches
        if tell and end < gap.end:
            tell(drafts, end)
    return _best(drafts, reading, sounding, gap.end)


def _kept(draft: Draft, reading: Reading, gap: Gap, song: Song, keep: str) -> Drawing[Draft]:
    """Of a few drafts that keep half of what goes, the one that goes best with what is given."""
    old, branches = reading.notes_that_go(gap, song), list(draft.branches(BRANCHES))
    if not len(old):
        raise OptionError(f"{KEEP} {keep}: there are no notes in the bars to replace")
    if keep == "rhythm":
        for each in branches:
            on_rhythm(each, old, reading.beside)
    else:
        slack = song.bar_lines.signature_at(gap.start).bar_pulses // 2
        span = reading.start, reading.end, slack
        yield from together([in_order_between(each, old, reading.beside, *span) for each in branches])
    return _best(branches, reading, Sounding(gap, song), gap.end)


def _best(drafts: Sequence[Draft], reading: Reading, sounding: Sounding, end: int) -> Draft:
    """The draft that goes best with what is given beside it, and with what follows, and sounds as what is around it."""
    following = [event for _, event in reading.following]

    def ill(draft: Draft) -> float:
        leads = FOLLOWING_EVENTS * draft.nll(following, FOLLOWING_EVENTS)
        return draft.beside_nats + leads + _missing(sounding, reading, draft, end)

    return min(drafts, key=ill)


def _missing(sounding: Sounding, reading: Reading, draft: Draft, end: int) -> float:
    return sounding.missing_nats(reading.in_song(draft.notes), end)


def filled_song(
    read: ReadSeed, gap: Gap, new: Notes, nats: float, random_seed: int, alone: bool = False
) -> Continuation:
    """The seed with new notes in its gap, played as the seed is; a part that holds its chords is played as written.

    `nats`: -log p of the notes by the model alone. `alone`: each note ends before the next of its part.
    """
    numbers, lines = RandomNumbers(random_seed, PLAYING), read.given.bar_lines
    performance = None if gap.added and gap.added.holds else _with_drummer(read)
    parts = [
        performed(performance, part, new[new[:, 1] == part], numbers, lines, gap.start, gap.end, alone and not drums)
        for part, drums in enumerate(track.is_drum for track in read.given.tracks)
    ]
    song, replaced = read.seed.song, list[Ints]()
    for part, gone in enumerate(gap.replaced(read.given)):
        replaced.append(np.sort(read.performance.hands[part].order[gone]) if read.performance else gone)
    given = tuple(
        track.with_notes(np.delete(track.array, gone, axis=0))
        for track, gone in zip(song.tracks, replaced, strict=True)
    )
    notes = tuple(_before_given(notes, track.array) for (notes, _), track in zip(parts, given, strict=True))
    tracks = [track.with_notes(np.concatenate([track.array, new])) for track, new in zip(given, notes, strict=True)]
    made = Song(tracks, song.tempos, song.time_signatures, song.length_pulses)
    played = tuple(played for _, played in parts)
    return Continuation(read.seed, made, notes, gap.start, played, given, nats, gap, tuple(replaced))


def _with_drummer(read: ReadSeed) -> Performance | None:
    """The performance of the seed; kits that have nothing to be played like are played as drummers do, as it swings."""
    performance, score = read.performance, read.given
    if performance is None or not performance.hands or any(len(t) for t in score.tracks if t.is_drum):
        return performance
    swing = max(performance.hands, key=len).swing
    drummers = style_performance(score).hands
    hands = tuple(
        replace(drummer, swing=swing) if drummer.is_drum else hand
        for hand, drummer in zip(performance.hands, drummers, strict=True)
    )
    return Performance(hands, performance.lines)


def _before_given(new: NoteArray, given: NoteArray) -> NoteArray:
    """New notes that end before their pitch is struck again in what is given, which may be played a little early."""
    cut = new.copy()
    for note in cut:
        onsets = given[given[:, 1] == note[1], 0]
        note[2] = min(note[2], (onsets[onsets > note[0]] - note[0]).min(initial=note[2]))
    return cut
