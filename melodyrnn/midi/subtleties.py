"""Whether a sound file holds more than symusic reads: then it is read event by event, which takes ten times as long.

symusic makes a part of each program of each channel of each track, drums of channel 10, and texts of UTF-8. It knows no
ports, no banks, no system exclusive messages and no zones of channels. These are looked for in the bytes. A pattern may
be found where it means something else: that costs time and nothing else.
"""

import re
from collections.abc import Sequence

import numpy as np

from melodyrnn.arrays import Ints
from melodyrnn.messages import BEND, CONTROL, NOTE_ON
from melodyrnn.midi.drumparts import GM2_DRUMS, GM2_MELODY, XG_DRUMS
from melodyrnn.midi.parsed import Parsed
from melodyrnn.midi.parser import variable_length
from melodyrnn.midi.zones import LEAST_CHANNELS

# Settings of channels: the bytes that are looked for first, which takes a tenth of the time, and the whole pattern.
SETTINGS = tuple(
    (marks, re.compile(pattern, re.DOTALL))
    for marks, pattern in (
        (b"\xff\x21\x01", rb"\xff\x21\x01[\x01-\xff]"),  # a port other than the first
        (b"\x42\x12", rb"\x41.\x42\x12[\x40\x50][\x10-\x1f]\x15"),  # GS: the mode of a part
        (b"\x4c\x08", rb"\x43[\x10-\x1f]\x4c\x08.\x07"),  # XG: the same
        (b"\x4c\x00\x00\x7e", rb"\x43[\x10-\x1f]\x4c\x00\x00\x7e"),  # XG on: banks choose drums
        (b"\x64\x06", rb"\x64\x06.{0,4}\x06[\x01-\x0f]"),  # a zone of channels
        *(  # a bank of drums, or of melody where drums were
            (bytes((0, bank)), rb"(?<=[\x00\xb0-\xbf])\x00" + re.escape(bytes((bank,))))
            for bank in (*XG_DRUMS, GM2_DRUMS, GM2_MELODY)
        ),
    )
)
TEMPO = re.compile(rb"\xff\x51\x03...", re.DOTALL)  # whose numbers hold any bytes
PROGRAM = re.compile(rb"[\xc0-\xcf][\x00-\x7f]")
LONG_WAIT = re.compile(rb"[\x81-\xff][\x80-\xff]{2,}[\x00-\x7f]")
LEGAL_WAIT_BYTES = 4
MOST_TICKS = 2**30  # of long waits in a file: the parser counts in 32 bits without a check
REPLACED = "\ufffd"  # in a text that is not UTF-8


def has_subtleties(data: bytes, bodies: Sequence[tuple[int, int]]) -> bool:
    """Whether a plain file may set up channels as the parser does not read it. `bodies`: where its tracks are."""
    if any(marks in data and pattern.search(data) for marks, pattern in SETTINGS):
        return True
    ticks = 0
    programs: set[int] = set()  # channels that have one in any track
    without: set[int] = set()  # channels of notes in a track that has none at all
    for start, end in bodies:
        body = TEMPO.sub(b"", data[start:end])
        waits = LONG_WAIT.findall(body)
        ticks += sum(variable_length(wait, 0)[0] for wait in waits)
        if ticks > MOST_TICKS or any(len(wait) > LEGAL_WAIT_BYTES for wait in waits):
            return True
        found = {match[0]: match.start() for match in PROGRAM.finditer(body)}
        own = {program[0] & 0x0F for program in found}
        sounding = {channel for channel in range(16) if NOTE_ON | channel in body}
        expressive = sum(BEND | channel in body or CONTROL | channel in body for channel in sounding)
        if len(found) > len(own) or (expressive >= LEAST_CHANNELS and len(own) <= 1):
            return True
        if any(0 <= body.find(NOTE_ON | program[0] & 0x0F) < place for program, place in found.items()):
            return True
        programs |= own
        without |= set() if own else sounding
    return bool(programs & without)


def has_doubts(parsed: Parsed) -> bool:
    """Whether what the parser found of a plain file may not be what the file holds: a text was not UTF-8, or tempos or
    metres stand at one tick, whose order a sort may have lost.
    """
    return any(REPLACED in part.name for part in parsed.parts) or any(map(_clash, (parsed.tempos, parsed.metres)))


def _clash(rows: Ints) -> bool:
    """Whether two of the (n, m) rows are of one tick, which is the first column, and different."""
    same = rows[1:, 0] == rows[:-1, 0]
    return bool(np.any(same & (rows[1:, 1:] != rows[:-1, 1:]).any(1)))
