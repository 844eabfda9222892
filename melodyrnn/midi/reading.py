"""MIDI files in: bytes to a Song on the 24-pulse grid, and a report of what the grid or the file's damage changed."""

import os
import stat
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from melodyrnn.errors import MidiFileError
from melodyrnn.midi.assembly import UnendedNotesError, printable, songs_of
from melodyrnn.midi.chunks import Chunks, header_fault, plain_file, read_chunks, sound_tracks
from melodyrnn.midi.limits import AS_NOTATED, LIMITS, Limits, Options
from melodyrnn.midi.parser import DamagedFileError, NoNotesError, Parsed, parse, parse_ended
from melodyrnn.midi.repair import repair
from melodyrnn.midi.report import ReadReport
from melodyrnn.music.beats import on_found_beats
from melodyrnn.music.song import Song

READ_BYTES = os.O_RDONLY | getattr(os, "O_BINARY", 0)

Reading: TypeAlias = tuple[Song, ReadReport] | MidiFileError


def read_song(path: str | os.PathLike[str], limits: Limits = LIMITS, options: Options = AS_NOTATED) -> Song:
    """The Song in a MIDI file. MidiFileError, in one line that names the file, where it holds none."""
    return read_midi(path, limits, options)[0]


def read_midi(
    path: str | os.PathLike[str], limits: Limits = LIMITS, options: Options = AS_NOTATED
) -> tuple[Song, ReadReport]:
    """`read_song`, and what had to be changed for it."""
    return parse_midi(_file_bytes(path, limits), os.fspath(path), limits, options)


def read_together(
    paths: Iterable[str | os.PathLike[str]], limits: Limits = LIMITS, options: Options = AS_NOTATED
) -> list[Reading]:
    """What `read_midi` gives or raises for each file, all in memory at once: small files are read faster so."""
    found: list[_Opened | MidiFileError] = []
    for path in paths:
        try:
            found.append(_opened(_file_bytes(path, limits), os.fspath(path), limits))
        except MidiFileError as error:
            found.append(error)
    return _readings(found, limits, options)


def parse_midi(
    data: bytes, name: str = "MIDI data", limits: Limits = LIMITS, options: Options = AS_NOTATED
) -> tuple[Song, ReadReport]:
    """`read_midi` for bytes already in memory; errors call them `name`.

    One Track for each channel and program of each track of the file. Where one pitch overlaps itself, a note-off ends
    the note that began first. A note without a note-off ends where its pitch is struck again, or with its track. The
    Song ends no earlier than the end of track of a first track that holds no channel events: how rests after the last
    note are kept. Drums are what is on channel 10, or has no program and is called drums or percussion.
    A file that is damaged or odd is repaired first, where that gives notes: docs/midi.md has the rules.
    """
    return _alone(_opened(data, name, limits), limits, options)


@dataclass(slots=True)
class _Opened:
    """A file as far as the parser takes it: `parsed` is None, with the `refusal` if there was one, where it does not.

    `chunks` and `repairs`: of a file whose chunks do not fit together.
    """

    name: str
    data: bytes
    chunks: Chunks | None
    repairs: tuple[str, ...]
    parsed: Parsed | None
    refusal: DamagedFileError | None


def _opened(data: bytes, name: str, limits: Limits) -> _Opened:
    fault = header_fault(data)
    if fault:
        raise MidiFileError(f"{name}: {fault}")
    if len(data) > limits.file_bytes:
        raise MidiFileError(f"{name}: {len(data)} bytes; at most {limits.file_bytes} are read")
    bodies, plain = sound_tracks(data), data
    chunks = None if bodies else read_chunks(data, name)
    if chunks:
        plain = plain_file(chunks) or b""
        bodies = sound_tracks(plain) if plain else None
    parsed = refusal = None
    if bodies:
        try:
            parsed = parse_ended(plain, bodies, name, limits)
        except DamagedFileError as error:
            refusal = error
    return _Opened(name, data, chunks, chunks.repairs if chunks else (), parsed, refusal)


