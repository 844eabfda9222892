"""A track more in a seed's file, for a part that is to be added: on a channel that nothing else uses."""

from dataclasses import replace

import numpy as np

from melodyrnn.arrays import Doubles
from melodyrnn.errors import OutputError
from melodyrnn.messages import PROGRAM
from melodyrnn.midi.filenotes import Voice
from melodyrnn.midi.parts import Part
from melodyrnn.midi.seedfile import SeedFile
from melodyrnn.midi.trackevents import META, PORT, TimedEvent, read_track, track_body
from melodyrnn.music.channels import DRUM_CHANNEL, MELODIC_CHANNELS, PORTS
from melodyrnn.music.song import Song, Track

NAME = 0x03  # of the meta events
MOST_TRACKS = 65_535  # a file counts them with two bytes
LONGEST_NAME = 127  # bytes, so that its length is one


def with_track(seed: SeedFile, track: Track) -> SeedFile:
    """The seed with a track of no notes: drums on channel 10, others on the first free channel of the first port.

    A file of one track becomes one of several. OutputError where every channel of every port is taken.
    """
    used = {
        (int(port), int(status) & 0x0F)
        for each in seed.tracks
        for port, status in {*zip(each.ports().tolist(), each.statuses.tolist(), strict=True)}
        if status < 0xF0
    }
    port, channel = (0, DRUM_CHANNEL) if track.is_drum else _free(used)
    if len(seed.tracks) >= MOST_TRACKS:
        raise OutputError(f"{seed.name}: has as many tracks as a file can")
    is_own = (port, channel) not in used  # else another kit is there, which has chosen its program
    name = track.name.encode()[:LONGEST_NAME]
    head = [bytes((META, NAME, len(name))) + name]
    head += [bytes((META, PORT, 1, port))] if any(number for number, _ in used) or port else []
    head += [bytes((PROGRAM | channel, track.program))] if is_own else []
    end = max((each.end_tick for each in seed.tracks), default=0)
    events = read_track(track_body([TimedEvent(0, event) for event in head], end))
    voice = Voice(len(seed.tracks), port, channel, track.program if is_own else None, (None, None))
    none: Doubles = np.zeros(0)
    song = seed.song
    return replace(
        seed,
        song=Song((*song.tracks, track), song.tempos, song.time_signatures, song.length_pulses),
        midi_format=max(1, seed.midi_format),
        tracks=(*seed.tracks, events),
        parts=(*seed.parts, Part(voice, (channel,), none, none, np.zeros(0, np.int64))),
    )


def _free(used: set[tuple[int, int]]) -> tuple[int, int]:
    for port in range(PORTS):
        for channel in MELODIC_CHANNELS:
            if (port, channel) not in used:
                return port, channel
    raise OutputError("no channel is free for another part")
