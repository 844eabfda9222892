"""Parsed files' ticks to Songs on the 24-pulse grid: all notes of several files at once, as columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise

import numpy as np
import numpy.typing as npt

from melodyrnn.errors import MidiFileError
from melodyrnn.midi.conductor import metres_of, pulse_from_tick, tempo_maps
from melodyrnn.midi.grid import BoolArray, IntArray, on_grid, sorted_notes
from melodyrnn.midi.limits import LONGEST_PULSES, Limits
from melodyrnn.midi.parser import FIRST_TRACK, DamagedFileError, Parsed, Span
from melodyrnn.midi.records import METRE, NoteColumns, control_records, note_columns
from melodyrnn.midi.report import ReadReport
from melodyrnn.midi.understanding import end_silenced, is_named_drums
from melodyrnn.music.metre import heard_until
from melodyrnn.music.pulses import pulse_ratio
from melodyrnn.music.song import Song, Track


class UnendedNotesError(DamagedFileError):
    """A file with notes that nothing ends."""


class NoNotesError(MidiFileError):
    """A file without a note, whatever else it holds."""


@dataclass(slots=True)
class _Apart:
    """What is of which of n files: where its parts, notes, tempos and metres begin and end; tempos and metres among the
    (m, 2) records, now in ticks of their file. And the tick at which its conductor ends, or 0.
    """

    parts: list[tuple[int, int]]
    notes: list[tuple[int, int]]
    tempos: list[tuple[int, int]]
    metres: list[tuple[int, int]]
    conductor_ends: list[int]
    tempo_records: npt.NDArray[np.int32]
    metre_records: npt.NDArray[np.int32]


def songs_of(
    parsed: Parsed, names: Sequence[str], per_quarter: int, limits: Limits
) -> list[tuple[Song, ReadReport] | MidiFileError]:
    """The Song of each file, and what the grid changed. Or why there is none: NoNotesError, MidiFileError for more
    notes than the limit, UnendedNotesError, or DamagedFileError for a song that is too long.

    DamagedFileError is raised where one file is damaged so that the others cannot be read with it, by the name of the
    first.
    """
    starts = list(accumulate(parsed.note_counts, initial=0))
    notes = note_columns(parsed.notes)
    apart = _told_apart(parsed, notes.onsets, starts, names, limits)
    faults: dict[int, MidiFileError] = {}
    for number, (first, last) in enumerate(apart.notes):
        if not 0 < last - first <= limits.notes:
            faults[number] = _wrong_count(names[number], last - first, limits)
    if len(faults) == len(names):
        return list(faults.values())
    times, longest = _times(parsed, notes, per_quarter, names[0], limits)
    if parsed.tracks and longest >= parsed.span.wait_ticks:
        for number in _files_of(notes.lengths >= parsed.span.wait_ticks, apart):
            faults.setdefault(number, UnendedNotesError(f"{names[number]}: damaged or odd MIDI file"))
    control_counts = _controls_heard(parsed, starts, times)
    pulses, moved = on_grid(times, per_quarter)
    if int(pulses[1].max()) > limits.length_pulses:
        for number in _files_of(pulses[1] > limits.length_pulses, apart):
            faults.setdefault(number, too_long(names[number], limits))
    durations = pulses[1] - pulses[0]
    lengthened = durations == 0
    durations += lengthened
    columns = sorted_notes(pulses[0], notes.pitches, durations, notes.velocities, parsed.note_counts)
    columns.setflags(write=False)
    moved_counts, lengthened_counts = (_counts(flags, apart.notes) for flags in (moved, lengthened))
    records = apart.tempo_records[: max(last for _, last in apart.tempos)].tobytes()
    maps, limited = tempo_maps(records, tuple(apart.tempos), per_quarter, limits.length_pulses)
    limited_counts = _counts(limited, apart.tempos)
    metre_bytes, rows = apart.metre_records.tobytes(), columns.T
    made: list[tuple[Song, ReadReport] | MidiFileError] = []
    for number in range(len(names)):
        if number in faults:
            made.append(faults[number])
            continue
        tracks, named_drums, controls, bends = [], 0, 0, 0
        for i in range(*apart.parts[number]):
            part = parsed.parts[i]
            program = part.program
            name, is_drum, by_name = _understood(part.name, program, part.is_drum)
            tracks.append(Track.of_checked(rows[starts[i] : starts[i + 1]], program, is_drum, name))
            named_drums += by_name
            controls += control_counts[i]
            bends += len(part.pitch_bends)
        first, last = apart.metres[number]
        records = metre_bytes[first * METRE.itemsize : last * METRE.itemsize]
        metres, dropped = metres_of(records, per_quarter, limits.length_pulses)
        end = pulse_from_tick(apart.conductor_ends[number], per_quarter)
        length = end if end <= limits.length_pulses else 0
        first, last = apart.notes[number]
        if metres[-1].onset_pulses > pulses[1, last - 1]:  # the last note of one part, to look at few
            metres = heard_until(metres, max(length, int(pulses[1, first:last].max())))
        song = Song(tracks, maps[number], metres, length)
        report = ReadReport(
            moved_counts[number],
            lengthened_counts[number],
            dropped,
            limited_counts[number],
            parsed.empty_parts.get(number, 0),
            parsed.damaged_controls,
            controls,
            bends,
            named_drums=named_drums,
        )
        made.append((song, report))
    return made


def _wrong_count(name: str, notes: int, limits: Limits) -> MidiFileError:
    if notes:
        return MidiFileError(f"{name}: {notes} notes; at most {limits.notes} are read")
    return NoNotesError(f"{name}: holds no notes; at least one is needed")


def too_long(name: str, limits: Limits) -> DamagedFileError:
    """What to raise for a song longer than the limit."""
    changed = "" if limits.length_pulses == LONGEST_PULSES else " (--max-bars)"
    return DamagedFileError(f"{name}: too long; at most {limits.bars} bars of 4/4 are read{changed}")


def printable(text: str) -> str:
    """Text that can be printed and stored: what is not Unicode becomes a question mark."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _told_apart(
    parsed: Parsed, onsets: npt.NDArray[np.int32], starts: Sequence[int], names: Sequence[str], limits: Limits
) -> _Apart:
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
    if len(onsets) and onsets.min() < 0:
        raise too_long(name, limits)
    files = onsets[starts[:-1]] >> bits
    parts = np.searchsorted(files, np.arange(len(names) + 1)).tolist()
    if (files[1:] < files[:-1]).any() or parts[-1] < len(files):
        raise DamagedFileError(f"{name}: damaged MIDI file (notes where there should be none)")
    tempo_ranges, metre_ranges = (
        list(zip(first_tempos.tolist(), last_tempos.tolist(), strict=False)),
        [(0, len(metres))],
    )
    if len(names) > 1:
        metre_ranges = list(pairwise(np.searchsorted(metres[:, 0], begins).tolist()))
        own = np.array([own_ticks, -1], np.int32)
        tempos, metres = tempos & own, metres & own
        for number, alone in parsed.tied.items():
            tempos = _with_own(tempos, tempo_ranges, number, alone.tempos, parsed.span)
            metres = _with_own(metres, metre_ranges, number, alone.metres, parsed.span)
    return _Apart(
        list(pairwise(parts)),
        list(pairwise([starts[part] for part in parts])),
        tempo_ranges,
        metre_ranges,
        ends,
        tempos,
        metres,
    )


