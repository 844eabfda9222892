"""MIDI files out: a Song to the bytes of a standard MIDI file, exactly, and onto the disk whole or not at all."""

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from melodyrnn.errors import OutputError
from melodyrnn.files import check_free, replacing
from melodyrnn.midi.limits import LONGEST_PULSES
from melodyrnn.music.channels import places, shares_its_channel
from melodyrnn.music.pulses import PULSES_PER_QUARTER
from melodyrnn.music.song import NoteArray, Song, Track

if TYPE_CHECKING:
    import mido

    TimedMessage = tuple[int, mido.Message | mido.MetaMessage]  # the tick it is sent at, and what is sent

TICKS_PER_QUARTER = 480
TICKS_PER_PULSE = TICKS_PER_QUARTER // PULSES_PER_QUARTER
NEVER = np.iinfo(np.int64).max
Shifts = npt.NDArray[np.float64]


def write_song(
    song: Song, path: str | os.PathLike[str], overwrite: bool = False, shifts: Sequence[Shifts] | None = None
) -> int:
    """Write `song` as a format 1 MIDI file: a track of tempo and metre, then one for each Track.

    Returns how many notes had to be shortened or left out (`without_overlaps`). Else reading the file gives the Song
    back, but for Tracks without notes; the same Song gives the same bytes. OutputError where the file exists (unless
    `overwrite`) or cannot be written; then nothing is left behind.

    `shifts`: for each Track (n,) pulses, parts of one too, by which its notes sound later than they are written: to the
    tick, 1/20 pulse, and at most to halfway to the next of the same pitch.
    """
    write_bytes(midi_bytes(song, shifts), path, overwrite)
    return cut_note_count(song)


def write_bytes(data: bytes, path: str | os.PathLike[str], overwrite: bool = False) -> None:
    """Write a file whole. OutputError where it exists (unless `overwrite`) or cannot be written; none is left then."""
    target = Path(path)
    check_free(target, overwrite)
    with replacing(target) as beside:
        beside.write_bytes(data)


def cut_note_count(song: Song) -> int:
    """How many notes of a song a MIDI file of it holds shortened, or not at all."""
    return sum(without_overlaps(track.array)[1] for track in song.tracks)


def midi_bytes(song: Song, shifts: Sequence[Shifts] | None = None) -> bytes:
    """The bytes of the file that `write_song` writes."""
    buffer = io.BytesIO()
    mido_file(song, shifts).save(file=buffer)
    return buffer.getvalue()


def mido_file(song: Song, shifts: Sequence[Shifts] | None = None) -> "mido.MidiFile":
    """`song` as mido messages, 480 ticks a quarter note, every track ending where the song does.

    More than 15 melodic parts, and several kits, are told apart by ports: each track says its own (FF 21).
    """
    import mido  # here, because it takes 30 ms that a program which only reads does not owe

    last_change = max(song.tempos[-1].onset_pulses, song.time_signatures[-1].onset_pulses)
    end = max(song.end_pulses, last_change)
    if end > LONGEST_PULSES:
        longest, quarters = LONGEST_PULSES // PULSES_PER_QUARTER, end // PULSES_PER_QUARTER
        raise OutputError(f"a song of {quarters} quarter notes does not fit a MIDI file; at most {longest} do")
    conductor: list[TimedMessage] = [
        (tempo.onset_pulses * TICKS_PER_PULSE, mido.MetaMessage("set_tempo", tempo=round(60e6 / tempo.bpm)))
        for tempo in song.tempos
    ] + [
        (
            metre.onset_pulses * TICKS_PER_PULSE,
            mido.MetaMessage("time_signature", numerator=metre.numerator, denominator=metre.denominator),
        )
        for metre in song.time_signatures
    ]
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_QUARTER, charset="utf-8")
    file.tracks.append(_timed(sorted(conductor, key=lambda timed: timed[0]), end))
    parts = [(track.program, track.is_drum) for track in song.tracks]
    late = shifts or [np.zeros(len(track)) for track in song.tracks]
    where = places(parts)
    several_ports = any(place.port for place in where)
    for track, (port, channel), shared, shift in zip(song.tracks, where, shares_its_channel(parts), late, strict=True):
        head = [mido.MetaMessage("midi_port", port=port)] if several_ports else []
        messages = _messages(track, channel, shared, shift)
        file.tracks.append(_timed([*((0, message) for message in head), *messages], end))
    return file


