"""Parsed files' ticks to Songs on the 24-pulse grid: all notes of several files at once, as columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise

import numpy as np
import numpy.typing as npt

from melodyrnn.errors import MidiFileError
from melodyrnn.midi.limits import Limits
from melodyrnn.midi.parser import FIRST_TRACK, DamagedFileError, Parsed
from melodyrnn.midi.records import METRE, NOTE, TEMPO
from melodyrnn.midi.report import ReadReport
from melodyrnn.midi.understanding import SUSTAIN, held_by_pedal, is_named_drums, pedal_times
from melodyrnn.music.metre import DENOMINATORS, TimeSignature, in_order
from melodyrnn.music.pulses import PULSES_PER_QUARTER, pulse_ratio, pulses_from_ticks
from melodyrnn.music.song import NoteArray, Song, Track
from melodyrnn.music.tempo import MICROSECONDS_RANGE, TempoMap

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Table = npt.NDArray[np.void]
FEW_BYTES = 512  # of tempos or metres: files of one folder often begin with the same, which are kept

PITCH_BITS = VELOCITY_BITS = 7
SIGNED_BITS = 63


class UnendedNotesError(DamagedFileError):
    """A file with notes that nothing ends."""


class NoNotesError(MidiFileError):
    """A file without a note, whatever else it holds."""


@dataclass(slots=True)
class _Apart:
    """What is of which of n files: where parts and notes begin, in lists of n + 1, where tempos and metres begin and
    end among the (m, 2) records, now in ticks of their file, and the tick at which its conductor ends, or 0.
    """

    parts: list[int]
    notes: list[int]
    tempos: list[tuple[int, int]]
    metres: list[tuple[int, int]]
    conductor_ends: list[int]
    tied: set[
        int
    ]  # files with several tempos or metres at once: of these the parser keeps the order in no list so long
    tempo_records: npt.NDArray[np.int32]
    metre_records: npt.NDArray[np.int32]


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
    apart = _told_apart(parsed, table, starts, names, limits)
    faults: dict[int, MidiFileError] = {}
    for number, (first, last) in enumerate(pairwise(apart.notes)):
        if not 0 < last - first <= limits.notes:
            faults[number] = _wrong_count(names[number], last - first, limits)
        elif number in apart.tied:
            faults[number] = DamagedFileError(f"{names[number]}: has to be read alone")
    if len(faults) == len(names):
        return list(faults.values())
    times, longest = _times(parsed, table, per_quarter, names[0], limits, pedal)
    if parsed.tracks and longest >= parsed.span.wait_ticks:
        for number in _files_of(table["duration"] >= parsed.span.wait_ticks, apart):
            faults.setdefault(number, UnendedNotesError(f"{names[number]}: damaged or odd MIDI file"))
    held = _hold(parsed, table, times, starts) if pedal else None
    pulses, moved = _on_grid(times, per_quarter)
    if int(pulses[1].max()) > limits.length_pulses:
        for number in _files_of(pulses[1] > limits.length_pulses, apart):
            faults.setdefault(number, too_long(names[number], limits))
    durations = pulses[1] - pulses[0]
    lengthened = durations == 0
    durations += lengthened
    columns = _sorted(pulses[0], table["pitch"], durations, table["velocity"], starts)
    columns.setflags(write=False)
    moved_counts, lengthened_counts, held_counts = (_counts(flags, apart) for flags in (moved, lengthened, held))
    made: list[tuple[Song, ReadReport] | MidiFileError] = []
    for number in range(len(names)):
        if number in faults:
            made.append(faults[number])
            continue
        tracks, named_drums, controls, bends = [], 0, 0, 0
        for i in range(apart.parts[number], apart.parts[number + 1]):
            part = parsed.parts[i]
            name, is_drum, by_name = _understood(part.name, part.program, part.is_drum)
            tracks.append(Track.of_checked(columns[:, starts[i] : starts[i + 1]].T, part.program, is_drum, name))
            named_drums += by_name
            controls += len(part.controls)
            bends += len(part.pitch_bends)
        records = apart.tempo_records[slice(*apart.tempos[number])].tobytes()
        tempos, limited = (_few_tempos if len(records) <= FEW_BYTES else _tempos)(records, per_quarter, limits)
        records = apart.metre_records[slice(*apart.metres[number])].tobytes()
        metres, dropped = (_few_metres if len(records) <= FEW_BYTES else _metres)(records, per_quarter, limits)
        end = pulse_from_tick(apart.conductor_ends[number], per_quarter)
        song = Song(tuple(tracks), tempos, metres, end if end <= limits.length_pulses else 0)
        report = ReadReport(
            moved_counts[number],
            lengthened_counts[number],
            dropped,
            limited,
            parsed.empty_parts.get(number, 0),
            parsed.damaged_controls,
            controls,
            bends,
            held_counts[number],
            named_drums,
        )
        made.append((song, report))
    return made


def _wrong_count(name: str, notes: int, limits: Limits) -> MidiFileError:
    if notes:
        return MidiFileError(f"{name}: {notes} notes; at most {limits.notes} are read")
    return NoNotesError(f"{name}: holds no notes; at least one is needed")


def too_long(name: str, limits: Limits) -> DamagedFileError:
    """What to raise for a song longer than the limit."""
    return DamagedFileError(f"{name}: too long; at most {limits.quarters} quarter notes are read")


def grid_notes(times: IntArray, pitches: npt.ArrayLike, velocities: npt.ArrayLike, ticks_per_quarter: int) -> NoteArray:
    """(2, n) onsets and ends in ticks -> (n, 4) notes in pulses, each end rounded for itself, none shorter than 1."""
    (onsets, ends), _ = _on_grid(times, ticks_per_quarter)
    return np.column_stack([onsets, np.asarray(pitches), np.maximum(1, ends - onsets), np.asarray(velocities)])


def pulse_from_tick(tick: int, ticks_per_quarter: int) -> int:
    """The nearest pulse, as `pulses_from_ticks` has it."""
    return (2 * PULSES_PER_QUARTER * tick + ticks_per_quarter) // (2 * ticks_per_quarter)


def printable(text: str) -> str:
    """Text that can be printed and stored: what is not Unicode becomes a question mark."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _told_apart(parsed: Parsed, table: Table, starts: Sequence[int], names: Sequence[str], limits: Limits) -> _Apart:
    """DamagedFileError where a track was not read to its end, or has left the span of its file."""
    bits, name = parsed.span.bits, names[0]
    own_ticks, begins = (1 << bits) - 1, np.arange(len(names) + 1) << bits
    tempos, metres = (np.frombuffer(records, np.int32).reshape(-1, 2) for records in (parsed.tempos, parsed.metres))
    first_tempos = np.searchsorted(tempos[:, 0], begins)  # they are in order of time, which is the first column
    last_tempos, ends = first_tempos[1:], [parsed.conductor_end] * len(names)
    if parsed.tracks:
        last_tempos = np.searchsorted(tempos[:, 0], begins[:-1] + parsed.span.wait_ticks)
        if len(names) == 1 and len(tempos) - last_tempos[0] > parsed.tracks[0]:  # it has some as late as its closings
            closes = (tempos[:, 0] >= parsed.span.wait_ticks) & (tempos[:, 1] <= parsed.tracks[0])
            tempos, last_tempos = np.concatenate([tempos[~closes], tempos[closes]]), np.array([np.sum(~closes)])
        if (first_tempos[1:] - last_tempos).tolist() != parsed.tracks or first_tempos[0]:
            raise DamagedFileError(f"{name}: damaged MIDI file (a track goes on after its end)")
        if any(parsed.conducted):
            before = np.cumsum(parsed.tracks) - parsed.tracks
            closings = tempos[np.arange(sum(parsed.tracks)) + np.repeat(last_tempos - before, parsed.tracks)]
            ticks = closings[closings[:, 1] == FIRST_TRACK, 0] - parsed.span.wait_ticks - begins[:-1]
            ends = np.where(parsed.conducted, ticks, 0).tolist()
    if len(table) and table["time"].min() < 0:
        raise too_long(name, limits)
    parts = np.searchsorted(table["time"][starts[:-1]] >> bits, np.arange(len(names) + 1)).tolist()
    whose = np.repeat(np.arange(len(names)), np.diff(parts))
    if len(whose) != len(parsed.parts) or (table["time"][starts[:-1]] >> bits != whose).any():
        raise DamagedFileError(f"{name}: damaged MIDI file (notes where there should be none)")
    tied: set[int] = set()
    if len(names) > 1:
        for records in (tempos, metres):
            ties = records[1:][(records[1:, 0] == records[:-1, 0]) & (records[1:, 1] != records[:-1, 1]), 0]
            tied.update((ties[ties & own_ticks < parsed.span.wait_ticks] >> bits).tolist())
        tempos, metres = tempos.copy(), metres.copy()
        first_metres = np.searchsorted(metres[:, 0], begins).tolist()
        tempos[:, 0] &= own_ticks
        metres[:, 0] &= own_ticks
    else:
        first_metres = [0, len(metres)]
    return _Apart(
        parts,
        [starts[part] for part in parts],
        list(zip(first_tempos.tolist(), last_tempos.tolist(), strict=False)),
        list(pairwise(first_metres)),
        ends,
        tied,
        tempos,
        metres,
    )


