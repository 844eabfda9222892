"""A take: what was sent to a port, as a MIDI file that grows while it is played."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from melodyrnn.files import replacing
from melodyrnn.messages import NOTE_OFF, NOTE_ON
from melodyrnn.midi.writing import TICKS_PER_PULSE, TICKS_PER_QUARTER
from melodyrnn.music.metre import TimeSignature

MOST_MICROSECONDS_PER_QUARTER = (1 << 24) - 1  # a tempo event has three bytes


class Take:
    """Messages as they were sent, the tempo and metre they were sent in, and in a text event how they came about.
    `names`: of the tracks, by channel.

    It is kept as the bytes of a track for each channel, so that writing hours of it takes as long as copying them.
    """

    def __init__(self, metre: TimeSignature, about: Mapping[str, Any], names: Mapping[int, str] | None = None) -> None:
        self._metre, self._about, self._names = metre, dict(about), dict(names or {})
        self._changes: dict[tuple[int, str], str] = {}
        self._tempos: dict[int, float] = {}
        self._tracks: dict[int, _GrowingTrack] = {}

    def add(self, pulse: int, message: bytes) -> None:
        """A channel message was sent; pulses count from the start of the take, and never fall."""
        channel = message[0] & 0x0F
        if channel not in self._tracks:
            self._tracks[channel] = _GrowingTrack(self._names.get(channel, ""))
        self._tracks[channel].add(pulse, message)

    def set_tempo(self, pulse: int, bpm: float) -> None:
        """The tempo from a pulse on. Below 3.6 bpm it is written as that: a file holds no slower one."""
        self._tempos[pulse] = bpm

    def add_notice(self, bar: int, text: str) -> None:
        """Something was changed by hand in that bar: what its first word names, and of that the last change counts."""
        self._changes[bar, text.partition(" ")[0]] = text

    def __bytes__(self) -> bytes:
        """The MIDI file, format 1. Notes that still sound end where it ends."""
        end = max([0, *self._tempos, *(track.pulse for track in self._tracks.values())])
        tracks = [self._conductor(end), *(track.closed(end) for _, track in sorted(self._tracks.items()))]
        header = b"MThd" + b"".join(number.to_bytes(size, "big") for number, size in ((6, 4), (1, 2)))
        header += len(tracks).to_bytes(2, "big") + TICKS_PER_QUARTER.to_bytes(2, "big")
        return header + b"".join(b"MTrk" + len(track).to_bytes(4, "big") + track for track in tracks)

    def _conductor(self, end: int) -> bytes:
        from mido import MetaMessage

        metre = MetaMessage("time_signature", numerator=self._metre.numerator, denominator=self._metre.denominator)
        changes = [{"bar": bar + 1, "change": change} for (bar, _), change in self._changes.items()]
        text = json.dumps(self._about | {"changes": changes})
        timed = [(0, MetaMessage("text", text=text)), (0, metre)]
        for pulse, bpm in sorted(self._tempos.items()):
            tempo = min(round(60e6 / bpm), MOST_MICROSECONDS_PER_QUARTER)
            timed.append((pulse, MetaMessage("set_tempo", tempo=tempo)))
        track = _GrowingTrack()
        for pulse, message in timed:
            track.add(pulse, bytes(message.bytes()))
        return track.closed(end)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write it whole, in the place of what is there. OutputError where that fails; the file there then stays."""
        with replacing(Path(path)) as beside:
            beside.write_bytes(bytes(self))


class _GrowingTrack:
    """The events of a track chunk so far, and the notes that sound at their end."""

    def __init__(self, name: str = "") -> None:
        self.pulse = 0
        self._events = bytearray()
        if name:
            text = name.encode("utf-8", "replace")
            self._events += b"\x00\xff\x03" + _delta(len(text)) + text
        self._sounding: dict[int, bytes] = {}

    def add(self, pulse: int, message: bytes) -> None:
        pulse = max(pulse, self.pulse)
        self._events += _delta((pulse - self.pulse) * TICKS_PER_PULSE) + message
        self.pulse = pulse
        kind = message[0] & 0xF0
        if kind == NOTE_ON and message[2]:
            self._sounding[message[1]] = bytes((NOTE_OFF | message[0] & 0x0F, message[1], 0))
        elif kind in (NOTE_ON, NOTE_OFF):
            self._sounding.pop(message[1], None)

    def closed(self, end: int) -> bytes:
        """The track ended at a pulse."""
        rest = [_delta((end - self.pulse) * TICKS_PER_PULSE), *self._sounding.values(), b"\xff\x2f\x00"]
        return bytes(self._events) + rest[0] + b"\x00".join(rest[1:])


def _delta(ticks: int) -> bytes:
    """Ticks as a variable-length quantity, seven bits a byte, the highest first."""
    digits = [ticks & 127]
    while ticks := ticks >> 7:
        digits.append(ticks & 127 | 128)
    return bytes(reversed(digits))
