"""A parsed file's ticks to a Song on the 24-pulse grid: all notes of a file at once, as arrays."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise, repeat
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from melodyrnn.errors import MidiFileError
from melodyrnn.midi.limits import Limits
from melodyrnn.midi.parser import DamagedFileError
from melodyrnn.midi.report import ReadReport
from melodyrnn.midi.understanding import held_by_pedal, is_named_drums
from melodyrnn.music.metre import DENOMINATORS, TimeSignature
from melodyrnn.music.pulses import PULSES_PER_QUARTER, pulse_ratio, pulses_from_ticks
from melodyrnn.music.song import BPM_RANGE, NoteArray, Song, Tempo, Track

if TYPE_CHECKING:
    import symusic.core

IntArray = npt.NDArray[np.int64]
FEW = 64  # so few tempos are read sooner one by one


class NoNotesError(MidiFileError):
    """A file without a note, whatever else it holds."""


@dataclass(slots=True)
class Ticks:
    """The notes of a score in ticks, part after part: (2, n) onsets and ends, (n,) pitches and velocities."""

    parts: "list[symusic.core.TrackTick]"
    bounds: list[tuple[int, int]]  # where each part's notes begin and end
    times: IntArray
    pitches: npt.NDArray[np.int8]
    velocities: npt.NDArray[np.int8]
    longest: int  # the longest note
    per_quarter: int


def ticks_of(score: "symusic.core.ScoreTick", name: str, limits: Limits) -> Ticks:
    """The notes of the parts that have any. NoNotesError where none has, MidiFileError where there are too many.

    DamagedFileError for what the parser should not let through, and for ticks past 2**31: they come out negative.
    """
    tracks, notes = score.tracks, score.note_num()
    if not notes:
        raise NoNotesError(f"{name}: holds no notes; at least one is needed")
    if notes > limits.notes:
        raise MidiFileError(f"{name}: {notes} notes; at most {limits.notes} are read")
    parts = [part for part in (tracks[i] for i in range(len(tracks))) if len(part.notes)]
    columns = [part.notes.numpy() for part in parts]
    onsets, lengths, pitches, velocities = (
        columns[0][column] if len(parts) == 1 else np.concatenate([table[column] for table in columns])
        for column in ("time", "duration", "pitch", "velocity")
    )
    times = np.empty((2, notes), np.int64)
    times[0] = onsets
    np.add(times[0], lengths, out=times[1])
    if onsets.min() < 0 or lengths.min() < 0:
        raise too_long(name, limits)
    if pitches.min() < 0 or velocities.min() < 1:
        raise DamagedFileError(f"{name}: damaged MIDI file (a pitch or velocity above 127)")
    bounds = (
        [(0, notes)] if len(parts) == 1 else list(pairwise(accumulate(map(len, (p.notes for p in parts)), initial=0)))
    )
    return Ticks(parts, bounds, times, pitches, velocities, int(lengths.max()), score.ticks_per_quarter)


def too_long(name: str, limits: Limits) -> DamagedFileError:
    """What to raise for a song longer than the limit."""
    return DamagedFileError(f"{name}: too long; at most {limits.quarters} quarter notes are read")


def song_of(
    score: "symusic.core.ScoreTick", ticks: Ticks, conductor_end: int, name: str, limits: Limits, pedal: bool
) -> tuple[Song, ReadReport]:
    """The Song, and what the grid changed. DamagedFileError where it is too long."""
    held = _hold(ticks) if pedal else 0
    if pulse_from_tick(int(ticks.times[1].max()), ticks.per_quarter) > limits.length_pulses:
        raise too_long(name, limits)
    array, moved, lengthened = grid_notes(ticks.times, ticks.pitches, ticks.velocities, ticks.per_quarter)
    array = _sorted(array, ticks.bounds)
    array.setflags(write=False)
    tracks, named_drums, controls, bends = [], 0, 0, 0
    for part, (first, last) in zip(ticks.parts, ticks.bounds, strict=True):
        track_name, program, is_drum = printable(part.name), part.program, part.is_drum
        if not (is_drum or program) and is_named_drums(track_name, program):
            is_drum = True
            named_drums += 1
        tracks.append(Track.of_checked(array[first:last], program, is_drum, track_name))
        controls += len(part.controls)
        bends += len(part.pitch_bends)
    tempos, limited = _tempos(score, limits)
    metres, dropped = _metres(score, limits)
    end = pulse_from_tick(conductor_end, ticks.per_quarter)
    song = Song(tuple(tracks), tempos, metres, end if end <= limits.length_pulses else 0)
    empty = len(score.tracks) - len(tracks)
    return song, ReadReport(moved, lengthened, dropped, limited, empty, 0, controls, bends, held, named_drums)


def grid_notes(
    times: IntArray, pitches: npt.ArrayLike, velocities: npt.ArrayLike, ticks_per_quarter: int
) -> tuple[NoteArray, int, int]:
    """(2, n) onsets and ends in ticks -> (n, 4) notes in pulses, each end rounded for itself, none shorter than 1;
    how many began or ended between two pulses; how many had to be lengthened.
    """
    pulses = pulses_from_ticks(times, ticks_per_quarter)
    ratio = pulse_ratio(ticks_per_quarter)
    off_grid = (times * ratio[0] if ratio[0] > 1 else times) != pulses * ratio[1]
    moved = int(np.count_nonzero(off_grid[0] | off_grid[1]))
    notes = np.empty((times.shape[1], 4), np.int64)
    notes[:, 0], notes[:, 1], notes[:, 3] = pulses[0], pitches, velocities
    durations = pulses[1] - pulses[0]
    lengthened = int(len(durations) - np.count_nonzero(durations))
    notes[:, 2] = np.where(durations == 0, 1, durations) if lengthened else durations
    return notes, moved, lengthened


def pulse_from_tick(tick: int, ticks_per_quarter: int) -> int:
    """The nearest pulse, as `pulses_from_ticks` has it."""
    return (2 * PULSES_PER_QUARTER * tick + ticks_per_quarter) // (2 * ticks_per_quarter)


@lru_cache(maxsize=65536)
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


def printable(text: str) -> str:
    """Text that can be printed and stored: what is not Unicode becomes a question mark."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _hold(ticks: Ticks) -> int:
    """Let the pedals lengthen the notes -> how many they did."""
    held = 0
    for part, (first, last) in zip(ticks.parts, ticks.bounds, strict=True):
        if not part.is_drum:
            downs, lengths = (part.pedals.numpy()[column].astype(np.int64) for column in ("time", "duration"))
            onsets, ends = ticks.times[:, first:last]
            pitches = ticks.pitches[first:last].astype(np.int64)
            sounding = held_by_pedal(onsets, ends, pitches, downs, downs + lengths)
            held += int(np.count_nonzero(sounding > ends))
            ticks.times[1, first:last] = sounding
    return held


