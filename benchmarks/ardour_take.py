"""A take in a real DAW: whether what Ardour recorded are the notes that melodyrnn played, and how far from their place.

    python benchmarks/ardour_take.py [--seconds 30] [--style song] [--tempo 90]

Linux, with `apt install ardour jackd2`. A JACK server of its own, without a sound card; Ardour without a window, which
sends its MIDI clock to `melodyrnn live --virtual melodyrnn --clock external`, and records on a MIDI track what comes
out of it. Ardour 7.3 loses the server in some of its starts, so it gets several. Prints one JSON object:

`played`, `recorded`: notes of melodyrnn's own take and of Ardour's; `missing` from Ardour's and `extra` there, by
channel, pitch and velocity; `off_ms`: how long after its place in melodyrnn's take each lies in Ardour's, `median`, and
the 99th percentile and the most of what is `around` that median; `starts` that Ardour took.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import mido

SERVER, RATE, PERIOD_FRAMES = "melodyrnn-ardour", 48000, 256
STARTS, START_SECONDS, END_SECONDS = 8, 40.0, 30.0
LOSES_SECONDS = 1.0  # in which Ardour has lost the server, if it does
CLOCK, HEARS = "ardour:MIDI Clock out", "melodyrnn-01:melodyrnn"
SCRIPT = """
local folder, bpm = os.getenv ("TAKE_FOLDER"), tonumber (os.getenv ("TAKE_BPM"))
local function tell (name) io.open (folder .. "/" .. name, "w"):close () end
assert (not AudioEngine:set_backend ("JACK", "ardour", ""):isnil (), "no JACK")
local session = assert (create_session (folder .. "/session", "take", tonumber (os.getenv ("TAKE_RATE"))))
local tempos = Temporal.TempoMap.write_copy ()
tempos:set_tempo (Temporal.Tempo (bpm, bpm, 4), Temporal.timepos_t (0))
Temporal.TempoMap.update (tempos)
ARDOUR.config ():set_send_midi_clock (true)
local midi = ARDOUR.ChanCount (ARDOUR.DataType ("midi"), 1)
local track = session:new_midi_track (midi, midi, true, ARDOUR.PluginInfo (), nil, nil, 1, "take",
  ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, false, false):front ()
tell ("waiting")
repeat ARDOUR.LuaAPI.usleep (20000); local go = io.open (folder .. "/go") until go
assert (track:input ():nth (0):connect ("melodyrnn:melodyrnn") == 0, "melodyrnn cannot be connected")
track:rec_enable_control ():set_value (1, PBD.GroupControlDisposition.NoGroup)
ARDOUR.LuaAPI.usleep (500000)
session:goto_start ()
session:maybe_enable_record ()
session:request_roll (ARDOUR.TransportRequestSource.TRS_UI)
ARDOUR.LuaAPI.usleep (1000000 * tonumber (os.getenv ("TAKE_SECONDS")))
session:request_stop (false, false, ARDOUR.TransportRequestSource.TRS_UI)
ARDOUR.LuaAPI.usleep (1500000)
track:rec_enable_control ():set_value (0, PBD.GroupControlDisposition.NoGroup)
ARDOUR.LuaAPI.usleep (500000)
session:save_state ("")
close_session ()
quit ()
"""


def wait_until(happens: Callable[[], object], seconds: float) -> bool:
    """Wait for it -> whether it happened in time."""
    end = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


class Studio:
    """A folder, a JACK server, and the programs that run with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = os.environ | {"JACK_DEFAULT_SERVER": SERVER, "JACK_NO_START_SERVER": "1"}
        self.environment |= {"JACK_NO_AUDIO_RESERVATION": "1", "OMP_NUM_THREADS": "1", "HOME": str(folder)}
        self.programs: list[subprocess.Popen[bytes]] = []

    def run(self, *command: str, **variables: object) -> "subprocess.Popen[bytes]":
        environment = self.environment | {name: str(value) for name, value in variables.items()}
        with (self.folder / f"{Path(command[0]).name}.log").open("ab") as log:
            self.programs.append(
                subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment, cwd=self.folder)
            )
        return self.programs[-1]

    @property
    def ended(self) -> bool:
        """Whether the last program has ended."""
        return self.programs[-1].poll() is not None

    def jack(self, *command: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)

    def ports(self) -> list[str]:
        """The ports of the server; none where it does not answer."""
        return self.jack("jack_lsp").stdout.splitlines()

    def said(self) -> dict[str, str]:
        """The last words of each program."""
        return {log.stem: log.read_text(errors="replace")[-300:] for log in self.folder.glob("*.log")}

    def close(self) -> None:
        for program in reversed(self.programs):
            if program.poll() is None:
                program.terminate()
                try:
                    program.wait(END_SECONDS)
                except subprocess.TimeoutExpired:
                    program.kill()
                    program.wait()


