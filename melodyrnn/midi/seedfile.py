"""A seed as the file it is: what stands before the join comes back event for event, and new notes follow it."""

import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from melodyrnn.arrays import Doubles, Ints
from melodyrnn.errors import OptionError
from melodyrnn.midi.chunks import PLAIN_HEADER, Chunks, read_chunks
from melodyrnn.midi.clipend import clip_end
from melodyrnn.midi.filenotes import FileNotes, file_notes
from melodyrnn.midi.limits import AS_NOTATED, LONGEST_PULSES, SEED_LIMITS, Limits, Options
from melodyrnn.midi.parts import Part, parts_of
from melodyrnn.midi.reading import file_bytes, parse_midi
from melodyrnn.midi.repair import repair
from melodyrnn.midi.report import ReadReport
from melodyrnn.midi.trackevents import TrackEvents, TrackFaultError, read_track
from melodyrnn.midi.wrapping import unwrapped
from melodyrnn.midi.writing import midi_bytes
from melodyrnn.music.join import join_pulse, music_end
from melodyrnn.music.metre import heard_until
from melodyrnn.music.pulses import PULSES_PER_QUARTER
from melodyrnn.music.song import NoteArray, Song


@dataclass(frozen=True, slots=True)
class SeedFile:
    """A MIDI file to go on from: the Song that was read of it, and its events as they are.

    The Song is as long as the clip in the file (`clip_end`), which a track of tempos that goes on does not make longer.

    `parts`: for each Track of the Song, which voice of the file it is, and when its notes are played exactly.
    `is_repaired`: the events are not the file's, which is damaged or odd, but those that could be read of it.
    """

    name: str
    song: Song
    report: ReadReport
    midi_format: int
    ticks_per_quarter: int
    tracks: tuple[TrackEvents, ...]
    notes: FileNotes
    parts: tuple[Part, ...]
    is_repaired: bool = False
    left_alone: int = 0  # instruments of the file that are no parts, and get no new notes

    @property
    def remarks(self) -> str:
        """The faults of the file, and whether its bars are written as repaired, in words. Empty if there are none."""
        odd = self.report.faults
        if self.is_repaired:
            return f"{odd or 'no plain MIDI file'}; its bars are written as they were read"
        return odd

    @property
    def exact(self) -> tuple[tuple[Doubles, Doubles], ...]:
        """For each Track of the Song the onsets and durations of its notes as they are played, in pulses."""
        return tuple((part.onsets, part.durations) for part in self.parts)

    def ticks(self, pulses: Doubles | Ints) -> Ints:
        """The nearest ticks of the file."""
        ticks: Ints = np.rint(np.asarray(pulses) * (self.ticks_per_quarter / PULSES_PER_QUARTER)).astype(np.int64)
        return ticks

    def new_notes(self, notes: NoteArray, onsets: Doubles, durations: Doubles | Ints) -> Ints:
        """(m, 4) notes of a score, and when they are played in pulses, parts of one too -> (m, 4) onset and duration in
        ticks, pitch, velocity.
        """
        on, off = self.ticks(onsets), self.ticks(onsets + durations)
        return np.column_stack([on, np.maximum(off - on, 1), notes[:, 1], notes[:, 3]])

    def with_bodies(self, bodies: Sequence[bytes]) -> bytes:
        """The file with these tracks."""
        header = PLAIN_HEADER + struct.pack(">HHH", self.midi_format, len(bodies), self.ticks_per_quarter)
        return header + b"".join(b"MTrk" + len(body).to_bytes(4, "big") + body for body in bodies)

    def tick(self, pulse: float) -> int:
        """The nearest tick of the file."""
        return int(self.ticks(np.array([pulse]))[0])


def read_seed(path: str | os.PathLike[str], limits: Limits = SEED_LIMITS) -> SeedFile:
    """The seed in a MIDI file. MidiFileError, in one line that names the file, where it holds no music."""
    name = os.fspath(path)
    return parse_seed(file_bytes(name, limits), name, limits)


def parse_seed(
    data: bytes, name: str = "MIDI data", limits: Limits = SEED_LIMITS, options: Options = AS_NOTATED
) -> SeedFile:
    """`read_seed` for bytes already in memory; errors call them `name`."""
    song, report = parse_midi(data, name, limits, options)
    chunks = read_chunks(unwrapped(data, name, limits)[0], name)
    if not (chunks.in_frames or (chunks.midi_format == 2 and len(chunks.tracks) > 1)):
        seed = _seed_of(chunks, song, report, name)
        if seed is not None and _is_whole(seed):
            return _as_clip(seed)
    seed = _seed_of(read_chunks(repair(chunks).data, name), song, report, name)
    return _as_clip(replace(seed or seed_of_song(song, name), report=report, is_repaired=True))


def of_busiest(seed: SeedFile, most: int) -> SeedFile:
    """The seed of at most so many parts: those with the most notes. The others stay in the file as they are."""
    song = seed.song
    if len(song.tracks) <= most:
        return seed
    busiest = sorted(range(len(song.tracks)), key=lambda i: -len(song.tracks[i]))[:most]
    kept = sorted(busiest)
    chosen = replace(song, tracks=tuple(song.tracks[i] for i in kept), length_pulses=join_pulse(song))
    parts = tuple(seed.parts[i] for i in kept)
    return replace(seed, song=chosen, parts=parts, left_alone=len(song.tracks) - most)


def seed_of_song(song: Song, name: str = "the seed") -> SeedFile:
    """The seed that the file of a Song is: what a program holds, written as `midi_bytes` does."""
    seed = _seed_of(read_chunks(midi_bytes(song), name), song, ReadReport(), name)
    if seed is None:
        raise OptionError(f"{name}: its tracks cannot be separated in a MIDI file")
    return seed


def _seed_of(chunks: Chunks, song: Song, report: ReadReport, name: str) -> SeedFile | None:
    """None where the chunks do not hold the Song in whole events."""
    try:
        tracks = tuple(map(read_track, chunks.tracks))
    except TrackFaultError:
        return None
    notes = file_notes(tracks)
    parts = parts_of(song, notes, chunks.ticks_per_quarter)
    if parts is None:
        return None
    form = chunks.midi_format if chunks.midi_format <= 2 else 1
    return SeedFile(
        name, song, report, form, chunks.ticks_per_quarter, tracks, notes, parts, form != chunks.midi_format
    )


def _is_whole(seed: SeedFile) -> bool:
    """Whether the file holds every note that was read of it, when it was read, and no time that was not believed."""
    longest = LONGEST_PULSES // PULSES_PER_QUARTER * seed.ticks_per_quarter
    return not any(part.missing for part in seed.parts) and all(track.end_tick <= longest for track in seed.tracks)


def _as_clip(seed: SeedFile) -> SeedFile:
    """The seed with a Song as long as the clip that its file holds."""
    song, end = seed.song, music_end(seed.song)
    length = clip_end(seed.tracks, seed.ticks_per_quarter, end, song.bar_lines)
    metres = heard_until(song.time_signatures, max(length, end))
    return replace(seed, song=replace(song, length_pulses=length, time_signatures=metres))
