"""Note, Track, Song: what music is here. Pure values; no file, no port."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from melodyrnn.errors import OptionError
from melodyrnn.music.metre import BarLines, TimeSignature, in_order
from melodyrnn.music.tempo import Tempo, TempoMap

NoteArray = npt.NDArray[np.int64]


class Note(NamedTuple):
    """One note. Onset and duration in pulses, MIDI pitch 0 to 127, MIDI velocity 1 to 127."""

    onset_pulses: int
    pitch: int
    duration_pulses: int
    velocity: int

    @property
    def end_pulses(self) -> int:
        """The first pulse at which the note no longer sounds."""
        return self.onset_pulses + self.duration_pulses


class Track:
    """One instrument's notes, kept as a read-only array so that millions of them cost little.

    `notes`: Notes, or an (n, 4) integer array with the fields of Note as columns; kept sorted.
    `program`: General MIDI program, 0 to 127; for drums the kit. `is_drum`: pitches are General MIDI drum sounds.
    """

    __slots__ = ("array", "is_drum", "name", "program")

    def __init__(
        self, notes: Iterable[Note] | NoteArray, program: int = 0, is_drum: bool = False, name: str = ""
    ) -> None:
        given = notes if isinstance(notes, np.ndarray) else list(notes)
        array = np.array(given, np.int64).reshape(-1, 4)
        if not 0 <= program <= 127:
            raise OptionError(f"program {program}: must be 0 to 127")
        if len(array):
            low, high = array.min(0), array.max(0)
            if low[0] < 0 or low[1] < 0 or high[1] > 127 or low[2] < 1 or low[3] < 1 or high[3] > 127:
                raise OptionError(
                    "a note needs an onset of 0 or later, pitch 0-127, duration 1 or longer, velocity 1-127"
                )
            array = array[np.lexsort((array[:, 3], array[:, 2], array[:, 1], array[:, 0]))]
        array.setflags(write=False)
        self.array, self.program, self.is_drum, self.name = array, program, is_drum, name

    @classmethod
    def of_checked(cls, array: NoteArray, program: int, is_drum: bool, name: str) -> "Track":
        """A Track that keeps `array` itself: legal, sorted, read-only notes, as another Track's `array` is."""
        track = cls.__new__(cls)
        track.array, track.program, track.is_drum, track.name = array, program, is_drum, name
        return track

    @property
    def notes(self) -> list[Note]:
        """The notes, by onset, pitch, duration, velocity."""
        return [Note(*row) for row in self.array.tolist()]

    def __iter__(self) -> Iterator[Note]:
        return iter(self.notes)

    def __len__(self) -> int:
        return len(self.array)

    def with_notes(self, notes: Iterable[Note] | NoteArray) -> "Track":
        """The same instrument playing other notes."""
        return Track(notes, self.program, self.is_drum, self.name)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Track):
            return NotImplemented
        mine, its = (self.program, self.is_drum, self.name), (other.program, other.is_drum, other.name)
        return mine == its and np.array_equal(self.array, other.array)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        kind = "drums" if self.is_drum else f"program {self.program}"
        return f"Track({self.name!r}, {kind}, {len(self)} notes)"


@dataclass(frozen=True, slots=True, init=False)
class Song:
    """Tracks under one tempo map and one line of time signatures.

    `tempos` and `time_signatures` are kept sorted, one a pulse (the last given wins), the first at pulse 0
    (120 bpm and 4/4 where none is given). `length_pulses` is 0, or where the last bar ends if later than the last note.
    """

    tracks: tuple[Track, ...]
    tempos: Sequence[Tempo] = ()
    time_signatures: tuple[TimeSignature, ...] = ()
    length_pulses: int = field(default=0, compare=False)

    def __init__(
        self,
        tracks: Iterable[Track],
        tempos: Iterable[Tempo] = (),
        time_signatures: Iterable[TimeSignature] = (),
        length_pulses: int = 0,
    ) -> None:
        keep = object.__setattr__
        keep(self, "tracks", tuple(tracks))
        keep(self, "tempos", TempoMap.of(tempos))
        keep(self, "time_signatures", in_order(time_signatures))
        keep(self, "length_pulses", length_pulses)

    @property
    def tempo_map(self) -> TempoMap:
        """`tempos`, with their columns."""
        return TempoMap.of(self.tempos)

    @property
    def note_count(self) -> int:
        """Notes in all tracks."""
        return sum(len(track) for track in self.tracks)

    @property
    def end_pulses(self) -> int:
        """Where the music ends: the end of the last note, or `length_pulses` if that is later."""
        ends = [int((track.array[:, 0] + track.array[:, 2]).max()) for track in self.tracks if len(track)]
        return max([self.length_pulses, *ends])

    @property
    def bar_lines(self) -> BarLines:
        """The bar lines that the time signatures draw."""
        return BarLines(self.time_signatures)

    @property
    def bars(self) -> int:
        """Bars begun before the end."""
        return self.bar_lines.position(self.end_pulses - 1)[0] + 1 if self.end_pulses else 0

    def seconds(self, pulse: int) -> float:
        """When `pulse` is heard, in seconds after the start, under the tempo map."""
        return self.tempo_map.seconds(pulse)

    def from_pulse(self, start: int) -> "Song":
        """The notes from `start` on, moved so that `start` is pulse 0, in the tempo and metre in force there."""
        tempo = [t for t in self.tempos if t.onset_pulses <= start][-1]
        tempos = [
            Tempo(0, tempo.bpm),
            *(Tempo(t.onset_pulses - start, t.bpm) for t in self.tempos if t.onset_pulses > start),
        ]
        metre = self.bar_lines.signature_at(start)
        metres = [
            TimeSignature(0, metre.numerator, metre.denominator),
            *(replace(s, onset_pulses=s.onset_pulses - start) for s in self.time_signatures if s.onset_pulses > start),
        ]
        tracks = [t.with_notes(t.array[t.array[:, 0] >= start] - np.array([start, 0, 0, 0])) for t in self.tracks]
        return Song(tuple(tracks), tuple(tempos), tuple(metres), max(0, self.length_pulses - start))

    def until_pulse(self, end: int) -> "Song":
        """The notes that begin before `end`; notes that would sound past it stop there."""
        tracks = []
        for track in self.tracks:
            kept = track.array[track.array[:, 0] < end].copy()
            kept[:, 2] = np.minimum(kept[:, 2], end - kept[:, 0])
            tracks.append(track.with_notes(kept))
        return Song(
            tuple(tracks),
            tuple(t for t in self.tempos if t.onset_pulses < end),
            tuple(s for s in self.time_signatures if s.onset_pulses < end),
            min(self.length_pulses, end),
        )
