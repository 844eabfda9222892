"""Parsed files' ticks to Songs on the 24-pulse grid: all notes of several files at once, as columns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from melodyrnn.errors import MidiFileError
from melodyrnn.midi.limits import Limits
from melodyrnn.midi.parser import DamagedFileError, Parsed
from melodyrnn.midi.records import METRE, NOTE, TEMPO
from melodyrnn.midi.report import ReadReport
from melodyrnn.midi.understanding import held_by_pedal, is_named_drums
from melodyrnn.music.metre import DENOMINATORS, TimeSignature, in_order
from melodyrnn.music.pulses import PULSES_PER_QUARTER, pulse_ratio, pulses_from_ticks
from melodyrnn.music.song import NoteArray, Song, Track
from melodyrnn.music.tempo import BPM_RANGE, MINUTE_MICROSECONDS, TempoMap

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Found = TypeVar("Found")
Table = npt.NDArray[np.void]
FEW_BYTES = 512  # of tempos or metres: files of one folder often begin with the same, which are kept

MICROSECONDS_RANGE = tuple(MINUTE_MICROSECONDS / bpm for bpm in BPM_RANGE[::-1])
PITCH_BITS = VELOCITY_BITS = 7
SIGNED_BITS = 63


class UnendedNotesError(DamagedFileError):
    """A file with notes that nothing ends."""


class NoNotesError(MidiFileError):
    """A file without a note, whatever else it holds."""


@dataclass(slots=True)
class _Bounds:
    """Where what is of each file begins, in (n + 1,) lists, and (n,) the tick at which its conductor ends, or 0."""

    parts: list[int]
    notes: list[int]
    tempos: list[int]
    metres: list[int]
    conductor_ends: list[int]


def songs_of(
    parsed: Parsed, names: Sequence[str], per_quarter: int, limits: Limits, pedal: bool
) -> list[tuple[Song, ReadReport] | MidiFileError]:
    """The Song of each file, and what the grid changed. Or why there is none: NoNotesError, MidiFileError for more
    notes than the limit, UnendedNotesError, or DamagedFileError for a song that is too long.

    DamagedFileError is raised where one file is damaged so that the others cannot be read with it, by the name of the
    first.
    """
    starts = list(accumulate(parsed.note_counts, initial=0))
    table = np.frombuffer(parsed.notes, NOTE)
    tempos, metres, bounds = _told_apart(parsed, table, starts, names)
    faults: dict[int, MidiFileError] = {}
    for number, name in enumerate(names):
        count = bounds.notes[number + 1] - bounds.notes[number]
        if not count:
            faults[number] = no_notes(name)
        elif count > limits.notes:
            faults[number] = _too_many(name, count, limits)
    if len(faults) == len(names):
        return list(faults.values())
    times = _times(parsed, table, per_quarter, names[0], limits, pedal)
    if parsed.tracks and int(table["duration"].max()) >= parsed.span.wait_ticks:
        for number in _files_of(table["duration"] >= parsed.span.wait_ticks, bounds):
            faults.setdefault(number, UnendedNotesError(f"{names[number]}: damaged or odd MIDI file"))
    held = _hold(parsed, table, times, starts) if pedal else None
    pulses, moved = _on_grid(times, per_quarter)
    if int(pulses[1].max()) > limits.length_pulses:
        for number in _files_of(pulses[1] > limits.length_pulses, bounds):
            faults.setdefault(number, too_long(names[number], limits))
    durations = pulses[1] - pulses[0]
    lengthened = durations == 0
    if lengthened.any():
        durations += lengthened
    columns = _sorted(pulses[0], table["pitch"], durations, table["velocity"], parsed.note_counts)
    columns.setflags(write=False)
    made: list[tuple[Song, ReadReport] | MidiFileError] = []
    for number in range(len(names)):
        if number in faults:
            made.append(faults[number])
            continue
        tracks, named_drums, controls, bends = [], 0, 0, 0
        for i in range(bounds.parts[number], bounds.parts[number + 1]):
            part = parsed.parts[i]
            track_name, program, is_drum = printable(part.name), part.program, part.is_drum
            if not (is_drum or program) and is_named_drums(track_name, program):
                is_drum = True
                named_drums += 1
            tracks.append(Track.of_checked(columns[:, starts[i] : starts[i + 1]].T, program, is_drum, track_name))
            controls += len(part.controls)
            bends += len(part.pitch_bends)
        first, last = bounds.notes[number], bounds.notes[number + 1]
        its_tempos, limited = _of_file(tempos, bounds.tempos, number, _tempos, per_quarter, limits.length_pulses)
        its_metres, dropped = _of_file(metres, bounds.metres, number, _metres, per_quarter, limits.length_pulses)
        end = pulse_from_tick(bounds.conductor_ends[number], per_quarter)
        report = ReadReport(
            int(np.count_nonzero(moved[first:last])),
            int(np.count_nonzero(lengthened[first:last])),
            dropped,
            limited,
            parsed.empty_parts.get(number, 0),
            parsed.damaged_controls,
            controls,
            bends,
            int(np.count_nonzero(held[first:last])) if held is not None else 0,
            named_drums,
        )
        made.append((Song(tuple(tracks), its_tempos, its_metres, end if end <= limits.length_pulses else 0), report))
    return made


def no_notes(name: str) -> NoNotesError:
    """What to say of a file without any."""
    return NoNotesError(f"{name}: holds no notes; at least one is needed")


def too_long(name: str, limits: Limits) -> DamagedFileError:
    """What to raise for a song longer than the limit."""
    return DamagedFileError(f"{name}: too long; at most {limits.quarters} quarter notes are read")


def grid_notes(
    times: IntArray, pitches: npt.ArrayLike, velocities: npt.ArrayLike, ticks_per_quarter: int
) -> NoteArray:
    """(2, n) onsets and ends in ticks -> (n, 4) notes in pulses, each end rounded for itself, none shorter than 1."""
    (onsets, ends), _ = _on_grid(times, ticks_per_quarter)
    return np.column_stack([onsets, np.asarray(pitches), np.maximum(1, ends - onsets), np.asarray(velocities)])


def pulse_from_tick(tick: int, ticks_per_quarter: int) -> int:
    """The nearest pulse, as `pulses_from_ticks` has it."""
    return (2 * PULSES_PER_QUARTER * tick + ticks_per_quarter) // (2 * ticks_per_quarter)


def printable(text: str) -> str:
    """Text that can be printed and stored: what is not Unicode becomes a question mark."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _too_many(name: str, notes: int, limits: Limits) -> MidiFileError:
    return MidiFileError(f"{name}: {notes} notes; at most {limits.notes} are read")


