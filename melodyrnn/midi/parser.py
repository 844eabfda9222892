"""The one place that calls symusic's parser: the bytes of files to parts, and what it leaves out without a word."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from melodyrnn.errors import MidiFileError
from melodyrnn.midi.chunks import END_OF_TRACK, HEADER_BYTES
from melodyrnn.midi.records import metre_records, note_records, tempo_records

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

# A track of one note, with a name that says what it is for: the parts of its file before it are of the first track.
SEPARATOR_NAME = "\x01"
SEPARATOR = b"\0\xff\x03\1\1\0\x90\0\1\1\x80\0\0\0" + END_OF_TRACK

# Events that are of no channel: a wait and a meta event of at most 127 bytes that ends no track, a few times.
FEW = 12
LONGEST_NUMBER = 8  # bytes, of a number of variable length
WAIT = rb"(?:[\x80-\xff]{0,%d}[\x00-\x7f])" % (LONGEST_NUMBER - 1)
TEXTS = b"|".join(re.escape(bytes([size])) + b".{%d}" % size for size in range(128))
META_EVENTS = re.compile(rb"(?:" + WAIT + rb"\xff[\x00-\x2e\x30-\x7f](?:" + TEXTS + rb")){0,%d}" % FEW, re.DOTALL)


class DamagedFileError(MidiFileError):
    """The parser does not take the file, but the lenient reader may."""


class Span(NamedTuple):
    """The ticks that one of several files parsed together may take, 2**`bits`: it is late by as many times its number.

    `wait_ticks`: how long each track waits after its end. A file that does not fit leaves its span, and is found so.
    """

    bits: int
    wait_ticks: int


ALONE, TOGETHER = Span(31, LONGEST_WAIT_TICKS), Span(25, 2**24)  # a tick has 31 bits
MOST_TOGETHER = 2 ** (ALONE.bits - TOGETHER.bits) - 1


@dataclass(slots=True)
class Parsed:
    """What the parser found in files, one after the other. Records as in `records`, ticks as `span` says.

    `note_counts` of each part, whose `notes` follow one another; `tracks` in each file, each closed by a tempo; None of
    a file whose notes all end, of which is known where its conductor does: the tick at which a first track ends that
    holds no channel event, 0 where there is none. `conducted`: of each file whether it has one.
    `tied`: files with several tempos or metres at once, parsed alone: the order of these is lost in longer lists.
    """

    span: Span
    parts: "list[symusic.core.TrackTick]"  # with notes
    note_counts: list[int]
    notes: bytes
    tempos: bytes
    metres: bytes
    empty_parts: dict[int, int]  # by the number of their file
    tracks: list[int] | None
    conducted: list[bool]
    tied: "dict[int, Parsed]"
    conductor_end: int = 0
    damaged_controls: int = 0


def parse(data: bytes, conductor_end: int, name: str) -> Parsed:
    """A file whose notes all end, and of which is known where its conductor does. DamagedFileError where the parser
    refuses it; errors call it `name`.
    """
    score, damaged_controls = _score(data, name)
    parsed = _parsed(score, ALONE, None, [False])
    parsed.damaged_controls, parsed.conductor_end = damaged_controls, conductor_end
    return parsed


def parse_ended(files: Sequence[tuple[bytes, Sequence[tuple[int, int]]]], name: str) -> Parsed:
    """`parse`, of files at most MOST_TOGETHER and tracks to which a long wait and a note-off for every pitch were added
    where they end, one track after the other as if all were one file: their ticks per quarter note do not matter here.

    The parser leaves out notes that nothing ends. So it gives them, and they last `span.wait_ticks` or longer: one
    parse finds both the notes and whether any has no end. Each file is its bytes, and where `sound_tracks` finds its
    tracks. DamagedFileError where the parser refuses one of them.
    """
    span = ALONE if len(files) == 1 else TOGETHER
    pieces = [b""]
    conducted: list[bool | None] = []
    for number, (data, bodies) in enumerate(files):
        lead = _waits(number << span.bits)
        conducted.append(len(bodies) > 1 and is_conductor(data, *bodies[0]))
        for track, (start, end) in enumerate(bodies, FIRST_TRACK):
            end -= len(END_OF_TRACK)
            body = data[start:end]
            silent = track == FIRST_TRACK and conducted[-1]
            sounding = b"" if silent else bytes([status for status in NOTE_ONS if status in body])
            closing = _closing(sounding, span.wait_ticks, track)
            size = len(lead) + end - start + len(closing)
            pieces += (b"MTrk", size.to_bytes(4, "big"), lead, body, closing)
            if track == FIRST_TRACK and conducted[-1] is None:
                pieces += (b"MTrk", (len(lead) + len(SEPARATOR)).to_bytes(4, "big"), lead, SEPARATOR)
    tracks = [len(bodies) for _, bodies in files]
    count = min(sum(tracks) + conducted.count(None), 2**16 - 1)
    pieces[0] = b"MThd\0\0\0\6\0\1" + count.to_bytes(2, "big") + files[0][0][HEADER_BYTES - 2 : HEADER_BYTES]
    score, damaged_controls = _score(b"".join(pieces), name)
    if damaged_controls and len(files) > 1:
        raise DamagedFileError(f"{name}: or one of the {len(files)} files from here on has damaged controls")
    parsed = _parsed(score, span, tracks, conducted)
    parsed.damaged_controls = damaged_controls
    if len(files) > 1:
        parsed.tied = {number: parse_ended(files[number : number + 1], name) for number in tied_files(parsed)}
    return parsed


def tied_files(parsed: Parsed) -> list[int]:
    """Those with two different tempos, or metres, at the same time."""
    found: set[int] = set()
    for records in (np.frombuffer(parsed.tempos, np.int32), np.frombuffer(parsed.metres, np.int32)):
        times, values = records[::2], records[1::2]
        ties = times[1:][(times[1:] == times[:-1]) & (values[1:] != values[:-1])]
        found.update((ties[ties & (1 << parsed.span.bits) - 1 < parsed.span.wait_ticks] >> parsed.span.bits).tolist())
    return sorted(found)


def is_conductor(data: bytes, place: int, end: int) -> bool | None:
    """Whether the track in data[place:end] holds no event of a channel. None where it takes long to say."""
    end -= len(END_OF_TRACK)
    for _ in range(2):  # once more behind a longer text or a system exclusive message
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
    """The variable-length number at `place`, and the place after it. Legal are four bytes, read are up to eight."""
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
def _closing(note_ons: bytes, wait_ticks: int, track: int) -> bytes:
    """What takes the place of the end of track number `track`, with notes of these status bytes."""
    offs = (
        bytes([status - 0x10, 0, 0]) + b"".join(bytes([0, pitch, 0]) for pitch in range(1, 128)) + b"\x00"
        for status in note_ons
    )
    wait = variable_length_bytes(wait_ticks)
    return b"".join((EMPTY_TEXT, wait, *offs, TEMPO_EVENT, track.to_bytes(3, "big"), b"\x00", END_OF_TRACK))


@lru_cache(maxsize=64)
def _waits(ticks: int) -> bytes:
    """Events that say nothing, and take that long."""
    waits = [LONGEST_WAIT_TICKS] * (ticks // LONGEST_WAIT_TICKS) + [ticks % LONGEST_WAIT_TICKS]
    return b"".join(variable_length_bytes(wait) + EMPTY_TEXT for wait in waits) if ticks else b""


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


def _parsed(
    score: "symusic.core.ScoreTick", span: Span, tracks: list[int] | None, conducted: Sequence[bool | None]
) -> Parsed:
    """What the score holds, but for separators, which say of their file whether it is conducted."""
    parts, counts, records = [], [], []
    empty: dict[int, int] = {}
    unsure = [number for number, known in enumerate(conducted) if known is None]
    found = [bool(known) for known in conducted]
    events: dict[int, int] = {}  # of a channel, in the parts of each file before its separator
    listed = score.tracks
    for i in range(len(listed)):
        part = listed[i]
        notes = part.notes
        count = len(notes)
        if unsure:
            number = (notes[0].time if count else _empty_time(part)) >> span.bits
            if count == 1 and part.name == SEPARATOR_NAME:
                found[unsure.pop(0)] = not events.get(number)
                continue
            events[number] = events.get(number, 0) + count + len(part.controls) + len(part.pitch_bends)
        if count:
            parts.append(part)
            counts.append(count)
            records.append(note_records(notes))
        else:
            number = _empty_time(part) >> span.bits
            empty[number] = empty.get(number, 0) + 1
    joined = records[0] if len(records) == 1 else b"".join(records)
    return Parsed(span, parts, counts, joined, tempo_records(score), metre_records(score), empty, tracks, found, {})


def _empty_time(part: "symusic.core.TrackTick") -> int:
    """When something happens in a part without notes."""
    for events in (part.lyrics, part.controls, part.pitch_bends, part.pedals):
        if len(events):
            return events[0].time
    return 0


def _damaged(name: str, error: Exception) -> MidiFileError:
    if isinstance(error, MemoryError) or "bad_alloc" in str(error):
        return MidiFileError(f"{name}: takes more memory to read than there is for it")
    reason = str(error).removeprefix("MiniMidi: ").removesuffix(": iostream error")
    reason = re.sub(r"^Get (?=\w+=)", "Illegal value ", reason.replace("Invaild", "Invalid").replace("!", ". "))
    reason = re.sub(r"\s+", " ", reason).strip(" .") or type(error).__name__
    return DamagedFileError(f"{name}: damaged MIDI file ({reason[0].lower()}{reason[1:]})")
