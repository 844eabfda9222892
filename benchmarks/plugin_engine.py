"""The plugin's engine without a host: how soon it is ready, what a place far away takes, what it needs. Prints JSON.

    python benchmarks/plugin_engine.py --style song --seconds 20

`far` is the time until a bar far away is there, with the bars before it not composed yet, and `again` the same a second
time; core seconds are what that takes of a core, whatever else runs. The shares are of a core, with the song
standing and rolling at 120 bpm. Only Linux tells core seconds, shares and memory.
"""

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

from melodyrnn.plugin.parameters import STYLES
from melodyrnn.plugin.protocol import Kind
from melodyrnn.plugin.testing import EngineProcess

FAR_BARS = (32, 100)
PULSE_SECONDS = 60 / 120 / 24
BAR_PULSES = 96


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--style", choices=STYLES, default="folk")
    parser.add_argument("--seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    found = measure(arguments.style, arguments.seconds)
    print(json.dumps({"style": arguments.style, "cores": os.cpu_count(), **found}, indent=1))


def measure(style: str, seconds: float) -> dict[str, Any]:
    """One engine, from its start on."""
    began = time.monotonic()
    plugin = EngineProcess(style=STYLES.index(style))
    attached = time.monotonic() - began
    plugin.settle()
    pid = plugin.process.pid
    found: dict[str, Any] = {"attached_seconds": attached, "first_bars_seconds": time.monotonic() - began}
    found["first_bars_core_seconds"] = cpu_seconds(pid)
    for bar in FAR_BARS:
        before = cpu_seconds(pid)
        found[f"far_{bar}_seconds"] = go(plugin, bar)
        found[f"far_{bar}_core_seconds"] = cpu_seconds(pid) - before
        go(plugin, 0)
        found[f"again_{bar}_seconds"] = go(plugin, bar)
    go(plugin, 0)
    before = cpu_seconds(pid)
    time.sleep(seconds)
    found["standing_share"] = (cpu_seconds(pid) - before) / seconds
    before = cpu_seconds(pid)
    roll(plugin, seconds)
    found["rolling_share"] = (cpu_seconds(pid) - before) / seconds
    found |= memory(pid)
    plugin.close()
    return {name: round(value, 3) for name, value in found.items()}


def go(plugin: EngineProcess, bar: int) -> float:
    """Go to a bar -> seconds until it and two more are there."""
    began = time.monotonic()
    plugin.go(bar)
    while not plugin.is_answered():
        plugin.take()
        time.sleep(0.0005)
    return time.monotonic() - began


def roll(plugin: EngineProcess, seconds: float) -> None:
    """Tell every pulse in its time."""
    plugin.start()
    began = time.monotonic()
    for pulse in range(int(seconds / PULSE_SECONDS)):
        time.sleep(max(0.0, began + pulse * PULSE_SECONDS - time.monotonic()))
        plugin.place = pulse // BAR_PULSES, pulse % BAR_PULSES
        plugin.transport(kind=Kind.POSITION)
        plugin.take()
    plugin.stop()


def cpu_seconds(pid: int) -> float:
    """What a process has used of a core so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> dict[str, float]:
    """Megabytes that a process holds, and of these those that are its alone."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    size = {name: int(value.split()[0]) / 1024 for name, value in lines.items() if value.endswith("kB")}
    return {"resident_mb": size["Rss"], "own_mb": size["Private_Clean"] + size["Private_Dirty"]}


if __name__ == "__main__":
    main()