def _told_apart(
    parsed: Parsed, table: Table, starts: Sequence[int], names: Sequence[str]
) -> tuple[Table, Table, _Bounds]:
    """The tempos and metres of the files, in ticks of each, and what of everything is whose."""
    bits, wait = parsed.span.bits, parsed.span.wait_ticks
    files = np.arange(len(names) + 1)
    tempos, metres = np.frombuffer(parsed.tempos, TEMPO).copy(), np.frombuffer(parsed.metres, METRE).copy()
    whose_tempo, whose_metre = tempos["time"] >> bits, metres["time"] >> bits
    for records in (tempos, metres):
        records["time"] &= (1 << bits) - 1
    ends = np.full(len(names), parsed.conductor_end)
    if parsed.tracks:
        closes = (tempos["time"] >= wait) & (tempos["mspq"] <= max(parsed.tracks)) & (whose_tempo >= 0)
        closed = np.bincount(whose_tempo[closes], minlength=len(names))
        if not np.array_equal(closed, parsed.tracks):
            raise DamagedFileError(f"{names[0]}: damaged MIDI file (a track goes on after its end)")
        first = tempos[closes & (tempos["mspq"] == 1)]
        ends = np.where(parsed.conducted, first["time"] - wait, 0)
        tempos, whose_tempo = tempos[~closes], whose_tempo[~closes]
    whose_part = table["time"][starts[:-1]] >> bits
    parts = np.searchsorted(whose_part, files).tolist()
    if parts[-1] != len(parsed.parts) or (np.diff(whose_part) < 0).any():
        raise DamagedFileError(f"{names[0]}: damaged MIDI file (notes where there should be none)")
    return (
        tempos,
        metres,
        _Bounds(
            parts,
            [starts[part] for part in parts],
            np.searchsorted(whose_tempo, files).tolist(),
            np.searchsorted(whose_metre, files).tolist(),
            ends.tolist(),
        ),
    )


def _times(parsed: Parsed, table: Table, per_quarter: int, name: str, limits: Limits, pedal: bool) -> IntArray:
    """(2, n) onsets and ends of all notes in ticks of their file, and small if they may. MidiFileError for a note that
    is none; ticks past 2**31 come out negative.
    """
    lengths, pitches, velocities = table["duration"], table["pitch"], table["velocity"]
    if table["time"].min() < 0 or lengths.min() < 0:
        raise too_long(name, limits)
    if pitches.max() > 127 or velocities.max() > 127 or not velocities.min():
        raise DamagedFileError(f"{name}: damaged MIDI file (a pitch or velocity above 127)")
    onsets = table["time"] & ((1 << parsed.span.bits) - 1)
    longest = (int(onsets.max()) + int(lengths.max())) * sum(pulse_ratio(per_quarter))
    times = np.empty((2, len(table)), np.int64 if pedal or longest >= 2**31 else np.int32)
    times[0] = onsets
    np.add(times[0], lengths, out=times[1])
    return times


