"""A gap in a song, and the order in which a network reads the song to fill it.

A network knows what it has read. So it reads the music on both sides of the gap before it draws: first that which
follows, as if the piece went round, then that which leads there. In the gap it reads what other parts play, in time;
what follows comes last, where it says how well a draft leads there:

    | after the gap | before it | the gap: given parts, and drawn ones | after the gap again |

The parts that are drawn come last among those that begin at one pulse, so that they hear all the others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from melodyrnn.encoding.events import END, REST, Cursor, EventArray, encode
from melodyrnn.errors import OptionError
from melodyrnn.generation.draft import PITCH, Notes, PlacedEvent
from melodyrnn.generation.part_kinds import PartKind
from melodyrnn.generation.seed import Seed, line_before
from melodyrnn.music.join import join_pulse
from melodyrnn.music.metre import BarLines, TimeSignature
from melodyrnn.music.naming import listed, tracks_called
from melodyrnn.music.passage import Passage
from melodyrnn.music.song import NoteArray, Song, Track
from melodyrnn.options import PART

MOST_NOTES_AFTER, MOST_NOTES_BEFORE = 300, 700  # that are read before anything is drawn


class Cell(NamedTuple):
    """A stretch of one part, by its pulses."""

    part: int
    start: int
    end: int


class Stretch(NamedTuple):
    """From `start` to `end` notes of `parts` are drawn, which sound until `until` at the most: they go on till then."""

    start: int
    end: int
    parts: tuple[int, ...]
    until: int


@dataclass(frozen=True, slots=True)
class Gap:
    """From pulse `start` to `end` of a song, its tracks of these numbers, `parts`, are drawn anew.

    A note belongs to the gap if it begins in it. What began before it sounds on. `added`: what kind of part the only
    one is, if it was added to the song, and has no notes. `cells`: where alone its parts are drawn, if not all over.
    """

    start: int
    end: int
    parts: tuple[int, ...]
    added: PartKind | None = None
    cells: tuple[Cell, ...] | None = None

    @classmethod
    def asked(
        cls, seed: Seed, passage: Passage | None, names: Sequence[str], added: PartKind | None
    ) -> tuple[Seed, "Gap"]:
        """The passage of a seed, or all of it, in the parts of these names, or in all; or in an added part alone.

        -> the seed, with the added part if there is one, and the gap. OptionError for what the seed does not have.
        """
        song = seed.song
        whole = (0, seed.join_pulse)
        start, end = whole if passage is None else passage.pulses(song.bar_lines, max(seed.bars, song.bars))
        if added is not None:
            return _with_part(seed, added), cls(start, end, (len(song.tracks),), added)
        parts = set[int]()
        for name in names:
            found = tracks_called(song.tracks, name)
            if not found:
                raise OptionError(f"{PART} {name!a}: there are {listed(song.tracks)}")
            parts.update(found)
        return seed, cls(start, end, tuple(sorted(parts)) if names else tuple(range(len(song.tracks))))

    def replaced(self, song: Song) -> tuple[NoteArray, ...]:
        """For each track the numbers of its notes that go."""
        found = []
        for part, track in enumerate(song.tracks):
            onsets = track.array[:, 0]
            gone = np.zeros(len(onsets), bool)
            for cell in self._all_cells:
                gone |= (onsets >= cell.start) & (onsets < cell.end) & (part == cell.part)
            found.append(np.flatnonzero(gone))
        return tuple(found)

    @property
    def _all_cells(self) -> tuple[Cell, ...]:
        return tuple(Cell(part, self.start, self.end) for part in self.parts) if self.cells is None else self.cells

    def stretches(self, lines: BarLines) -> list[Stretch]:
        """All of the gap, cut at bar lines and where other parts are drawn from."""
        edges = {self.start, self.end, *(edge for cell in self._all_cells for edge in cell[1:])}
        line = self.start
        while (line := lines.next_line(line + 1)) < self.end:
            edges.add(line)
        found, after = list[Stretch](), Stretch(self.end, self.end, (), self.end)
        for start, end in reversed(list(pairwise(sorted(edges)))):
            parts = tuple(cell.part for cell in self._all_cells if cell.start <= start < cell.end)
            after = Stretch(start, end, parts, after.until if set(parts) <= set(after.parts) else end)
            found.append(after)
        return found[::-1]

    def without(self, song: Song) -> Song:
        """The song with nothing in the gap."""
        tracks = [
            track.with_notes(np.delete(track.array, gone, axis=0))
            for track, gone in zip(song.tracks, self.replaced(song), strict=True)
        ]
        return Song(tracks, song.tempos, song.time_signatures, song.length_pulses)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A song with a gap, in the order in which it is read; the pulses are those of that order.

    `song`: all that is given, as the module says. `parts`: for each of its tracks, the number that it has in the song.
    `drawn`: those of its tracks that are drawn. `start`, `end`: of the gap. `shift`: how many pulses later than in the
    song the gap stands. `context`: (n, 6) events that are read first; `beside`: those in the gap; `following`: those
    after it.
    """

    song: Song
    parts: tuple[int, ...]
    drawn: tuple[int, ...]
    start: int
    end: int
    shift: int
    context: EventArray
    beside: tuple[PlacedEvent, ...]
    following: tuple[PlacedEvent, ...]

    @classmethod
    def of(cls, song: Song, gap: Gap) -> "Reading":
        """The reading of a song whose notes in the gap do not count."""
        given = gap.without(song)
        parts = (*(part for part in range(len(song.tracks)) if part not in gap.parts), *gap.parts)
        lines = given.bar_lines
        first = line_before(given, gap.start, MOST_NOTES_BEFORE)
        after = lines.next_line(gap.end)
        last = max(after, _line_after(given, after))
        shift = last - after - first
        tracks = [_track(given.tracks[part], first, after, last, shift) for part in parts]
        read = Song(tracks, (), _metres(given, first, after, last))
        start, end = gap.start + shift, gap.end + shift
        events = encode(read).events
        placed = list(_placed(events))
        signs = 1 + len(parts)  # the first time signature and the parts stand before all else
        known = max(signs, sum(pulse < start for pulse, _ in placed))
        filled = max(signs, sum(pulse < end for pulse, _ in placed))
        return cls(
            read,
            parts,
            tuple(range(len(parts) - len(gap.parts), len(parts))),
            start,
            end,
            shift,
            events[:known],
            tuple(_notes_and_metres(placed[known:filled])),
            tuple(_notes_and_metres(placed[filled:])),
        )

    def between(self, start: int, end: int) -> list[PlacedEvent]:
        """What is given in the gap from one pulse of the song to another."""
        return [each for each in self.beside if start <= each[0] - self.shift < end]

    def notes_that_go(self, gap: Gap, song: Song) -> Notes:
        """The notes of a song that a gap takes out, as far as they sound in it, as a draft has them, each numbered."""
        columns = []
        for part, gone in enumerate(gap.replaced(song)):
            notes = song.tracks[part].array[gone]
            placed = np.insert(notes, 1, self.parts.index(part), axis=1)
            columns.append(np.column_stack([placed + np.array([self.shift, 0, 0, 0, 0]), gone]))
        rows = np.concatenate(columns)
        rows[:, 3] = np.minimum(rows[:, 3], self.end - rows[:, 0])
        return rows[np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0]))]

    def in_song(self, notes: Notes) -> Notes:
        """Notes of a draft as they stand in the song."""
        moved: Notes = notes - np.array([self.shift, 0, 0, 0, 0, 0])
        moved[:, 1] = np.array(self.parts)[notes[:, 1]]
        return moved


