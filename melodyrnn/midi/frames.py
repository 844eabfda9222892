"""Messages between the processes that read files, as bytes: lengths and numbers, and nothing that can be executed.

A frame is its length (4 bytes) and that many bytes. Several readings are one: the length of a head (4 bytes), the head
as JSON, the notes of all songs as four columns, then the onsets and the bpm of all tempos: numbers of 64 bits,
little-endian. The head says of each reading the text of an error, or what its song holds and where it ends in these.
"""

import json
import struct
from collections.abc import Sequence
from itertools import accumulate
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from melodyrnn.errors import MidiFileError, OptionError
from melodyrnn.midi.reading import Reading
from melodyrnn.midi.report import ReadReport
from melodyrnn.music.metre import TimeSignature
from melodyrnn.music.song import Song, Track
from melodyrnn.music.tempo import TempoMap

LENGTH = struct.Struct("<I")
LARGEST_FRAME = 2**29  # bytes: more than any song within any limit takes, encoded or not
COLUMNS = 4  # of notes


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


def readings_bytes(readings: Sequence[Reading]) -> bytes:
    """Readings as the bytes that `readings_from_bytes` takes."""
    songs = [reading[0] for reading in readings if not isinstance(reading, MidiFileError)]
    head = json.dumps([_facts(reading) for reading in readings]).encode()
    notes = [track.array.T for song in songs for track in song.tracks]
    maps = [song.tempo_map for song in songs]
    return b"".join(
        (
            LENGTH.pack(len(head)),
            head,
            np.concatenate(notes, axis=1, dtype="<i8").tobytes() if notes else b"",
            np.concatenate([tempos.onsets for tempos in maps], dtype="<i8").tobytes() if maps else b"",
            np.concatenate([tempos.bpms for tempos in maps], dtype="<f8").tobytes() if maps else b"",
        )
    )


def readings_from_bytes(data: bytes) -> list[Reading]:
    """The readings, with their notes as views of `data`. ValueError for bytes that are none."""
    try:
        start = LENGTH.size + LENGTH.unpack_from(data)[0]
        heads = json.loads(data[LENGTH.size : start])
        songs = [head for head in heads if not isinstance(head, str)]
        note_counts = [track[3] for head in songs for track in head[3]]
        tempo_counts = [head[1] for head in songs]
        sizes = (sum(note_counts), sum(tempo_counts))
        if min([0, *note_counts, *tempo_counts]) < 0 or start + 8 * (COLUMNS * sizes[0] + 2 * sizes[1]) != len(data):
            raise ValueError("readings of another length than they say")
        notes = _numbers(data, "<i8", start, COLUMNS * sizes[0]).reshape(COLUMNS, sizes[0])
        start += notes.nbytes
        onsets = _numbers(data, "<i8", start, sizes[1])
        bpms = _numbers(data, "<f8", start + onsets.nbytes, sizes[1])
        note_ends, tempo_ends = accumulate(note_counts), accumulate(tempo_counts)
        readings: list[Reading] = []
        for head in heads:
            if isinstance(head, str):
                readings.append(MidiFileError(head))
                continue
            length_pulses, tempo_count, metres, parts, (*counts, repairs) = head
            tracks = []
            for name, program, is_drum, count in parts:
                end = next(note_ends)
                tracks.append(Track.of_checked(notes[:, end - count : end].T, program, is_drum, name))
            end = next(tempo_ends)
            tempos = TempoMap.of_columns(onsets[end - tempo_count : end], bpms[end - tempo_count : end])
            song = Song(tuple(tracks), tempos, tuple(TimeSignature(*metre) for metre in metres), length_pulses)
            readings.append((song, ReadReport(*counts)._replace(repairs=tuple(repairs))))
    except (TypeError, KeyError, IndexError, OptionError, struct.error) as error:
        raise ValueError(f"not readings ({error})") from None
    return readings


def request_bytes(values: Sequence[Any]) -> bytes:
    """Plain values (numbers, texts, lists) as the bytes of a request."""
    return json.dumps(values).encode()


def request_from_bytes(data: bytes) -> list[Any]:
    """The values again. ValueError for bytes that are none."""
    values = json.loads(data)
    if not isinstance(values, list):
        raise ValueError("not a request")
    return values


def _facts(reading: Reading) -> str | list[Any]:
    """The error of one, or what its song holds beside the columns."""
    if isinstance(reading, MidiFileError):
        return str(reading)
    song, report = reading
    return [
        song.length_pulses,
        len(song.tempos),
        [(s.onset_pulses, s.numerator, s.denominator) for s in song.time_signatures],
        [(track.name, track.program, track.is_drum, len(track)) for track in song.tracks],
        report,
    ]


def _numbers(data: bytes, kind: str, place: int, count: int) -> npt.NDArray[Any]:
    return np.frombuffer(data, kind, count, place)
