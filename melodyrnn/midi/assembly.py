"""Parsed files' ticks to Songs on the 24-pulse grid: all notes of several files at once, as columns."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from melodyrnn.midi.limits import Limits
from melodyrnn.midi.parser import LONG_WAIT_TICKS, DamagedFileError, Parsed
from melodyrnn.midi.records import METRE, NOTE, TEMPO
from melodyrnn.midi.report import ReadReport
from melodyrnn.midi.understanding import held_by_pedal, is_named_drums
from melodyrnn.music.metre import DENOMINATORS, TimeSignature, in_order
from melodyrnn.music.pulses import PULSES_PER_QUARTER, pulse_ratio, pulses_from_ticks
from melodyrnn.music.song import NoteArray, Song, Track
from melodyrnn.music.tempo import BPM_RANGE, MINUTE_MICROSECONDS, TempoMap

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
FEW_BYTES = 512  # of tempos or metres: files of one folder often begin with the same, which are kept

MICROSECONDS_RANGE = tuple(MINUTE_MICROSECONDS / bpm for bpm in BPM_RANGE[::-1])
PITCH_BITS = VELOCITY_BITS = 7
SIGNED_BITS = 63


class UnendedNotesError(DamagedFileError):
    """A file with notes that nothing ends."""


def songs_of(files: Sequence[Parsed], limits: Limits, pedal: bool) -> list[tuple[Song, ReadReport]]:
    """The Song of each file, and what the grid changed. All are of the same `per_quarter`.

    DamagedFileError where one of them is too long, or has notes that nothing ends or that are none. It names the first:
    only of a file alone does it say what is wrong.
    """
    name, per_quarter = files[0].name, files[0].per_quarter
    table = np.frombuffer(files[0].notes if len(files) == 1 else b"".join([file.notes for file in files]), NOTE)
    times = _checked_times(table, name, limits, all(file.all_ended for file in files))
    counts = [count for file in files for count in file.note_counts]
    bounds = list(accumulate(counts, initial=0))
    held = _hold(files, table, times, bounds) if pedal else [0] * len(files)
    pulses, moved = _on_grid(times, per_quarter)
    if int(pulses[1].max()) > limits.length_pulses:
        raise too_long(name, limits)
    durations = pulses[1] - pulses[0]
    lengthened = durations == 0
    if lengthened.any():
        durations += lengthened
    columns = _sorted(pulses[0], table["pitch"], durations, table["velocity"], counts)
    columns.setflags(write=False)
    made, part = [], 0
    for file, file_held in zip(files, held, strict=True):
        first = bounds[part]
        tracks, named_drums, controls, bends = [], 0, 0, 0
        for found in file.parts:
            track_name, program, is_drum = printable(found.name), found.program, found.is_drum
            if not (is_drum or program) and is_named_drums(track_name, program):
                is_drum = True
                named_drums += 1
            notes = columns[:, bounds[part] : bounds[part + 1]].T
            tracks.append(Track.of_checked(notes, program, is_drum, track_name))
            controls += len(found.controls)
            bends += len(found.pitch_bends)
            part += 1
        last = bounds[part]
        tempos, limited = _few_tempos(file.tempos, per_quarter, limits.length_pulses)
        metres, dropped = _few_metres(file.metres, per_quarter, limits.length_pulses)
        end = pulse_from_tick(file.conductor_end, per_quarter)
        report = ReadReport(
            int(np.count_nonzero(moved[first:last])),
            int(np.count_nonzero(lengthened[first:last])),
            dropped,
            limited,
            file.empty_parts,
            file.damaged_controls,
            controls,
            bends,
            file_held,
            named_drums,
        )
        made.append((Song(tuple(tracks), tempos, metres, end if end <= limits.length_pulses else 0), report))
    return made


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


def _checked_times(table: npt.NDArray[np.void], name: str, limits: Limits, all_ended: bool) -> IntArray:
    """(2, n) onsets and ends in ticks, of notes that are legal. Ticks past 2**31 have come out negative."""
    lengths, pitches, velocities = table["duration"], table["pitch"], table["velocity"]
    times = np.empty((2, len(table)), np.int64)
    times[0] = table["time"]
    np.add(times[0], lengths, out=times[1])
    if times[0].min() < 0 or lengths.min() < 0:
        raise too_long(name, limits)
    if pitches.max() > 127 or velocities.max() > 127 or not velocities.min():
        raise DamagedFileError(f"{name}: damaged MIDI file (a pitch or velocity above 127)")
    if not all_ended and lengths.max() >= LONG_WAIT_TICKS:
        raise UnendedNotesError(f"{name}: damaged or odd MIDI file")
    return times


def _on_grid(times: IntArray, ticks_per_quarter: int) -> tuple[IntArray, BoolArray]:
    """(2, n) ticks -> the nearest pulses, and which of the n notes begin or end between two."""
    pulses = pulses_from_ticks(times, ticks_per_quarter)
    ratio = pulse_ratio(ticks_per_quarter)
    off_grid = (times * ratio[0] if ratio[0] > 1 else times) != pulses * ratio[1]
    return pulses, off_grid[0] | off_grid[1]


def _hold(files: Sequence[Parsed], table: npt.NDArray[np.void], times: IntArray, bounds: Sequence[int]) -> list[int]:
    """Let the pedals lengthen the notes -> of each file how many they did."""
    held, part = [], 0
    for file in files:
        held.append(0)
        for found in file.parts:
            first, last = bounds[part : part + 2]
            part += 1
            if not found.is_drum:
                downs, lengths = (found.pedals.numpy()[column].astype(np.int64) for column in ("time", "duration"))
                onsets, ends = times[:, first:last]
                pitches = table["pitch"][first:last].astype(np.int64)
                sounding = held_by_pedal(onsets, ends, pitches, downs, downs + lengths)
                held[-1] += int(np.count_nonzero(sounding > ends))
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


_kept_tempos, _kept_metres = lru_cache(maxsize=4096)(_tempos), lru_cache(maxsize=4096)(_metres)


def _few_tempos(records: bytes, per_quarter: int, longest_pulses: int) -> tuple[TempoMap, int]:
    read = _kept_tempos if len(records) <= FEW_BYTES else _tempos
    return read(records, per_quarter, longest_pulses)


def _few_metres(records: bytes, per_quarter: int, longest_pulses: int) -> tuple[tuple[TimeSignature, ...], int]:
    read = _kept_metres if len(records) <= FEW_BYTES else _metres
    return read(records, per_quarter, longest_pulses)
