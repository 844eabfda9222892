"""Where the song is, as the host says it, and what of that can be reckoned with."""

import math

from melodyrnn.live.time.bars import Bars
from melodyrnn.plugin.protocol import Kind, Record, TransportFlag

FARTHEST_BAR = 10**9
FARTHEST_PULSE = 1e6
NOWHERE = Record(Kind.TRANSPORT, 0, value=120.0, numerator=4, denominator=4)


def legal(record: Record) -> Record:
    """A record whose place and tempo are numbers that a song has, whatever a host says."""
    bar = min(max(record.bar, -FARTHEST_BAR), FARTHEST_BAR)
    pulse = record.pulse if 0 <= record.pulse < FARTHEST_PULSE else 0.0
    has_tempo = record.kind not in (Kind.TRANSPORT, Kind.POSITION) or 0 < record.value < math.inf
    return record._replace(bar=bar, pulse=pulse, value=record.value if has_tempo else NOWHERE.value)


def within_bar(record: Record, bars: Bars) -> Record:
    """With a pulse that its bar has: bars of a metre that cannot be composed have others."""
    return record._replace(pulse=min(record.pulse, bars.length(record.bar) - 1))


def rolls(record: Record) -> bool:
    """Whether the song moves."""
    return bool(record.flags & TransportFlag.ROLLING)


def plays(record: Record) -> bool:
    """Whether what is sent is heard at once. An export takes a bar that it has for whole."""
    return rolls(record) and not record.flags & TransportFlag.OFFLINE
