"""How fast the studio answers, and how much memory it takes: a real server, asked as a page asks.

    python benchmarks/studio.py [SEED.mid ...] [--uploads 10000] [--pages 20] [--minutes 1] [--live-minutes 1]

From pressing generate to the first new notes that a page may play: without learning the seed; at the default stay, just
after the file was dropped; and a moment later, when it is known; of bars made anew, and of an added part. Then so many
uploads, so many pages that all generate, and the memory of all its processes before and after; with `--minutes`, while
one take after the other is made; with `--live-minutes`, while it plays live.
"""

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

BARS = 8
SAMPLES = Path(__file__).parents[1] / "midi_samples"
KNOWN_SECONDS = 60.0  # after which a seed has been learned


class Studio:
    """A server of its own, and the calls of a page."""

    def __init__(self, link: str, process: "subprocess.Popen[str]") -> None:
        self.link, self.process = link, process

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """A call -> its answer, or the status of an error."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.link + path, data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code

    @contextlib.contextmanager
    def page(self) -> Iterator[ClientConnection]:
        """What happens, as a page hears it."""
        link = self.link.replace("http", "ws", 1)
        with connect(f"{link}api/events", max_size=None) as events:
            events.recv()
            yield events

    def megabytes(self) -> float:
        """The memory of the server and of all that it has started, shared pages counted once each."""
        found, pids = 0, [self.process.pid]
        for pid in pids:
            tasks = Path(f"/proc/{pid}/task/{pid}/children")
            with contextlib.suppress(OSError):
                pids += map(int, tasks.read_text().split())
                lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
                found += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return round(found / 1024, 1)


@contextlib.contextmanager
def serving() -> Iterator[Studio]:
    """A studio on a free port."""
    with tempfile.TemporaryDirectory() as models:
        command = [sys.executable, "-m", "melodyrnn", "studio", "--no-browser", "--port", "0", "--models", models]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        link = next(word for word in process.stdout.readline().split() if word.startswith("http"))
        studio = Studio(link, process)
        studio.call("POST", "api/generate", {"options": {"bars": 1, "style": "folk"}})
        while any(job["state"] != "done" for job in studio.call("GET", "api/state")["jobs"]):
            time.sleep(0.1)
        try:
            yield studio
        finally:
            process.terminate()
            process.wait(30)


def is_end(message: dict[str, Any], job: str) -> bool:
    """Whether a message says that a job has ended."""
    return message["type"] == "job" and message["job"]["id"] == job and message["job"]["state"] in ("done", "refused")


def seconds_to_notes(studio: Studio, events: ClientConnection, seed: str | None, **options: Any) -> dict[str, float]:
    """From pressing generate to the first notes, and to the end."""
    begun = time.monotonic()
    job = studio.call("POST", "api/generate", {"seed": seed, "options": {"bars": BARS, **options}})["id"]
    first = None
    while True:
        message = json.loads(events.recv(KNOWN_SECONDS))
        passed = time.monotonic() - begun
        is_ours = message.get("job") == job or message.get("take", {}).get("job") == job
        if is_ours and message["type"] in ("bars", "take"):
            first = first or passed
        if is_end(message, job):
            return {"first_notes": round(first or passed, 2), "all": round(passed, 2)}


def times(studio: Studio, path: Path) -> dict[str, Any]:
    """The ways to begin."""
    found: dict[str, Any] = {"seed": path.name}
    with studio.page() as events:
        seed = studio.call("POST", f"api/seeds?name={path.name}", path.read_bytes())["id"]
        found["just_dropped"] = seconds_to_notes(studio, events, seed, random_seed=1)
        found["known"] = seconds_to_notes(studio, events, seed, random_seed=2)
        found["known_three_takes"] = seconds_to_notes(studio, events, seed, random_seed=3, takes=3)
        found["bars_made_anew"] = seconds_to_notes(studio, events, seed, random_seed=4, replace="5-8")
        found["an_added_part"] = seconds_to_notes(studio, events, seed, random_seed=5, add="bass")
        found["without_learning"] = seconds_to_notes(studio, events, seed, random_seed=1, stay=0)
    return found


def pages(studio: Studio, count: int) -> dict[str, Any]:
    """So many pages at once, each with a seed of its own, each pressing generate until it is not busy."""
    waits, busy = list[float](), list[int]()

    def work() -> None:
        with studio.page() as events:
            seed = studio.call("POST", "api/seeds?sample=ode_to_joy")["id"]
            begun = time.monotonic()
            asked = {"seed": seed, "options": {"bars": 2, "stay": 0}}
            while isinstance(job := studio.call("POST", "api/generate", asked), int):
                busy.append(job)
                time.sleep(0.5)
            while True:
                message = json.loads(events.recv(300))
                if is_end(message, job["id"]):
                    break
            waits.append(time.monotonic() - begun)

    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {
        "pages": count,
        "served": len(waits),
        "median_seconds": round(statistics.median(waits), 2),
        "longest_seconds": round(max(waits), 2),
        "told_busy": len(busy),
    }


def uploads(studio: Studio, count: int) -> dict[str, Any]:
    """So many files, one after the other."""
    data, answers, begun = (SAMPLES / "rock_beat.mid").read_bytes(), list[Any](), time.monotonic()
    for number in range(count):
        answer = studio.call("POST", f"api/seeds?name={number}.mid", data)
        answers.append(answer if isinstance(answer, int) else 201)
    kept = studio.call("GET", "api/state")["seeds"]
    for seed in kept:
        studio.call("DELETE", f"api/seeds/{seed['id']}")
    return {
        "uploads": count,
        "statuses": {status: answers.count(status) for status in sorted(set(answers))},
        "kept": len(kept),
        "seconds": round(time.monotonic() - begun, 1),
    }


def steady(studio: Studio, minutes: float) -> dict[str, Any]:
    """The memory at the end of each tenth of so many minutes, while one take after the other is made."""
    found, takes, begun = [studio.megabytes()], 0, time.monotonic()
    with studio.page() as events:
        seed = studio.call("POST", "api/seeds?sample=ode_to_joy")["id"]
        for tenth in range(1, 11):
            while time.monotonic() < begun + 6 * minutes * tenth:
                seconds_to_notes(studio, events, seed)
                takes += 1
            found.append(studio.megabytes())
    return {"minutes": minutes, "takes": takes, "megabytes": found}


def live(studio: Studio, minutes: float) -> dict[str, Any]:
    """The same while it plays live, fast and dense, into a port of its own, and a page listens."""
    asked = {"virtual": "melodyrnn benchmark", "options": {"style": "chorale", "tempo": 240, "density": 2}}
    started = studio.call("POST", "api/live", asked)
    if isinstance(started, int):
        return {"error": "there is no MIDI system"}
    found, notes, begun = list[float](), 0, time.monotonic()
    with studio.page() as events:
        for tenth in range(1, 11):
            while time.monotonic() < begun + 6 * minutes * tenth:
                message = json.loads(events.recv(60))
                notes += len(message["notes"]) if message["type"] == "sent" else 0
            found.append(studio.megabytes())
        state = studio.call("GET", "api/state")["live"]
        studio.call("DELETE", "api/live")
    return {"minutes": minutes, "notes": notes, "late_pulses": state["late_pulses"], "megabytes": found}


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seeds", nargs="*", type=Path, default=[SAMPLES / "mountain_king.mid"])
    parser.add_argument("--uploads", type=int, default=1000)
    parser.add_argument("--pages", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--live-minutes", type=float, default=0)
    asked = parser.parse_args()
    with serving() as studio:
        result: dict[str, Any] = {"megabytes": {"idle": studio.megabytes()}}
        result["times"] = [times(studio, path) for path in asked.seeds]
        result["megabytes"]["after_generating"] = studio.megabytes()
        result["pages"] = pages(studio, asked.pages)
        result["megabytes"]["after_pages"] = studio.megabytes()
        result["uploads"] = uploads(studio, asked.uploads)
        result["megabytes"]["after_uploads"] = studio.megabytes()
        if asked.minutes:
            result["steady"] = steady(studio, asked.minutes)
        if asked.live_minutes:
            result["live"] = live(studio, asked.live_minutes)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