def _times(
    parsed: Parsed, table: Table, per_quarter: int, name: str, limits: Limits, pedal: bool
) -> tuple[IntArray, int]:
    """(2, n) onsets and ends of all notes in ticks of their file, of 32 bits if that will do, and the longest note.

    DamagedFileError for a note that is none; ticks past 2**31 come out negative.
    """
    onsets, lengths, pitches, velocities = (table[column] for column in ("time", "duration", "pitch", "velocity"))
    if lengths.min() < 0:
        raise too_long(name, limits)
    if pitches.max() > 127 or velocities.max() > 127 or not velocities.min():
        raise DamagedFileError(f"{name}: damaged MIDI file (a pitch or velocity above 127)")
    if parsed.span.bits < 31:
        onsets = onsets & ((1 << parsed.span.bits) - 1)
    longest = int(lengths.max())
    most = (int(onsets.max()) + longest) * sum(pulse_ratio(per_quarter))
    times = np.empty((2, len(table)), np.int64 if pedal or most >= 2**31 else np.int32)
    times[0] = onsets
    np.add(times[0], lengths, out=times[1])
    return times, longest


def _files_of(flags: BoolArray, apart: _Apart) -> list[int]:
    """The files of which a note is flagged."""
    return [number for number, count in enumerate(_counts(flags, apart)) if count]


