"""A draft of new music: a generator, and the notes that it has read and drawn so far.

Continuation, form and endings all work on drafts. Where music must lead into something known, such as a section that
comes back or the end, `lead_into` draws several drafts and keeps the one after which the known music is likeliest.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
import numpy.typing as npt

from melodyrnn.encoding.events import (
    DRUM,
    END,
    FIELDS,
    KIT,
    LONGEST_GAP,
    METRE,
    PART,
    PLACES,
    REST,
    Cursor,
    encode,
    midi_velocity,
)
from melodyrnn.generation.generator import Event, Generator
from melodyrnn.generation.side_by_side import Ask, AskOf, Drawing, together
from melodyrnn.music.metre import BarLines, TimeSignature
from melodyrnn.music.song import Song, Track

LONG_REST: Event = (LONGEST_GAP, 0, 0, REST, 0, 0)
PITCH = FIELDS.index("pitch")
PlacedEvent = tuple[int, Event]  # its pulse, and the event with the number of its bar in place of a distance

# (n, 6) notes of all parts, in the order of events: onset in pulses, part, pitch, duration in pulses, velocity, and the
# note's number: in the seed, of its track, from 0; else below 0. A note that comes again keeps its number.
Notes = npt.NDArray[np.int64]


class Draft:
    """New music after a seed, or from nothing. The generator has read the seed.

    All pulses are the song's; the generator's pulse 0 is pulse `start_pulse`. `events`: those drawn, as they were read;
    `nats`: -log p of their notes, as the model alone finds them. `at_bar_line` is called with this draft, not with its
    copies, and a bar line before which every note is drawn.
    """

    def __init__(
        self, generator: Generator, given: Song | None = None, start_pulse: int = 0, earliest_pulse: int = 0
    ) -> None:
        self.generator = generator
        self.start_pulse, self.earliest_pulse = start_pulse, earliest_pulse
        self.events: list[Event] = []
        self.nats = 0.0
        self.beside_nats = 0.0  # -log p of the pitches that were given beside drawn ones: how ill they go together
        self.tracks: tuple[Track, ...] = tuple(track.with_notes([]) for track in given.tracks) if given else ()
        self.time_signatures: tuple[TimeSignature, ...] = given.time_signatures if given else ()
        self._given = _sorted(_of_tracks(given.tracks)) if given else np.zeros((0, 6), np.int64)
        self._new: list[tuple[int, ...]] = []
        self.at_bar_line: Callable[[Draft, int], None] | None = None

    def copy(self) -> "Draft":
        """A draft that goes on from here on its own."""
        return self._with(self.generator.copy())

    def branches(self, count: int) -> Iterator["Draft"]:
        """Drafts that go on from here with random numbers of their own."""
        return map(self._with, self.generator.branches(count))

    def _with(self, generator: Generator) -> "Draft":
        other = Draft.__new__(Draft)
        other.__dict__.update(self.__dict__)
        other.generator, other.events, other._new = generator, [*self.events], [*self._new]
        other.at_bar_line = None
        return other

    @property
    def notes(self) -> Notes:
        """All notes, those of the seed too."""
        return _sorted(np.concatenate([self._given, self.new_notes]))

    @property
    def new_notes(self) -> Notes:
        """The notes since the seed, in the order in which they were read."""
        return np.array(self._new, np.int64).reshape(-1, 6)

    def song(self, end: int) -> Song:
        """The notes as a Song of 120 bpm that ends at a pulse."""
        return Song(self._tracks(self.notes), (), self.time_signatures, end).until_pulse(end)

    def _tracks(self, notes: Notes) -> tuple[Track, ...]:
        parts = (notes[notes[:, 1] == part][:, [0, 2, 3, 4]] for part in range(len(self.tracks)))
        return tuple(track.with_notes(part) for track, part in zip(self.tracks, parts, strict=True))

    def pulse(self, event: Event) -> int:
        """Where an event stands that comes next."""
        return self.generator.grammar.pulse(event) + self.start_pulse

    @property
    def end_pulse(self) -> int:
        """The first bar line at which nothing sounds."""
        return self.pulse(self.generator.grammar.end())

    def wait_until(self, pulse: int) -> None:
        """No note begins before that pulse."""
        self.generator.grammar.earliest = pulse - self.start_pulse

    def take(self, event: Event, end: int | None = None, is_kept: bool = True) -> None:
        """Let the generator read an event, and keep its note, which sounds no longer than until the pulse `end`."""
        pulse = self.pulse(event)
        if self.at_bar_line and event[0]:
            self.at_bar_line(self, self.pulse((event[0], 0, 0, 0, 0, 0)))
        if event[3] < END and is_kept:
            self.nats += self.generator.nll(event)
        if event[3] < END and end is not None:
            event = (*event[:4], min(event[4], end - pulse), event[5])
        self.generator.push(event)
        self.events.append(event)
        _, _, part, pitch, duration, velocity = event
        if pitch < END and not is_kept:
            return
        if pitch < END:
            self._new.append((pulse, part, pitch % DRUM, duration, midi_velocity(velocity), -1 - len(self._new)))
        elif pitch == METRE:
            self.time_signatures = (TimeSignature(0, duration, 1 << velocity),)
        elif pitch in (PART, KIT):
            self.tracks = (*self.tracks, Track([], duration, pitch == KIT))

    def drawing(self, limit: int, end: int | None = None) -> Drawing[None]:
        """Draw events until one would begin at pulse `limit`; notes sound until `end` at the most."""
        while True:
            (event,) = yield [Ask(self.generator)]
            if self.pulse(event) >= limit:
                self.wait_until(limit)
                return
            self.take(event, end, not self.generator.leaves_out(event))

    def drawing_beside(self, given: Iterable[PlacedEvent], parts: Sequence[int], limit: int, end: int) -> Drawing[None]:
        """Draw notes of `parts` until pulse `limit`; they sound until pulse `end` at the most.

        The generator reads the `given` events among them, each in its time: what is drawn hears what sounds beside it.
        Where both begin together, they come in the order of their parts.
        """
        for pulse, event in given:
            yield from self._drawing_of(parts, pulse, end)
            if before := [part for part in parts if event[3] < END and part < event[2]]:
                yield from self._drawing_of(before, pulse + 1, end)
            self.read_beside(event)
        yield from self._drawing_of(parts, limit, end)
        self.wait_until(limit)

    def read_given(self, given: Iterable[PlacedEvent], limit: int) -> None:
        """Let the generator read events that are given until pulse `limit`; nothing is drawn before it."""
        for _, event in given:
            self.read_beside(event)
        self.wait_until(limit)

    def _drawing_of(self, parts: Sequence[int], limit: int, end: int) -> Drawing[None]:
        while True:
            (event,) = yield [AskOf(self.generator, parts, limit - self.start_pulse)]
            if event:
                self.take(event, end, not self.generator.leaves_out(event))
            elif self.pulse(LONG_REST) < limit:
                self.generator.push(LONG_REST)
            else:
                return

    def read(self, notes: Notes) -> None:
        """Let the generator read known notes, and keep them."""
        for event in self._events(notes):
            self._push(event)
        self._new += map(tuple, notes.tolist())

    def placed(self, notes: Notes) -> list[PlacedEvent]:
        """Known notes as events to be read among drawn ones."""
        bar = self.generator.context.cursor.bar
        return [(self.pulse((event[0] - bar, *event[1:])), event) for event in self._events(notes)]

    def keep_given(self, notes: Notes) -> None:
        """Keep known notes that were read among drawn ones."""
        self._new += map(tuple, notes.tolist())

    def reach(self, pulse: int) -> tuple[int, int]:
        """Let the generator read rests until an event at a pulse is in reach -> its bars and place."""
        lines = BarLines(
            Song((), (), self.time_signatures).from_pulse(self.start_pulse).time_signatures, longest_pulses=PLACES
        )
        bar, place = lines.position(pulse - self.start_pulse)
        while bar - self.generator.context.cursor.bar > LONGEST_GAP:
            self.generator.push(LONG_REST)
        return bar - self.generator.context.cursor.bar, place

    def keep(self, event: Event, note: tuple[int, ...]) -> None:
        """Let the generator read an event, and keep the note that it stands for, which may be longer."""
        self.nats += self.generator.nll(event)
        self.generator.push(event)
        self.events.append(event)
        self._new.append(note)

    def end_before_again(self) -> None:
        """New notes end before a new note of their pitch begins."""
        for index, (onset, part, pitch, duration, *rest) in enumerate(self._new):
            later = (note[0] for note in self._new[index + 1 :] if note[1:3] == (part, pitch) and note[0] > onset)
            self._new[index] = (onset, part, pitch, min(duration, next(later, onset + duration) - onset), *rest)

    def read_beside(self, event: Event) -> None:
        """Let the generator read an event that is given beside what is drawn, with the number of its bar."""
        self.beside_nats += self._push(event, self._pitch_nll if event[PITCH] < END else None)

    def nll(self, events: Iterable[Event], most: int) -> float:
        """-log p, in nats an event, of the first of these events, `most` at the most, if they come next; 0 of none."""
        ahead = self.copy()
        total = [ahead._push(event, ahead.generator.nll) for event in islice(events, most)]
        return float(np.mean(total or [0]))

    def nll_of_notes(self, notes: Notes, most: int) -> float:
        """The same of known notes."""
        return self.nll(self._events(notes), most)

    def _push(self, event: Event, nll: Callable[[Event], float] | None = None) -> float:
        """Read an event whose first field is the number of its bar -> what `nll` gives for it."""
        cursor, (bar, *rest) = self.generator.context.cursor, event
        while bar - cursor.bar > LONGEST_GAP:
            self.generator.push(LONG_REST)
        event = (bar - cursor.bar, *rest)
        nats = nll(event) if nll else 0.0
        self.generator.push(event)
        return nats

    def _pitch_nll(self, event: Event) -> float:
        return self.generator.nll(event[: PITCH + 1], first=PITCH)

    def _events(self, notes: Notes) -> Iterator[Event]:
        """Notes as events, but with the number of their bar, as the generator counts, in place of a distance."""
        song = Song(self._tracks(notes), (), self.time_signatures).from_pulse(self.start_pulse)
        cursor = Cursor()
        for event in encode(song).events.tolist():
            cursor.advance(event)
            if event[3] < END:
                yield (cursor.bar, *event[1:])


def lead_into(
    draft: Draft,
    draw: Callable[[Draft], Drawing[object]],
    nll: Callable[[Draft], float],
    candidates: int,
    others: Iterable[Draft] = (),
) -> Drawing[Draft]:
    """The draft after which known music is likeliest: of so many `candidates`, and of `others`, the least `nll`.

    A candidate is a copy of `draft` on which `draw` draws what leads there; it is left out if that returns False.
    """
    branches = list(draft.branches(candidates))
    drawn = yield from together([draw(branch) for branch in branches])
    drafts = [*others, *(branch for branch, result in zip(branches, drawn, strict=True) if result is not False)]
    return min(drafts, key=nll)


def _of_tracks(tracks: Iterable[Track]) -> Notes:
    columns = (
        np.column_stack([np.insert(track.array, 1, part, axis=1), np.arange(len(track))])
        for part, track in enumerate(tracks)
    )
    return np.concatenate(list(columns))


def _sorted(notes: Notes) -> Notes:
    return notes[np.lexsort((notes[:, 2], notes[:, 1], notes[:, 0]))]
