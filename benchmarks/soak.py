"""Live playing for an hour: whether every note ends, how late it is, and what becomes of the memory.

    python benchmarks/soak.py [--minutes 60] [--style song] [--tempo 120]

It needs a MIDI system with virtual ports (a JACK server, ALSA, CoreMIDI). A session as `melodyrnn live` runs it plays
into a virtual port "melodyrnn soak", in real time; another process listens to that port and counts what comes. Each
minute a line goes to stderr. Prints one JSON object:

`notes_on`, `notes_off`, `left_sounding` as they came; `notes_sent`; `late_pulses` that the music waited, `skipped`
notes; `lateness`: how many note-ons and note-offs entered `send()` so long after their pulse, by size; `minutes`: at
the end of each, the resident memory and the part of it that is the process's own, which leaves out what is mapped from
the JACK server (Linux only: null elsewhere).
"""

# ruff: noqa: E402
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[variable] = "1"  # numpy reads them when it is imported

import argparse
import json
import multiprocessing
import platform
import sys
import time
from bisect import bisect_left
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from timed_session import TimedSession

from melodyrnn.api import load_model
from melodyrnn.errors import PortError
from melodyrnn.messages import NOTE_OFF, NOTE_ON
from melodyrnn.ports.devices import open_input, open_output

PORT = "melodyrnn soak"
SIZES_MS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 50.0)
STATUS = Path("/proc/self/status")


def listen(connection: Connection) -> None:
    """Count the notes that come, until told to tell."""
    sounding: Counter[tuple[int, int]] = Counter()
    came: Counter[str] = Counter()

    def receive(message: bytes, _: float) -> None:
        kind, key = message[0] & 0xF0, (message[0] & 15, message[1] if len(message) > 1 else 0)
        if kind == NOTE_ON and message[2]:
            came["notes_on"] += 1
            sounding[key] += 1
        elif kind in (NOTE_ON, NOTE_OFF):
            came["notes_off"] += 1
            sounding[key] = max(sounding[key] - 1, 0)

    port = open_input(PORT, None, receive)
    connection.send("listening")
    connection.recv()
    port.close()
    connection.send(dict(came) | {"left_sounding": sum(sounding.values())})


def memory_mb() -> tuple[float, float] | None:
    """Resident memory, and the private part of it."""
    if not STATUS.exists():
        return None
    lines = dict(line.split(":", 1) for line in STATUS.read_text(encoding="ascii").splitlines())
    resident, private = (int(lines[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon"))
    return round(resident, 1), round(private, 1)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--minutes", type=int, default=60)
    options.add_argument("--style", default="song")
    options.add_argument("--tempo", type=float, default=120.0)
    asked = options.parse_args()
    model = load_model(asked.style)
    try:
        port = open_output(None, PORT)
    except PortError as error:
        sys.exit(f"error: {error}")
    ours, theirs = multiprocessing.Pipe()
    listener = multiprocessing.get_context("spawn").Process(target=listen, args=(theirs,), daemon=True)
    listener.start()
    ours.recv()

    session = TimedSession(port, model, asked.style, asked.tempo)
    late: Counter[int] = Counter()
    most = 0.0
    minutes: list[dict[str, Any]] = []

    def count(seconds: float) -> None:
        nonlocal most
        if session.player.ended:
            return  # everything ends at once then
        late[bisect_left(SIZES_MS, 1000 * seconds)] += 1
        most = max(most, seconds)

    def meanwhile() -> None:
        start = time.monotonic()
        for minute in range(asked.minutes):
            time.sleep(max(0.0, start + 60 * (minute + 1) - time.monotonic()))
            memory = memory_mb() or (None, None)
            figures = {"notes_sent": session.player.output.notes_sent, "late_pulses": session.late_pulses}
            minutes.append(figures | {"resident_mb": memory[0], "private_mb": memory[1]})
            print(minute + 1, minutes[-1], file=sys.stderr, flush=True)

    session.take.late = count
    session.run(meanwhile)
    time.sleep(1.0)  # for what is on its way
    ours.send("done")
    came = ours.recv()
    listener.join()
    port.close()
    sizes = [f"up to {size:g} ms" for size in SIZES_MS] + [f"above {SIZES_MS[-1]:g} ms"]
    result = {"model": model.name, "style": asked.style, "bpm": asked.tempo, **came}
    result |= {"notes_sent": session.player.output.notes_sent, "late_pulses": session.late_pulses}
    result |= {"skipped": session.player.schedule.skipped}
    result |= {"lateness": {name: late[i] for i, name in enumerate(sizes)}, "most_ms": round(1000 * most, 3)}
    result |= {"take_bytes": session.path.stat().st_size, "minutes": minutes}
    result |= {"python": platform.python_version(), "machine": f"{platform.system()} {platform.machine()}"}
    print(json.dumps(result | {"cores": os.cpu_count()}))


if __name__ == "__main__":
    main()
