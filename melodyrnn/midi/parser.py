"""The one place that calls symusic: bytes to its score, and what it leaves out of one without a word."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from melodyrnn.errors import MidiFileError
from melodyrnn.midi.chunks import END_OF_TRACK, HEADER_BYTES

if TYPE_CHECKING:
    import symusic.core

PARSER_ERRORS = (RuntimeError, ValueError, LookupError, ArithmeticError, MemoryError)
LONG_WAIT_TICKS = 2**28 - 1  # the longest that one event can wait

# Takes the place of an end of track, byte for byte (so that it is swallowed where the end was: inside a text). After
# the long wait come the note-offs of every pitch, by running status, and a marker that says the track was read so far.
EMPTY_TEXT, LONG_WAIT, MARKER = b"\xff\x01\x00", b"\xff\xff\xff\x7f", b"\xff\x06\x01."
NOTE_OFFS = tuple(
    bytes([0x80 | channel, 0, 0]) + b"".join(bytes([0, pitch, 0]) for pitch in range(1, 128)) + b"\x00"
    for channel in range(16)
)
CLOSING = MARKER + b"\x00" + END_OF_TRACK
LAST_NOTE = b"\x90\x00\x01\x01\x80\x00\x00\x00" + END_OF_TRACK
FEW_EVENTS = 12  # of a first track: more are looked at sooner by the parser


class DamagedFileError(MidiFileError):
    """The parser does not take the file, but the lenient reader may."""


def parse(data: bytes, name: str) -> tuple["symusic.core.ScoreTick", int]:
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


def parse_ended(data: bytes, bodies: Sequence[tuple[int, int]], name: str) -> tuple["symusic.core.ScoreTick", int]:
    """`parse`, of tracks to which a long wait and a note-off for every pitch were added where they end.

    The parser leaves out notes that nothing ends. So it gives them, and they last `LONG_WAIT_TICKS` or longer: one
    parse finds both the notes and whether any has no end. `bodies`: from `sound_tracks`. DamagedFileError also where a
    track ends before its bytes do.
    """
    parts = [data[:HEADER_BYTES]]
    for start, end in bodies:
        body = data[start : end - len(END_OF_TRACK)]
        offs = [NOTE_OFFS[channel] for channel in range(16) if 0x90 | channel in body]
        body = b"".join((body, EMPTY_TEXT, LONG_WAIT, *offs, CLOSING))
        parts += (b"MTrk", len(body).to_bytes(4, "big"), body)
    score, damaged_controls = parse(b"".join(parts), name)
    markers = score.markers
    if sum(markers[i].time >= LONG_WAIT_TICKS for i in range(len(markers))) < len(bodies):
        raise DamagedFileError(f"{name}: damaged MIDI file (a track goes on after its end)")
    return score, damaged_controls


def conductor_end(data: bytes, bodies: Sequence[tuple[int, int]]) -> int:
    """The tick of the first of several tracks' end, if it holds no note and nothing else of a channel, else 0."""
    if len(bodies) < 2:
        return 0
    place, last = bodies[0]
    tick = 0
    for _ in range(FEW_EVENTS):
        delta, place = variable_length(data, place)
        tick += delta
        status = data[place : place + 2]
        if status == END_OF_TRACK[:2]:
            return tick
        if status[:1] not in (b"\xff", b"\xf0", b"\xf7"):
            return 0
        size, place = variable_length(data, place + (2 if status[:1] == b"\xff" else 1))
        place += size
    body = data[bodies[0][0] : last - len(END_OF_TRACK)] + LAST_NOTE
    track = b"MTrk" + len(body).to_bytes(4, "big") + body
    parts = parse(data[:10] + b"\0\1" + data[12:HEADER_BYTES] + track, "")[0].tracks
    if len(parts) != 1 or len(parts[0].notes) != 1 or len(parts[0].controls) or len(parts[0].pitch_bends):
        return 0
    return parts[0].notes[0].time


def variable_length(data: bytes, place: int) -> tuple[int, int]:
    """The variable-length number at `place`, and the place after it."""
    number = 0
    for byte in data[place : place + 4]:
        place += 1
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            break
    return number, place


def _damaged(name: str, error: Exception) -> MidiFileError:
    if isinstance(error, MemoryError) or "bad_alloc" in str(error):
        return MidiFileError(f"{name}: takes more memory to read than there is for it")
    reason = str(error).removeprefix("MiniMidi: ").removesuffix(": iostream error")
    reason = re.sub(r"^Get (?=\w+=)", "Illegal value ", reason.replace("Invaild", "Invalid").replace("!", ". "))
    reason = re.sub(r"\s+", " ", reason).strip(" .") or type(error).__name__
    return DamagedFileError(f"{name}: damaged MIDI file ({reason[0].lower()}{reason[1:]})")
