"""A part added to a song: some versions of its first bars are drawn, one is learned as what is given, and gone on from.

Of a part that was never heard a network knows nothing: drawn freely, no bar of it is like the one before. So two bars
are drawn, their rhythm comes again with new pitches, and the best of such openings becomes part of what is read and
learned: the part keeps its figure.

The chords of a pad need no rhythm of their own: each is held until the next. Drums get a hi-hat that keeps time, if no
kit does, and a snare on the backbeats: the kick is drawn beside them.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from melodyrnn.encoding.events import LONGEST_NOTE
from melodyrnn.generation.continuation import Continuation
from melodyrnn.generation.draft import Draft, Notes
from melodyrnn.generation.gap import Gap, Reading
from melodyrnn.generation.infilling import carried_over, filled_song, in_harmony, opened, telling
from melodyrnn.generation.keeping import again, on_rhythm
from melodyrnn.generation.music_model import MusicModel
from melodyrnn.generation.note_constraints import NoteConstraints
from melodyrnn.generation.opening import OPENING_BARS, steadiness
from melodyrnn.generation.sampling import Sampling
from melodyrnn.generation.seed import Seed
from melodyrnn.generation.side_by_side import Drawing, at_once, together
from melodyrnn.generation.terms.step import Expected
from melodyrnn.music.metre import BarLines
from melodyrnn.music.pulses import PULSES_PER_QUARTER
from melodyrnn.music.song import Song, Track

CANDIDATES, GONE_ON_WITH = 6, 2
FIGURE_BARS = 2  # whose rhythm comes again in the rest of the opening
LEAST_AFTER_BARS = 2  # after an opening; fewer are drawn with it
STEADY_SHARE = 0.6  # of the quarters: a sound that plays on so many keeps time
SLOW_BPM = 75  # up to which the hi-hat plays sixteenths, else eighths
CLOSED_HAT, STROKE_PULSES, ON_BEAT_VELOCITY, OFF_BEAT_VELOCITY = 42, 4, 88, 68
KICK, SNARE, CRASH, KICKS_A_BAR = 36, 38, 49, 3.0  # in 4/4
BACKBEATS = {
    (2, 4): (24,),
    (3, 4): (24, 48),
    (4, 4): (24, 72),
    (5, 4): (24, 72),
    (7, 4): (24, 72, 120),
    (2, 2): (24, 72),
    (6, 8): (36,),
    (7, 8): (24, 60),
    (9, 8): (36, 72),
    (12, 8): (36, 108),
}  # pulses in the bar; 7/8 as 2 + 2 + 3
SAME_STROKE_PULSES = 3  # within a 32nd: then it is there already

# What a version costs, in nats, for each octave by which it has more or fewer onsets than is usual; for bars that have
# the rhythm of none before, if all are so; for a line that stays on its pitch; for each pitch that a line has too few,
# and each note that chords have too few.
DENSITY_NATS, RHYTHM_NATS, REPEAT_NATS, PITCH_NATS, CHORD_NATS = 12.0, 12.0, 30.0, 4.0, 10.0
FEWEST_PITCHES, MOST_REPEATS = 6, 0.2  # of a line


def adding(
    model: MusicModel,
    seed: Seed,
    gap: Gap,
    style: str | None = None,
    sampling: Sampling | None = None,
    random_seed: int = 0,
    stay: float = 0.0,
) -> Drawing[Continuation]:
    """The song with the part of a gap that is `added`: its notes begin and end in it, all else stays and is heard.

    `stay`: how near the part stays to its own first bars, which the model learns with what is given. Otherwise as
    `filling`.
    """
    assert gap.added is not None
    number, sampling = model.style_number(style) if style else 0, sampling or Sampling()
    read = seed.read(model.reads_scores)
    song, lines = read.given, read.given.bar_lines
    heard = song.until_pulse(gap.end).from_pulse(gap.start)
    gap = replace(gap, added=gap.added.among(heard))
    sampling = in_harmony(sampling, song, gap)
    song, gap, kept = with_time_keeper(song, gap)
    opening, alone = _opening(gap, lines), sampling.constraints.monophonic
    begun, nats = yield from _begun(model, number, song, opening, sampling, random_seed)
    if opening.end == gap.end:
        return filled_song(read, gap, _fitted(np.concatenate([kept, begun]), read.given, gap), nats, random_seed, alone)
    begun = _fitted(begun, read.given, gap)
    known, rest = _with_notes(song, gap, begun), replace(gap, start=opening.end)
    reading = Reading.of(known, rest)
    chord_bar = lines.position(rest.start)[0] - lines.position(gap.start)[0]

    def all_notes(draft: Draft) -> Notes:
        return _fitted(np.concatenate([kept, begun, reading.in_song(draft.new_notes)]), read.given, gap)

    draft = opened(model, number, reading, known, rest, sampling, random_seed, stay, chord_bar=chord_bar)
    draft = yield from carried_over(draft, reading, rest, known, telling(read, gap, all_notes, random_seed))
    return filled_song(read, gap, all_notes(draft), nats + draft.nats, random_seed, alone)


add_part = at_once(adding)


def _opening(gap: Gap, lines: BarLines) -> Gap:
    """The bars of which several versions are drawn: the first, or all if there are few more, or chords to be held."""
    assert gap.added is not None
    first, last = lines.position(gap.start)[0], lines.position(gap.end - 1)[0]
    if gap.added.holds or last + 1 - first < OPENING_BARS + LEAST_AFTER_BARS:
        return gap
    return replace(gap, end=lines.start(first + OPENING_BARS))


def _begun(
    model: MusicModel, style: int, song: Song, gap: Gap, sampling: Sampling, random_seed: int
) -> Drawing[tuple[Notes, float]]:
    """The best of CANDIDATES versions of a part that has no notes yet, and its -log p by the model alone."""
    assert gap.added is not None
    lines = song.bar_lines
    reading = Reading.of(song, gap)
    draft = opened(model, style, reading, song, gap, sampling, random_seed, 0.0)
    usual = gap.added.beside(song, sampling.constraints.of_parts(reading.parts), reading.drawn[0])
    versions, bar = list(draft.branches(CANDIDATES)), lines.signature_at(gap.start).bar_pulses
    if gap.added.holds:
        rhythm = _held(reading, song, gap, sampling.constraints)
        for each in versions:
            on_rhythm(each, rhythm, reading.beside)
        return _best(versions, reading, usual, gap, bar)
    figure = replace(gap, end=min(gap.end, lines.start(lines.position(gap.start)[0] + FIGURE_BARS)))
    for start, end, *_ in figure.stretches(lines):
        given, span = reading.between(start, end), (end + reading.shift, figure.end + reading.shift)
        yield from together([each.drawing_beside(given, reading.drawn, *span) for each in versions])
    if figure.end == gap.end:
        return _best(versions, reading, usual, gap, bar)
    versions.sort(key=lambda each: _cost(each, reading, usual, figure, bar))
    for each in versions[:GONE_ON_WITH]:
        rhythm = again(each.new_notes, figure.end - figure.start, figure.end + reading.shift, reading.end)
        on_rhythm(each, rhythm, reading.between(figure.end, gap.end))
    return _best(versions[:GONE_ON_WITH], reading, usual, gap, bar)


def _best(
    versions: Sequence[Draft], reading: Reading, usual: Expected, gap: Gap, bar_pulses: int
) -> tuple[Notes, float]:
    """The notes of the best version, and their -log p by the model alone."""
    best = min(versions, key=lambda each: _cost(each, reading, usual, gap, bar_pulses))
    return reading.in_song(best.new_notes), best.nats


def _cost(draft: Draft, reading: Reading, usual: Expected, gap: Gap, bar_pulses: int) -> float:
    """How ill a part goes with the others, and how far it is from what is usual for it, in nats."""
    return draft.beside_nats + unusual(reading.in_song(draft.new_notes), usual, gap, bar_pulses)


def _held(reading: Reading, song: Song, gap: Gap, constraints: NoteConstraints) -> Notes:
    """The rhythm of chords that are held: in each bar, and where the chord changes in it, until they begin again."""
    assert gap.added is not None
    lines, first = song.bar_lines, song.bar_lines.position(gap.start)[0]
    chords, size = constraints.chords, 1 if constraints.monophonic else gap.added.chord
    onsets, line, number = [gap.start], lines.start(first), 0
    while line < gap.end:
        following = lines.next_line(line + 1)
        beats = max(1, (following - line) // PULSES_PER_QUARTER)
        places = [place for place, _ in chords.spans(number, following - line, beats)] if chords else [0]
        onsets += [line + place for place in places if gap.start < line + place < gap.end]
        line, number = following, number + 1
    velocities = np.concatenate([track.array[:, 3] for track in song.tracks])
    loud, ends = int(np.median(velocities)), [*onsets[1:], gap.end]
    return np.array(
        [
            (onset + reading.shift, reading.drawn[0], 0, min(end - onset, LONGEST_NOTE), loud, -1 - number)
            for number, (onset, end) in enumerate(zip(onsets, ends, strict=True))
            for _ in range(size)
        ],
        np.int64,
    )


def with_time_keeper(song: Song, gap: Gap) -> tuple[Song, Gap, Notes]:
    """The song with a track more, that keeps time in a gap for a kit that is added: a hi-hat, and the snare on the
    backbeats; the gap, of which the kick alone is left to be drawn; and those strokes as notes of the kit.

    Where a kit of the song keeps time, and for other parts, nothing is kept, and the song is as it is. Beside such a
    kit no crash is drawn, which a figure of two bars would strike again and again.
    """
    assert gap.added is not None
    (part,) = gap.parts
    struck = np.concatenate([np.zeros((0, 6), np.int64), *(_as_notes(t, 0) for t in song.tracks if t.is_drum)])
    struck = struck[(struck[:, 0] >= gap.start) & (struck[:, 0] < gap.end)] - np.array([gap.start, 0, 0, 0, 0, 0])
    if not gap.added.is_drum:
        return song, gap, np.zeros((0, 6), np.int64)
    if steadiness(struck, gap.end - gap.start) >= STEADY_SHARE:
        beside = replace(gap.added, sounds=tuple(sound for sound in gap.added.sounds if sound != CRASH))
        return song, replace(gap, added=beside), np.zeros((0, 6), np.int64)
    apart = PULSES_PER_QUARTER // (4 if song.tempos[0].bpm <= SLOW_BPM else 2)
    lines, line, strokes = song.bar_lines, gap.start, list[tuple[int, int, int, int]]()
    for onset in range(gap.start, gap.end, apart):
        loud = OFF_BEAT_VELOCITY if onset % PULSES_PER_QUARTER else ON_BEAT_VELOCITY
        strokes.append((onset, CLOSED_HAT, STROKE_PULSES, loud))
    while line < gap.end:
        metre = lines.signature_at(line)
        for place in BACKBEATS.get((metre.numerator, metre.denominator), ()):
            strokes.append((lines.start(lines.position(line)[0]) + place, SNARE, STROKE_PULSES, ON_BEAT_VELOCITY))
        line = lines.next_line(line + 1)
    kept = Track([], 0, True).with_notes(np.array([each for each in strokes if gap.start <= each[0] < gap.end]))
    beaten = Song((*song.tracks, kept), song.tempos, song.time_signatures, song.length_pulses)
    rest = replace(gap.added, sounds=(KICK,), onsets_a_bar=KICKS_A_BAR)
    return beaten, replace(gap, added=rest), _as_notes(kept, part)


def _as_notes(track: Track, part: int) -> Notes:
    """The notes of a track as those of a draft."""
    numbers = -1 - np.arange(len(track))
    return np.column_stack([np.insert(track.array, 1, part, axis=1), numbers])


def unusual(notes: Notes, usual: Expected, gap: Gap, bar_pulses: int) -> float:
    """How far (n, 6) notes of a part in a gap are from what is usual for it, in nats."""
    pulses = gap.end - gap.start
    onsets, first = np.unique(notes[:, 0], return_index=True)
    density = max(len(onsets), 0.5) / pulses
    nats = DENSITY_NATS * abs(math.log2(density / usual.onsets_a_pulse))
    bars, places = np.divmod(onsets - gap.start, bar_pulses)
    rhythms = [frozenset(places[bars == bar].tolist()) for bar in range(-(-pulses // bar_pulses))]
    nats += RHYTHM_NATS * (len(set(rhythms)) - 1) / max(1, len(rhythms) - 1)
    if usual.high is None or not len(notes):
        return nats
    if usual.chord > 1:
        return nats + CHORD_NATS * abs(usual.chord - len(notes) / len(onsets))
    line = notes[first, 2]
    repeats = float(np.mean(np.diff(line) == 0)) if len(line) > 1 else 1.0
    nats += REPEAT_NATS * max(0.0, repeats - MOST_REPEATS)
    return nats + PITCH_NATS * max(0, FEWEST_PITCHES - len(np.unique(line)))


def _fitted(notes: Notes, song: Song, gap: Gap) -> Notes:
    """Melodic notes end where the next of the part begin; strokes that a kit of the song plays as well are left out."""
    assert gap.added is not None
    if not gap.added.is_drum:
        onsets = np.unique(notes[:, 0])
        until = np.append(onsets[1:], gap.end)[np.searchsorted(onsets, notes[:, 0])]
        notes = notes.copy()
        notes[:, 3] = np.minimum(notes[:, 3], until - notes[:, 0])
        return notes
    struck = np.concatenate([np.zeros((0, 4), np.int64), *(track.array for track in song.tracks if track.is_drum)])
    apart = abs(struck[:, 0] - notes[:, :1])
    new: Notes = notes[~((apart < SAME_STROKE_PULSES) & (struck[:, 1] == notes[:, 2:3])).any(1)]
    return new


def _with_notes(song: Song, gap: Gap, notes: Notes) -> Song:
    """The song with these notes in the part that is added."""
    (part,) = gap.parts
    tracks = list[Track](song.tracks)
    tracks[part] = tracks[part].with_notes(notes[:, [0, 2, 3, 4]])
    return replace(song, tracks=tuple(tracks))
