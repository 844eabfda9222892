"""From the events of a file to its instruments: which notes each plays, with which program, and whether it is drums.

An instrument is what one channel of one port plays in one track, or what the channels of an MPE zone do. Its program
and bank may stand in any track: its own count first, then those that others set for the same channel.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from melodyrnn.arrays import Ints
from melodyrnn.messages import BEND, CONTROL, NOTE_ON, PROGRAM, SYSTEM_EXCLUSIVE
from melodyrnn.midi.drumparts import Channel, DrumParts
from melodyrnn.midi.parsed import NoteColumns, Part
from melodyrnn.midi.zones import announced_zones, found_zone

Event = tuple[int, bytes]  # tick, and the event from its status byte on
Note = tuple[int, int, int, int]  # onset and end in ticks, pitch, velocity
Settings = dict[Channel, Ints]  # (n, 2) ticks and values, in order of time

NAME_EVENT = b"\xff\x03"
NONE = np.empty((0, 2), np.int64)
MOSTLY = 0.5  # of a part's notes
BANK, TIMBRE = 0, 74  # controls: the high byte of a bank, and the third dimension of MPE


@dataclass(slots=True)
class PortTrack:
    """The events that a track of a file sends to a port, in order of time. `track` counts the tracks from 0."""

    track: int
    port: int
    events: list[Event]


@dataclass(slots=True)
class _Content:
    """The notes and settings of one of them, by channel."""

    notes: defaultdict[int, list[Note]] = field(default_factory=lambda: defaultdict(list))
    programs: Settings = field(default_factory=dict)
    banks: Settings = field(default_factory=dict)
    controls: Counter[int] = field(default_factory=Counter)
    bends: Counter[int] = field(default_factory=Counter)
    expressive: set[int] = field(default_factory=set)  # with bends, or the timbre that players of MPE send
    masters: dict[int, int] = field(default_factory=dict)  # of channels of a zone


@dataclass(frozen=True, slots=True)
class _Shared:
    """Settings that tracks make for each other: drums by messages, programs and banks."""

    drums: DrumParts
    programs: Settings
    banks: Settings


def instruments_of(tracks: Sequence[PortTrack], names: Mapping[int, str]) -> tuple[list[Part], NoteColumns]:
    """The parts with notes, by track, port and channel, and their notes, one part after the other. Every note has one
    note-off in its own track. `names`: of the tracks that have one.
    """
    drums, contents = DrumParts(), [_content(track) for track in tracks]
    for tick, port, message in sorted(_setups(tracks), key=lambda setup: setup[0]):
        drums.add(tick, port, message)
    shared = _Shared(drums, *(_everywhere(tracks, contents, kind) for kind in ("programs", "banks")))
    parts: list[Part] = []
    notes: list[list[Note]] = []
    for track, content in sorted(zip(tracks, contents, strict=True), key=lambda pair: (pair[0].track, pair[0].port)):
        by_master: defaultdict[int, list[int]] = defaultdict(list)
        for channel in sorted(content.notes):
            by_master[content.masters.get(channel, channel)].append(channel)
        for master, channels in sorted(by_master.items()):
            played = sorted(note for channel in channels for note in content.notes[channel])
            name = names.get(track.track, "")
            parts.append(_part(name, track.port, master, channels, played, content, shared))
            notes.append(played)
    rows = np.array([note for played in notes for note in played], np.int64).reshape(-1, 4)
    rows[:, 1] -= rows[:, 0]
    return parts, NoteColumns(*rows.T.copy())


def _part(
    name: str, port: int, master: int, channels: list[int], played: list[Note], content: _Content, shared: _Shared
) -> Part:
    """The part that plays these notes, by onset, on channels of a port that have this master, alone or as a zone."""
    places = [(port, channel) for channel in (master, *channels)]
    onsets = np.array([note[0] for note in played])
    own = [content.programs[place] for place in places if place in content.programs]
    others = [shared.programs[place] for place in places if place in shared.programs]
    is_zone = len(channels) > 1 or channels[0] != master
    banks = content.banks.get(places[0], shared.banks.get(places[0], NONE))
    return Part(
        name,
        program=_in_force((own or others or [NONE])[0], played[-1][0]),
        is_drum=not is_zone and bool(shared.drums.are_drums(places[0], onsets, banks).mean() > MOSTLY),
        note_count=len(played),
        controls=sum(content.controls[channel] for channel in channels),
        pitch_bends=sum(content.bends[channel] for channel in channels),
        own_program=_in_force((own or [NONE])[0], played[-1][0]),
    )


def _content(track: PortTrack) -> _Content:
    found = _Content()
    sounding: defaultdict[tuple[int, int], deque[int]] = defaultdict(deque)
    controls: list[tuple[int, int, int]] = []
    programs, banks = (defaultdict[Channel, list[tuple[int, int]]](list) for _ in range(2))
    for tick, event in track.events:
        kind, channel = event[0] & 0xF0, event[0] & 0x0F
        if kind == NOTE_ON and event[2]:
            sounding[channel, event[1]].append(len(found.notes[channel]))
            found.notes[channel].append((tick, tick, event[1], event[2]))
        elif kind <= NOTE_ON:
            waiting = sounding[channel, event[1]]
            if waiting:
                note = waiting.popleft()
                onset, _, pitch, velocity = found.notes[channel][note]
                found.notes[channel][note] = (onset, tick, pitch, velocity)
        elif kind == CONTROL:
            found.controls[channel] += 1
            controls.append((channel, event[1], event[2]))
            if event[1] == TIMBRE:
                found.expressive.add(channel)
            if event[1] == BANK:
                banks[track.port, channel].append((tick, event[2]))
        elif kind == PROGRAM:
            programs[track.port, channel].append((tick, event[1]))
        elif kind == BEND:
            found.bends[channel] += 1
            found.expressive.add(channel)
    found.programs, found.banks = (
        {channel: np.array(values) for channel, values in settings.items()} for settings in (programs, banks)
    )
    with_program = [channel for _, channel in found.programs]
    found.masters = announced_zones(controls) or found_zone(found.notes, found.expressive, with_program)
    return found


def _setups(tracks: Sequence[PortTrack]) -> list[tuple[int, int, bytes]]:
    """The ticks and ports of system exclusive messages, and these without F0 and their length, which is one byte."""
    events = [(track.port, *timed) for track in tracks for timed in track.events]
    return [(tick, port, event[2:]) for port, tick, event in events if event[0] == SYSTEM_EXCLUSIVE]


def _everywhere(tracks: Sequence[PortTrack], contents: Sequence[_Content], kind: str) -> Settings:
    """Settings that tracks make for others, in order of time.

    If all notes are on one channel, as when a program exports unrelated tracks, only tracks without notes count.
    """
    channels = {(track.port, channel) for track, found in zip(tracks, contents, strict=True) for channel in found.notes}
    joined: defaultdict[Channel, list[Ints]] = defaultdict(list)
    for found in contents:
        if len(channels) > 1 or not found.notes:
            for channel, values in getattr(found, kind).items():
                joined[channel].append(values)
    together = {channel: np.concatenate(values) for channel, values in joined.items()}
    return {channel: values[np.argsort(values[:, 0], kind="stable")] for channel, values in together.items()}


def _in_force(values: Ints, tick: int) -> int:
    """The last that was set at a tick or before it; 0 where nothing was by then."""
    index = int(np.searchsorted(values[:, 0], tick, side="right")) - 1
    return int(values[index, 1]) if index >= 0 else 0