def _with_part(seed: Seed, kind: PartKind) -> Seed:
    """The seed with a part of that kind that has no notes yet."""
    song = seed.song
    longer = Song((*song.tracks, kind.track), song.tempos, song.time_signatures, song.length_pulses)
    exact = None if seed.exact is None else [*seed.exact, (np.zeros(0), np.zeros(0))]
    return Seed.of(longer, exact=exact, signature=seed.signature)


def _line_after(song: Song, pulse: int) -> int:
    """The bar line after the first MOST_NOTES_AFTER notes from a pulse on, or where the song ends."""
    onsets = np.sort(np.concatenate([track.array[:, 0] for track in song.tracks]))
    later = onsets[onsets >= pulse]
    end, lines = join_pulse(song), song.bar_lines
    if len(later) <= MOST_NOTES_AFTER:
        return end
    return min(end, lines.start(lines.position(int(later[MOST_NOTES_AFTER]))[0]))


def _track(track: Track, first: int, after: int, last: int, shift: int) -> Track:
    """The notes from `after` to `last`, which end there, and behind them those from `first` on."""
    onsets = track.array[:, 0]
    round_again = track.array[(onsets >= after) & (onsets < last)] - np.array([after, 0, 0, 0])
    round_again[:, 2] = np.minimum(round_again[:, 2], last - after - round_again[:, 0])
    here = track.array[onsets >= first] + np.array([shift, 0, 0, 0])
    return track.with_notes(np.concatenate([round_again, here]))


def _metres(song: Song, first: int, after: int, last: int) -> list[TimeSignature]:
    """The time signatures of the same passages, those that change nothing left out."""
    begun = [(0, after, last), (last - after, first, None)] if last > after else [(0, first, None)]
    found = list[TimeSignature]()
    for place, start, end in begun:
        in_force = song.bar_lines.signature_at(start)
        changes = [s for s in song.time_signatures if s.onset_pulses > start and (end is None or s.onset_pulses < end)]
        for signature, onset in [(in_force, start), *((s, s.onset_pulses) for s in changes)]:
            moved = TimeSignature(onset - start + place, signature.numerator, signature.denominator)
            if not found or (found[-1].numerator, found[-1].denominator) != (moved.numerator, moved.denominator):
                found.append(moved)
    return found


def _placed(events: EventArray) -> Iterator[PlacedEvent]:
    cursor = Cursor()
    for event in events.tolist():
        bar = cursor.bar + event[0]
        yield cursor.advance(event), (bar, *event[1:])


def _notes_and_metres(placed: Sequence[PlacedEvent]) -> list[PlacedEvent]:
    """Without rests, which depend on what is drawn, and the end."""
    return [(pulse, event) for pulse, event in placed if event[PITCH] not in (END, REST)]
