"""An engine that plays a pattern, which anybody can compute: the tests of the plugin need no model.

Run as an engine is: `python pattern_engine.py --memory N`.
"""

import os
import sys
import threading
import time

from melodyrnn.plugin.memory import Memory
from melodyrnn.plugin.protocol import STORED_BARS, Kind, Record, Status

BARS_AHEAD = 4


def pattern(bar: int, bar_pulses: float, part: int = 0) -> list[tuple[float, float, int, int, int]]:
    """The notes of a bar: a chord on its line, a note each sixteenth and some between, one that crosses the line."""
    notes = [(0.0, 20.0, part, pitch + bar % 5, 90) for pitch in (48, 52, 55)]
    notes.append((0.0, bar_pulses + 30.0, part, 36 + bar % 12, 70))
    onset = 0.0
    while onset < bar_pulses:
        notes.append((onset, 5.0, part, 72 + (bar * 7 + round(onset)) % 24, 80))
        notes.append((onset + 2.75, 1.5, (part + 1) % 16, 60 + (bar + round(onset)) % 12, 60))
        onset += 6.0
    return sorted(note for note in notes if note[0] < bar_pulses)


def main() -> None:
    """Send the bars that are wanted until stdin ends."""
    threading.Thread(target=lambda: (os.read(0, 1), os._exit(0)), daemon=True).start()
    wanted: list[tuple[int, int]] = [(-(1 << 31), 0)]  # from which bar on which generation
    sent: dict[int, tuple[int, int, tuple[int, int]]] = {}  # by slot
    at: Record | None = None
    part = 0
    with Memory(sys.argv[sys.argv.index("--memory") + 1]) as memory:
        memory.say(Status.READY, f"process {os.getpid()}")
        memory.attach()
        while True:
            memory.beat()
            for record in memory.receive():
                wanted = [row for row in wanted if row[0] < record.wanted_from] + [
                    (record.wanted_from, record.generation)
                ]
                if record.kind == Kind.SYNC:
                    sent.clear()
                if record.kind == Kind.PARAMETER and record.number == 8:
                    part = int(record.value)
                if record.kind in (Kind.TRANSPORT, Kind.POSITION):
                    at = record
            if at is not None:
                metre = at.numerator, at.denominator
                for bar in range(max(at.bar, 0), max(at.bar, 0) + BARS_AHEAD):
                    generation = next(given for first, given in reversed(wanted) if first <= bar)
                    if sent.get(bar % STORED_BARS) != (bar, generation, metre):
                        notes = pattern(bar, 96 * metre[0] / metre[1], part)
                        if memory.send_bar(generation, bar, metre, notes, keep=True):
                            sent[bar % STORED_BARS] = bar, generation, metre
            memory.answer()
            time.sleep(0.002)


if __name__ == "__main__":
    main()
