"""The notes of a MIDI file at their exact ticks, each with the track, port, channel and program that play it."""

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from melodyrnn.arrays import Ints
from melodyrnn.messages import CONTROL, NOTE_ON, PROGRAM
from melodyrnn.midi.trackevents import TrackEvents
from melodyrnn.midi.understanding import NEVER, SILENCES

BANK_HIGH, BANK_LOW = 0, 32
OPEN = -1  # the end of a note that nothing ends


class Voice(NamedTuple):
    """A player of notes in a file: a track of it, a port, a channel of 0 to 15, and the program and bank that the track
    has chosen there. A bank is its high and low byte; None is what the track does not choose.
    """

    track: int
    port: int
    channel: int
    program: int | None
    bank: tuple[int | None, int | None]


class Row(NamedTuple):
    """One of the FileNotes."""

    voice: int
    onset: int
    end: int
    pitch: int
    velocity: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class FileNotes:
    """n notes in the order of the file: for each track those of its note-ons.

    `voices`: what plays them, in order of their first note; `voice` (n,) which of these. `onsets` and `ends` (n,) in
    ticks, an end of OPEN where nothing ends the note. `pitches` and `velocities` (n,). `starts` and `stops` (n,): which
    events of its track begin and end each note, a stop of OPEN where no event of the track ends it.
    """

    voices: tuple[Voice, ...]
    voice: Ints
    onsets: Ints
    ends: Ints
    pitches: Ints
    velocities: Ints
    starts: Ints
    stops: Ints

    def __len__(self) -> int:
        return len(self.onsets)


def file_notes(tracks: Sequence[TrackEvents]) -> FileNotes:
    """The notes of the tracks of a file, which sound together.

    A note-off ends the note of its track, channel and pitch that began first. A note that none ends there is ended by
    one of another track that has no note, or when its channel is silenced (controls 120 and 123).
    """
    rows: list[Row] = []
    voices: dict[Voice, int] = {}
    strays: defaultdict[tuple[int, int, int], list[int]] = defaultdict(list)
    silences: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for number, track in enumerate(tracks):
        _add_notes(number, track, rows, voices, strays, silences)
    table = np.array(rows, np.int64).reshape(-1, len(Row._fields))
    ends = _ended(table, list(voices), strays, silences)
    return FileNotes(tuple(voices), table[:, 0], table[:, 1], ends, *table[:, 3:].T)


def _add_notes(
    number: int,
    track: TrackEvents,
    rows: list[Row],
    voices: dict[Voice, int],
    strays: defaultdict[tuple[int, int, int], list[int]],
    silences: defaultdict[tuple[int, int], list[int]],
) -> None:
    """Add the notes of a track as rows."""
    indices = _speaking(track)
    firsts, seconds = track.data(indices)
    ports = track.ports()[indices].tolist()
    events = zip(
        track.ticks[indices].tolist(), track.statuses[indices].tolist(), firsts.tolist(), seconds.tolist(), strict=True
    )
    sounding: defaultdict[tuple[int, int, int], deque[int]] = defaultdict(deque)
    programs: dict[tuple[int, int], tuple[int | None, tuple[int | None, int | None]]] = {}
    banks: dict[tuple[int, int], tuple[int | None, int | None]] = {}
    for index, port, (tick, status, first, second) in zip(indices.tolist(), ports, events, strict=True):
        kind, channel = status & 0xF0, status & 0x0F
        here = (port, channel)
        if kind == NOTE_ON and second:
            voice = Voice(number, port, channel, *programs.get(here, (None, banks.get(here, (None, None)))))
            sounding[port, channel, first].append(len(rows))
            rows.append(Row(voices.setdefault(voice, len(voices)), tick, OPEN, first, second, index, OPEN))
        elif kind <= NOTE_ON:
            waiting = sounding[port, channel, first]
            if waiting:
                note = waiting.popleft()
                rows[note] = rows[note]._replace(end=tick, stop=index)
            else:
                strays[port, channel, first].append(tick)
        elif kind == PROGRAM:
            programs[here] = (first, banks.get(here, (None, None)))
        elif first in SILENCES:
            silences[here].append(tick)
        else:
            high, low = banks.get(here, (None, None))
            banks[here] = (second, low) if first == BANK_HIGH else (high, second)


def _speaking(track: TrackEvents) -> Ints:
    """Which events say something of notes: these, programs, banks and what silences a channel."""
    kinds = track.statuses & 0xF0
    controls = np.flatnonzero(kinds == CONTROL)
    numbers, _ = track.data(controls)
    kept = np.zeros(len(track), np.bool_)
    kept[controls[np.isin(numbers, (BANK_HIGH, BANK_LOW, *SILENCES))]] = True
    return np.flatnonzero(kept | (kinds <= NOTE_ON) | (kinds == PROGRAM))


def _ended(
    table: Ints,
    voices: Sequence[Voice],
    strays: defaultdict[tuple[int, int, int], list[int]],
    silences: defaultdict[tuple[int, int], list[int]],
) -> Ints:
    """The (n,) ends of the notes, those that their own track leaves open ended from elsewhere."""
    ends = table[:, 2].copy()
    waiting = {key: deque(sorted(ticks)) for key, ticks in strays.items()}
    still = {key: np.array([*sorted(ticks), NEVER], np.int64) for key, ticks in silences.items()}
    open_notes = np.flatnonzero(ends == OPEN)
    for note in open_notes[np.argsort(table[open_notes, 1], kind="stable")].tolist():
        voice, onset, _, pitch, *_ = table[note].tolist()
        _, port, channel, *_ = voices[voice]
        offs = waiting.get((port, channel, pitch))
        while offs and offs[0] <= onset:
            offs.popleft()
        quiet = still.get((port, channel))
        silent = NEVER if quiet is None else int(quiet[np.searchsorted(quiet[:-1], onset, side="right")])
        if offs and offs[0] <= silent:
            ends[note] = offs.popleft()
        elif silent < NEVER:
            ends[note] = silent
    return ends


def sounding_at(notes: FileNotes, tick: int) -> npt.NDArray[np.bool_]:
    """(n,): which notes have begun before `tick` and end after it, or never."""
    sounding: npt.NDArray[np.bool_] = (notes.onsets < tick) & ((notes.ends > tick) | (notes.ends == OPEN))
    return sounding
