"""MIDI files in: bytes to a Song on the 24-pulse grid, and a report of what the grid or the file's damage changed."""

import os
import re
import stat
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from melodyrnn.errors import MidiFileError
from melodyrnn.music.metre import DENOMINATORS, TimeSignature
from melodyrnn.music.pulses import PULSES_PER_QUARTER, pulses_from_ticks
from melodyrnn.music.song import BPM_RANGE, NoteArray, Song, Tempo, Track

if TYPE_CHECKING:
    import symusic.core

LARGEST_FILE_BYTES = 50_000_000
LONGEST_PULSES = 2**23  # two days at 120 bpm; what damage makes longer would only fill memory with silence
PARSER_ERRORS = (RuntimeError, ValueError, LookupError, ArithmeticError, MemoryError)

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ReadReport:
    """What reading changed, each as a count."""

    moved_notes: int = 0  # began or ended between two pulses
    lengthened_notes: int = 0  # would have ended on the pulse they began on, made one pulse long
    dropped_metres: int = 0  # such as 0/4 or 3/128: the metre before goes on
    limited_tempos: int = 0  # outside what Tempo holds, moved to the nearest it does
    empty_tracks: int = 0  # left out: held lyrics only, or notes that nothing ends
    damaged_controls: int = 0  # 1 if the file holds control values above 127, which say nothing about notes

    @property
    def repaired(self) -> bool:
        """Whether the file itself was at fault: anything but notes moved onto the grid and tracks without notes."""
        return bool(self.dropped_metres or self.limited_tempos or self.damaged_controls)

    def __str__(self) -> str:
        counts = [(getattr(self, f.name), f.name.replace("_", " ")) for f in fields(self)]
        return ", ".join(f"{count} {what}" for count, what in counts if count) or "nothing changed"


def read_song(path: str | os.PathLike[str]) -> Song:
    """The Song in a MIDI file. MidiFileError, in one line that names the file, where it holds none."""
    return read_midi(path)[0]


def read_midi(path: str | os.PathLike[str]) -> tuple[Song, ReadReport]:
    """`read_song`, and what had to be changed for it."""
    return parse_midi(_file_bytes(Path(path)), os.fspath(path))


def parse_midi(data: bytes, name: str = "MIDI data") -> tuple[Song, ReadReport]:
    """`read_midi` for bytes already in memory; errors call them `name`.

    One Track for each channel and program of each track of the file. Where one pitch overlaps itself, a note-off ends
    the note that began first. Notes without a note-off are left out. The Song ends no earlier than the end of track of
    a first track that holds no channel events: how rests after the last note are kept.
    """
    ticks_per_quarter = _ticks_per_quarter(data, name)
    score, damaged_controls = _score(data, name)
    tracks, moved, lengthened, empty = [], 0, 0, 0
    for part in score.tracks:
        columns = part.notes.numpy()
        onsets, durations = columns["time"].astype(np.int64), columns["duration"].astype(np.int64)
        if not len(onsets):
            empty += 1
            continue
        # Ticks past 2**31 come out of the parser as negative numbers.
        if min(onsets.min(), durations.min()) < 0:
            raise _too_long(name)
        array = notes_from_ticks(onsets, onsets + durations, columns["pitch"], columns["velocity"], ticks_per_quarter)
        if int((array[:, 0] + array[:, 2]).max()) > LONGEST_PULSES:
            raise _too_long(name)
        off_grid = (onsets * PULSES_PER_QUARTER % ticks_per_quarter != 0) | (
            (onsets + durations) * PULSES_PER_QUARTER % ticks_per_quarter != 0
        )
        moved += int(off_grid.sum())
        lengthened += int((pulses_from_ticks(onsets + durations, ticks_per_quarter) == array[:, 0]).sum())
        tracks.append(Track(array, part.program, part.is_drum, _clean(part.name)))
    if not tracks:
        raise MidiFileError(f"{name}: holds no notes; at least one is needed")
    tempos, limited = _tempos(score, ticks_per_quarter)
    metres, dropped = _metres(score, ticks_per_quarter)
    end = int(pulses_from_ticks(np.array([_conductor_end(data)]), ticks_per_quarter)[0])
    song = Song(tuple(tracks), tempos, metres, end if end <= LONGEST_PULSES else 0)
    return song, ReadReport(moved, lengthened, dropped, limited, empty, damaged_controls)


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


