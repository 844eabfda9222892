"""The one place that calls symusic's parser: the bytes of a file to parts, and what symusic leaves out in silence."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from melodyrnn.arrays import Ints
from melodyrnn.errors import MidiFileError
from melodyrnn.midi.chunks import END_OF_TRACK, HEADER_BYTES
from melodyrnn.midi.parsed import NoteColumns, Parsed, Part
from melodyrnn.midi.understanding import ended_by_silence

if TYPE_CHECKING:
    import symusic.core

PARSER_ERRORS = (RuntimeError, ValueError, LookupError, ArithmeticError, MemoryError)
LONGEST_WAIT_TICKS = 2**28 - 1  # that one event can wait

# What takes the place of an end of track, byte for byte (so that it is swallowed where the end was: inside a text).
# After a long wait come the note-offs of every pitch, by running status, and a tempo whose number says which track was
# read to its end.
EMPTY_TEXT, TEMPO_EVENT = b"\xff\x01\x00", b"\xff\x51\x03"
FIRST_TRACK = 1
NOTE_ONS = bytes(range(0x90, 0xA0))

# Events that are of no channel: a wait and a meta event of at most 127 bytes that ends no track, a few times.
FEW = 12
LONGEST_NUMBER = 16  # bytes, of a number of variable length
WAIT = rb"(?:[\x80-\xff]{0,%d}[\x00-\x7f])" % (LONGEST_NUMBER - 1)
TEXTS = b"|".join(re.escape(bytes([size])) + b".{%d}" % size for size in range(128))
META_EVENTS = re.compile(rb"(?:" + WAIT + rb"\xff[\x00-\x2e\x30-\x7f](?:" + TEXTS + rb")){0,%d}" % FEW, re.DOTALL)


class DamagedFileError(MidiFileError):
    """The parser does not take the file, but the lenient reader may."""


def parse_ended(data: bytes, bodies: Sequence[tuple[int, int]], name: str) -> Parsed:
    """The contents of a plain file, to the ends of whose tracks a long wait and a note-off for every pitch were added.

    symusic leaves out notes that nothing ends. So it gives them, and they last LONGEST_WAIT_TICKS or longer: one parse
    finds both the notes and whether any has no end. `bodies`: where `sound_tracks` finds the tracks. DamagedFileError
    where the parser refuses the file, or does not read a track to its end.
    """
    conducted = len(bodies) > 1 and is_conductor(data, *bodies[0])
    pieces = [b"MThd\0\0\0\6\0\1", len(bodies).to_bytes(2, "big"), data[HEADER_BYTES - 2 : HEADER_BYTES]]
    for track, (start, end) in enumerate(bodies, FIRST_TRACK):
        end -= len(END_OF_TRACK)
        body = data[start:end]
        silent = track == FIRST_TRACK and conducted
        closing = _closing(b"" if silent else bytes([status for status in NOTE_ONS if status in body]), track)
        pieces += (b"MTrk", (end - start + len(closing)).to_bytes(4, "big"), body, closing)
    score, damaged_controls = _score(b"".join(pieces), name)
    tempos = _table(score.tempos, "time", "mspq")
    closes = (tempos[:, 0] >= LONGEST_WAIT_TICKS) & (tempos[:, 1] <= len(bodies))
    if np.count_nonzero(closes) != len(bodies) or (tempos[:, 0] < 0).any():
        raise DamagedFileError(f"{name}: damaged MIDI file (a track goes on after its end)")
    ends = tempos[closes & (tempos[:, 1] == FIRST_TRACK), 0] - LONGEST_WAIT_TICKS
    conductor_end = int(ends[0]) if conducted else 0
    return _parsed(score, tempos[~closes], conductor_end, damaged_controls)


def load_parser() -> None:
    """Import symusic now rather than with the first file."""
    import symusic.core  # noqa: F401


def is_conductor(data: bytes, place: int, end: int) -> bool:
    """Whether the track in data[place:end] holds no event of a channel."""
    end -= len(END_OF_TRACK)
    while True:
        found = META_EVENTS.match(data, place, end)
        place = variable_length(data, found.end() if found else place)[1]
        if place >= end:
            return place == end
        status = data[place]
        if status not in (0xFF, 0xF0, 0xF7):
            return False
        size, place = variable_length(data, place + (2 if status == 0xFF else 1))
        place += size


def variable_length(data: bytes, place: int) -> tuple[int, int]:
    """The variable-length number at `place`, and the place after it. Legal are four bytes, read are up to 16: programs
    have written negative waits as numbers of 64 bits.
    """
    number = 0
    for byte in data[place : place + LONGEST_NUMBER]:
        place += 1
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            break
    return number, place


def variable_length_bytes(number: int) -> bytes:
    """The bytes of a variable-length number."""
    data = [number & 0x7F]
    while number := number >> 7:
        data.append(number & 0x7F | 0x80)
    return bytes(reversed(data))


@lru_cache(maxsize=4096)
def _closing(note_ons: bytes, track: int) -> bytes:
    """The bytes that replace the end of track number `track`, with notes of these status bytes."""
    offs = (
        bytes([status - 0x10, 0, 0]) + b"".join(bytes([0, pitch, 0]) for pitch in range(1, 128)) + b"\x00"
        for status in note_ons
    )
    wait = variable_length_bytes(LONGEST_WAIT_TICKS)
    return b"".join((EMPTY_TEXT, wait, *offs, TEMPO_EVENT, track.to_bytes(3, "big"), b"\x00", END_OF_TRACK))


def _score(data: bytes, name: str) -> tuple["symusic.core.ScoreTick", int]:
    """-> the score, and 1 if control values above 127 had to be overlooked for it."""
    import symusic.core  # here, because it takes 50 ms and a program that only plays needs no file

    try:
        return symusic.core.ScoreTick.from_midi(data), 0
    except PARSER_ERRORS as error:
        if "control" not in str(error):
            raise _damaged(name, error) from None
    try:
        return symusic.core.ScoreTick.from_midi(data, sanitize_data=True), 1
    except PARSER_ERRORS as error:
        raise _damaged(name, error) from None


def _parsed(score: "symusic.core.ScoreTick", tempos: Ints, conductor_end: int, damaged_controls: int) -> Parsed:
    """The contents of a score of closed tracks; `tempos` are those of the file itself."""
    parts: list[Part] = []
    notes: list[Ints] = []
    listed, has_unended = list(score.tracks), False
    for part in listed:
        if not len(part.notes):
            continue
        rows = _table(part.notes, "time", "duration", "pitch", "velocity")
        has_unended |= bool(rows[:, 1].max() >= LONGEST_WAIT_TICKS)
        if len(part.controls):
            ended_by_silence(rows, _table(part.controls, "time", "number"))
        notes.append(rows)
        counts = len(rows), len(part.controls), len(part.pitch_bends)
        parts.append(Part(part.name, part.program, part.is_drum, *counts, part.program))
    columns = NoteColumns(*(np.concatenate(notes) if notes else np.empty((0, 4), np.int64)).T.copy())
    metres = _table(score.time_signatures, "time", "numerator", "denominator")
    empty_parts = len(listed) - len(parts)
    keys = tuple((key.time, key.key, key.tonality) for key in score.key_signatures)
    return Parsed(
        tuple(parts), columns, tempos, metres, empty_parts, conductor_end, damaged_controls, has_unended, keys
    )


def _table(values: Any, *names: str) -> Ints:
    """A list of symusic's -> (n, m) the named fields of each. A pitch above 127 comes out negative: it is damage."""
    columns = values.numpy()
    table = np.empty((len(values), len(names)), np.int64)
    for i, name in enumerate(names):
        table[:, i] = columns[name]
    return table


def _damaged(name: str, error: Exception) -> MidiFileError:
    if isinstance(error, MemoryError) or "bad_alloc" in str(error):
        return MidiFileError(f"{name}: not enough memory to read it")
    reason = str(error).removeprefix("MiniMidi: ").removesuffix(": iostream error")
    reason = re.sub(r"^Get (?=\w+=)", "Illegal value ", reason.replace("Invaild", "Invalid").replace("!", ". "))
    reason = re.sub(r"\s+", " ", reason).strip(" .") or type(error).__name__
    return DamagedFileError(f"{name}: damaged MIDI file ({reason[0].lower()}{reason[1:]})")
