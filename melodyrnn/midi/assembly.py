"""A parsed file's ticks to a Song on the 24-pulse grid: the notes of all its parts at once, as columns."""

from itertools import accumulate, pairwise

import numpy as np

from melodyrnn.errors import MidiFileError
from melodyrnn.midi.conductor import key_at, metres_of, overruled, pulse_from_tick, tempo_map_of
from melodyrnn.midi.drumnames import is_named_drums
from melodyrnn.midi.grid import on_grid, sorted_notes
from melodyrnn.midi.limits import LONGEST_PULSES, Limits
from melodyrnn.midi.parsed import Parsed
from melodyrnn.midi.parser import DamagedFileError
from melodyrnn.midi.report import ReadReport
from melodyrnn.music.metre import heard_until
from melodyrnn.music.song import Song, Track


class UnendedNotesError(DamagedFileError):
    """A file with notes that nothing ends."""


class NoNotesError(MidiFileError):
    """A file without a note, whatever else it holds."""


def song_of(parsed: Parsed, name: str, per_quarter: int, limits: Limits) -> tuple[Song, ReadReport]:
    """The Song of a file, and what the grid changed. Errors call the file `name`.

    Raises NoNotesError, MidiFileError for more notes than the limit, UnendedNotesError, and DamagedFileError for a note
    that is none and for a song that is too long.
    """
    times = _times(parsed, name, limits)
    pulses, moved = on_grid(times, per_quarter)
    if int(pulses[1].max()) > limits.length_pulses:
        raise too_long(name, limits)
    durations = pulses[1] - pulses[0]
    lengthened = durations == 0
    counts = [part.note_count for part in parsed.parts]
    notes = parsed.notes
    rows = sorted_notes(pulses[0], notes.pitches, durations + lengthened, notes.velocities, counts).T
    rows.setflags(write=False)
    tracks, named_drums = [], 0
    for part, (first, last) in zip(parsed.parts, pairwise(accumulate(counts, initial=0)), strict=True):
        name_of_track = printable(part.name)
        by_name = not part.is_drum and is_named_drums(
            name_of_track, part.own_program, notes.onsets[first:last], notes.pitches[first:last]
        )
        program = part.own_program if by_name else part.program
        tracks.append(Track.of_checked(rows[first:last], program, part.is_drum or by_name, name_of_track))
        named_drums += by_name
    tempos, limited = tempo_map_of(parsed.tempos, per_quarter, limits.length_pulses)
    metres, dropped = metres_of(parsed.metres, per_quarter, limits.length_pulses)
    end = pulse_from_tick(parsed.conductor_end, per_quarter)
    length = end if end <= limits.length_pulses else 0
    metres = heard_until(metres, max(length, int(pulses[1].max())))
    report = ReadReport(
        moved_notes=int(np.count_nonzero(moved)),
        lengthened_notes=int(np.count_nonzero(lengthened)),
        dropped_metres=dropped,
        limited_tempos=limited,
        overruled_tempos=overruled(parsed.tempos),
        empty_tracks=parsed.empty_parts,
        damaged_controls=parsed.damaged_controls,
        dropped_controls=sum(part.controls for part in parsed.parts),
        dropped_pitch_bends=sum(part.pitch_bends for part in parsed.parts),
        named_drums=named_drums,
        gives_tempo=bool(len(parsed.tempos)),
        gives_metre=bool(len(parsed.metres)),
        key_signature=key_at(parsed.key_signatures, int(times[1].max())),
    )
    return Song(tracks, tempos, metres, length), report


def too_long(name: str, limits: Limits) -> DamagedFileError:
    """The error for a song longer than the limit."""
    changed = "" if limits.length_pulses == LONGEST_PULSES else " (--limits bars=N)"
    return DamagedFileError(f"{name}: too long; at most {limits.bars} bars of 4/4 are read{changed}")


def printable(text: str) -> str:
    """Text that can be printed and stored: what is not Unicode becomes a question mark."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _times(parsed: Parsed, name: str, limits: Limits) -> "np.ndarray[tuple[int, ...], np.dtype[np.int64]]":
    """(2, n) onsets and ends of the notes in ticks. Raises what `song_of` does for notes that cannot be taken."""
    onsets, lengths, pitches, velocities = parsed.notes
    if not len(onsets):
        raise NoNotesError(f"{name}: holds no notes; at least one is needed")
    if len(onsets) > limits.notes:
        raise MidiFileError(f"{name}: {len(onsets)} notes; at most {limits.notes} are read")
    if onsets.min() < 0 or lengths.min() < 0:  # past what 32 bits hold
        raise too_long(name, limits)
    if pitches.min() < 0 or velocities.min() < 1:  # read as bytes with a sign
        raise DamagedFileError(f"{name}: damaged MIDI file (a pitch or velocity above 127)")
    if parsed.has_unended:
        raise UnendedNotesError(f"{name}: damaged or odd MIDI file")
    return np.stack([onsets, onsets + lengths])
