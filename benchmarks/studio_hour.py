"""An hour of live playing with the studio's page open: what becomes of the memory, and of the page.

    python benchmarks/studio_hour.py [--minutes 60] [--style song] [--tempo 120]

A real server plays live into a virtual port, so there must be a MIDI system that has them (a JACK server, ALSA,
CoreMIDI), and a Chromium without a window shows it. Each minute a line goes to stderr. Prints one JSON object;
`minutes` has at the start, and after each minute: the notes sent and how late the music is; the memory, in MB, of the
server, of the process that plays, and of all of Chromium, shared pages divided among those that share them (Linux
only); and of the page what its JavaScript holds after a collection, in MB, how many nodes it has, and how many notes
it keeps.
"""

import argparse
import json
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright
from studio import Studio, serving
from studio_page import FLAGS, PROGRAMS, SIZE

PORT = "melodyrnn hour"
KEPT = """async () => {
  const { page } = await import("/main.js");
  return page.live.song().parts.reduce((sum, part) => sum + part.notes.length, 0);
}"""


def tree(pid: int) -> Iterator[int]:
    """A process and all that it has started."""
    yield pid
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, tasks.read_text().split()):
                yield from tree(child)


def megabytes(pids: Iterator[int] | list[int]) -> float:
    """The memory of some processes, a shared page counted once for all that share it."""
    found = 0
    for pid in pids:
        with suppress(OSError):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            found += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return round(found / 1024, 1)


def running(pid: int, word: str) -> list[int]:
    """Those started by a process whose command has a word in it."""
    found = list[int]()
    for each in tree(pid):
        with suppress(OSError):
            if word in Path(f"/proc/{each}/cmdline").read_text(errors="replace"):
                found.append(each)
    return found


def figures(studio: Studio, page: Page, tools: CDPSession, browser: int) -> dict[str, Any]:
    """What there is to say of one moment."""
    tools.send("HeapProfiler.collectGarbage")
    metrics = {each["name"]: each["value"] for each in tools.send("Performance.getMetrics")["metrics"]}
    live = studio.call("GET", "api/state")["live"]
    return {
        "notes_sent": live.get("notes_sent"),
        "late_pulses": live.get("late_pulses"),
        "server_mb": megabytes([studio.process.pid]),
        "playing_mb": megabytes(running(studio.process.pid, "melodyrnn.studio.playing")),
        "chromium_mb": megabytes(tree(browser)),
        "page_heap_mb": round(metrics["JSHeapUsedSize"] / 2**20, 2),
        "page_nodes": int(metrics["Nodes"]),
        "page_notes": page.evaluate(KEPT),
    }


@contextmanager
def open_page(address: str) -> Iterator[tuple[Page, CDPSession, int]]:
    """The page's Live view, what tells of its memory, and the number of the browser's process."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        sys.exit("there is no Chromium")
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=FLAGS)
        every = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
        page = browser.new_page(viewport=SIZE)
        page.goto(address)
        page.locator("#tab-live").click()
        tools = page.context.new_cdp_session(page)
        tools.send("Performance.enable")
        yield page, tools, next(each["id"] for each in every if each["type"] == "browser")
        browser.close()


def main() -> None:
    """Play, look once a minute, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--style", default="song")
    parser.add_argument("--tempo", type=float, default=120.0)
    asked = parser.parse_args()
    with serving() as studio, open_page(studio.link) as (page, tools, browser):
        options = {"style": asked.style, "tempo": asked.tempo}
        if isinstance(studio.call("POST", "api/live", {"virtual": PORT, "options": options}), int):
            sys.exit("there is no MIDI system with virtual ports")
        begun, minutes = time.monotonic(), list[dict[str, Any]]()
        for minute in range(asked.minutes + 1):
            page.wait_for_timeout(max(1.0, 1000 * (begun + 60 * minute - time.monotonic())))
            minutes.append(figures(studio, page, tools, browser))
            print(minute, minutes[-1], file=sys.stderr, flush=True)
        studio.call("DELETE", "api/live")
    print(json.dumps({"style": asked.style, "bpm": asked.tempo, "minutes": minutes}))


if __name__ == "__main__":
    main()
