"""The events of one track of a MIDI file exactly as its bytes hold them, as columns: found, copied and added to.

Nothing is decoded that need not be. So ten megabytes of controllers take 17 bytes an event beside themselves, and what
is copied comes back byte for byte, in whatever encoding its texts are.
"""

import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from melodyrnn.arrays import Ints
from melodyrnn.messages import END_OF_EXCLUSIVE, SYSTEM_EXCLUSIVE
from melodyrnn.midi.chunks import END_OF_TRACK
from melodyrnn.midi.parser import LONGEST_WAIT_TICKS, variable_length, variable_length_bytes

Places = npt.NDArray[np.intc]

META, END, PORT = 0xFF, 0x2F, 0x21
META_HEAD = 3  # bytes of a meta event before its data, where these are fewer than 128
SYSEX = (SYSTEM_EXCLUSIVE, END_OF_EXCLUSIVE)
DATA_BYTES = (0,) * 8 + (2, 2, 2, 2, 1, 1, 2)  # of a channel message, by the high half of its status
EMPTY_TEXT = b"\xff\x01\x00"
CUT_SHORT = "an event cut short"
# Many channel messages in a row, each with a wait of one byte: all with their status and two bytes of data, or all
# without their status.
ROWS = re.compile(rb"(?P<whole>(?:[\x00-\x7f][\x80-\xbf\xe0-\xef][\x00-\x7f]{2}){16,})|[\x00-\x7f]{48,}")
MOST_TICKS = 2**40  # of a track: waits that add up to more are damage


class TrackFaultError(ValueError):
    """A track holds something other than whole events."""


class TimedEvent(NamedTuple):
    """An event from its status byte on, as a file holds it: a meta or system exclusive message with its length."""

    tick: int
    data: bytes


@dataclass(frozen=True, slots=True)
class TrackEvents:
    """The n events of a track before its end of track.

    `ticks` (n,). `begins` (n + 1,): where in `body` the wait of each begins; the last is where the end of track's
    does. `firsts` (n,): where each event itself begins, after its wait. `statuses` (n,): its status byte, also where
    the file leaves it out (running status). `end_tick`: when the end of track comes, or the last event without one.
    """

    body: bytes
    ticks: Ints
    begins: Places
    firsts: Places
    statuses: npt.NDArray[np.uint8]
    end_tick: int

    def __len__(self) -> int:
        return len(self.ticks)

    def event(self, index: int) -> TimedEvent:
        """One event, with its status byte."""
        first, end = int(self.firsts[index]), int(self.begins[index + 1])
        data = self.body[first:end]
        status = int(self.statuses[index])
        return TimedEvent(int(self.ticks[index]), data if data[0] == status else bytes([status]) + data)

    def data(self, indices: Ints) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
        """The first and second byte after the status of each of these events; 0 for a second that there is not."""
        raw = np.frombuffer(self.body + b"\0\0", np.uint8)
        places = self.firsts[indices] + (raw[self.firsts[indices]] >= 0x80)
        seconds = np.where(places + 1 < self.begins[indices + 1], raw[places + 1], 0)
        return raw[places], seconds.astype(np.uint8)

    def metas(self, *kinds: int) -> list[int]:
        """Which events are meta events of one of these kinds."""
        found = np.flatnonzero(self.statuses == META).tolist()
        return [i for i in found if self.body[self.firsts[i] + 1] in kinds]

    def ports(self) -> npt.NDArray[np.uint8]:
        """(n,): the port that each event speaks to, as the port events (FF 21) before it say, else 0."""
        ports = np.zeros(len(self), np.uint8)
        for i in self.metas(PORT):
            data = self.event(i).data
            if len(data) > META_HEAD:
                ports[i:] = data[META_HEAD]
        return ports


def read_track(body: bytes) -> TrackEvents:
    """The events in the body of a track chunk. TrackFaultError, with the reason, where it is not made of whole events.

    Running status goes on after a meta event, as most readers have it. A track may lack its end of track.
    """
    columns = _Columns()
    place = running = 0
    tick = 0
    end_tick: int | None = None
    size = len(body)
    while place < size:
        row = ROWS.match(body, place)
        if row and (row["whole"] or DATA_BYTES[running >> 4] == 2):
            tick, running = columns.add_row(row, tick, running)
            place = columns.end
            continue
        begin = place
        wait, place = _number(body, place)
        tick += wait
        if tick > MOST_TICKS:
            raise TrackFaultError("waits too long to be meant")
        if place >= size:
            raise TrackFaultError(CUT_SHORT)
        first, status = place, body[place]
        if status < 0x80:
            if not running:
                raise TrackFaultError("data without a status")
            status = running
        else:
            place += 1
        if status < 0xF0:
            running = status
            place += DATA_BYTES[status >> 4]
        elif status == META:
            is_end = body[place : place + 1] == bytes([END])
            length, place = _number(body, place + 1)
            place += length
            if is_end:
                end_tick, columns.end = tick, begin
                break
        elif status in SYSEX:
            running = 0
            length, place = _number(body, place)
            place += length
        else:
            raise TrackFaultError("a message of no meaning in a file")
        columns.add(tick, begin, first, status, place)
    if place > size:
        raise TrackFaultError(CUT_SHORT)
    if place < size:
        raise TrackFaultError("bytes after the end of the track")
    track = columns.track(body, tick if end_tick is None else end_tick)
    _check_data(track)
    return track


