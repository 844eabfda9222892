"""MIDI files in: bytes to a Song on the 24-pulse grid, and a report of what the grid or the file's damage changed."""

import os
import stat
from dataclasses import replace

from melodyrnn.errors import MidiFileError
from melodyrnn.midi.assembly import NoNotesError, printable, song_of, ticks_of
from melodyrnn.midi.chunks import Chunks, header_fault, plain_file, read_chunks, sound_tracks
from melodyrnn.midi.limits import AS_NOTATED, LIMITS, Limits, Options
from melodyrnn.midi.parser import LONG_WAIT_TICKS, DamagedFileError, conductor_end, parse, parse_ended
from melodyrnn.midi.repair import repair
from melodyrnn.midi.report import ReadReport
from melodyrnn.music.beats import on_found_beats
from melodyrnn.music.song import Song


def read_song(path: str | os.PathLike[str], limits: Limits = LIMITS, options: Options = AS_NOTATED) -> Song:
    """The Song in a MIDI file. MidiFileError, in one line that names the file, where it holds none."""
    return read_midi(path, limits, options)[0]


def read_midi(
    path: str | os.PathLike[str], limits: Limits = LIMITS, options: Options = AS_NOTATED
) -> tuple[Song, ReadReport]:
    """`read_song`, and what had to be changed for it."""
    return parse_midi(_file_bytes(path, limits), os.fspath(path), limits, options)


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
    fault = header_fault(data)
    if fault:
        raise MidiFileError(f"{name}: {fault}")
    if len(data) > limits.file_bytes:
        raise MidiFileError(f"{name}: {len(data)} bytes; at most {limits.file_bytes} are read")
    repairs: tuple[str, ...] = ()
    bodies, plain = sound_tracks(data), data
    chunks = None if bodies else read_chunks(data, name)
    if chunks:
        plain, repairs = plain_file(chunks) or b"", chunks.repairs
        bodies = sound_tracks(plain) if plain else None
    refusal = None
    if bodies:
        try:
            score, damaged_controls = parse_ended(plain, bodies, name)
            ticks = ticks_of(score, name, limits)
            if ticks.longest < LONG_WAIT_TICKS:
                song, report = song_of(score, ticks, conductor_end(plain, bodies), name, limits, options.pedal)
                return _finished(song, report, options, repairs, damaged_controls)
        except DamagedFileError as error:
            refusal = error
    if len(data) > limits.repair_bytes:
        damage = refusal or f"{name}: damaged or odd MIDI file"
        raise MidiFileError(f"{damage}; of {len(data)} bytes, and at most {limits.repair_bytes} are repaired")
    return _event_by_event(chunks or read_chunks(data, name), refusal, name, limits, options)


def _event_by_event(
    chunks: Chunks, refusal: MidiFileError | None, name: str, limits: Limits, options: Options
) -> tuple[Song, ReadReport]:
    """What the lenient reader makes of a file; `refusal`, if there is one, where that is no note."""
    repaired = repair(chunks)
    score, _ = parse(repaired.data, name)
    try:
        ticks = ticks_of(score, name, limits)
    except NoNotesError as error:
        said = f" ({', '.join(repaired.repairs)})" if repaired.repairs else ""
        raise refusal or NoNotesError(f"{error}{said}") from None
    end = conductor_end(repaired.data, sound_tracks(repaired.data) or [])
    song, report = song_of(score, ticks, end, name, limits, options.pedal)
    return _finished(song, report, options, repaired.repairs)


def _finished(
    song: Song, report: ReadReport, options: Options, repairs: tuple[str, ...], damaged_controls: int = 0
) -> tuple[Song, ReadReport]:
    if repairs or damaged_controls:
        report = replace(report, repairs=repairs, damaged_controls=damaged_controls)
    found = on_found_beats(song) if options.beats else None
    return (song, report) if found is None else (found, replace(report, found_beats=len(found.tempos)))


def _file_bytes(path: str | os.PathLike[str], limits: Limits) -> bytes:
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise MidiFileError(f"{path}: is a folder; a MIDI file is needed")
        if not stat.S_ISREG(status.st_mode):
            raise MidiFileError(f"{path}: is a device or pipe; a MIDI file is needed")
        if status.st_size > limits.file_bytes:
            raise MidiFileError(f"{path}: {status.st_size} bytes; a MIDI file of at most {limits.file_bytes} is read")
        with open(path, "rb", buffering=0) as file:
            return file.read()
    except FileNotFoundError:
        raise MidiFileError(f"{path}: no such file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MidiFileError(f"{printable(os.fspath(path))}: cannot be read ({reason})") from None
