"""MIDI files in: bytes to a Song on the 24-pulse grid, and a report of what the grid or the file's damage changed."""

import os
import stat
from dataclasses import dataclass, replace
from typing import TypeAlias

from melodyrnn.errors import MidiFileError
from melodyrnn.midi.assembly import NoNotesError, UnendedNotesError, song_of
from melodyrnn.midi.chosendrums import with_chosen_drums
from melodyrnn.midi.chunks import Chunks, header_fault, plain_file, read_chunks, sound_tracks
from melodyrnn.midi.ends import may_hold
from melodyrnn.midi.eventwise import parsed_of
from melodyrnn.midi.limits import AS_NOTATED, LIMITS, Limits, Options
from melodyrnn.midi.parser import DamagedFileError, parse_ended
from melodyrnn.midi.repair import repair
from melodyrnn.midi.report import ReadReport
from melodyrnn.midi.subtleties import has_doubts, has_subtleties
from melodyrnn.midi.wrapping import unwrapped
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
    name = os.fspath(path)
    return parse_midi(file_bytes(name, limits), name, limits, options)


def parse_midi(
    data: bytes, name: str = "MIDI data", limits: Limits = LIMITS, options: Options = AS_NOTATED
) -> tuple[Song, ReadReport]:
    """`read_midi` for bytes already in memory; errors call them `name`.

    One Track for each channel of each port in each track of the file, or for each zone of channels (MPE), with the
    program of its last note. Where one pitch overlaps itself, a note-off ends the note that began first. A note without
    a note-off ends where its pitch is struck again, or with its track. The Song ends no earlier than the end of track
    of a first track that holds no channel events: how rests after the last note are kept. Drums are what is on channel
    10, or what a GS, XG or GM2 message makes drums, or a track without a program that is called so: docs/midi.md has
    the rules. A file that is damaged or odd is repaired first, where that gives notes; one in a zip file is taken out.
    """
    inside, unpacked = unwrapped(data, name, limits)
    song, report = _read(_opened(inside, name, limits, options), limits, options)
    song = with_chosen_drums(song, options.drums, options.not_drums, name)
    return song, report._replace(repairs=(*unpacked, *report.repairs)) if unpacked else report


@dataclass(slots=True)
class _Opened:
    """A file that may be music. `plain` is the file, or the same tracks in a plain one; `bodies` where its tracks are:
    None where it is read event by event. `chunks`: of a file whose chunks do not fit together.
    """

    name: str
    data: bytes
    plain: bytes
    bodies: list[tuple[int, int]] | None
    chunks: Chunks | None

    @property
    def per_quarter(self) -> int:
        """Ticks per quarter note, from the header of the plain file."""
        return int.from_bytes(self.plain[12:14], "big")

    @property
    def repairs(self) -> tuple[str, ...]:
        return self.chunks.repairs if self.chunks else ()


def _opened(data: bytes, name: str, limits: Limits, options: Options) -> _Opened:
    fault = header_fault(data)
    if fault:
        raise MidiFileError(f"{name}: {fault}")
    if len(data) > limits.file_bytes:
        raise MidiFileError(f"{name}: {len(data)} bytes; at most {limits.file_bytes} are read")
    if options.pedal and may_hold(data):
        if len(data) > limits.repair_bytes:
            raise MidiFileError(f"{name}: {len(data)} bytes; with its pedal at most {limits.repair_bytes} are read")
        return _Opened(name, data, data, None, None)
    bodies = sound_tracks(data)
    if bodies:
        return _Opened(name, data, data, bodies, None)
    chunks = read_chunks(data, name)
    plain = plain_file(chunks)
    return _Opened(name, data, plain or data, sound_tracks(plain) if plain else None, chunks)


def _read(file: _Opened, limits: Limits, options: Options) -> tuple[Song, ReadReport]:
    refusal: MidiFileError | None = None
    is_small = len(file.data) <= limits.repair_bytes
    if file.bodies and not (is_small and has_subtleties(file.plain, file.bodies)):
        try:
            parsed = parse_ended(file.plain, file.bodies, file.name)
            if not (is_small and has_doubts(parsed)):
                song, report = song_of(parsed, file.name, file.per_quarter, limits)
                return _finished(song, report, file.repairs, options)
        except UnendedNotesError:
            pass
        except DamagedFileError as error:
            refusal = error
    if not is_small:
        damage, size = refusal or f"{file.name}: damaged or odd MIDI file", len(file.data)
        raise MidiFileError(f"{damage}; it has {size} bytes, and at most {limits.repair_bytes} are repaired")
    try:
        return _event_by_event(file, refusal, limits, options)
    except NoNotesError:
        if not options.pedal:
            raise
        without = replace(options, pedal=False)  # which is no reason to read none
        return _read(_opened(file.data, file.name, limits, without), limits, without)


def _event_by_event(
    file: _Opened, refusal: MidiFileError | None, limits: Limits, options: Options
) -> tuple[Song, ReadReport]:
    """The contents of a file by the lenient reader; raises `refusal`, if there is one, if that finds no note."""
    chunks = file.chunks or read_chunks(file.data, file.name)
    repaired = repair(chunks, options.pedal)
    try:
        song, report = song_of(parsed_of(repaired), file.name, chunks.ticks_per_quarter, limits)
    except NoNotesError as error:
        done = f" ({', '.join(repaired.repairs)})" if repaired.repairs else ""
        raise refusal or NoNotesError(f"{error}{done}") from None
    return _finished(song, report._replace(held_notes=repaired.held_notes), repaired.repairs, options)


def _finished(song: Song, report: ReadReport, repairs: tuple[str, ...], options: Options) -> tuple[Song, ReadReport]:
    if repairs:
        report = report._replace(repairs=repairs)
    found = on_found_beats(song) if options.beats else None
    return (song, report) if found is None else (found, report._replace(found_beats=len(found.tempos)))


def file_bytes(path: str, limits: Limits) -> bytes:
    """The bytes of a file; MidiFileError, in one line that names it, where they cannot be read or are too many."""
    try:
        status = os.stat(path)  # before it is opened: opening a pipe waits for who writes it
        if stat.S_ISDIR(status.st_mode):
            closed = "" if os.access(path, os.R_OK | os.X_OK) else " that may not be listed"
            raise MidiFileError(f"{path}: is a folder{closed}; a MIDI file is needed")
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
        raise MidiFileError(f"{path}: cannot be read ({reason})") from None
