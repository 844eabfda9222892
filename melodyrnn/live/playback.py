"""Music that is known to its end, such as a file's, played into a port in time."""

from collections.abc import Iterable
from threading import Event

from melodyrnn.errors import PortError
from melodyrnn.live.time.clock import Clock
from melodyrnn.live.time.schedule import NEVER
from melodyrnn.live.wire.ledger import Ledger
from melodyrnn.live.wire.line import Line
from melodyrnn.live.wire.ports import OutputPort
from melodyrnn.messages import NOTE_OFF, NOTE_ON, note_off, silence

LEAD_SECONDS = 0.1  # before the first message: a synthesizer may have to load an instrument


def play_messages(messages: Iterable[tuple[float, bytes]], port: OutputPort, clock: Clock, stopping: Event) -> int:
    """Send whole channel messages, each at its seconds after now, until `stopping` is set -> how many notes began.

    Deadlines are absolute: being late once makes nothing later. On every way out each note that sounds is ended.
    PortError where the port is lost on the way.
    """
    line, ledger = Line(port), Ledger()
    start, begun = clock.now() + LEAD_SECONDS, 0
    try:
        for seconds, message in messages:
            clock.wait_until(start + seconds, stopping)
            if stopping.is_set():
                break
            kind, key = message[0] & 0xF0, (message[0] & 0x0F, message[1])
            if kind == NOTE_ON and message[2]:
                ledger.owe(key, NEVER)  # first: if sending fails, it may have left
                begun += 1
            if not line.send(message):
                raise PortError(f"{port.name}: the port is lost")
            if kind == NOTE_OFF or (kind == NOTE_ON and not message[2]):
                ledger.settle(key)
    finally:
        for key in ledger.owed():
            line.send(note_off(*key))
        for channel in sorted(ledger.channels):
            for message in silence(channel):
                line.send(message)
    return begun
