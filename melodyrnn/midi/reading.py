"""MIDI files in: bytes to a Song on the 24-pulse grid, and a report of what the grid or the file's damage changed."""

import os
import re
import stat
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from melodyrnn.errors import MidiFileError
from melodyrnn.midi.chunks import header_fault, tracks_are_sound
from melodyrnn.midi.limits import LIMITS, Limits
from melodyrnn.midi.repair import repair, variable_length, with_note_offs
from melodyrnn.midi.understanding import held_by_pedal, is_named_drums
from melodyrnn.music.metre import DENOMINATORS, TimeSignature
from melodyrnn.music.pulses import PULSES_PER_QUARTER, pulses_from_ticks
from melodyrnn.music.song import BPM_RANGE, NoteArray, Song, Tempo, Track

if TYPE_CHECKING:
    import symusic.core

PARSER_ERRORS = (RuntimeError, ValueError, LookupError, ArithmeticError, MemoryError)

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ReadReport:
    """What reading changed, each as a count, and what was wrong with the file's own bytes, in words."""

    moved_notes: int = 0  # began or ended between two pulses
    lengthened_notes: int = 0  # would have ended on the pulse they began on, made one pulse long
    dropped_metres: int = 0  # such as 0/4 or 3/128: the metre before goes on
    limited_tempos: int = 0  # outside what Tempo holds, moved to the nearest it does
    empty_tracks: int = 0  # left out: held lyrics only
    damaged_controls: int = 0  # 1 if the file holds control values above 127, which say nothing about notes
    dropped_controls: int = 0  # of tracks with notes; pedals among them
    dropped_pitch_bends: int = 0
    held_notes: int = 0  # made longer by the pedal, where that was asked for
    named_drums: int = 0  # tracks taken for drums by their name
    repairs: tuple[str, ...] = ()  # such as "3 notes without an end"

    @property
    def repaired(self) -> bool:
        """Whether the file itself was at fault: there are any `faults`."""
        return bool(self.faults)

    @property
    def faults(self) -> str:
        """What was wrong with the file, in words. Empty where nothing was."""
        return self._said("dropped_metres", "limited_tempos", "damaged_controls")

    def __str__(self) -> str:
        return self._said(*(f.name for f in fields(self) if f.name != "repairs")) or "nothing changed"

    def _said(self, *names: str) -> str:
        counts = [(getattr(self, name), name.replace("_", " ")) for name in names]
        return ", ".join([*self.repairs, *(f"{count} {what}" for count, what in counts if count)])


def read_song(path: str | os.PathLike[str], limits: Limits = LIMITS, pedal: bool = False) -> Song:
    """The Song in a MIDI file. MidiFileError, in one line that names the file, where it holds none."""
    return read_midi(path, limits, pedal)[0]


def read_midi(path: str | os.PathLike[str], limits: Limits = LIMITS, pedal: bool = False) -> tuple[Song, ReadReport]:
    """`read_song`, and what had to be changed for it."""
    return parse_midi(_file_bytes(Path(path), limits), os.fspath(path), limits, pedal)


def parse_midi(
    data: bytes, name: str = "MIDI data", limits: Limits = LIMITS, pedal: bool = False
) -> tuple[Song, ReadReport]:
    """`read_midi` for bytes already in memory; errors call them `name`.

    One Track for each channel and program of each track of the file. Where one pitch overlaps itself, a note-off ends
    the note that began first. A note without a note-off ends where its pitch is struck again, or with its track. The
    Song ends no earlier than the end of track of a first track that holds no channel events: how rests after the last
    note are kept. With `pedal`, a note that ends while the sustain pedal is down sounds until it comes up, or until its
    pitch is struck again. Drums are what is on channel 10, or has no program and is called drums or percussion.
    A file that is damaged or odd is repaired first, where that gives notes: docs/midi.md has the rules.
    """
    fault = header_fault(data)
    if fault:
        raise MidiFileError(f"{name}: {fault}")
    if len(data) > limits.file_bytes:
        raise MidiFileError(f"{name}: {len(data)} bytes; at most {limits.file_bytes} are read")
    refusal = None
    if tracks_are_sound(data):
        try:
            score, damaged_controls = _score(data, name)
            if not _has_unended_notes(data, score, limits):
                return _song(data, score, damaged_controls, name, limits, pedal)
        except _DamagedFileError as error:
            refusal = error
    if len(data) > limits.repair_bytes:
        damage = refusal or f"{name}: damaged or odd MIDI file"
        raise MidiFileError(f"{damage}; of {len(data)} bytes, and at most {limits.repair_bytes} are repaired")
    repaired = repair(data, name)
    score, damaged_controls = _score(repaired.data, name)
    if not any(len(part.notes) for part in score.tracks):
        raise refusal or MidiFileError(
            f"{name}: holds no notes ({', '.join(repaired.repairs)}); at least one is needed"
        )
    song, report = _song(repaired.data, score, damaged_controls, name, limits, pedal)
    return song, replace(report, repairs=repaired.repairs)


