"""How late `melodyrnn live` is at the port, with the model generating, and mido's MidiFile.play() beside it.

    python benchmarks/live_timing.py [--minutes 10] [--mido-minutes 10] [--notes 20] [--style chorale] [--keys 20]

It needs a MIDI system with virtual ports (a JACK server, ALSA, CoreMIDI). A session as `melodyrnn live` runs it plays
into a port of its own, at the tempo at which the style has so many notes a second; what it sends is timed as it enters
`send()`, against the time of its pulse. Then mido plays the same notes into the same port, while the model composes
the same music at the same pace on another thread. Both once on the machine as it is ("idle"), and once with another
process that keeps a core busy ("busy"): it takes twice the minutes and the mido minutes together, and two more. What is
timed are note-ons and note-offs; `mido_over_ours` are ratios of lateness.

`key_to_answer`: in pause mode, from the last of four keys coming up on an input port to the first note of the answer at
the output port; `after_the_pause` is the same less the pause that it waits for by design. Prints one JSON object.
"""

# ruff: noqa: E402
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[variable] = "1"  # numpy reads them when it is imported

import argparse
import contextlib
import json
import platform
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import mido
from timed_session import TimedSession, composer_of

from melodyrnn.api import load_model
from melodyrnn.errors import PortError
from melodyrnn.generation import MusicModel
from melodyrnn.generation.threads import one_thread
from melodyrnn.live.score.dialogue import PAUSE_PULSES
from melodyrnn.live.score.prefetch import DEFAULT_LOOK_AHEAD_PULSES
from melodyrnn.live.timing import busy_process, spread
from melodyrnn.messages import ALL_NOTES_OFF, control
from melodyrnn.music.pulses import PULSES_PER_QUARTER, seconds_per_pulse
from melodyrnn.ports.devices import Output, open_input, open_output

LEAST_BPM, MOST_BPM = 20.0, 400.0
ANSWER_BPM = 120.0


def tempo_for(model: MusicModel, style: str, notes_a_second: float, seconds: float) -> float:
    """The tempo at which the music of so many seconds has so many notes, as far as tempos go."""
    composer, notes, until = composer_of(model, style), 0, 0
    while notes < notes_a_second * seconds:
        passage = composer.compose()
        notes, until = notes + len(passage.notes), int(passage.until)
    return min(max(60 * until / PULSES_PER_QUARTER / seconds, LEAST_BPM), MOST_BPM)


def time_ours(port: Output, model: MusicModel, style: str, bpm: float, seconds: float) -> tuple[dict[str, Any], bytes]:
    """Lateness of a session -> the figures, and the MIDI file of what it played."""
    session, late = TimedSession(port, model, style, bpm), list[float]()
    session.take.late = lambda seconds: None if session.player.ended else late.append(seconds)
    session.run(lambda: time.sleep(seconds))
    notes = session.player.output.notes_sent
    facts = {"seconds": seconds, "notes_a_second": round(notes / seconds, 2), "late_pulses": session.late_pulses}
    return facts | spread(late), session.path.read_bytes()


def time_mido(port: Output, model: MusicModel, style: str, bpm: float, played: bytes, seconds: float) -> dict[str, Any]:
    """Lateness of mido's player with the same notes, the model composing them on another thread meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "played.mid"
        path.write_bytes(played)
        file = mido.MidiFile(path)
    stopping, start = threading.Event(), time.monotonic()

    def compose() -> None:
        composer, until = composer_of(model, style), 0
        while not stopping.wait(0.005):
            now = (time.monotonic() - start) / seconds_per_pulse(bpm)
            while until < now + DEFAULT_LOOK_AHEAD_PULSES and not stopping.is_set():
                until = int(composer.compose().until)

    composing = threading.Thread(target=compose)
    late, due = [], 0.0
    with one_thread():
        composing.start()
        try:
            start = time.monotonic()
            for message in file.play():
                now = time.monotonic()
                due += message.time
                if due > seconds:
                    break
                if message.type in ("note_on", "note_off"):
                    late.append(now - start - due)
                port.send(bytes(message.bytes()))
        finally:
            stopping.set()
            composing.join()
        for channel in range(16):
            port.send(control(channel, ALL_NOTES_OFF, 0))
    return {"seconds": seconds, **spread(late)}


def time_answers(port: Output, model: MusicModel, style: str, keys: int) -> dict[str, Any]:
    """Play phrases of four keys, and wait for the answer to each."""
    session = TimedSession(port, model, style, ANSWER_BPM, [lambda receive: open_input(None, "keys", receive)])
    sent, taken = session.port, list[float]()

    def play() -> None:
        keyboard = None
        while keyboard is None:  # until the session listens
            time.sleep(0.05)
            with contextlib.suppress(PortError):
                keyboard = open_output("keys")
        time.sleep(1.0)
        for number in range(keys):
            time.sleep(0.017 * (number % 30))  # the player is not on the beat
            for pitch in (60, 62, 64, 65):
                keyboard.send(bytes((0x90, pitch + number % 5, 90)))
                time.sleep(0.2)
                keyboard.send(bytes((0x80, pitch + number % 5, 0)))
            up, before = time.monotonic(), sent.notes
            while sent.notes == before and time.monotonic() < up + 10:
                time.sleep(0.001)
            if sent.notes > before:
                taken.append(sent.last_note_seconds - up)
            time.sleep(1.0)
        keyboard.close()

    session.run(play)
    pause = PAUSE_PULSES * seconds_per_pulse(ANSWER_BPM)
    answers = {"keys": keys, "answered": len(taken), "bpm": ANSWER_BPM, "pause_ms": round(1000 * pause, 1)}
    return answers | (spread(taken) | {"after_the_pause": spread([t - pause for t in taken])} if taken else {})


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--minutes", type=float, default=10.0, help="of ours, idle and busy each")
    options.add_argument("--mido-minutes", type=float, help="of mido, idle and busy each, at most as many")
    options.add_argument("--notes", type=float, default=20.0, help="a second")
    options.add_argument("--style", default="chorale")
    options.add_argument("--keys", type=int, default=20)
    asked = options.parse_args()
    model = load_model(asked.style)
    seconds = 60 * asked.minutes
    bpm = tempo_for(model, asked.style, asked.notes, seconds)
    mido_seconds = min(seconds, 60 * (asked.mido_minutes or asked.minutes))
    try:
        port = open_output(None, "melodyrnn timing")
    except PortError as error:
        sys.exit(f"error: {error}")
    result: dict[str, Any] = {"model": model.name, "style": asked.style, "bpm": round(bpm, 1)}
    for load in ("idle", "busy"):
        with busy_process() if load == "busy" else contextlib.nullcontext():
            ours, played = time_ours(port, model, asked.style, bpm, seconds)
            peer = time_mido(port, model, asked.style, bpm, played, mido_seconds)
        ratios = {key: round(peer[key] / ours[key], 1) for key in ("median_ms", "p99_ms", "max_ms")}
        result[load] = {"ours": ours, "mido": peer, "mido_over_ours": ratios}
    result["key_to_answer"] = time_answers(port, model, asked.style, asked.keys)
    port.close()
    load_average = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    print(
        json.dumps(
            result
            | {"python": platform.python_version(), "machine": f"{platform.system()} {platform.machine()}"}
            | {"cores": os.cpu_count(), "load_average": load_average}
        )
    )


if __name__ == "__main__":
    main()