class _Columns:
    """The columns of a TrackEvents as they grow. `end`: where the last event ends."""

    def __init__(self) -> None:
        self._ticks, self._begins, self._firsts = array("q"), array("i"), array("i")
        self._statuses = bytearray()
        self.end = 0

    def add(self, tick: int, begin: int, first: int, status: int, end: int) -> None:
        self._ticks.append(tick)
        self._begins.append(begin)
        self._firsts.append(first)
        self._statuses.append(status)
        self.end = end

    def add_row(self, row: re.Match[bytes], tick: int, running: int) -> tuple[int, int]:
        """Add the whole events of ROWS after `tick` -> the last one's tick and status."""
        size = 4 if row["whole"] else 3
        events = np.frombuffer(row[0][: len(row[0]) // size * size], np.uint8).reshape(-1, size)
        ticks = tick + np.cumsum(events[:, 0], dtype=np.int64)
        begins = row.start() + size * np.arange(len(events), dtype=np.int32)
        statuses = events[:, 1].tobytes() if size == 4 else bytes([running]) * len(events)
        self._ticks.frombytes(ticks.tobytes())
        self._begins.frombytes(begins.astype(np.intc).tobytes())
        self._firsts.frombytes((begins + 1).astype(np.intc).tobytes())
        self._statuses += statuses
        self.end = row.start() + size * len(events)
        return int(ticks[-1]), statuses[-1]

    def track(self, body: bytes, end_tick: int) -> TrackEvents:
        begins = array("i", self._begins)
        begins.append(self.end)
        return TrackEvents(
            body,
            np.frombuffer(self._ticks, np.int64),
            np.frombuffer(begins, np.intc),
            np.frombuffer(self._firsts, np.intc),
            np.frombuffer(self._statuses, np.uint8),
            end_tick,
        )


def changed(
    track: TrackEvents, added: Iterable[TimedEvent], end_tick: int, kept: npt.NDArray[np.bool_] | None = None
) -> bytes:
    """The body of a track with events added, each after those of the track at its tick, and the end of track at
    `end_tick` or after the last of them.

    `kept` (n,): which events stay; without it all do. What stands between two changes is copied byte for byte.
    """
    more, count = sorted(added, key=lambda event: event.tick), len(track)
    stays = np.ones(count, np.bool_) if kept is None else kept
    places = np.searchsorted(track.ticks, [event.tick for event in more], side="right").tolist()
    borders = sorted({0, count, *places, *(np.flatnonzero(np.diff(stays)) + 1).tolist()})
    body, now, placed, is_whole = bytearray(), 0, 0, True  # is_whole: the running status is that of the track here
    for first, end in zip(borders, [*borders[1:], count], strict=True):
        while placed < len(more) and places[placed] == first:
            body += _wait(more[placed].tick - now) + more[placed].data
            now, placed, is_whole = more[placed].tick, placed + 1, False
        if first == end:
            continue
        if not stays[first]:
            is_whole = False
            continue
        while not is_whole and first < end:
            tick, data = track.event(first)
            body += _wait(tick - now) + data
            now, is_whole, first = tick, data[0] < SYSEX[0], first + 1
        if first < end:
            begin = int(track.begins[first])
            if now == (int(track.ticks[first - 1]) if first else 0):
                body += track.body[begin : track.begins[end]]
            else:
                body += _wait(int(track.ticks[first]) - now) + track.body[track.firsts[first] : track.begins[end]]
        now = int(track.ticks[end - 1])
    return bytes(body + _wait(max(0, end_tick - now)) + END_OF_TRACK)


def track_body(events: Iterable[TimedEvent], end_tick: int) -> bytes:
    """The body of a track of events in order of time that ends at `end_tick`, or with the last of them."""
    body, now = bytearray(), 0
    for tick, data in events:
        body += _wait(tick - now) + data
        now = tick
    return bytes(body + _wait(max(0, end_tick - now)) + END_OF_TRACK)


def _wait(ticks: int) -> bytes:
    """The bytes of a wait; one longer than a number of four bytes holds has empty texts in it."""
    whole, rest = divmod(ticks, LONGEST_WAIT_TICKS)
    if not whole:
        return variable_length_bytes(ticks)
    return (variable_length_bytes(LONGEST_WAIT_TICKS) + EMPTY_TEXT) * whole + variable_length_bytes(rest)


def _number(body: bytes, place: int) -> tuple[int, int]:
    """The variable-length number at `place`, and the place after it."""
    byte = body[place] if place < len(body) else 0x80
    if byte < 0x80:
        return byte, place + 1
    number, after = variable_length(body, place)
    if after == place or body[after - 1] >= 0x80:
        raise TrackFaultError(CUT_SHORT if after >= len(body) else "a number without an end")
    return number, after


def _check_data(track: TrackEvents) -> None:
    """TrackFaultError where a channel message holds a data byte above 127."""
    indices = np.flatnonzero(track.statuses < 0xF0)
    for values in track.data(indices):
        if len(values) and int(values.max()) > 127:
            raise TrackFaultError("a data byte above 127")
