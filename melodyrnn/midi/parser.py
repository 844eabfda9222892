"""The one place that calls symusic's parser: bytes to a score, and what it leaves out of one without a word."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from melodyrnn.errors import MidiFileError
from melodyrnn.midi.chunks import END_OF_TRACK, HEADER_BYTES
from melodyrnn.midi.limits import Limits
from melodyrnn.midi.records import metre_records, note_records, tempo_records

if TYPE_CHECKING:
    import symusic.core

PARSER_ERRORS = (RuntimeError, ValueError, LookupError, ArithmeticError, MemoryError)
LONG_WAIT_TICKS = 2**28 - 1  # the longest that one event can wait

# Takes the place of an end of track, byte for byte (so that it is swallowed where the end was: inside a text). After
# the long wait come the note-offs of every pitch, by running status, and a marker that says the track was read so far.
EMPTY_TEXT, LONG_WAIT = b"\xff\x01\x00", b"\xff\xff\xff\x7f"
MARKER, FIRST_MARKER = b"\xff\x06\x01.", b"\xff\x06\x01:"
NOTE_ONS = bytes(range(0x90, 0xA0))

# Events that are of no channel: a wait and a meta event of at most 127 bytes that ends no track, many times.
WAIT = rb"(?:[\x80-\xff]{0,2}[\x00-\x7f]|[\x80-\xff]{3}.)"
TEXTS = b"|".join(re.escape(bytes([size])) + b".{%d}" % size for size in range(128))
META_EVENTS = re.compile(rb"(?:" + WAIT + rb"\xff[\x00-\x2e\x30-\x7f](?:" + TEXTS + rb")){0,1000}", re.DOTALL)


class DamagedFileError(MidiFileError):
    """The parser does not take the file, but the lenient reader may."""


class NoNotesError(MidiFileError):
    """A file without a note, whatever else it holds."""


@dataclass(slots=True)
class Parsed:
    """What the parser found in a file that holds notes. Records as in `records`; ticks are those of `per_quarter`."""

    name: str
    per_quarter: int
    parts: "list[symusic.core.TrackTick]"  # with notes
    note_counts: list[int]  # of each part
    notes: bytes  # of all parts, one after the other
    tempos: bytes
    metres: bytes
    empty_parts: int
    damaged_controls: int = 0
    conductor_end: int = 0  # the tick of the end of a first track that holds no channel event, else 0
    all_ended: bool = False  # whether a note that lasts LONG_WAIT_TICKS is as long as the file says


def parse(data: bytes, conductor_end: int, name: str, limits: Limits) -> Parsed:
    """A file whose notes all end, and of which is known where its conductor does. NoNotesError if it has none; DamagedFileError where the parser refuses."""
    score, damaged_controls = _score(data, name)
    parsed = _parsed(score, name, limits)
    parsed.damaged_controls, parsed.conductor_end, parsed.all_ended = damaged_controls, conductor_end, True
    return parsed


def parse_ended(data: bytes, bodies: Sequence[tuple[int, int]], name: str, limits: Limits) -> Parsed:
    """`parse`, of tracks to which a long wait and a note-off for every pitch were added where they end.

    The parser leaves out notes that nothing ends. So it gives them, and they last `LONG_WAIT_TICKS` or longer: one
    parse finds both the notes and whether any has no end. `bodies`: from `sound_tracks`. DamagedFileError also where a
    track ends before its bytes do.
    """
    pieces = [data[:HEADER_BYTES]]
    for start, end in bodies:
        end -= len(END_OF_TRACK)
        body = data[start:end]
        closing = _closing(bytes([status for status in NOTE_ONS if status in body]), len(pieces) == 1)
        pieces += (b"MTrk", (end - start + len(closing)).to_bytes(4, "big"), body, closing)
    score, damaged_controls = _score(b"".join(pieces), name)
    markers = score.markers
    first_closing = len(markers) - len(bodies)  # they are in order of time
    if first_closing < 0 or markers[first_closing].time < LONG_WAIT_TICKS:
        raise DamagedFileError(f"{name}: damaged MIDI file (a track goes on after its end)")
    parsed = _parsed(score, name, limits)
    parsed.damaged_controls = damaged_controls
    if len(bodies) > 1 and is_conductor(data, *bodies[0]):
        closings = (markers[i] for i in range(first_closing, len(markers)))
        parsed.conductor_end = next((m.time for m in closings if m.text == ":"), LONG_WAIT_TICKS) - LONG_WAIT_TICKS
    return parsed


def is_conductor(data: bytes, place: int, end: int) -> bool:
    """Whether the track in data[place:end], which was read to its end, holds no event of a channel."""
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
    """The variable-length number at `place`, and the place after it."""
    number = 0
    for byte in data[place : place + 4]:
        place += 1
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            break
    return number, place


@lru_cache(maxsize=1024)
def _closing(note_ons: bytes, is_first: bool) -> bytes:
    """What takes the place of the end of a track with notes of these status bytes."""
    offs = (
        bytes([status - 0x10, 0, 0]) + b"".join(bytes([0, pitch, 0]) for pitch in range(1, 128)) + b"\x00"
        for status in note_ons
    )
    return b"".join((EMPTY_TEXT, LONG_WAIT, *offs, FIRST_MARKER if is_first else MARKER, b"\x00", END_OF_TRACK))


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


def _parsed(score: "symusic.core.ScoreTick", name: str, limits: Limits) -> Parsed:
    notes = score.note_num()
    if not notes:
        raise NoNotesError(f"{name}: holds no notes; at least one is needed")
    if notes > limits.notes:
        raise MidiFileError(f"{name}: {notes} notes; at most {limits.notes} are read")
    tracks, parts, counts, records = score.tracks, [], [], []
    for i in range(len(tracks)):
        part = tracks[i]
        found = part.notes
        count = len(found)
        if count:
            parts.append(part)
            counts.append(count)
            records.append(note_records(found))
    joined = records[0] if len(records) == 1 else b"".join(records)
    empty = len(tracks) - len(parts)
    tempos, metres = tempo_records(score), metre_records(score)
    return Parsed(name, score.ticks_per_quarter, parts, counts, joined, tempos, metres, empty)


def _damaged(name: str, error: Exception) -> MidiFileError:
    if isinstance(error, MemoryError) or "bad_alloc" in str(error):
        return MidiFileError(f"{name}: takes more memory to read than there is for it")
    reason = str(error).removeprefix("MiniMidi: ").removesuffix(": iostream error")
    reason = re.sub(r"^Get (?=\w+=)", "Illegal value ", reason.replace("Invaild", "Invalid").replace("!", ". "))
    reason = re.sub(r"\s+", " ", reason).strip(" .") or type(error).__name__
    return DamagedFileError(f"{name}: damaged MIDI file ({reason[0].lower()}{reason[1:]})")