def _with_own(
    records: npt.NDArray[np.int32], ranges: list[tuple[int, int]], number: int, own: bytes, span: Span
) -> npt.NDArray[np.int32]:
    """The (m, 2) records and after them those of a file as it is alone, where its range is then."""
    added = np.frombuffer(own, np.int32).reshape(-1, 2)
    added = added[added[:, 0] < span.wait_ticks]
    ranges[number] = len(records), len(records) + len(added)
    return np.concatenate([records, added])


def _times(parsed: Parsed, notes: NoteColumns, per_quarter: int, name: str, limits: Limits) -> tuple[IntArray, int]:
    """(2, n) onsets and ends of all notes in ticks of their file, of 32 bits if that will do, and the longest note.

    DamagedFileError for a note that is none; ticks past 2**31 come out negative.
    """
    onsets, lengths, pitches, velocities = notes
    if lengths.min() < 0:
        raise too_long(name, limits)
    if pitches.max() > 127 or velocities.max() > 127 or not velocities.min():
        raise DamagedFileError(f"{name}: damaged MIDI file (a pitch or velocity above 127)")
    if parsed.span.bits < 31:
        onsets = onsets & ((1 << parsed.span.bits) - 1)
    longest = int(lengths.max())
    most = (int(onsets.max()) + longest) * sum(pulse_ratio(per_quarter))
    times = np.empty((2, len(onsets)), np.int64 if most >= 2**31 else np.int32)
    times[0] = onsets
    np.add(times[0], lengths, out=times[1])
    return times, longest


def _controls_heard(parsed: Parsed, starts: Sequence[int], times: IntArray) -> list[int]:
    """How many controls each part has. Those that silence it end its notes among the `times`, if they would go on."""
    counts = []
    for i, part in enumerate(parsed.parts):
        controls = part.controls
        counts.append(len(controls))
        if counts[i] and parsed.tracks:  # without, its notes were given their ends before
            own_ticks = (1 << parsed.span.bits) - 1
            end_silenced(control_records(controls), own_ticks, times[:, starts[i] : starts[i + 1]])
    return counts


def _files_of(flags: BoolArray, apart: _Apart) -> list[int]:
    """The files of which a note is flagged."""
    return [number for number, count in enumerate(_counts(flags, apart.notes)) if count]


def _counts(flags: BoolArray, ranges: Sequence[tuple[int, int]]) -> list[int]:
    """How many are flagged in each range."""
    if not flags.any():
        return [0] * len(ranges)
    return [int(np.count_nonzero(flags[first:last])) for first, last in ranges]


@lru_cache(maxsize=4096)
def _understood(name: str, program: int, is_drum: bool) -> tuple[str, bool, bool]:
    """-> a printable name, whether the part is drums, and whether only its name says so."""
    track_name = printable(name)
    by_name = not (is_drum or program) and is_named_drums(track_name, program)
    return track_name, is_drum or by_name, by_name