def _sorted(notes: NoteArray, bounds: list[tuple[int, int]]) -> NoteArray:
    """The notes of each part by onset, pitch, duration and velocity."""
    places = (notes[:, 0] << 7) + notes[:, 1]
    if len(bounds) > 1:
        places += np.repeat(np.arange(len(bounds)) << 32, [last - first for first, last in bounds])
    steps = places[1:] - places[:-1]
    if not len(steps) or steps.min() > 0:
        return notes
    order = places.argsort(kind="stable")
    places = places[order]
    twice = places[1:] == places[:-1]
    if twice.any():  # one pitch twice at once
        those = np.flatnonzero(np.append(twice, False) | np.append(False, twice))
        rows = order[those]
        order[those] = rows[np.lexsort((notes[rows, 3], notes[rows, 2], places[those]))]
    ordered: NoteArray = notes.take(order, axis=0)
    return ordered


def _tempos(score: "symusic.core.ScoreTick", limits: Limits) -> tuple[tuple[Tempo, ...], int]:
    tempos, slowest, fastest = score.tempos, *BPM_RANGE
    if len(tempos) <= FEW:
        few, limited = [], 0
        for tempo in map(tempos.__getitem__, range(len(tempos))):
            at, microseconds = pulse_from_tick(tempo.time, score.ticks_per_quarter), tempo.mspq
            limited += not slowest * microseconds <= 60e6 <= fastest * microseconds
            if 0 <= at <= limits.length_pulses:
                few.append(_tempo(at, microseconds))
        return tuple(few), limited
    columns = tempos.numpy()
    values, which = np.unique(columns["mspq"], return_inverse=True)
    illegal = (values * slowest > 60e6) | (values * fastest < 60e6)
    onsets = pulses_from_ticks(columns["time"].astype(np.int64), score.ticks_per_quarter)
    bpms = np.array([bpm_from_microseconds(microseconds) for microseconds in values.tolist()])[which]
    legal = (onsets >= 0) & (onsets <= limits.length_pulses)
    legal[:-1] &= onsets[1:] != onsets[:-1]  # of several at one pulse the last counts
    pairs = zip(onsets[legal].tolist(), bpms[legal].tolist(), strict=True)
    return tuple(map(tuple.__new__, repeat(Tempo), pairs)), int(illegal[which].sum())


def _metres(score: "symusic.core.ScoreTick", limits: Limits) -> tuple[tuple[TimeSignature, ...], int]:
    signatures, kept, dropped = score.time_signatures, [], 0
    for i in range(len(signatures)):
        signature = signatures[i]
        onset = pulse_from_tick(signature.time, score.ticks_per_quarter)
        if 0 <= onset <= limits.length_pulses:
            if signature.numerator and signature.denominator in DENOMINATORS:
                kept.append(_time_signature(onset, signature.numerator, signature.denominator))
            else:
                dropped += 1
    return tuple(kept), dropped


@lru_cache(maxsize=4096)  # most files have the same few
def _tempo(onset_pulses: int, microseconds: int) -> Tempo:
    return Tempo(onset_pulses, bpm_from_microseconds(microseconds))


_time_signature = lru_cache(maxsize=4096)(TimeSignature)