def _counts(flags: BoolArray | None, apart: _Apart) -> list[int]:
    """How many notes of each file are flagged."""
    if flags is None:
        return [0] * (len(apart.notes) - 1)
    return [int(np.count_nonzero(flags[first:last])) for first, last in pairwise(apart.notes)]


@lru_cache(maxsize=4096)
def _understood(name: str, program: int, is_drum: bool) -> tuple[str, bool, bool]:
    """-> a printable name, whether the part is drums, and whether only its name says so."""
    track_name = printable(name)
    by_name = not (is_drum or program) and is_named_drums(track_name, program)
    return track_name, is_drum or by_name, by_name


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
            controls = part.controls.numpy()
            pedal = controls["number"] == SUSTAIN
            downs, ups = pedal_times(controls["time"][pedal] & (1 << parsed.span.bits) - 1, controls["value"][pedal])
            onsets, ends = times[:, first:last]
            pitches = table["pitch"][first:last].astype(np.int64)
            sounding = held_by_pedal(onsets, ends, pitches, downs, ups)
            held[first:last] = sounding > ends
            times[1, first:last] = sounding
    return held


def _sorted(
    onsets: IntArray,
    pitches: npt.NDArray[np.uint8],
    durations: IntArray,
    velocities: npt.NDArray[np.uint8],
    starts: Sequence[int],
) -> IntArray:
    """(4, n) notes, those of each part by onset, pitch, duration and velocity.

    A note is packed into 63 bits where there is room, as there is in songs of 30,000 bars: sorting these and taking
    them apart is several times as fast as sorting by columns. A part is nearly in order: a stable sort is fastest.
    """
    rest: tuple[IntArray, ...] = (pitches.astype(np.int64), durations, velocities.astype(np.int64))
    duration_bits = int(durations.max()).bit_length()
    shifts = (PITCH_BITS, duration_bits, VELOCITY_BITS)
    if int(onsets.max()).bit_length() + sum(shifts) > SIGNED_BITS:
        columns = np.stack([onsets, *rest], dtype=np.int64)
        parts = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        return columns[:, np.lexsort((*columns[::-1], parts))]
    packed = onsets.astype(np.int64)
    for column, shift in zip(rest, shifts, strict=True):
        packed <<= shift
        packed |= column
    for first, last in pairwise(starts):
        packed[first:last].sort(kind="stable")
    columns = np.empty((4, len(packed)), np.int64)
    for column, shift in zip(columns[:0:-1], shifts[::-1], strict=True):
        np.bitwise_and(packed, (1 << shift) - 1, out=column)
        packed >>= shift
    columns[0] = packed
    return columns


def _tempos(records: bytes, per_quarter: int, limits: Limits) -> tuple[TempoMap, int]:
    """The tempos up to the longest pulse, and how many of all were none that a Tempo can be."""
    table = np.frombuffer(records, TEMPO)
    microseconds = table["mspq"]
    fastest, slowest = MICROSECONDS_RANGE
    limited = int(np.count_nonzero((microseconds < fastest) | (microseconds > slowest)))
    onsets = pulses_from_ticks(table["time"].astype(np.int64), per_quarter)
    kept = (onsets >= 0) & (onsets <= limits.length_pulses)
    if not kept.all():
        onsets, microseconds = onsets[kept], microseconds[kept]
    return TempoMap.of_microseconds(onsets, microseconds), limited


def _metres(records: bytes, per_quarter: int, limits: Limits) -> tuple[tuple[TimeSignature, ...], int]:
    """The metres up to the longest pulse, and how many of these were none."""
    kept, dropped = [], 0
    for tick, numerator, denominator in np.frombuffer(records, METRE).tolist():
        onset = pulse_from_tick(tick, per_quarter)
        if 0 <= onset <= limits.length_pulses:
            if numerator and denominator in DENOMINATORS:
                kept.append(TimeSignature(onset, numerator, denominator))
            else:
                dropped += 1
    return in_order(kept), dropped


_few_tempos, _few_metres = lru_cache(maxsize=4096)(_tempos), lru_cache(maxsize=4096)(_metres)
