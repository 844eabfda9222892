"""Some bars of a seed as a seed of their own: a file that begins and ends with them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from melodyrnn.arrays import Ints
from melodyrnn.errors import OptionError, named
from melodyrnn.messages import NOTE_OFF, NOTE_ON
from melodyrnn.midi.channelstate import opening
from melodyrnn.midi.filenotes import file_notes
from melodyrnn.midi.parts import MISSING, Part
from melodyrnn.midi.seedfile import SeedFile
from melodyrnn.midi.trackevents import TimedEvent, TrackEvents, read_track, track_body
from melodyrnn.music.join import join_pulse
from melodyrnn.music.pulses import pulses_from_ticks
from melodyrnn.music.song import Track


def bars_between(seed: SeedFile, first_bar: int | None = None, last_bar: int | None = None) -> SeedFile:
    """The seed that these bars are, counted from 1, both included; without one of them from the start, or to the join.

    It opens with what is in force there: programs, controllers, tempo, time signature, names. Its events are those of
    the file in these bars, earlier by the bars before. A note that began before them is left out; one that sounds past
    them ends with them. OptionError for bars that the seed does not have, or that hold no notes.
    """
    lines, bars = seed.song.bar_lines, seed.song.bar_lines.position(join_pulse(seed.song))[0]
    first, last = 1 if first_bar is None else first_bar, bars if last_bar is None else last_bar
    if first_bar is not None and last_bar is not None and first > last:
        raise OptionError(f"{named('from_bar')} {first}, {named('to_bar')} {last}: the first bar comes first")
    if not 1 <= first <= last <= bars:
        raise OptionError(f"bars {first} to {last}: {seed.name} has bars 1 to {bars}")
    start, end = lines.start(first - 1), lines.start(last)
    song = replace(seed.song.from_pulse(start).until_pulse(end - start), length_pulses=end - start)
    if not song.note_count:
        raise OptionError(f"bars {first} to {last} of {seed.name} hold no notes")
    opened = opening(seed.tracks, seed.tick(start))
    tracks = tuple(
        read_track(track_body([*head, *_events(seed, track, start, end)], seed.tick(end) - seed.tick(start)))
        for track, head in zip(seed.tracks, opened, strict=True)
    )
    pulses = pulses_from_ticks(seed.notes.onsets, seed.ticks_per_quarter)
    numbers = np.cumsum((pulses >= start) & (pulses < end)) - 1  # of the notes that are kept
    parts = tuple(
        _part(part, track, start, end, numbers) for part, track in zip(seed.parts, seed.song.tracks, strict=True)
    )
    return replace(seed, song=song, tracks=tracks, notes=file_notes(tracks), parts=parts)


def _events(seed: SeedFile, track: TrackEvents, start: int, end: int) -> Iterator[TimedEvent]:
    """The events of a track between two pulses, earlier by the first. Notes begin in them and end in them.

    A note belongs where its pulse does, and may be played a little before the bar line.
    """
    first, last = seed.tick(start), seed.tick(end)
    pulses = pulses_from_ticks(track.ticks, seed.ticks_per_quarter)
    kinds = np.where(track.statuses < 0xF0, track.statuses & 0xF0, 0xFF)
    notes = kinds <= NOTE_ON
    inside = np.where(notes, (pulses >= start) & (track.ticks <= last), (track.ticks >= first) & (track.ticks < last))
    sounding = Counter[tuple[int, int]]()
    for i in np.flatnonzero(inside).tolist():
        tick, data = track.event(i)
        if notes[i]:
            key = (data[0] & 0x0F, data[1])
            if data[0] & 0xF0 == NOTE_ON and data[2]:
                if pulses[i] >= end:
                    continue
                sounding[key] += 1
            elif not sounding[key]:
                continue
            else:
                sounding[key] -= 1
        yield TimedEvent(max(0, tick - first), data)
    for (channel, pitch), count in sorted(sounding.items()):
        yield from [TimedEvent(last - first, bytes((NOTE_OFF | channel, pitch, 0)))] * count


def _part(part: Part, track: Track, start: int, end: int, numbers: Ints) -> Part:
    inside = (track.array[:, 0] >= start) & (track.array[:, 0] < end)
    onsets, notes = part.onsets[inside] - start, part.notes[inside]
    notes = np.where(notes == MISSING, MISSING, numbers[notes])
    durations = np.minimum(part.durations[inside], end - start - onsets)
    return replace(part, onsets=onsets, durations=durations, notes=notes)
