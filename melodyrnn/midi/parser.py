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

# A track of one note, with a name that says what it is for: the parts before it are of the first track.
SEPARATOR_NAME = "\x01"
SEPARATOR = b"MTrk\0\0\0\x14\0\xff\x03\1\1" + LONG_WAIT + b"\x90\0\1\1\x80\0\0" + b"\0" + END_OF_TRACK

# Events that are of no channel: a wait and a meta event of at most 127 bytes that ends no track, a few times.
FEW = 12
WAIT = rb"(?:[\x80-\xff]{0,2}[\x00-\x7f]|[\x80-\xff]{3}.)"
TEXTS = b"|".join(re.escape(bytes([size])) + b".{%d}" % size for size in range(128))
META_EVENTS = re.compile(rb"(?:" + WAIT + rb"\xff[\x00-\x2e\x30-\x7f](?:" + TEXTS + rb")){0,%d}" % FEW, re.DOTALL)


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
    """A file whose notes all end, and of which is known where its conductor does. NoNotesError if it has none;
    DamagedFileError where the parser refuses.
    """
    score, damaged_controls = _score(data, name)
    parsed, _ = _parsed(score, False, name, limits)
    parsed.damaged_controls, parsed.conductor_end, parsed.all_ended = damaged_controls, conductor_end, True
    return parsed


def parse_ended(data: bytes, bodies: Sequence[tuple[int, int]], name: str, limits: Limits) -> Parsed:
    """`parse`, of tracks to which a long wait and a note-off for every pitch were added where they end.

    The parser leaves out notes that nothing ends. So it gives them, and they last `LONG_WAIT_TICKS` or longer: one
    parse finds both the notes and whether any has no end. `bodies`: from `sound_tracks`. DamagedFileError also where a
    track ends before its bytes do.
    """
    conducted = is_conductor(data, *bodies[0]) if len(bodies) > 1 else False
    apart = conducted is None
    tracks = len(bodies) + apart
    pieces = [data[: HEADER_BYTES - 4], tracks.to_bytes(2, "big"), data[HEADER_BYTES - 2 : HEADER_BYTES]]
    closes_first = True
    for start, end in bodies:
        end -= len(END_OF_TRACK)
        body = data[start:end]
        closing = _closing(bytes([status for status in NOTE_ONS if status in body]), closes_first)
        pieces += (b"MTrk", (end - start + len(closing)).to_bytes(4, "big"), body, closing)
        if closes_first and apart:
            pieces.append(SEPARATOR)
        closes_first = False
    score, damaged_controls = _score(b"".join(pieces), name)
    markers = score.markers
    first_closing = len(markers) - len(bodies)  # they are in order of time
    if first_closing < 0 or markers[first_closing].time < LONG_WAIT_TICKS:
        raise DamagedFileError(f"{name}: damaged MIDI file (a track goes on after its end)")
    parsed, found_conductor = _parsed(score, apart, name, limits)
    parsed.damaged_controls = damaged_controls
    if conducted or found_conductor:
        closings = (markers[i] for i in range(first_closing, len(markers)))
        parsed.conductor_end = next(m.time for m in closings if m.text == ":") - LONG_WAIT_TICKS
    return parsed


def is_conductor(data: bytes, place: int, end: int) -> bool | None:
    """Whether the track in data[place:end] holds no event of a channel. None where it takes long to say."""
    end -= len(END_OF_TRACK)
    for _ in range(FEW):
        found = META_EVENTS.match(data, place, end)
        place = variable_length(data, found.end() if found else place)[1]
        if place >= end:
            return place == end
        status = data[place]
        if status not in (0xFF, 0xF0, 0xF7):
            return False
        size, place = variable_length(data, place + (2 if status == 0xFF else 1))
        place += size
    return None


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


def _parsed(score: "symusic.core.ScoreTick", apart: bool, name: str, limits: Limits) -> tuple[Parsed, bool]:
    """What the score holds. With `apart`: the separator left out, and whether no part before it has a channel event."""
    notes = score.note_num() - apart
    if not notes:
        raise NoNotesError(f"{name}: holds no notes; at least one is needed")
    if notes > limits.notes:
        raise MidiFileError(f"{name}: {notes} notes; at most {limits.notes} are read")
    tracks, parts, counts, records = score.tracks, [], [], []
    empty, is_found, found_conductor, of_channel = 0, not apart, False, False
    for i in range(len(tracks)):
        part = tracks[i]
        listed = part.notes
        count = len(listed)
        if not is_found:
            if count == 1 and part.name == SEPARATOR_NAME:
                is_found, found_conductor = True, not of_channel
                continue
            of_channel = of_channel or bool(count or len(part.controls) or len(part.pitch_bends))
        if count:
            parts.append(part)
            counts.append(count)
            records.append(note_records(listed))
        else:
            empty += 1
    joined = records[0] if len(records) == 1 else b"".join(records)
    tempos, metres = tempo_records(score), metre_records(score)
    return Parsed(name, score.ticks_per_quarter, parts, counts, joined, tempos, metres, empty), found_conductor


def _damaged(name: str, error: Exception) -> MidiFileError:
    if isinstance(error, MemoryError) or "bad_alloc" in str(error):
        return MidiFileError(f"{name}: takes more memory to read than there is for it")
    reason = str(error).removeprefix("MiniMidi: ").removesuffix(": iostream error")
    reason = re.sub(r"^Get (?=\w+=)", "Illegal value ", reason.replace("Invaild", "Invalid").replace("!", ". "))
    reason = re.sub(r"\s+", " ", reason).strip(" .") or type(error).__name__
    return DamagedFileError(f"{name}: damaged MIDI file ({reason[0].lower()}{reason[1:]})")