def _files_of(flags: BoolArray, bounds: _Bounds) -> list[int]:
    """The files of which a note is flagged."""
    return [number for number, (a, b) in enumerate(pairwise(bounds.notes)) if flags[a:b].any()]


def _on_grid(times: IntArray, ticks_per_quarter: int) -> tuple[IntArray, BoolArray]:
    """(2, n) ticks -> the nearest pulses, and which of the n notes begin or end between two."""
    pulses = pulses_from_ticks(times, ticks_per_quarter)
    ratio = pulse_ratio(ticks_per_quarter)
    off_grid = (times * ratio[0] if ratio[0] > 1 else times) != pulses * ratio[1]
    return pulses, off_grid[0] | off_grid[1]


def _hold(parsed: Parsed, table: Table, times: IntArray, starts: Sequence[int]) -> BoolArray:
    """Let the pedals lengthen the notes -> which they did."""
    held = np.zeros(len(table), np.bool_)
    for part, (first, last) in zip(parsed.parts, pairwise(starts), strict=True):
        if not part.is_drum:
            downs, lengths = (part.pedals.numpy()[column].astype(np.int64) for column in ("time", "duration"))
            downs &= (1 << parsed.span.bits) - 1
            onsets, ends = times[:, first:last]
            pitches = table["pitch"][first:last].astype(np.int64)
            sounding = held_by_pedal(onsets, ends, pitches, downs, downs + lengths)
            held[first:last] = sounding > ends
            times[1, first:last] = sounding
    return held


def _sorted(
    onsets: IntArray,
    pitches: npt.NDArray[np.uint8],
    durations: IntArray,
    velocities: npt.NDArray[np.uint8],
    counts: Sequence[int],
) -> IntArray:
    """(4, n) notes, so many of each part, each part's by onset, pitch, duration and velocity.

    A note and the number of its part are packed into 63 bits where there is room (there is for 64 parts of 300 bars):
    sorting these and taking them apart is several times as fast as sorting by the columns.
    """
    onset_bits, duration_bits = (int(column.max()).bit_length() for column in (onsets, durations))
    shifts = (VELOCITY_BITS, duration_bits, PITCH_BITS, onset_bits)
    part_bits = (len(counts) - 1).bit_length()
    parts = np.repeat(np.arange(len(counts)), counts)
    if part_bits + sum(shifts) > SIGNED_BITS:
        columns = np.stack([onsets, pitches, durations, velocities])
        return columns[:, np.lexsort((*columns[::-1], parts))]
    packed = parts
    for column, shift in zip((onsets, pitches, durations, velocities), shifts[::-1], strict=True):
        packed <<= shift
        packed |= column
    packed.sort()
    columns = np.empty((4, len(packed)), np.int64)
    for column, shift in zip(columns[::-1], shifts, strict=True):
        np.bitwise_and(packed, (1 << shift) - 1, out=column)
        packed >>= shift
    return columns


def _tempos(records: bytes, per_quarter: int, longest_pulses: int) -> tuple[TempoMap, int]:
    """The tempos up to the longest pulse, and how many of all were none that a Tempo can be."""
    table = np.frombuffer(records, TEMPO)
    microseconds = table["mspq"]
    fastest, slowest = MICROSECONDS_RANGE
    limited = int(np.count_nonzero((microseconds < fastest) | (microseconds > slowest)))
    onsets = pulses_from_ticks(table["time"].astype(np.int64), per_quarter)
    kept = (onsets >= 0) & (onsets <= longest_pulses)
    if not kept.all():
        onsets, microseconds = onsets[kept], microseconds[kept]
    return TempoMap.of_microseconds(onsets, microseconds), limited


def _metres(records: bytes, per_quarter: int, longest_pulses: int) -> tuple[tuple[TimeSignature, ...], int]:
    """The metres up to the longest pulse, and how many of these were none."""
    kept, dropped = [], 0
    for tick, numerator, denominator in np.frombuffer(records, METRE).tolist():
        onset = pulse_from_tick(tick, per_quarter)
        if 0 <= onset <= longest_pulses:
            if numerator and denominator in DENOMINATORS:
                kept.append(TimeSignature(onset, numerator, denominator))
            else:
                dropped += 1
    return in_order(kept), dropped


_kept: dict[Any, Any] = {read: lru_cache(maxsize=4096)(read) for read in (_tempos, _metres)}


def _of_file(
    table: Table,
    bounds: Sequence[int],
    number: int,
    read: Callable[[bytes, int, int], tuple[Found, int]],
    per_quarter: int,
    longest_pulses: int,
) -> tuple[Found, int]:
    """What `read` makes of the records of one file, which it need not if it has seen the same."""
    records = table[bounds[number] : bounds[number + 1]].tobytes()
    if len(records) <= FEW_BYTES:
        read = _kept[read]
    return read(records, per_quarter, longest_pulses)