class _DamagedFileError(MidiFileError):
    """The fast parser does not take the file, but the lenient reader may."""


def _song(
    data: bytes, score: "symusic.core.ScoreTick", damaged_controls: int, name: str, limits: Limits, pedal: bool
) -> tuple[Song, ReadReport]:
    ticks_per_quarter = score.ticks_per_quarter
    notes = sum(len(part.notes) for part in score.tracks)
    if notes > limits.notes:
        raise MidiFileError(f"{name}: {notes} notes; at most {limits.notes} are read")
    tracks, moved, lengthened, empty, held, named_drums = [], 0, 0, 0, 0, 0
    for part in score.tracks:
        columns = part.notes.numpy()
        onsets, durations = columns["time"].astype(np.int64), columns["duration"].astype(np.int64)
        if not len(onsets):
            empty += 1
            continue
        ends = onsets + durations
        # Ticks past 2**31 come out of the parser as negative numbers.
        if min(onsets.min(), durations.min()) < 0:
            raise _too_long(name, limits)
        if pedal and not part.is_drum:
            downs, lengths = (part.pedals.numpy()[column].astype(np.int64) for column in ("time", "duration"))
            sounding = held_by_pedal(onsets, ends, columns["pitch"].astype(np.int64), downs, downs + lengths)
            held += int((sounding > ends).sum())
            ends = sounding
        array = notes_from_ticks(onsets, ends, columns["pitch"], columns["velocity"], ticks_per_quarter)
        if int((array[:, 0] + array[:, 2]).max()) > limits.length_pulses:
            raise _too_long(name, limits)
        off_grid = (onsets * PULSES_PER_QUARTER % ticks_per_quarter != 0) | (
            ends * PULSES_PER_QUARTER % ticks_per_quarter != 0
        )
        moved += int(off_grid.sum())
        lengthened += int((pulses_from_ticks(ends, ticks_per_quarter) == array[:, 0]).sum())
        track_name = _clean(part.name)
        named = not part.is_drum and is_named_drums(track_name, part.program)
        named_drums += named
        tracks.append(Track(array, part.program, part.is_drum or named, track_name))
    if not tracks:
        raise MidiFileError(f"{name}: holds no notes; at least one is needed")
    tempos, limited = _tempos(score, ticks_per_quarter, limits)
    metres, dropped = _metres(score, ticks_per_quarter, limits)
    end = int(pulses_from_ticks(np.array([_conductor_end(data)]), ticks_per_quarter)[0])
    song = Song(tuple(tracks), tempos, metres, end if end <= limits.length_pulses else 0)
    controls, bends = sum(len(p.controls) for p in score.tracks), sum(len(p.pitch_bends) for p in score.tracks)
    return song, ReadReport(
        moved, lengthened, dropped, limited, empty, damaged_controls, controls, bends, held, named_drums
    )


def _has_unended_notes(data: bytes, score: "symusic.core.ScoreTick", limits: Limits) -> bool:
    if len(data) > limits.repair_bytes:
        return False
    ended, _ = _score(with_note_offs(data), "")
    return sum(len(part.notes) for part in ended.tracks) > sum(len(part.notes) for part in score.tracks)


def notes_from_ticks(
    onsets: IntArray, ends: IntArray, pitches: npt.ArrayLike, velocities: npt.ArrayLike, ticks_per_quarter: int
) -> NoteArray:
    """(n,) columns with times in ticks -> (n, 4) notes in pulses, each end rounded for itself, none shorter than 1."""
    starts = pulses_from_ticks(onsets, ticks_per_quarter)
    durations = np.maximum(1, pulses_from_ticks(ends, ticks_per_quarter) - starts)
    return np.stack([starts, np.asarray(pitches, np.int64), durations, np.asarray(velocities, np.int64)], axis=1)


