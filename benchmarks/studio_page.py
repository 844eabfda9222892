"""How many frames a second the studio's page draws: a song of four parts and 10,000 notes scrolls, then plays.

Chromium runs without a window and draws in software, as on a machine without a graphics card. Needs the extra `studio`,
playwright, and Chromium.

    python benchmarks/studio_page.py [--notes 10000] [--seconds 5]
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
from typing import Any

from playwright.sync_api import ViewportSize, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--headless=new", "--no-sandbox", "--disable-background-networking", "--disable-gpu"]
SIZE: ViewportSize = {"width": 1440, "height": 860}

# A song of so many notes in four parts, on the page's own roll; then what is done at each frame, for so many seconds.
MEASURE = """async ([notes, seconds, does]) => {
  const { Roll } = await import("/roll/roll.js");
  const { START } = await import("/state.js");
  const place = document.createElement("div");
  place.className = "roll";
  Object.assign(place.style, {position: "fixed", inset: "48px 320px 120px 0", zIndex: 5});
  document.body.append(place);
  const roll = new Roll(place, {onSelect() {}, onPlace() {}, onLayout() {}});
  const bars = Math.ceil(notes / 64);
  const parts = [0, 1, 2, 3].map((number) => ({
    number, name: `part ${number}`, program: 0, isDrums: number === 0,
    notes: Array.from({length: notes / 4}, (_, index) => ({
      onset: index * 6, duration: 6, pitch: 36 + ((index * 7 + number * 5) % (number ? 40 : 8)), velocity: 90,
      isNew: index % 2 === 0,
    })),
  }));
  const song = {id: "x", name: "x", bars: Array.from({length: bars + 1}, (_, bar) => bar * 96), metre: "4/4",
    tempos: [{pulse: 0, bpm: 120}], key: "", chords: [], sections: [], join: null, parts};
  await new Promise(requestAnimationFrame);
  roll.show({song, open: null, playing: START.playing, selection: null});
  roll.pixelsPerPulse = 1;
  roll.isFitted = false;
  roll.lay();
  const draws = [];
  const draw = roll.draw.bind(roll);
  roll.draw = () => {
    const before = performance.now();
    draw();
    draws.push(performance.now() - before);
  };
  const times = [];
  const begin = performance.now();
  await new Promise((resolve) => {
    const frame = (now) => {
      times.push(now);
      const elapsed = now - begin;
      if (does === "scroll") roll.scroller.scrollLeft = elapsed * 0.6;
      if (does === "play") roll.moveTo(elapsed * 0.048, true);
      if (elapsed < seconds * 1000) requestAnimationFrame(frame);
      else resolve();
    };
    requestAnimationFrame(frame);
  });
  place.remove();
  draws.sort((a, b) => a - b);
  const gaps = times.slice(1).map((time, index) => time - times[index]).sort((a, b) => a - b);
  return {
    frames_per_second: Number(((times.length - 1) * 1000 / (times.at(-1) - times[0])).toFixed(1)),
    worst_frame_in_100_ms: Number(gaps[Math.floor(gaps.length * 0.99)].toFixed(1)),
    drawing_ms: Number((draws[Math.floor(draws.length / 2)] ?? 0).toFixed(2)),
    worst_drawing_in_100_ms: Number((draws[Math.floor(draws.length * 0.99)] ?? 0).toFixed(2)),
  };
}"""


def main() -> None:
    """Start a studio, open its page, measure, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--notes", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=5)
    asked = parser.parse_args()
    command = [sys.executable, "-u", "-m", "melodyrnn", "studio", "--port", "0", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        assert server.stdout is not None
        found = re.search(r"http://\S+", server.stdout.readline())
        if found is None:
            sys.exit("the studio did not start")
        try:
            print(json.dumps(measured(found[0], asked.notes, asked.seconds), indent=2))
        finally:
            server.terminate()


def measured(address: str, notes: int, seconds: float) -> dict[str, Any]:
    """What each kind of motion comes to."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        sys.exit("there is no Chromium")
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=FLAGS)
        page = browser.new_page(viewport=SIZE)
        page.goto(address)
        page.wait_for_selector("body:not([inert])")
        found = {does: page.evaluate(MEASURE, [notes, seconds, does]) for does in ("nothing", "scroll", "play")}
        version = browser.version
        browser.close()
    return {"chromium": version, "rendering": "software", "notes": notes, **found}


if __name__ == "__main__":
    main()
