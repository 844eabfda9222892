"""A Song as a sequence of events, and back. One event is one note, and one step of the recurrent network.

An event is six small integers, the columns of an (n, 6) array:

    bars      bars since the event before, 0 to 15
    place     pulses after the bar line, 0 to 191
    part      which track, 0 to 127
    pitch     0-127 a pitch; 128-255 a drum sound (128 + its General MIDI key); 256 and up no note at all, see below
    duration  1 to 288 pulses; 0: 288 pulses, and a tie follows
    velocity  1 to 32, in steps of 4; 0: a tie, which goes on with the note of that part and pitch that ends here

Marker events have the same six fields, so a sequence holds all that is needed to write the notes down:

    METRE       a time signature starts here: duration is its numerator, velocity the logarithm of its denominator
    PART, KIT   names a track before the first note: duration is its General MIDI program; KIT is a drum track
    REST        15 bars without an event
    END         the bar line at which the music ends

Events are ordered by time, then by part, then from low to high. A bar longer than 192 pulses (eight quarters) is cut
into stretches of 192, each counted as a bar. Tempo and track names are carried beside the events.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from melodyrnn.errors import OptionError
from melodyrnn.music.metre import BarLines, TimeSignature, beats_a_bar
from melodyrnn.music.pulses import PULSES_PER_WHOLE
from melodyrnn.music.song import Note, Song, Track
from melodyrnn.music.tempo import Tempo

FIELDS = ("bars", "place", "part", "pitch", "duration", "velocity")
SIZES = BARS, PLACES, PARTS, PITCHES, DURATIONS, VELOCITIES = 16, 192, 128, 261, 289, 33
DRUM, END, REST, METRE, PART, KIT = 128, 256, 257, 258, 259, 260
LONGEST_NOTE, LONGEST_GAP, VELOCITY_STEP = DURATIONS - 1, BARS - 1, 4

ENCODING_VERSION = 1
EventArray = npt.NDArray[np.int64]
_Velocities = TypeVar("_Velocities", int, EventArray)


def midi_velocity(token: _Velocities) -> _Velocities:
    """The MIDI velocity that a velocity token above 0 stands for: 2, 6, ... 126."""
    return VELOCITY_STEP * token - VELOCITY_STEP // 2


def velocity_token(velocity: _Velocities) -> _Velocities:
    """The token of a MIDI velocity from 1 to 127."""
    return (velocity - 1) // VELOCITY_STEP + 1


@dataclass(frozen=True, slots=True)
class EventSequence:
    """A Song as (n, 6) `events`, with its tempos and names, and counts of what was rounded or dropped."""

    events: EventArray
    tempos: Sequence[Tempo] = ()
    names: tuple[str, ...] = ()
    velocities_rounded: int = 0
    notes_dropped: int = 0

    @property
    def note_count(self) -> int:
        """Notes in the sequence: events that are neither markers nor ties."""
        return int(((self.events[:, 3] < END) & (self.events[:, 5] > 0)).sum())


class Cursor:
    """Where in the music the last event stands. Follows events in constant time and memory.

    `bar` counts from 0 (long bars in stretches), `place` is pulses after its line, `pulse` is both in one.
    """

    __slots__ = ("_denominator", "_first_bar", "_numerator", "_onset", "_stretches", "bar", "place", "pulse")

    def __init__(self) -> None:
        self.bar = self.place = self.pulse = self._onset = self._first_bar = 0
        self._numerator, self._denominator, self._stretches = 4, 4, 1

    def bar_start(self, bar: int) -> int:
        """The pulse at which `bar` begins, if the metre stays."""
        bars, stretch = divmod(bar - self._first_bar, self._stretches)
        return self._onset - (-bars * self._numerator * PULSES_PER_WHOLE // self._denominator) + stretch * PLACES

    def stretch(self, bar: int) -> int:
        """Which stretch of its bar `bar` is: 0 wherever bars are no longer than PLACES."""
        return (bar - self._first_bar) % self._stretches

    def bar_pulses(self, bar: int) -> int:
        """Length of `bar` in pulses, if the metre stays."""
        return self.bar_start(bar + 1) - self.bar_start(bar)

    @property
    def stretches(self) -> int:
        """How many make a bar."""
        return self._stretches

    def whole_bar(self, bar: int) -> tuple[int, int]:
        """The pulses at which the bar begins and ends that `bar` is a stretch of, if the metre stays."""
        first = bar - self.stretch(bar)
        return self.bar_start(first), self.bar_start(first + self._stretches)

    @property
    def beats(self) -> int:
        """Of a bar."""
        return beats_a_bar(self._numerator, self._denominator)

    def advance(self, event: Sequence[int]) -> int:
        """Move to where `event` stands -> its pulse."""
        bars, place, _, pitch, duration, velocity = event
        self.bar += bars
        self.place = place
        self.pulse = self.bar_start(self.bar) + place
        if pitch == METRE:
            self._numerator, self._denominator = duration, 1 << velocity
            self._stretches = -(-(-(-duration * PULSES_PER_WHOLE // self._denominator)) // PLACES)
            self.bar += place > 0
            self.place, self._onset, self._first_bar = 0, self.pulse, self.bar
        return self.pulse


def encode(song: Song) -> EventSequence:
    """Song -> events. Tracks after the 128th are dropped, and velocities rounded, with a count of each."""
    lines = BarLines(song.time_signatures, PLACES)
    tracks, dropped = song.tracks[:PARTS], sum(len(track) for track in song.tracks[PARTS:])
    markers = _markers(lines, tracks)
    notes, rounded = _notes(tracks)
    bars, places = lines.positions(notes[:, 0])
    body = np.column_stack([notes[:, 0], bars, places, bars, notes[:, 1:]])
    table = np.concatenate([markers, body])[np.argsort(np.concatenate([markers[:, 0], body[:, 0]]), kind="stable")]
    end = lines.next_line(max(song.end_pulses, int(table[-1, 0]) + 1))
    end_bar = lines.position(end)[0]
    table = np.concatenate([table, [[end, end_bar, 0, end_bar, 0, END, 0, 0]]])
    since = np.diff(table[:, 1], prepend=0) + np.concatenate([[0], table[:-1, 1] - table[:-1, 3]])
    rests = np.maximum(0, -(-(since - LONGEST_GAP) // LONGEST_GAP))
    events = np.column_stack([since - LONGEST_GAP * rests, table[:, 2], table[:, 4:]])
    if rests.any():
        rest = np.array([LONGEST_GAP, 0, 0, REST, 0, 0])
        events = np.insert(events, np.repeat(np.arange(len(events)), rests), rest, axis=0)
    return EventSequence(events, song.tempos, tuple(track.name for track in tracks), rounded, dropped)


def _markers(lines: BarLines, tracks: Sequence[Track]) -> EventArray:
    """Time signatures and parts as rows of (pulse, bar, place, bar afterwards, part, pitch, duration, velocity)."""
    rows = []
    for i, signature in enumerate(lines.time_signatures):
        bar, place = lines.change(i)
        power = signature.denominator.bit_length() - 1
        rows.append((signature.onset_pulses, bar, place, bar + (place > 0), 0, METRE, signature.numerator, power))
    for part, track in enumerate(tracks):
        rows.insert(1 + part, (0, 0, 0, 0, part, KIT if track.is_drum else PART, track.program, 0))
    return np.array(rows, np.int64)


def _notes(tracks: Sequence[Track]) -> tuple[EventArray, int]:
    """-> rows of (pulse, part, pitch, duration, velocity) in order, and how many velocities lost precision."""
    columns = [np.insert(track.array, 1, part, axis=1) for part, track in enumerate(tracks)]
    notes = np.concatenate([np.empty((0, 5), np.int64), *columns])
    notes[:, 2] += np.array([DRUM * track.is_drum for track in tracks], np.int64)[notes[:, 1]]
    tokens = velocity_token(notes[:, 4])
    rounded = int((midi_velocity(tokens) != notes[:, 4]).sum())
    notes[:, 4] = tokens
    notes = notes[np.lexsort((notes[:, 4], notes[:, 3], notes[:, 2], notes[:, 1], notes[:, 0]))]
    ties = (notes[:, 3] - 1) // LONGEST_NOTE
    if ties.any():
        index = np.repeat(np.arange(len(notes)), ties + 1)
        piece = np.arange(len(index)) - np.repeat(np.cumsum(ties + 1) - ties - 1, ties + 1)
        notes, last = notes[index], piece == ties[index]
        notes[:, 0] += piece * LONGEST_NOTE
        notes[:, 3] = np.where(last, notes[:, 3] - piece * LONGEST_NOTE, 0)
        notes[piece > 0, 4] = 0
        notes = notes[np.lexsort((piece == 0, notes[:, 2], notes[:, 1], notes[:, 0]))]
    return notes, rounded


def decode(sequence: EventSequence) -> Song:
    """Events -> Song. Raises OptionError at the first event that `encode` cannot have written."""
    cursor, signatures, length = Cursor(), [], 0
    programs: list[tuple[int, bool]] = []
    parts: list[list[list[int]]] = []
    tied: defaultdict[tuple[int, int, int], list[list[int]]] = defaultdict(list)
    for index, event in enumerate(sequence.events.tolist()):
        if any(not 0 <= value < size for value, size in zip(event, SIZES, strict=True)):
            raise OptionError(f"event {index} {tuple(event)}: a field is not below its size {SIZES}")
        _, _, part, pitch, duration, velocity = event
        if pitch == METRE and (duration not in range(1, 256) or velocity > 6):
            raise OptionError(f"event {index}: {duration}/{2**velocity} is no time signature")
        pulse = cursor.advance(event)
        if pitch == END:
            length = pulse
        elif pitch == METRE:
            signatures.append(TimeSignature(pulse, duration, 1 << velocity))
        elif pitch in (PART, KIT):
            if part != len(parts) or duration > 127:
                raise OptionError(f"event {index}: part {part} with program {duration} cannot be named here")
            programs.append((duration, pitch == KIT))
            parts.append([])
        elif pitch < END:
            if part >= len(parts) or programs[part][1] != (pitch >= DRUM):
                raise OptionError(f"event {index}: part {part} has no such note as {pitch}")
            key = (part, pitch, pulse)
            if velocity:
                note = [pulse, pitch % DRUM, 0, midi_velocity(velocity)]
                parts[part].append(note)
            elif tied[key]:
                note = tied[key].pop(0)
            else:
                raise OptionError(f"event {index}: a tie, but no note of part {part} and pitch {pitch} ends here")
            note[2] += duration or LONGEST_NOTE
            if not duration:
                tied[part, pitch, pulse + LONGEST_NOTE].append(note)
    names = sequence.names + ("",) * len(parts)
    tracks = [
        Track((Note(*note) for note in notes), program, is_drum, name)
        for notes, (program, is_drum), name in zip(parts, programs, names, strict=False)
    ]
    return Song(tuple(tracks), sequence.tempos, tuple(signatures), length)
