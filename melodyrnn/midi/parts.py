"""Which notes of a file are which Track of the Song that was read of it: found by the notes themselves.

The reader decides what a Track is: a channel of a track, one of its programs, a zone of channels. So nothing here
repeats these rules: a Track is the voices of the file whose notes it holds.
"""

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from melodyrnn.arrays import Doubles, Ints
from melodyrnn.midi.filenotes import OPEN, FileNotes, Voice
from melodyrnn.music.pulses import PULSES_PER_QUARTER, pulses_from_ticks
from melodyrnn.music.song import Song, Track

MISSING = -1  # the number of a note that the file does not hold
LEAST_SHARE = 0.5  # of a voice's notes that must be in a Track, so that it is one of its voices
MOST_COMPARISONS = 100_000_000  # of notes, for Tracks that are several voices


@dataclass(frozen=True, slots=True)
class Part:
    """A Track of a Song, in its file: the voice that plays new notes, that of its last note, and its channels.

    `onsets` and `durations` (n,): of the Track's notes in their order, exactly, in pulses. Where the file says nothing
    of a note's length that the reader took over, it is the reader's. `notes` (n,): which notes of the file they are, or
    MISSING.
    """

    voice: Voice
    channels: tuple[int, ...]
    onsets: Doubles
    durations: Doubles
    notes: Ints

    @property
    def missing(self) -> int:
        """Notes of the Track that the file does not hold."""
        return int(np.count_nonzero(self.notes == MISSING))


def parts_of(song: Song, notes: FileNotes, ticks_per_quarter: int) -> tuple[Part, ...] | None:
    """The part that each Track of the Song is. None where one cannot be found, since what was read is not the file."""
    keys = _keys(pulses_from_ticks(notes.onsets, ticks_per_quarter), notes.pitches, notes.velocities)
    owners = _owners(song.tracks, notes, keys)
    if owners is None:
        return None
    return tuple(
        _part(track, np.flatnonzero(np.isin(notes.voice, voices)), notes, keys, ticks_per_quarter)
        for track, voices in zip(song.tracks, owners, strict=True)
    )


def _keys(onsets: Ints, pitches: Ints, velocities: Ints) -> Ints:
    """(n,) numbers that are the same for notes of the same pulse, pitch and velocity, in order of the pulses."""
    return onsets << 14 | pitches << 7 | velocities


def _track_keys(track: Track) -> Ints:
    return _keys(track.array[:, 0], track.array[:, 1], track.array[:, 3])


def _owners(tracks: Sequence[Track], notes: FileNotes, keys: Ints) -> list[list[int]] | None:
    """The voices of each Track: one with the same notes and program, or with the same notes, else those of which most
    notes are in it.
    """
    order = np.argsort(notes.voice, kind="stable")
    bounds = np.searchsorted(notes.voice[order], np.arange(len(notes.voices) + 1))
    voice_keys = [np.sort(keys[order[first:last]]) for first, last in pairwise(bounds.tolist())]
    track_keys = [np.sort(_track_keys(track)) for track in tracks]
    free = dict.fromkeys(range(len(notes.voices)))
    owners: list[list[int]] = [[] for _ in tracks]
    for with_program in (True, False):
        same: defaultdict[tuple[bytes, int], deque[int]] = defaultdict(deque)
        for voice in free:
            program = (notes.voices[voice].program or 0) if with_program else -1
            same[voice_keys[voice].tobytes(), program].append(voice)
        for number, track in enumerate(tracks):
            found = same.get((track_keys[number].tobytes(), track.program if with_program else -1))
            if found and not owners[number]:
                owners[number] = [found.popleft()]
                del free[owners[number][0]]
    left = [number for number, voices in enumerate(owners) if not voices]
    if len(left) * sum(len(voice_keys[voice]) for voice in free) > MOST_COMPARISONS:
        return None
    for number in left:
        wanted = track_keys[number]
        shares = {voice: float(np.isin(voice_keys[voice], wanted).mean()) for voice in free}
        missing = len(wanted)
        for voice in sorted((v for v in shares if shares[v] >= LEAST_SHARE), key=lambda v: -shares[v]):
            if missing > 0:
                owners[number].append(voice)
                missing -= len(voice_keys[voice])
                del free[voice]
        if not owners[number]:
            return None
    return owners


def _part(track: Track, mine: Ints, notes: FileNotes, keys: Ints, ticks_per_quarter: int) -> Part:
    """`mine`: the notes of the file that may be the Track's."""
    last = mine[np.argmax(notes.onsets[mine])]
    voice = notes.voices[int(notes.voice[last])]
    channels = sorted({notes.voices[v].channel for v in np.unique(notes.voice[mine]).tolist()})
    wanted, own = _track_keys(track), keys[mine]
    own_ends = np.where(notes.ends[mine] == OPEN, 0, notes.ends[mine])
    order, own_order = np.lexsort((track.array[:, 2], wanted)), np.lexsort((own_ends, own))
    wanted_sorted, own_sorted = wanted[order], own[own_order]
    rank = np.arange(len(order)) - np.searchsorted(wanted_sorted, wanted_sorted)  # among notes of the same key
    places = np.minimum(np.searchsorted(own_sorted, wanted_sorted) + rank, len(own_sorted) - 1)
    found = own_sorted[places] == wanted_sorted
    per_tick = PULSES_PER_QUARTER / ticks_per_quarter
    exact_onsets, exact_ends = (times[own_order[places]] * per_tick for times in (notes.onsets[mine], own_ends))
    onsets, durations = track.array[:, 0].astype(np.float64), track.array[:, 2].astype(np.float64)
    read_ends = (onsets + durations)[order]
    onsets[order] = np.where(found, exact_onsets, onsets[order])
    believed = found & (exact_ends > exact_onsets) & (np.abs(exact_ends - read_ends) <= 1)
    durations[order] = np.where(believed, exact_ends, read_ends) - onsets[order]
    theirs = np.full(len(order), MISSING)
    theirs[order] = np.where(found, mine[own_order[places]], MISSING)
    return Part(voice, tuple(channels), onsets, np.maximum(durations, per_tick), theirs)
