"""What the processes that read files tell each other, as bytes: lengths and numbers, and nothing that can be executed.

A frame is its length (4 bytes) and that many bytes. A reading is, after a byte that says which, either the text of an
error, or: 17 counts, the notes, tempos, metres and tracks as little-endian 64-bit numbers, and the texts as JSON.
"""

import json
import struct
from collections.abc import Sequence
from dataclasses import astuple, replace
from itertools import accumulate, pairwise
from typing import IO, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from melodyrnn.errors import MidiFileError
from melodyrnn.midi.report import ReadReport
from melodyrnn.music.metre import TimeSignature
from melodyrnn.music.song import Song, Tempo, Track

Reading: TypeAlias = tuple[Song, ReadReport] | MidiFileError

SONG, ERROR = b"s", b"e"
LENGTH = struct.Struct("<I")
HEAD = struct.Struct("<17q")  # counts of notes, tempos, metres, tracks and text bytes; length_pulses; the report's
LARGEST_FRAME = 2**28  # bytes: more than any song within any limit takes


def write_frame(stream: IO[bytes], data: bytes) -> None:
    """OSError where the other end is gone."""
    stream.write(LENGTH.pack(len(data)) + data)
    stream.flush()


def read_frame(stream: IO[bytes]) -> bytes:
    """EOFError where the other end is gone; ValueError for a frame that is none."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise EOFError
    (size,) = LENGTH.unpack(head)
    if size > LARGEST_FRAME:
        raise ValueError(f"a frame of {size} bytes; at most {LARGEST_FRAME}")
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def reading_bytes(reading: Reading) -> bytes:
    """A reading as the bytes that `reading_from_bytes` takes."""
    if isinstance(reading, MidiFileError):
        return ERROR + json.dumps(str(reading)).encode()
    song, report = reading
    *counts, repairs = astuple(report)
    texts = json.dumps([[track.name for track in song.tracks], repairs]).encode()
    sizes = (song.note_count, len(song.tempos), len(song.time_signatures), len(song.tracks), len(texts))
    head = HEAD.pack(*sizes, song.length_pulses, *counts)
    notes = [np.ascontiguousarray(track.array, "<i8").tobytes() for track in song.tracks]
    tempos = np.array(song.tempos, "<f8").tobytes()
    metres = [(s.onset_pulses, s.numerator, s.denominator) for s in song.time_signatures]
    tracks = [(track.program, track.is_drum, len(track)) for track in song.tracks]
    return b"".join(
        (SONG, head, *notes, tempos, np.array(metres, "<i8").tobytes(), np.array(tracks, "<i8").tobytes(), texts)
    )


def reading_from_bytes(data: bytes) -> Reading:
    """The reading, with its notes as views of `data`. ValueError for bytes that are none."""
    if data[:1] == ERROR:
        return MidiFileError(str(json.loads(data[1:])))
    if data[:1] != SONG or len(data) < 1 + HEAD.size:
        raise ValueError("not a reading")
    notes, tempos, metres, tracks, text, length_pulses, *counts = HEAD.unpack_from(data, 1)
    sizes = (32 * notes, 16 * tempos, 24 * metres, 24 * tracks, text)
    if min(sizes) < 0 or 1 + HEAD.size + sum(sizes) != len(data):
        raise ValueError("a reading of another length than it says")
    places = list(accumulate(sizes, initial=1 + HEAD.size))
    array = _numbers(data, "<i8", places[0], notes, 4)
    names, repairs = json.loads(data[places[4] :])
    kinds = _numbers(data, "<i8", places[3], tracks, 3).tolist()
    bounds = pairwise(accumulate((count for _, _, count in kinds), initial=0))
    return (
        Song(
            tuple(
                Track.of_checked(array[first:last], program, bool(is_drum), name)
                for (program, is_drum, _), (first, last), name in zip(kinds, bounds, names, strict=True)
            ),
            tuple(Tempo(int(onset), bpm) for onset, bpm in _numbers(data, "<f8", places[1], tempos, 2).tolist()),
            tuple(TimeSignature(*row) for row in _numbers(data, "<i8", places[2], metres, 3).tolist()),
            length_pulses,
        ),
        replace(ReadReport(*counts), repairs=tuple(repairs)),
    )


def request_bytes(values: Sequence[Any]) -> bytes:
    """Plain values (numbers, texts, lists) as the bytes of a request."""
    return json.dumps(values).encode()


def request_from_bytes(data: bytes) -> list[Any]:
    """The values again. ValueError for bytes that are none."""
    values = json.loads(data)
    if not isinstance(values, list):
        raise ValueError("not a request")
    return values


def _numbers(data: bytes, kind: str, place: int, rows: int, columns: int) -> npt.NDArray[Any]:
    return np.frombuffer(data, kind, rows * columns, place).reshape(rows, columns)
