"""A MIDI file as what is sent to an instrument, and when: the messages of all its tracks, in seconds.

Only channel messages are sent: notes, programs, controllers, bends. The ports of a file become one.
"""

import struct
from typing import NamedTuple

import numpy as np

from melodyrnn.messages import SYSTEM_EXCLUSIVE
from melodyrnn.midi.chunks import PLAIN_HEADER
from melodyrnn.midi.seedfile import SeedFile
from melodyrnn.midi.trackevents import TimedEvent, track_body
from melodyrnn.music.pulses import PULSES_PER_QUARTER

TICKS_PER_SECOND = 10_000  # of a file to play
TICKS_PER_QUARTER, TEMPO = 5_000, b"\xff\x51\x03" + (500_000).to_bytes(3, "big")
TAIL_SECONDS = 1.5  # of a file to play: for the last notes to die away


class TimedMessage(NamedTuple):
    """A whole channel message, and when it is sent, in seconds after the start."""

    seconds: float
    message: bytes


def timed_messages(file: SeedFile) -> list[TimedMessage]:
    """The messages of a file in the order in which they are sent; at one time those of its first track come first."""
    events = [
        track.event(i) for track in file.tracks for i in np.flatnonzero(track.statuses < SYSTEM_EXCLUSIVE).tolist()
    ]
    events.sort(key=lambda event: event.tick)
    pulses = np.array([event.tick for event in events]) * (PULSES_PER_QUARTER / file.ticks_per_quarter)
    seconds = file.song.tempo_map.seconds_at(pulses).tolist()
    return [TimedMessage(at, event.data) for at, event in zip(seconds, events, strict=True)]


def file_to_play(file: SeedFile) -> bytes:
    """A MIDI file of one track that sends the messages of another at their times, to a tenth of a millisecond.

    Every player reads it as it is meant, however odd the other is.
    """
    events = [TimedEvent(round(at * TICKS_PER_SECOND), message) for at, message in timed_messages(file)]
    last = events[-1].tick if events else 0
    body = track_body([TimedEvent(0, TEMPO), *events], last + round(TAIL_SECONDS * TICKS_PER_SECOND))
    header = PLAIN_HEADER + struct.pack(">HHH", 0, 1, TICKS_PER_QUARTER)
    return header + b"MTrk" + len(body).to_bytes(4, "big") + body