def bpm_from_microseconds(microseconds: float) -> float:
    """The bpm with the fewest decimals that a file would store as this many microseconds a quarter, made legal."""
    slowest, fastest = BPM_RANGE
    if microseconds * fastest <= 60e6:
        return fastest
    if microseconds * slowest >= 60e6:
        return slowest
    exact = 60e6 / microseconds
    for decimals in range(6):
        bpm = round(exact, decimals)
        if bpm and round(60e6 / bpm) == round(microseconds):
            return bpm
    return exact


def _file_bytes(path: Path, limits: Limits) -> bytes:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise MidiFileError(f"{path}: is a folder; a MIDI file is needed")
        if not stat.S_ISREG(status.st_mode):
            raise MidiFileError(f"{path}: is a device or pipe; a MIDI file is needed")
        if status.st_size > limits.file_bytes:
            raise MidiFileError(f"{path}: {status.st_size} bytes; a MIDI file of at most {limits.file_bytes} is read")
        return path.read_bytes()
    except FileNotFoundError:
        raise MidiFileError(f"{path}: no such file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MidiFileError(f"{_clean(str(path))}: cannot be read ({reason})") from None


def _score(data: bytes, name: str) -> tuple["symusic.core.ScoreTick", int]:
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


def _damaged(name: str, error: Exception) -> _DamagedFileError:
    reason = str(error).removeprefix("MiniMidi: ").removesuffix(": iostream error")
    reason = re.sub(r"^Get (?=\w+=)", "Illegal value ", reason.replace("Invaild", "Invalid").replace("!", ". "))
    reason = re.sub(r"\s+", " ", reason).strip(" .") or type(error).__name__
    return _DamagedFileError(f"{name}: damaged MIDI file ({reason[0].lower()}{reason[1:]})")


def _too_long(name: str, limits: Limits) -> _DamagedFileError:
    return _DamagedFileError(f"{name}: too long; at most {limits.quarters} quarter notes are read")


def _tempos(score: "symusic.core.ScoreTick", ticks_per_quarter: int, limits: Limits) -> tuple[tuple[Tempo, ...], int]:
    columns = score.tempos.numpy()
    onsets = pulses_from_ticks(columns["time"].astype(np.int64), ticks_per_quarter).tolist()
    microseconds = columns["mspq"].tolist()
    slowest, fastest = BPM_RANGE
    limited = sum(not slowest <= (60e6 / m if m else np.inf) <= fastest for m in microseconds)
    tempos = [
        Tempo(at, bpm_from_microseconds(m))
        for at, m in zip(onsets, microseconds, strict=True)
        if 0 <= at <= limits.length_pulses
    ]
    return tuple(tempos), limited


def _metres(
    score: "symusic.core.ScoreTick", ticks_per_quarter: int, limits: Limits
) -> tuple[tuple[TimeSignature, ...], int]:
    columns = score.time_signatures.numpy()
    onsets = pulses_from_ticks(columns["time"].astype(np.int64), ticks_per_quarter).tolist()
    fractions = zip(onsets, columns["numerator"].tolist(), columns["denominator"].tolist(), strict=True)
    rows = [row for row in fractions if 0 <= row[0] <= limits.length_pulses]
    kept = [TimeSignature(*row) for row in rows if row[1] and row[2] in DENOMINATORS]
    return tuple(kept), len(rows) - len(kept)


def _conductor_end(data: bytes) -> int:
    """The tick of the first track's end if it holds nothing but meta and sysex events, else 0."""
    place = 8 + int.from_bytes(data[4:8], "big")
    if data[place : place + 4] != b"MTrk":
        return 0
    place, tick = place + 8, 0
    while place + 1 < len(data):
        delta, place = variable_length(data, place)
        tick += delta
        status = data[place : place + 2]
        if status == b"\xff\x2f":
            return tick
        if status[:1] not in (b"\xff", b"\xf0", b"\xf7"):
            return 0
        size, place = variable_length(data, place + (2 if status[:1] == b"\xff" else 1))
        place += size
    return 0


def _clean(text: str) -> str:
    """Text that can be printed and stored: what is not Unicode becomes a question mark."""
    return text.encode("utf-8", "replace").decode()
