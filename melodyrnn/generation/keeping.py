"""Keeping half of what was played: new pitches on its rhythm, or its pitches in a new rhythm.

What is kept is, where a song goes on, that of its last bars, again and again; in a gap, that of the notes that go. A
rhythm is when notes begin, how long and how loud they are, and how many each part begins together; played it is what it
was, to the tick. Pitches are kept by part, in their order; what began together does so again.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle, groupby
from typing import NamedTuple

import numpy as np

from melodyrnn.encoding.events import DRUM, LONGEST_NOTE, velocity_token
from melodyrnn.errors import OptionError
from melodyrnn.generation.continuation import Continuation, begin, telling
from melodyrnn.generation.draft import Draft, Notes, PlacedEvent
from melodyrnn.generation.generator import Event
from melodyrnn.generation.music_model import MusicModel
from melodyrnn.generation.sampling import Sampling
from melodyrnn.generation.seed import Seed
from melodyrnn.generation.side_by_side import Ask, AskOf, Drawing
from melodyrnn.music.metre import BarLines
from melodyrnn.music.pulses import PULSES_PER_QUARTER
from melodyrnn.options import KEEP

SIXTEENTH_PULSES = PULSES_PER_QUARTER // 4
Chord = tuple[int, ...]  # pitches of one part, as events write them, from low to high


def keeping_on(
    model: MusicModel,
    seed: Seed,
    bars: int,
    keep: str,
    style: str | None = None,
    sampling: Sampling | None = None,
    random_seed: int = 0,
    stay: float = 0.0,
) -> Drawing[Continuation]:
    """Go on from `seed` for `bars` bars with the "rhythm" or the "pitches" of its last bars: as many, or all it has.

    Bars in an earlier time signature do not count. OptionError if there is no note in them.
    """
    number, sampling = model.style_number(style) if style else 0, sampling or Sampling()
    read = seed.read(model.reads_scores)
    draft = yield from begin(model, read, number, sampling, random_seed, stay)
    lines = BarLines(draft.time_signatures)
    first = max(seed.bars - bars, lines.position(seed.time_signature.onset_pulses)[0])
    last, end = draft.notes, lines.start(seed.bars + bars)
    last = last[(last[:, 0] >= lines.start(first)) & (last[:, 0] < seed.join_pulse)]
    if not len(last):
        raise OptionError(f"{KEEP} {keep}: there are no notes in the last {seed.bars - first} bars of the seed")
    if keep == "rhythm":
        on_rhythm(draft, again(last, seed.join_pulse - lines.start(first), seed.join_pulse, end))
    else:
        draft.at_bar_line = telling(read, random_seed)
        yield from _in_order(draft, last, end)
    return Continuation.of(read, draft, end, random_seed)


def on_rhythm(draft: Draft, rhythm: Notes, given: Iterable[PlacedEvent] = ()) -> None:
    """Draw a pitch for each note of a known rhythm, in the order of events; among them are read what is `given`."""
    waiting = list(given)
    for row, (onset, part, _, duration, velocity, number) in enumerate(rhythm.tolist()):
        while waiting and waiting[0][0] <= onset:
            draft.read_beside(waiting.pop(0)[1])
        together = rhythm[row + 1 :, :2]
        above = int(((together[:, 0] == onset) & (together[:, 1] == part)).sum())
        place = (*draft.reach(onset), part)
        pitch = draft.generator.draw_pitch(place, above)
        event: Event = (*place, pitch, min(duration, LONGEST_NOTE), velocity_token(velocity))
        draft.keep(event, (onset, part, pitch % DRUM, duration, velocity, number))
    for _, event in waiting:
        draft.read_beside(event)


def again(last: Notes, length: int, join: int, end: int) -> Notes:
    """The notes of the bars before the join, which are so long, again and again until the pulse `end`."""
    shifts = range(length, end - join + length, length)
    repeated = np.concatenate([last + np.array([shift, 0, 0, 0, 0, 0]) for shift in shifts])
    repeated = repeated[repeated[:, 0] < end]
    repeated[:, 3] = np.minimum(repeated[:, 3], end - repeated[:, 0])
    return repeated


def in_order_between(
    draft: Draft, old: Notes, given: Sequence[PlacedEvent], start: int, end: int, slack: int
) -> Drawing[None]:
    """Draw when the chords of `old` notes begin, each part's in their order and each at most `slack` pulses later than
    it did, from the pulse `start` on; and how long and how loud they are, until `end` at the most. What is `given` is
    read among them in its time.
    """
    waiting, ahead = deque(given), _due(old, draft, start, end, slack)
    while ahead:
        _allow(draft, {part: of_part[0].chord for part, of_part in ahead.items()})
        draft.wait_until(min(of_part[0].earliest for of_part in ahead.values()))
        latest, part = min((of_part[0].latest, part) for part, of_part in ahead.items())
        limit = min(latest + 1, waiting[0][0]) if waiting else latest + 1
        (event,) = yield [AskOf(draft.generator, sorted(ahead), limit - draft.start_pulse)]
        if not event and limit <= latest:
            draft.read_beside(waiting.popleft()[1])
            continue
        if not event:
            event = draft.generator.completed((*draft.reach(latest), part, ahead[part][0].chord[0]))
        _take_chord(draft, event, ahead[event[2]].popleft().chord, end)
        ahead = {part: of_part for part, of_part in ahead.items() if of_part}
    for _, event in waiting:
        draft.read_beside(event)
    draft.end_before_again()


class _Due(NamedTuple):
    """A chord, and the first and last pulse at which it may begin."""

    chord: Chord
    earliest: int
    latest: int


def _due(old: Notes, draft: Draft, start: int, end: int, slack: int) -> dict[int, deque[_Due]]:
    """By part its chords in order. Each leaves room for those after it, a sixteenth for each if there is so much."""
    found: dict[int, deque[_Due]] = {}
    for part, chords in _chords(old, draft).items():
        apart = max(1, min(SIXTEENTH_PULSES, (end - chords[0][0]) // (len(chords) + 1)))
        found[part] = deque(
            _Due(chord, max(start, onset - slack), min(onset + slack, end - apart * after))
            for after, (onset, chord) in zip(range(len(chords), 0, -1), chords, strict=True)
        )
    return found


def _chords(notes: Notes, draft: Draft) -> dict[int, list[tuple[int, Chord]]]:
    """By part, when it begins notes, and which together, in order of time."""
    found: dict[int, list[tuple[int, Chord]]] = {}
    for (onset, part), chord in groupby(notes.tolist(), key=lambda note: (note[0], note[1])):
        kit = DRUM * draft.tracks[part].is_drum
        found.setdefault(part, []).append((onset, tuple(dict.fromkeys(note[2] + kit for note in chord))))
    return found


def _in_order(draft: Draft, last: Notes, end: int) -> Drawing[None]:
    """Draw when the chords of the last bars begin, how long and how loud they are, again and again until `end`."""
    ahead = {part: cycle(chord for _, chord in of_part) for part, of_part in _chords(last, draft).items()}
    following = {part: next(chords) for part, chords in ahead.items()}
    while True:
        _allow(draft, following)
        (event,) = yield [Ask(draft.generator)]
        if draft.pulse(event) >= end:
            draft.end_before_again()
            return
        part = event[2]
        _take_chord(draft, event, following[part], end)
        following[part] = next(ahead[part])


def _take_chord(draft: Draft, event: Event, chord: Chord, end: int) -> None:
    """Keep the note of an event, which begins a chord, and the others of the chord."""
    draft.take(event, end)
    for pitch in chord[1:]:
        draft.take(draft.generator.completed((0, *event[1:3], pitch)), end)


def _allow(draft: Draft, following: Mapping[int, Chord]) -> None:
    """The next chord of each part begins with its lowest note; a part that has none is silent."""
    parts = range(len(draft.tracks))
    draft.generator.grammar.allow_next([following[part][:1] if part in following else () for part in parts])