def without_overlaps(notes: NoteArray) -> tuple[NoteArray, int]:
    """(n, 4) notes -> the (m, 4) that one MIDI channel can hold, and how many notes were shortened or left out.

    Columns beyond the fourth go with their notes.

    A channel holds a pitch once at a time: a note stops where the next of its pitch begins, and of those that begin
    together the longest is kept.
    """
    if not len(notes):
        return notes, 0
    by_pitch = notes[np.lexsort((-notes[:, 3], -notes[:, 2], notes[:, 0], notes[:, 1]))]
    onsets, pitches = by_pitch[:, 0], by_pitch[:, 1]
    repeats = np.append(False, (pitches[1:] == pitches[:-1]) & (onsets[1:] == onsets[:-1]))
    kept = by_pitch[~repeats]
    until_next = np.append(np.where(kept[1:, 1] == kept[:-1, 1], np.diff(kept[:, 0]), NEVER), NEVER)
    cut = kept[:, 2] > until_next
    kept[cut, 2] = until_next[cut]
    return kept[np.lexsort((kept[:, 1], kept[:, 0]))], int(repeats.sum() + cut.sum())


def _messages(track: Track, channel: int, program_each_note: bool, shifts: Shifts) -> "list[TimedMessage]":
    """(tick, message) in order. At one tick notes end before notes begin, so that a repeated pitch sounds again."""
    import mido

    program = mido.Message("program_change", channel=channel, program=track.program)
    timed: list[tuple[int, int, mido.Message]] = []
    ticks = np.rint(shifts * TICKS_PER_PULSE).astype(np.int64)
    notes, _ = without_overlaps(np.column_stack([track.array, ticks]))
    for on, off, pitch, velocity in _sounding(notes).tolist():
        if program_each_note:  # for players that know no ports: parts of other programs play on this channel
            timed.append((on, 1, program))
        timed.append((on, 1, mido.Message("note_on", channel=channel, note=pitch, velocity=velocity)))
        timed.append((off, 0, mido.Message("note_off", channel=channel, note=pitch, velocity=0)))
    name = track.name.encode("utf-8", "replace").decode()
    head = [mido.MetaMessage("track_name", name=name)] if name else []
    return [(0, m) for m in (*head, program)] + [(p, m) for p, _, m in sorted(timed, key=lambda event: event[:2])]


def _sounding(notes: NoteArray) -> NoteArray:
    """(n, 5) notes and their shifts -> (n, 4): tick on, tick off, pitch, velocity. No pitch meets itself."""
    order = np.lexsort((notes[:, 0], notes[:, 1]))
    onsets, pitches, durations, _, shifts = notes[order].T
    room = np.where(np.diff(pitches) == 0, np.diff(onsets) * TICKS_PER_PULSE // 2 - 1, NEVER)
    most = np.minimum(np.append(room, NEVER), np.insert(room, 0, NEVER))
    on = np.maximum(0, onsets * TICKS_PER_PULSE + np.clip(shifts, -most, most))
    next_on = np.append(np.where(np.diff(pitches) == 0, on[1:], NEVER), NEVER)
    off = np.minimum(np.maximum((onsets + durations) * TICKS_PER_PULSE + shifts, on + 1), next_on)
    result = np.column_stack([on, off, pitches, notes[order, 3]])
    return result[np.lexsort((pitches, onsets))]


def _timed(messages: "list[TimedMessage]", end: int) -> "mido.MidiTrack":
    """A track of (tick, message) with times as ticks since the message before, closed at pulse `end` or later."""
    import mido

    track, now = mido.MidiTrack(), 0
    last = max([end * TICKS_PER_PULSE, *(tick for tick, _ in messages)])
    for tick, message in [*messages, (last, mido.MetaMessage("end_of_track"))]:
        track.append(message.copy(time=tick - now))
        now = tick
    return track