def _readings(found: Sequence[_Opened | MidiFileError], limits: Limits, options: Options) -> list[Reading]:
    """Those of the same ticks per quarter note are worked on together."""
    readings: dict[int, Reading] = {}
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for i, file in enumerate(found):
        if isinstance(file, MidiFileError):
            readings[i] = file
        else:
            groups[file.parsed.per_quarter if file.parsed else 0].append(i)
    for group in groups.values():
        files = [file for file in map(found.__getitem__, group) if not isinstance(file, MidiFileError)]
        readings.update(zip(group, _together(files, limits, options), strict=True))
    return [readings[i] for i in range(len(found))]


def _together(files: Sequence[_Opened], limits: Limits, options: Options) -> list[Reading]:
    """Halves of them, and halves of these, where one of them cannot be read as it is."""
    if len(files) == 1:
        try:
            return [_alone(files[0], limits, options)]
        except MidiFileError as error:
            return [error]
    parsed = [file.parsed for file in files if file.parsed]
    if len(parsed) == len(files):
        try:
            songs = songs_of(parsed, limits, options.pedal)
            return [_finished(*song, file.repairs, options) for song, file in zip(songs, files, strict=True)]
        except DamagedFileError:
            pass
    half = len(files) // 2
    return [*_together(files[:half], limits, options), *_together(files[half:], limits, options)]


def _alone(file: _Opened, limits: Limits, options: Options) -> tuple[Song, ReadReport]:
    refusal = file.refusal
    if file.parsed:
        try:
            return _finished(*songs_of([file.parsed], limits, options.pedal)[0], file.repairs, options)
        except UnendedNotesError:
            pass
        except DamagedFileError as error:
            refusal = error
    if len(file.data) > limits.repair_bytes:
        damage, size = refusal or f"{file.name}: damaged or odd MIDI file", len(file.data)
        raise MidiFileError(f"{damage}; of {size} bytes, and at most {limits.repair_bytes} are repaired")
    return _event_by_event(file, refusal, limits, options)


def _event_by_event(
    file: _Opened, refusal: MidiFileError | None, limits: Limits, options: Options
) -> tuple[Song, ReadReport]:
    """What the lenient reader makes of a file; `refusal`, if there is one, where that is no note."""
    repaired = repair(file.chunks or read_chunks(file.data, file.name))
    try:
        parsed = parse(repaired.data, repaired.conductor_end, file.name, limits)
    except NoNotesError as error:
        said = f" ({', '.join(repaired.repairs)})" if repaired.repairs else ""
        raise refusal or NoNotesError(f"{error}{said}") from None
    return _finished(*songs_of([parsed], limits, options.pedal)[0], repaired.repairs, options)


def _finished(song: Song, report: ReadReport, repairs: tuple[str, ...], options: Options) -> tuple[Song, ReadReport]:
    if repairs:
        report = report._replace(repairs=repairs)
    found = on_found_beats(song) if options.beats else None
    return (song, report) if found is None else (found, report._replace(found_beats=len(found.tempos)))


def _file_bytes(path: str | os.PathLike[str], limits: Limits) -> bytes:
    try:
        status = os.stat(path)  # before it is opened: opening a pipe waits for who writes it
        if stat.S_ISDIR(status.st_mode):
            raise MidiFileError(f"{path}: is a folder; a MIDI file is needed")
        if not stat.S_ISREG(status.st_mode):
            raise MidiFileError(f"{path}: is a device or pipe; a MIDI file is needed")
        if status.st_size > limits.file_bytes:
            raise MidiFileError(f"{path}: {status.st_size} bytes; a MIDI file of at most {limits.file_bytes} is read")
        file = os.open(path, READ_BYTES)  # a file object takes longer to make than a small file to read
        try:
            data = os.read(file, status.st_size + 1)
            while len(data) != status.st_size:  # it has changed, or comes in parts
                more = os.read(file, max(1, limits.file_bytes + 1 - len(data)))
                if not more or len(data) > limits.file_bytes:
                    break
                data += more
            return data
        finally:
            os.close(file)
    except FileNotFoundError:
        raise MidiFileError(f"{path}: no such file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MidiFileError(f"{printable(os.fspath(path))}: cannot be read ({reason})") from None
