"""The outside of a MIDI file, read leniently: what it is wrapped in, its header, and its tracks as bytes."""

import struct
from dataclasses import dataclass
from fractions import Fraction

from melodyrnn.errors import MidiFileError

HEADER_BYTES = 14
PLAIN_HEADER = b"MThd\0\0\0\6"
END_OF_TRACK = b"\xff\x2f\x00"
FARTHEST_HEADER = 8192  # bytes into the file: what stands before it is a wrapper of some program, not a document
MOST_SOUND_TRACKS = 1000  # so that a check on each costs no more than the file
TICKS_PER_QUARTER = 480  # where the file counts time in frames
LEGAL_FRAMES = (24, 25, 29, 30)  # a second
FRAME_RATES = {29: Fraction(30000, 1001)}  # "29" is 30 frames with some left out; the others say what they mean


@dataclass(frozen=True, slots=True)
class Chunks:
    """A header and the bodies of the tracks after it.

    `tick_scale` turns the ticks of the file into ticks of `ticks_per_quarter`; with `in_frames` they are seconds at
    120 bpm, whatever tempo the file says. `repairs`: what had to be overlooked, in words.
    """

    midi_format: int
    ticks_per_quarter: int
    tick_scale: Fraction
    in_frames: bool
    tracks: tuple[bytes, ...]
    repairs: tuple[str, ...]


def header_fault(data: bytes) -> str | None:
    """Why these bytes are no MIDI file at all, or None."""
    if not data:
        return "is empty (0 bytes); a MIDI file is needed"
    if data.startswith(PLAIN_HEADER) and len(data) >= HEADER_BYTES:
        return None
    start = _header_place(data)
    if start < 0:
        return f"not a MIDI file (begins with {ascii(data[:4])[1:]}, a MIDI file with 'MThd')"
    if len(data) - start < HEADER_BYTES:
        return "damaged MIDI file (ends inside its header)"
    return None


def sound_tracks(data: bytes) -> list[tuple[int, int]] | None:
    """Where the body of each track begins and ends, if `data` is nothing but a plain header and the tracks that it
    announces, each with an end of track at its end.

    None also for a file in frames and for one of several sequences, which need `read_chunks` too.
    """
    midi_format, count, division = struct.unpack_from(">HHH", data, 8)
    if data[:8] != PLAIN_HEADER or not 0 < division < 0x8000 or count > MOST_SOUND_TRACKS:
        return None
    place, size, bodies = HEADER_BYTES, len(data), []
    while data[place : place + 4] == b"MTrk":
        start = place + 8
        place = start + int.from_bytes(data[place + 4 : start], "big")
        if place > size or data[place - 3 : place] != END_OF_TRACK:
            return None
        bodies.append((start, place))
    sound = place == size and len(bodies) == count and midi_format <= 2 and (midi_format < 2 or count == 1)
    return bodies if sound else None


def read_chunks(data: bytes, name: str) -> Chunks:
    """The header and tracks of a MIDI file whose lengths may be wrong. MidiFileError, naming it `name`, if it is none.

    A track's length is believed where a chunk or the end of the file follows it, or where the track closes with an end
    of track. Else the track reaches to the next "MTrk", or to the end of the file.
    """
    fault = header_fault(data)
    if fault:
        raise MidiFileError(f"{name}: {fault}")
    data, repairs = _unwrapped(data)
    if len(data) < HEADER_BYTES:
        raise MidiFileError(f"{name}: damaged MIDI file (ends inside its header)")
    size, midi_format, count, division = struct.unpack(">IHHH", data[4:HEADER_BYTES])
    per_quarter, scale = _time_unit(division, name)
    in_frames = bool(division & 0x8000)
    if in_frames:
        repairs.append("time in frames read at 120 bpm")
        frames = 256 - (division >> 8)
        if frames not in LEGAL_FRAMES:
            repairs.append(f"illegal rate of {counted(frames, 'frames a second')}")
    if midi_format > 2:
        repairs.append(f"unknown format {midi_format} read as 1")
    place = 8 + size if data[8 + size : 12 + size] == b"MTrk" else HEADER_BYTES
    tracks: list[bytes] = []
    ignored, wrong_lengths = 0, 0
    while place < len(data):
        if data[place : place + 4] != b"MTrk":
            after = _after_other_chunk(data, place)
            if after is None:
                found = data.find(b"MTrk", place)
                after = found if found >= 0 else len(data)
                ignored += after - place
            place = after
            continue
        start, end = place + 8, place + 8 + int.from_bytes(data[place + 4 : place + 8], "big")
        believed = _chunk_follows(data, end) or data[max(start, end - 3) : end] == END_OF_TRACK
        if end > len(data) or not believed:
            wrong_lengths += 1
            found = data.find(b"MTrk", start)
            end = found if found >= 0 else len(data)
        tracks.append(data[start:end])
        place = end
    if wrong_lengths:
        repairs.append(counted(wrong_lengths, "tracks of a wrong length"))
    if len(tracks) != count:
        repairs.append(f"{counted(len(tracks), 'tracks where')} the header says {count}")
    if ignored:
        repairs.append(counted(ignored, "bytes outside the tracks ignored"))
    return Chunks(midi_format, per_quarter, scale, in_frames, tuple(tracks), tuple(repairs))


