"""What the plugin and its engine say to each other: source/protocol.h, which explains it, for Python.

A record's number and check show that it is whole, so nothing here relies on the order in which another processor sees
what Python writes.
"""

import struct
from enum import IntEnum, IntFlag
from typing import NamedTuple

MAGIC = 0x4E4E524D
VERSION = 1
RING_RECORDS = 4096
STORED_BARS = 64
MOST_NOTES = 256
MODEL_BYTES = 1024
STATE_BYTES = 65536
TEXT_BYTES = 256
STALL_SECONDS = 1
START_SECONDS = 20
RECORD_BYTES = 64
_LAYOUT = struct.Struct("<IIIIiIddIHH4si8x")
_WORDS = struct.Struct("<16I")


class Kind(IntEnum):
    """What a record is."""

    SYNC = 1
    TRANSPORT = 2
    POSITION = 3
    MIDI = 4
    PARAMETER = 5
    GIVEN = 6
    BAR = 16
    NOTE = 17


class TransportFlag(IntFlag):
    """Flags of TRANSPORT and POSITION."""

    ROLLING = 1
    OFFLINE = 2
    JUMP = 4


class BarFlag(IntFlag):
    """Flags of BAR."""

    KEEP = 1


class Status(IntEnum):
    """How the engine is."""

    STARTING = 0
    READY = 1
    MODEL_MISSING = 2
    WRONG_VERSION = 3
    FAILED = 4
    NO_ENGINE = 5
    STALLED = 6


# Where the fields of the memory lie, in bytes, and their formats; see source/protocol.h.
FIELDS = {
    "magic": (0, "I"),
    "version": (4, "I"),
    "bytes": (8, "I"),
    "status": (12, "I"),
    "sent": (64, "Q"),
    "taken": (72, "Q"),
    "start": (80, "I"),
    "given_guard": (84, "I"),
    "state_bytes": (88, "I"),
    "engine_sent": (192, "Q"),
    "engine_taken": (200, "Q"),
    "answered": (208, "Q"),
    "heartbeat": (216, "Q"),
    "attached": (224, "I"),
    "text_guard": (228, "I"),
    "saved_guard": (232, "I"),
    "saved_bytes": (236, "I"),
    "progress": (240, "Q"),
}
TEXT = 320
MODEL = TEXT + TEXT_BYTES
STATE = 4096
SAVED = STATE + STATE_BYTES
TO_ENGINE = SAVED + STATE_BYTES
TO_PLUGIN = TO_ENGINE + RING_RECORDS * RECORD_BYTES
MEMORY_BYTES = TO_PLUGIN + RING_RECORDS * RECORD_BYTES


class Record(NamedTuple):
    """One record; which fields count depends on its kind. `wanted_from`: from which bar on its generation is wanted."""

    kind: int
    generation: int
    bar: int = 0
    flags: int = 0
    pulse: float = 0.0
    value: float = 0.0
    number: int = 0
    numerator: int = 0
    denominator: int = 0
    data: bytes = b"\0\0\0\0"
    wanted_from: int = 0

    def packed(self, number_in_ring: int) -> bytes:
        """As it stands in a ring (64 bytes), as the record of that number."""
        raw = _LAYOUT.pack(number_in_ring & 0xFFFFFFFF, 0, *self)
        return raw[:4] + _check(raw).to_bytes(4, "little") + raw[8:]

    @classmethod
    def unpacked(cls, raw: bytes, number_in_ring: int) -> "Record | None":
        """The record of that number from 64 bytes; None if it is not there yet, or not whole."""
        number, check, *fields = _LAYOUT.unpack(raw)
        if number != number_in_ring & 0xFFFFFFFF or check != _check(raw):
            return None
        return cls(*fields)


def _check(raw: bytes) -> int:
    check = 2166136261
    for index, word in enumerate(_WORDS.unpack(raw)):
        if index != 1:
            check = (check ^ word) * 16777619 & 0xFFFFFFFF
    return check
