"""A MIDI 2.0 clip file as a standard MIDI file of one track: its notes, controls, programs, bends, tempos and metres.

From "MIDI Clip File Specification" 1.0 (M2-116-U) and "Universal MIDI Packet (UMP) Format and MIDI 2.0 Protocol" 1.1
(M2-104-UM) of the MIDI Association. A clip file is a sequence of packets of one to four words of 32 bits. Values of 16
and 32 bits become 7 and 14 bits; a group of 16 channels becomes a port; what MIDI 1.0 has no message for, such as a
bend of one note alone, is left out.
"""

import struct
from collections.abc import Iterator

from melodyrnn.errors import MidiFileError
from melodyrnn.midi.chunks import PLAIN_HEADER, counted
from melodyrnn.midi.parser import variable_length_bytes
from melodyrnn.midi.trackevents import META, TimedEvent, track_body

CLIP_START = b"SMF2CLIP"
WORDS = (1, 1, 1, 2, 2, 4, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4)  # of a packet, by its message type: its first four bits
UTILITY, MIDI_1, MIDI_2, FLEX_DATA, STREAM = 0x0, 0x2, 0x4, 0xD, 0xF
TICKS_PER_QUARTER, DELTA = 0x3, 0x4  # of utility messages
NOTE_OFF, NOTE_ON, CONTROL, PROGRAM, BEND = 0x8, 0x9, 0xB, 0xC, 0xE
END_OF_CLIP = 0x21
TEMPO, METRE, NAME = (0, 0), (0, 1), (1, 3)  # bank and status of flex data
TEMPO_UNITS_PER_MICROSECOND = 100  # a tempo counts 10 ns a quarter note
SLOWEST_MICROSECONDS = 2**24 - 1  # a quarter note that a standard file can hold
BANK_HIGH, BANK_LOW = 0, 32
LONGEST_TICKS = 32_767  # a quarter note


def is_clip(data: bytes) -> bool:
    """Whether the data begins as a MIDI 2.0 clip file does."""
    return data.startswith(CLIP_START)


def standard_file(data: bytes, name: str) -> tuple[bytes, tuple[str, ...]]:
    """The standard MIDI file of a clip file, and what was done, in words. MidiFileError, naming the file `name`, if it
    names no legal number of ticks per quarter note before its events.
    """
    events: list[TimedEvent] = []
    title = bytearray()
    ticks_per_quarter = tick = port = left_out = 0
    for packet in _packets(data[len(CLIP_START) :]):
        kind, group, status = packet[0] >> 28, packet[0] >> 24 & 0xF, packet[0] >> 20 & 0xF
        if kind == UTILITY:
            if status == DELTA:
                tick += packet[0] & 0xFFFFF
            elif status == TICKS_PER_QUARTER and not ticks_per_quarter:
                ticks_per_quarter = packet[0] & 0xFFFF
        elif kind == STREAM:
            if packet[0] >> 16 & 0x3FF == END_OF_CLIP:
                break
        elif kind == FLEX_DATA and (packet[0] >> 8 & 0xFF, packet[0] & 0xFF) == NAME:
            title += struct.pack(">3I", *packet[1:]).rstrip(b"\0")
        else:
            made = list(_events(kind, packet))
            if made and made[0][0] != META and group != port:
                events.append(TimedEvent(tick, bytes((META, 0x21, 1, group))))
                port = group
            events += [TimedEvent(tick, event) for event in made]
            left_out += not made
    if not 0 < ticks_per_quarter <= LONGEST_TICKS:
        raise MidiFileError(f"{name}: damaged MIDI 2.0 clip file ({ticks_per_quarter} ticks per quarter note)")
    heading = [TimedEvent(0, b"\xff\x03" + variable_length_bytes(len(title)) + bytes(title))] if title else []
    track = track_body([*heading, *events], tick)
    done = ["taken out of a MIDI 2.0 clip file"]
    if left_out:
        done.append(f"{counted(left_out, 'messages unknown to MIDI 1.0')} left out")
    header = PLAIN_HEADER + struct.pack(">HHH", 0, 1, ticks_per_quarter)
    return header + b"MTrk" + len(track).to_bytes(4, "big") + track, tuple(done)


def _packets(data: bytes) -> Iterator[tuple[int, ...]]:
    """The packets as words; one that is cut short is left out."""
    words = struct.unpack(f">{len(data) // 4}I", data[: len(data) // 4 * 4])
    place = 0
    while place < len(words):
        size = WORDS[words[place] >> 28]
        if place + size > len(words):
            return
        yield words[place : place + size]
        place += size


def _events(kind: int, packet: tuple[int, ...]) -> Iterator[bytes]:
    """The events of a standard file that a packet stands for."""
    first = packet[0]
    if kind == MIDI_1:
        event = bytes((first >> 16 & 0xFF, first >> 8 & 0x7F, first & 0x7F))
        if event[0] >= 0x80:
            yield event[:2] if event[0] & 0xE0 == 0xC0 else event
    elif kind == MIDI_2:
        yield from _midi_1_events(first >> 20 & 0xF, first >> 16 & 0xF, first, packet[1])
    elif kind == FLEX_DATA:
        bank_and_status = (first >> 8 & 0xFF, first & 0xFF)
        if bank_and_status == TEMPO:
            microseconds = min(max(1, round(packet[1] / TEMPO_UNITS_PER_MICROSECOND)), SLOWEST_MICROSECONDS)
            yield b"\xff\x51\x03" + microseconds.to_bytes(3, "big")
        elif bank_and_status == METRE:
            yield bytes((0xFF, 0x58, 4, packet[1] >> 24, packet[1] >> 16 & 0xFF, 24, 8))


def _midi_1_events(status: int, channel: int, first: int, value: int) -> Iterator[bytes]:
    """Those of a channel message of MIDI 2.0, whose words these are."""
    number = first >> 8 & 0x7F
    if status == NOTE_ON:
        yield bytes((NOTE_ON << 4 | channel, number, max(1, value >> 25)))  # 0 is a loudness here, and no end
    elif status == NOTE_OFF:
        yield bytes((NOTE_OFF << 4 | channel, number, value >> 25))
    elif status == CONTROL:
        yield bytes((CONTROL << 4 | channel, number, value >> 25))
    elif status == BEND:
        yield bytes((BEND << 4 | channel, value >> 18 & 0x7F, value >> 25))
    elif status == PROGRAM:
        if first & 1:  # with a bank
            yield bytes((CONTROL << 4 | channel, BANK_HIGH, value >> 8 & 0x7F))
            yield bytes((CONTROL << 4 | channel, BANK_LOW, value & 0x7F))
        yield bytes((PROGRAM << 4 | channel, value >> 24 & 0x7F))