def _file_bytes(path: Path) -> bytes:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise MidiFileError(f"{path}: is a folder; a MIDI file is needed")
        if not stat.S_ISREG(status.st_mode):
            raise MidiFileError(f"{path}: is a device or pipe; a MIDI file is needed")
        if status.st_size > LARGEST_FILE_BYTES:
            raise MidiFileError(f"{path}: {status.st_size} bytes; a MIDI file of at most {LARGEST_FILE_BYTES} is read")
        return path.read_bytes()
    except FileNotFoundError:
        raise MidiFileError(f"{path}: no such file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MidiFileError(f"{_clean(str(path))}: cannot be read ({reason})") from None


def _ticks_per_quarter(data: bytes, name: str) -> int:
    if not data:
        raise MidiFileError(f"{name}: is empty (0 bytes); a MIDI file is needed")
    if data[:4] != b"MThd":
        raise MidiFileError(f"{name}: not a MIDI file (begins with {ascii(data[:4])[1:]}, a MIDI file with 'MThd')")
    if len(data) < 14:
        raise MidiFileError(f"{name}: damaged MIDI file (ends inside its header)")
    division = int.from_bytes(data[12:14], "big")
    if division & 0x8000:
        raise MidiFileError(f"{name}: counts time in SMPTE frames; only ticks per quarter note can be read as music")
    if not division:
        raise MidiFileError(f"{name}: damaged MIDI file (0 ticks per quarter note; legal is 1 to 32767)")
    return division


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


def _damaged(name: str, error: Exception) -> MidiFileError:
    reason = str(error).removeprefix("MiniMidi: ").removesuffix(": iostream error")
    reason = re.sub(r"^Get (?=\w+=)", "Illegal value ", reason.replace("Invaild", "Invalid").replace("!", ". "))
    reason = re.sub(r"\s+", " ", reason).strip(" .") or type(error).__name__
    return MidiFileError(f"{name}: damaged MIDI file ({reason[0].lower()}{reason[1:]})")


def _too_long(name: str) -> MidiFileError:
    return MidiFileError(f"{name}: too long; at most {LONGEST_PULSES // PULSES_PER_QUARTER} quarter notes are read")


def _tempos(score: "symusic.core.ScoreTick", ticks_per_quarter: int) -> tuple[tuple[Tempo, ...], int]:
    columns = score.tempos.numpy()
    onsets = pulses_from_ticks(columns["time"].astype(np.int64), ticks_per_quarter).tolist()
    microseconds = columns["mspq"].tolist()
    slowest, fastest = BPM_RANGE
    limited = sum(not slowest <= (60e6 / m if m else np.inf) <= fastest for m in microseconds)
    tempos = [
        Tempo(at, bpm_from_microseconds(m))
        for at, m in zip(onsets, microseconds, strict=True)
        if 0 <= at <= LONGEST_PULSES
    ]
    return tuple(tempos), limited


def _metres(score: "symusic.core.ScoreTick", ticks_per_quarter: int) -> tuple[tuple[TimeSignature, ...], int]:
    columns = score.time_signatures.numpy()
    onsets = pulses_from_ticks(columns["time"].astype(np.int64), ticks_per_quarter).tolist()
    fractions = zip(onsets, columns["numerator"].tolist(), columns["denominator"].tolist(), strict=True)
    rows = [row for row in fractions if 0 <= row[0] <= LONGEST_PULSES]
    kept = [TimeSignature(*row) for row in rows if row[1] and row[2] in DENOMINATORS]
    return tuple(kept), len(rows) - len(kept)


def _conductor_end(data: bytes) -> int:
    """The tick of the first track's end if it holds nothing but meta and sysex events, else 0."""
    place = 8 + int.from_bytes(data[4:8], "big")
    if data[place : place + 4] != b"MTrk":
        return 0
    place, tick = place + 8, 0
    while place + 1 < len(data):
        delta, place = _variable_length(data, place)
        tick += delta
        status = data[place : place + 2]
        if status == b"\xff\x2f":
            return tick
        if status[:1] not in (b"\xff", b"\xf0", b"\xf7"):
            return 0
        size, place = _variable_length(data, place + (2 if status[:1] == b"\xff" else 1))
        place += size
    return 0


def _variable_length(data: bytes, place: int) -> tuple[int, int]:
    """The variable-length number at `place`, and the place after it."""
    number = 0
    for byte in data[place : place + 4]:
        place += 1
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            break
    return number, place


def _clean(text: str) -> str:
    """Text that can be printed and stored: what is not Unicode becomes a question mark."""
    return text.encode("utf-8", "replace").decode()
