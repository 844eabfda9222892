"""A damaged or odd MIDI file read event by event, as players do, and written again without fault."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from fractions import Fraction

from melodyrnn.messages import DATA_BYTES, END_OF_EXCLUSIVE, SYSTEM_DATA_BYTES, SYSTEM_EXCLUSIVE
from melodyrnn.midi.chunks import END_OF_TRACK, Chunks, counted
from melodyrnn.midi.drumparts import LONGEST_SETUP, is_setup
from melodyrnn.midi.ends import STRAY, Event, with_ends
from melodyrnn.midi.instruments import BANK, PortTrack
from melodyrnn.midi.limits import LONGEST_PULSES
from melodyrnn.midi.parser import LONGEST_WAIT_TICKS, WAIT, variable_length, variable_length_bytes
from melodyrnn.music.pulses import PULSES_PER_QUARTER

# Most of a file: runs of sound channel events of two data bytes, the first with its status, others without.
EVENT = rb"([\x80-\x9f\xb0-\xbf\xe0-\xef]?[\x00-\x7f]{2})"
TIMED_EVENTS = re.compile(b"(" + WAIT + b")" + EVENT, re.DOTALL)
RUN = re.compile(
    WAIT + EVENT.replace(b"?", b"") + b"(?:" + WAIT + EVENT.replace(b"(", b"(?:") + b"){0,1000}", re.DOTALL
)

# Of the meta events; the others say nothing of notes.
NAME, LYRIC, PORT, END, TEMPO, METRE, KEY = 0x03, 0x05, 0x21, 0x2F, 0x51, 0x58, 0x59
META = 0xFF
NONSENSE = (
    "bytes without a meaning skipped",
    "messages of no meaning in a file skipped",
    "messages with an illegal number left out",
)
TOO_LONG = "waits too long to be meant left out"
LONGEST_HEADING = 32  # events
MOST_NONSENSE = 16  # of one track: what comes after so much of it is nonsense too
LONGEST_WAIT_QUARTERS = 64  # after damage in a track, when a number may be anything
NOTHING = b"\xff\x01\x00"  # an empty text, to wait longer
MOST_TRACKS = 2**16 - 1  # that a header can announce
SHORT_WAITS = [bytes([wait]) for wait in range(128)]
RESET = ((0, b"\xff\x51\x03\x07\xa1\x20"), (0, b"\xff\x58\x04\x04\x02\x18\x08"))  # 120 bpm, 4/4


@dataclass(frozen=True, slots=True)
class Repaired:
    """Everything readable in a file, each note with one note-off in its own track, and the faults, in words.

    `tracks`: what each track sends to each port, in ticks of `ticks_per_quarter`; `ends`: the ticks at which they end.
    `conductor_end`: the tick at which the first of several tracks ends, if nothing in it is of a channel, else 0.
    `held_notes`: how many the pedal made longer.
    """

    tracks: tuple[PortTrack, ...]
    ends: tuple[int, ...]
    ticks_per_quarter: int
    repairs: tuple[str, ...]
    conductor_end: int
    held_notes: int = 0

    @property
    def data(self) -> bytes:
        """The same as a plain format 1 file, a track of it for what a track sends to one port."""
        pairs = list(zip(self.tracks, self.ends, strict=True))
        if len(pairs) > MOST_TRACKS:
            pairs = [pair for i, pair in enumerate(pairs) if pair[0].events or not i][:MOST_TRACKS]
        numbers = (0, 6, 1, len(pairs), self.ticks_per_quarter)
        header = b"MThd" + b"".join(number.to_bytes(2, "big") for number in numbers)
        return header + b"".join(_written(track, end) for track, end in pairs)


def repair(chunks: Chunks, pedal: bool = False) -> Repaired:
    """Everything readable in the tracks of a MIDI file.

    Kept are notes, controls, programs, pitch bends, names, lyrics, ports, tempos, metres, keys and the messages that
    say which channels are drums. Where notes end: `with_ends`. The sequences of a format 2 file are played one after
    the other.
    """
    quarter = chunks.ticks_per_quarter / chunks.tick_scale
    found: Counter[str] = Counter()
    tracks = [_track(number, body, quarter, found) for number, body in enumerate(chunks.tracks)]
    in_sequence = chunks.midi_format == 2 and len(tracks) > 1
    ended: list[PortTrack] = []
    ends: list[int] = []
    start = held = 0
    for together in [[track] for track in tracks] if in_sequence else [tracks]:
        some, some_ends, held_here = _ended(together, pedal, found)
        if in_sequence:
            some[0].events[:0] = RESET
            for track in some:
                track.events = [(start + tick, event) for tick, event in track.events]
            some_ends = [start + end for end in some_ends]
            start = max(some_ends)
        ended += some
        ends += some_ends
        held += held_here
    if chunks.tick_scale != 1:
        for track in ended:
            track.events = [(_scaled(tick, chunks.tick_scale), event) for tick, event in track.events]
        ends = [_scaled(end, chunks.tick_scale) for end in ends]
    if chunks.in_frames:
        for track in ended:
            track.events = [(tick, event) for tick, event in track.events if event[:2] != bytes([META, TEMPO])]
    if not any(count for what, count in found.items() if what != STRAY):
        found.clear()  # a note-off too many is no fault: it is not looked for in a sound file either
    repairs = [*chunks.repairs, *(counted(count, what) for what, count in found.items() if count)]
    if in_sequence:
        repairs.append(f"{len(tracks)} sequences read one after the other")
    silent = len(tracks) > 1 and all(
        event[0] >= SYSTEM_EXCLUSIVE for track in ended if not track.track for _, event in track.events
    )
    return Repaired(tuple(ended), tuple(ends), chunks.ticks_per_quarter, tuple(repairs), ends[0] if silent else 0, held)


def _ended(
    tracks: list[tuple[list[PortTrack], int]], pedal: bool, found: Counter[str]
) -> tuple[list[PortTrack], list[int], int]:
    """Tracks that sound together, each with the tick at which it ends -> what they send to ports, with note-offs, the
    ticks at which these end, and how many notes the pedal held. A channel is one of a port.
    """
    by_port: defaultdict[int, list[tuple[PortTrack, int]]] = defaultdict(list)
    for some, end in tracks:
        for track in some:
            by_port[track.port].append((track, end))
    ended: list[tuple[PortTrack, int]] = []
    held = 0
    for port in sorted(by_port):
        together = by_port[port]
        results, held_here = with_ends([(track.events, end) for track, end in together], pedal, found)
        held += held_here
        for (track, _), (events, end) in zip(together, results, strict=True):
            track.events = events
            ended.append((track, end))
    ended.sort(key=lambda pair: (pair[0].track, pair[0].port))
    return [track for track, _ in ended], [end for _, end in ended], held


def _track(number: int, body: bytes, quarter: Fraction, found: Counter[str]) -> tuple[list[PortTrack], int]:
    """The events of a track that matter, by the port that they go to, and the tick at which it ends. `quarter`: ticks
    of a quarter note.
    """
    events: list[Event] = []
    ports: dict[int, list[Event]] = {}
    place = tick = running = port = 0

    def done() -> tuple[list[PortTrack], int]:
        if events or not ports:
            ports[port] = events
        return [PortTrack(number, each, ports[each]) for each in sorted(ports)], tick

    longest = min(int(quarter * LONGEST_PULSES / PULSES_PER_QUARTER), LONGEST_WAIT_TICKS)
    sound = sum(found[what] for what in NONSENSE)
    while place < len(body):
        nonsense = sum(found[what] for what in NONSENSE) - sound
        if nonsense:
            longest = min(longest, int(quarter * LONGEST_WAIT_QUARTERS))
        if nonsense > MOST_NONSENSE:
            found["tracks given up where nothing made sense"] += 1
            return done()
        run = RUN.match(body, place)
        if run:
            place = run.end()
            tick, running = _read_run(run, tick, longest, events, found)
            continue
        delta, place = variable_length(body, place)
        if delta > longest:
            found[TOO_LONG] += 1
            delta = 0
        if place >= len(body):
            break
        status = body[place]
        if status < 0x80 and not running:
            found[NONSENSE[0]] += 1
            continue
        tick += delta
        if status < 0xF0:
            if status >= 0x80:
                running, place = status, place + 1
            size = DATA_BYTES[running & 0xF0]
            if place + size > len(body):
                break
            event = _channel_event(running, body[place : place + size], found)
            place += size
            if event:
                events.append((tick, event))
        elif status == 0xFF:
            kind = body[place + 1] if place + 1 < len(body) else END
            size, start = variable_length(body, place + 2)
            if kind == END:
                if start < len(body):
                    found["bytes after the end of a track ignored"] += len(body) - start
                return done()
            if start + size > len(body):
                break
            event = _meta_event(kind, body[start : start + size], found)
            place = start + size
            if event:
                events.append((tick, event))
            elif kind == PORT and size and body[start] != port:
                if not _is_heading(events):
                    ports[port] = events
                    events = ports.get(body[start], [])
                port = body[start]
        elif status in (SYSTEM_EXCLUSIVE, END_OF_EXCLUSIVE):
            place, message = _after_sysex(body, place + 1, found)
            if status == SYSTEM_EXCLUSIVE and is_setup(message):
                events.append((tick, bytes([SYSTEM_EXCLUSIVE, len(message)]) + message))
        else:
            found[NONSENSE[1]] += 1
            place += 1 + SYSTEM_DATA_BYTES.get(status, 0)
    found["tracks without an end of track"] += 1
    return done()


def _is_heading(events: list[Event]) -> bool:
    """Whether these are what a track begins with, such as its name: they go with it to a port that is named later."""
    return len(events) <= LONGEST_HEADING and all(event[0] == META for _, event in events)


def _read_run(
    run: re.Match[bytes], tick: int, longest: int, events: list[Event], found: Counter[str]
) -> tuple[int, int]:
    """Add the events of a run that begins at `tick` -> the tick after it, and the running status."""
    status = b""
    for wait, event in TIMED_EVENTS.findall(run.string, *run.span()):
        delta = wait[0] if len(wait) == 1 else variable_length(wait, 0)[0]
        if delta > longest:
            found[TOO_LONG] += 1
        else:
            tick += delta
        if len(event) == 2:
            event = status + event
        else:
            status = event[:1]
        events.append((tick, event))
    return tick, status[0]


def _channel_event(status: int, data: bytes, found: Counter[str]) -> bytes | None:
    kind = status & 0xF0
    if kind in (0xA0, 0xD0):
        return None
    if max(data) > 127:
        if data[0] > 127 or (kind == 0xB0 and data[0] == BANK):  # a bank that is none would make drums of a channel
            found[NONSENSE[2]] += 1
            return None
        found["values above 127 read as 127"] += 1
        data = bytes([data[0], 127])
    return bytes([status]) + data


def _meta_event(kind: int, data: bytes, found: Counter[str]) -> bytes | None:
    if kind == TEMPO and len(data) >= 3:
        data = data[:3]
    elif kind == METRE and len(data) >= 2:
        data = data[:2] + b"\x18\x08"
    elif kind in (TEMPO, METRE):
        found["changes of tempo or metre cut short left out"] += 1
        return None
    elif kind == KEY and len(data) >= 2:
        data = data[:2]
    elif kind not in (NAME, LYRIC):
        return None
    return bytes([0xFF, kind]) + variable_length_bytes(len(data)) + data


def _after_sysex(body: bytes, place: int, found: Counter[str]) -> tuple[int, bytes]:
    """The place after a system exclusive message, whose length is at `place` and may be wrong, and its first bytes.

    It is right if the message ends with its F7 there, or if a wait and a status byte follow. Else the message ends with
    its first F7, or before the wait in front of the next status byte: inside it there is none.
    """
    size, start = variable_length(body, place)
    end = start + size
    _, after = variable_length(body, end)
    is_ended = size and body[end - 1 : end] == bytes([END_OF_EXCLUSIVE])
    if end == len(body) or (after < len(body) and (body[after] >= 0x80 or is_ended)):
        return end, body[start : min(end, start + LONGEST_SETUP)]
    found["system exclusive messages without an end"] += 1
    for here in range(start, len(body)):
        if body[here] >= 0x80:
            after = here + 1 if body[here] == END_OF_EXCLUSIVE else max(start, here - 1)
            return after, body[start : min(after, start + LONGEST_SETUP)]
    return len(body), b""


def _written(track: PortTrack, end: int) -> bytes:
    """A track chunk."""
    body = bytearray()  # to join a list of as many pieces takes 80 bytes for each
    if track.port:
        body += bytes([0, META, PORT, 1, track.port])
    now = 0
    for at, event in (*track.events, (end, END_OF_TRACK)):
        while at - now > LONGEST_WAIT_TICKS:
            body += variable_length_bytes(LONGEST_WAIT_TICKS) + NOTHING
            now += LONGEST_WAIT_TICKS
        body += SHORT_WAITS[at - now] if at - now < len(SHORT_WAITS) else variable_length_bytes(at - now)
        body += event
        now = at
    return b"MTrk" + len(body).to_bytes(4, "big") + body


def _scaled(tick: int, scale: Fraction) -> int:
    return (2 * tick * scale.numerator + scale.denominator) // (2 * scale.denominator)
