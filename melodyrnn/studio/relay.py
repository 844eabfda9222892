"""The process that plays into a port what a page sends: each message at its time, until its input ends.

The first line of its input names the port; then come, in any order:

{"now": seconds, "send": [[seconds, [bytes]], ...]}  when it was sent and when each is to leave, by the page's clock
{"stop": true}   what has not left yet is dropped, and every note that sounds is ended
{"panic": true}  the same, and all channels are told to be silent

It tells {"type": "port", "port": NAME} when the port is open, and {"type": "failed", "error": one line} if it fails.
"""

import json
import math
import sys
import threading
from collections.abc import Iterable
from heapq import heappop, heappush
from itertools import count

from melodyrnn.errors import MelodyRnnError
from melodyrnn.live.time.clock import Clock, SystemClock
from melodyrnn.live.time.schedule import NEVER
from melodyrnn.live.wire.ledger import Ledger
from melodyrnn.live.wire.line import Line
from melodyrnn.live.wire.ports import OutputPort
from melodyrnn.messages import CHANNELS, NOTE_OFF, NOTE_ON, note_off, silence
from melodyrnn.ports.devices import open_output
from melodyrnn.studio.telling import Message, Tell, teller

LONGEST_WAIT_SECONDS = 60.0


def main() -> None:
    """Play what standard input says."""
    tell = teller()
    try:
        asked = json.loads(sys.stdin.readline())
        play(open_output(asked["port"], asked["virtual"]), SystemClock(), sys.stdin, tell)
    except MelodyRnnError as error:
        tell({"type": "failed", "error": str(error)})
    except Exception as error:  # noqa: BLE001 - whatever ends it, the page gets a line
        tell({"type": "failed", "error": f"playing into the port failed ({type(error).__name__})"})


def play(port: OutputPort, clock: Clock, lines: Iterable[str], tell: Tell) -> None:
    """Play into a port what the lines say, until they end or the port is lost."""
    relay = Relay(port, clock)
    tell({"type": "port", "port": port.name})

    def read() -> None:
        for line in lines:
            relay.obey(json.loads(line))
        relay.end()

    threading.Thread(target=read, daemon=True).start()
    try:
        relay.run()
    finally:
        port.close()
    if relay.is_lost:
        tell({"type": "failed", "error": f"{port.name}: the port is lost"})


class Relay:
    """Messages that wait for their time. One thread runs it, another tells it what to do."""

    def __init__(self, port: OutputPort, clock: Clock) -> None:
        self._line, self._ledger, self._clock = Line(port), Ledger(), clock
        self._waiting: list[tuple[float, bool, int, bytes]] = []  # when, whether it begins a note, its number
        self._numbers, self._lock, self._changed = count(), threading.Lock(), threading.Event()
        self._offset = math.inf  # our clock less the page's; a message that took longer to come only seems to be later
        self._is_over = False

    @property
    def is_lost(self) -> bool:
        """Whether the port is gone."""
        return self._line.losses > 0

    def obey(self, said: Message) -> None:
        """Do what a line says."""
        with self._lock:
            if "send" in said:
                self._offset = min(self._offset, self._clock.now() - said["now"])
                for seconds, message in said["send"]:
                    self._wait(seconds + self._offset, bytes(message))
            else:
                self._end_notes(CHANNELS if "panic" in said else ())
            self._changed.set()

    def end(self) -> None:
        """Nothing more comes: what has not left is dropped, and every note is ended."""
        with self._lock:
            self._is_over = True
            self._end_notes(sorted(self._ledger.channels))
            self._changed.set()

    def run(self) -> None:
        """Send each message at its time, until the end or until the port is lost."""
        while not (self._is_over or self.is_lost):
            self._changed.clear()
            with self._lock:
                due = self._waiting[0][0] if self._waiting else math.inf
            self._clock.wait_until(min(due, self._clock.now() + LONGEST_WAIT_SECONDS), self._changed)
            with self._lock:
                while self._waiting and self._waiting[0][0] <= self._clock.now():
                    self._send(heappop(self._waiting)[-1])

    def _wait(self, seconds: float, message: bytes) -> None:
        begins = message[0] & 0xF0 == NOTE_ON and message[2] > 0  # of one time, notes end before others begin
        heappush(self._waiting, (seconds, begins, next(self._numbers), message))

    def _send(self, message: bytes) -> None:
        kind, key = message[0] & 0xF0, (message[0] & 0x0F, message[1])
        if kind == NOTE_ON and message[2]:
            self._ledger.owe(key, NEVER)  # first: if sending fails, it may have left
        if self._line.send(message) and (kind == NOTE_OFF or (kind == NOTE_ON and not message[2])):
            self._ledger.settle(key)

    def _end_notes(self, silent: Iterable[int]) -> None:
        """Drop what waits, end what sounds, and silence these channels."""
        self._waiting.clear()
        for key in self._ledger.owed():
            self._send(note_off(*key))
        for channel in silent:
            for message in silence(channel):
                self._line.send(message)