def plain_file(chunks: Chunks) -> bytes | None:
    """The same tracks in a plain header and chunks of the right length, as `sound_tracks` wants them.

    None where that is not enough: for time in frames, several sequences, and a track without an end of track.
    """
    count = len(chunks.tracks)
    if chunks.in_frames or (chunks.midi_format == 2 and count > 1) or count > MOST_SOUND_TRACKS:
        return None
    if not all(track.endswith(END_OF_TRACK) for track in chunks.tracks):
        return None
    header = PLAIN_HEADER + struct.pack(">HHH", min(chunks.midi_format, 1), count, chunks.ticks_per_quarter)
    return header + b"".join(b"MTrk" + len(track).to_bytes(4, "big") + track for track in chunks.tracks)


def counted(count: int, what: str) -> str:
    """'1 byte ignored', '2 bytes ignored': the count before words that begin with a plural."""
    return f"{count} {what.replace('s ', ' ', 1) if count == 1 else what}"


def _header_place(data: bytes) -> int:
    """Where the header begins: in a RIFF file where its chunk of data does. Negative where there is none."""
    start = _riff_data(data) if data[:4] == b"RIFF" and data[8:12] == b"RMID" else None
    return data[: FARTHEST_HEADER + 4].find(b"MThd") if start is None else start


def _riff_data(data: bytes) -> int | None:
    """Where the MIDI file in a RIFF file begins; None where its chunks do not lead there."""
    place = 12
    while place + 8 < len(data):
        if data[place : place + 4] == b"data" and data[place + 8 : place + 12] == b"MThd":
            return place + 8
        size = int.from_bytes(data[place + 4 : place + 8], "little")
        place += 8 + size + size % 2
    return None


def _unwrapped(data: bytes) -> tuple[bytes, list[str]]:
    start = _header_place(data)
    if not start:
        return data, []
    if data[:4] == b"RIFF" and data[8:12] == b"RMID" and data[start - 8 : start - 4] == b"data":
        size = int.from_bytes(data[start - 4 : start], "little")  # 0 where a program did not fill it in
        return data[start : start + size if size else None], ["taken out of a RIFF file"]
    size = int.from_bytes(data[83:87], "big")
    if start == 128 and not data[0] and not size % 2**31 > len(data) - start:
        return data[start : start + size if size else None], ["taken out of a MacBinary file"]
    return data[start:], [counted(start, "bytes before the header ignored")]


def _time_unit(division: int, name: str) -> tuple[int, Fraction]:
    """-> ticks per quarter note, and by how much to multiply the file's ticks for them."""
    if not division & 0x8000:
        if not division:
            raise MidiFileError(f"{name}: damaged MIDI file (0 ticks per quarter note; legal is 1 to 32767)")
        return division, Fraction(1)
    frames, ticks = 256 - (division >> 8), division & 0xFF
    if not ticks:
        raise MidiFileError(f"{name}: damaged MIDI file (0 ticks per frame; legal is 1 to 255)")
    ticks_per_second = FRAME_RATES.get(frames, Fraction(frames)) * ticks
    return TICKS_PER_QUARTER, 2 * TICKS_PER_QUARTER / ticks_per_second


def _chunk_follows(data: bytes, place: int) -> bool:
    if place == len(data) or data[place : place + 4] == b"MTrk":
        return True
    return _after_other_chunk(data, place) is not None


def _after_other_chunk(data: bytes, place: int) -> int | None:
    """The place after a chunk that is no track and lies wholly in the file, or None where none begins here."""
    kind, end = data[place : place + 4], place + 8 + int.from_bytes(data[place + 4 : place + 8], "big")
    if len(kind) == 4 and kind != b"MTrk" and kind.isalnum() and kind.isascii() and end <= len(data):
        return end
    return None