def start_ardour(studio: Studio, ardour: str, asked: argparse.Namespace) -> int:
    """Start Ardour, the last of the programs, until it waits for the music -> how many starts it took."""
    waits, script = studio.folder / "waiting", studio.folder / "take.lua"
    script.write_text(SCRIPT)
    for start in range(1, STARTS + 1):
        shutil.rmtree(studio.folder / "session", ignore_errors=True)
        waits.unlink(missing_ok=True)
        program = studio.run(
            ardour,
            str(script),
            TAKE_FOLDER=studio.folder,
            TAKE_BPM=asked.tempo,
            TAKE_RATE=RATE,
            TAKE_SECONDS=asked.seconds,
        )
        wait_until(lambda: waits.exists() or studio.ended, START_SECONDS)
        time.sleep(LOSES_SECONDS)
        if waits.exists() and CLOCK in studio.ports():
            return start
        program.kill()
        program.wait()
    sys.exit(f"error: Ardour did not start in {STARTS} tries: {studio.said()}")


def record(studio: Studio, ardour: str, asked: argparse.Namespace) -> tuple[Path, Path, int]:
    """Let Ardour record -> melodyrnn's take, Ardour's, and how many starts that took."""
    studio.run("jackd", *f"-n {SERVER} --no-realtime --sync -d dummy -r {RATE} -p {PERIOD_FRAMES}".split())
    if not wait_until(studio.ports, START_SECONDS):
        sys.exit("error: jackd does not start")
    starts = start_ardour(studio, ardour, asked)
    daw = studio.programs[-1]
    own = studio.folder / "own.mid"
    options = ("--virtual", "melodyrnn", "--clock", "external", "--style", asked.style, "--record", str(own))
    live = studio.run(sys.executable, "-m", "melodyrnn", "live", *options, "--random-seed", "1")
    if not wait_until(lambda: HEARS in studio.ports(), START_SECONDS):
        sys.exit(f"error: melodyrnn offers no port: {studio.said()}")
    connected = studio.jack("jack_connect", CLOCK, HEARS)
    if connected.returncode:
        sys.exit(f"error: Ardour's clock cannot be connected: {connected.stderr}")
    (studio.folder / "go").touch()
    try:
        daw.wait(asked.seconds + END_SECONDS)
    except subprocess.TimeoutExpired:
        sys.exit(f"error: Ardour does not end: {studio.said()}")
    live.send_signal(signal.SIGINT)
    live.wait(END_SECONDS)
    takes = list((studio.folder / "session").glob("interchange/*/midifiles/*.mid"))
    if not takes or not own.exists():
        sys.exit(f"error: nothing was recorded: {studio.said()}")
    return own, takes[0], starts


Notes = dict[tuple[int, int, int], list[float]]
"""By channel, pitch and velocity: where each begins, in quarter notes."""


def notes_of(path: Path) -> Notes:
    """The notes of a MIDI file."""
    found: Notes = defaultdict(list)
    file = mido.MidiFile(path)
    for track in file.tracks:
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "note_on" and message.velocity:
                found[message.channel, message.note, message.velocity].append(tick / file.ticks_per_beat)
    return found


def compare(own: Notes, theirs: Notes, bpm: float) -> dict[str, Any]:
    """What differs; places only of notes that are as many in both."""
    keys = own.keys() | theirs.keys()
    more = {key: len(own.get(key, ())) - len(theirs.get(key, ())) for key in keys}
    off = sorted(
        60_000 / bpm * (there - here)
        for key in keys
        if not more[key]
        for here, there in zip(sorted(own[key]), sorted(theirs[key]), strict=True)
    )
    result: dict[str, Any] = {"played": sum(map(len, own.values())), "recorded": sum(map(len, theirs.values()))}
    result |= {"missing": sum(max(n, 0) for n in more.values()), "extra": sum(max(-n, 0) for n in more.values())}
    if off:
        middle = median(off)
        around = sorted(abs(ms - middle) for ms in off)
        p99 = around[int(0.99 * (len(around) - 1))]
        result["off_ms"] = {"median": round(middle, 2), "around": {"p99": round(p99, 2), "most": round(around[-1], 2)}}
    return result


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=30.0)
    options.add_argument("--style", default="song")
    options.add_argument("--tempo", type=float, default=90.0)
    asked = options.parse_args()
    ardour = next((str(path) for path in sorted(Path("/usr/bin").glob("ardour[0-9]*-lua"), reverse=True)), None)
    missing = [name for name, found in (("ardour", ardour), ("jackd2", shutil.which("jackd"))) if not found]
    if missing or ardour is None:
        sys.exit(f"error: not installed: {', '.join(missing)} (apt install {' '.join(missing)})")
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(Path(folder))
        try:
            own, theirs, starts = record(studio, ardour, asked)
            result = compare(notes_of(own), notes_of(theirs), asked.tempo)
        finally:
            studio.close()
    print(json.dumps(result | {"seconds": asked.seconds, "style": asked.style, "bpm": asked.tempo, "starts": starts}))


if __name__ == "__main__":
    main()
