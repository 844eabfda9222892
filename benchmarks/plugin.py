"""How the plugin behaves in a host: time a block, time to the first note, lateness, dead engines, memory. Prints JSON.

    python benchmarks/plugin.py blocks             # time a block beside a plain MIDI plugin; needs lv2bench
    python benchmarks/plugin.py first-note         # from play to the first note, with the engine cold and warm
    python benchmarks/plugin.py late --minutes 10  # in real time, with a process that keeps a core busy
    python benchmarks/plugin.py dead               # the engine killed and stopped while the song plays
    python benchmarks/plugin.py memory

Builds the plugin into a temporary folder; its engine is this Python's.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from melodyrnn.plugin.build import build
from melodyrnn.plugin.bundle import FOLDERS, engine_command, write_bundle
from melodyrnn.plugin.host import Host, Message
from melodyrnn.plugin.protocol import Status
from melodyrnn.plugin.turtle import URI

PLAIN = "http://gareus.org/oss/lv2/midifilter#passthru"  # Debian's x42-plugins
BLOCK, RATE, BEATS_A_BAR = 256, 48000, 4
FRAMES = 1 << 22
PATIENCE_SECONDS = 60.0
NOTE_ON = 0x90


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["blocks", "first-note", "late", "dead", "memory"])
    parser.add_argument("--minutes", type=float, default=1.0)
    arguments = parser.parse_args()
    with bundle() as folder:
        measures = {
            "blocks": lambda: blocks(folder),
            "first-note": lambda: first_note(folder),
            "late": lambda: late(folder, arguments.minutes),
            "dead": lambda: dead(folder),
            "memory": lambda: memory(folder),
        }
        print(json.dumps({"measured": arguments.what, "cores": os.cpu_count(), **measures[arguments.what]()}, indent=1))


@contextmanager
def bundle() -> Iterator[Path]:
    """The plugin in a folder of its own."""
    with TemporaryDirectory() as folder:
        binary, place = Path(folder) / "melodyrnn.so", Path(folder) / FOLDERS["lv2"]
        build(binary)
        place.mkdir()
        write_bundle(place, "lv2", binary, engine_command())
        yield place


def blocks(folder: Path) -> dict[str, Any]:
    """Seconds that lv2bench takes for FRAMES without a song, and what blocks of a song that plays take."""
    path = os.environ | {"LV2_PATH": f"{folder.parent}:/usr/lib/lv2"}
    found: dict[str, Any] = {}
    for name, uri in (("plugin", URI), ("plain", PLAIN)) if shutil.which("lv2bench") else ():
        said = subprocess.run(
            ["lv2bench", "-b", str(BLOCK), "-n", str(FRAMES), uri],
            env=path,
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        seconds = re.search(r"([\d.]+)\s", said)
        found[f"lv2bench_{name}_seconds"] = float(seconds[1]) if seconds else None
    with Host(folder, RATE) as host:
        wait(host, Status.READY)
        in_real_time(host, 1.0)
        host.go(speed=1.0)
        times = [seconds for seconds, _ in in_real_time(host, 20.0)]
    times.sort()
    return found | {
        "rolling_blocks": len(times),
        "block_frames": BLOCK,
        "median_us": round(1e6 * median(times), 1),
        "p99_us": round(1e6 * times[len(times) * 99 // 100], 1),
        "worst_us": round(1e6 * times[-1], 1),
    }


def first_note(folder: Path) -> dict[str, Any]:
    """Seconds from play to the first note that sounds, and how long a wait the music itself begins with."""
    cold, warm, far = list[float](), list[float](), list[float]()
    for _ in range(5):
        begun = time.monotonic()
        with Host(folder, RATE) as host:
            host.go(speed=1.0)
            cold.append(until_note(host, begun))
            host.go(speed=0.0, bar=0, beat=0.0)
            wait(host, Status.READY)
            in_real_time(host, 1.0)
            for place, times in ((0, warm), (200, far)):
                host.go(speed=0.0, bar=place, beat=0.0)
                in_real_time(host, 0.5 if place == 0 else 0.0)
                host.go(speed=1.0)
                times.append(until_note(host, time.monotonic()))
    offline = offline_notes(folder, 1)
    return {
        "music_begins_after_s": offline[0][0] / RATE,
        "cold_s": sorted(round(seconds, 3) for seconds in cold),
        "warm_s": sorted(round(seconds, 3) for seconds in warm),
        "at_once_from_bar_201_s": sorted(round(seconds, 3) for seconds in far),
    }


def late(folder: Path, minutes: float) -> dict[str, Any]:
    """Notes played in real time beside those of an export, while other work keeps one core busy."""
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        with Host(folder, RATE) as host:
            wait(host, Status.READY)
            in_real_time(host, 1.0)
            host.go(speed=1.0)
            start, messages, late_blocks = host.frame, list[Message](), 0
            for seconds, block in in_real_time(host, 60 * minutes):
                messages += [(frame - start, data) for frame, data in block]
                late_blocks += seconds > BLOCK / RATE
            late_bars = host.late_bars
    finally:
        busy.kill()
        busy.wait()
    played = onsets(messages)
    wanted = offline_notes(folder, round(minutes * 30))
    missing = len(set(wanted) - set(played))
    return {
        "minutes": minutes,
        "notes": len(played),
        "on_another_frame": len(set(played) - set(wanted)),
        "missing": missing,
        "late_bars": late_bars,
        "blocks_longer_than_they_last": late_blocks,
    }


def dead(folder: Path) -> dict[str, Any]:
    """The engine killed, and stopped, four seconds into a song: how soon another one plays, and what was lost."""
    found: dict[str, Any] = {}
    wanted = offline_notes(folder, 8)
    for name, number in (("killed", signal.SIGKILL), ("stopped", signal.SIGSTOP)):
        with Host(folder, RATE) as host:
            wait(host, Status.READY)
            in_real_time(host, 1.0)
            process = engines_of_this_process()[0]
            host.go(speed=1.0)
            start = host.frame
            messages = [message for _, block in in_real_time(host, 4.2) for message in block]
            os.kill(process, number)
            begun, again = time.monotonic(), None
            for _ in range(1200):
                messages += host.run(BLOCK)
                others = engines_of_this_process()
                if again is None and others and process not in others and host.status == Status.READY:
                    again = time.monotonic() - begun
                wait_for = begun + (host.frame - start) / RATE - 4.2 - time.monotonic()
                time.sleep(max(wait_for, 0))
            frames = 4.2 * RATE + 1200 * BLOCK
            host.go(speed=0.0)
            messages += host.run(BLOCK)
        played = {(frame - start, data) for frame, data in onsets(messages)}
        due = {row for row in wanted if row[0] < frames}
        balance = sum(1 if d[0] & 0xF0 == NOTE_ON else -1 for _, d in messages if d[0] & 0xE0 == 0x80)
        found[name] = {
            "ready_again_s": None if again is None else round(again, 2),
            "notes_due": len(due),
            "notes_lost": len(due - played),
            "without_an_end": balance,
        }
    return found


def memory(folder: Path) -> dict[str, Any]:
    """Megabytes of one instance and of a second one beside it."""
    found: dict[str, Any] = {}
    with Host(folder, RATE) as one:
        ready_and_playing(one)
        found["engine_mb"] = megabytes(engines_of_this_process()[0])
        with Host(folder, RATE) as other:
            ready_and_playing(other)
            children = engines_of_this_process()
            found["engines_pss_mb"] = [megabytes(child, "Pss") for child in children]
    return found


def ready_and_playing(host: Host) -> None:
    wait(host, Status.READY)
    host.go(speed=1.0)
    in_real_time(host, 8.0)


def in_real_time(host: Host, seconds: float) -> list[tuple[float, list[Message]]]:
    """Run blocks as a sound card asks for them -> the seconds that each took, and its messages."""
    begun, rows = time.monotonic(), []
    for number in range(round(seconds * RATE / BLOCK)):
        time.sleep(max(begun + number * BLOCK / RATE - time.monotonic(), 0))
        messages = host.run(BLOCK)
        rows.append((host.seconds, messages))
    return rows


def until_note(host: Host, begun: float) -> float:
    """Seconds from `begun` until a note sounds."""
    start = time.monotonic()
    while time.monotonic() < start + PATIENCE_SECONDS:
        for _, messages in in_real_time(host, BLOCK / RATE):
            if onsets(messages):
                return time.monotonic() - begun
        time.sleep(BLOCK / RATE)
    raise SystemExit("no note came")


def wait(host: Host, status: Status) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while host.status != status:
        if time.monotonic() > until:
            raise SystemExit(f"the engine is {host.status!r}: {host.text}")
        in_real_time(host, 0.02)


def onsets(messages: list[Message]) -> list[Message]:
    return [(frame, data) for frame, data in messages if data[0] & 0xF0 == NOTE_ON]


def offline_notes(folder: Path, bars: int) -> list[Message]:
    """The note-ons of the first bars of an export at 120 bpm, in frames from its beginning."""
    with Host(folder, RATE) as host:
        host.offline = True
        host.go(speed=1.0)
        return onsets(host.play(bars * BEATS_A_BAR * RATE // 2, BLOCK))


def engines_of_this_process() -> list[int]:
    children = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    found = [int(number) for file in children for number in file.read_text().split()]
    return [child for child in found if b"melodyrnn.plugin" in Path(f"/proc/{child}/cmdline").read_bytes()]


def megabytes(process: int, what: str = "Rss") -> float:
    text = Path(f"/proc/{process}/smaps_rollup").read_text()
    found = re.search(rf"^{what}: +(\d+) kB", text, re.MULTILINE)
    return round(int(found[1]) / 1024, 1) if found else 0.0


if __name__ == "__main__":
    main()
