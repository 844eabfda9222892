"""How late `melodyrnn live` is at the port, with the model generating, and mido's MidiFile.play() beside it.

    python benchmarks/live_timing.py [--minutes 10] [--notes 20] [--style chorale] [--keys 20]

It needs a MIDI system with virtual ports (a JACK server, ALSA, CoreMIDI). A session as `melodyrnn live` runs it plays
into a port of its own, at the tempo at which the style has so many notes a second; what it sends is timed as it enters
`send()`, against the time of its pulse. Then mido plays the same notes into the same port, while the model composes
the same music at the same pace on another thread. Both once on the machine as it is ("idle"), and once with another
process that keeps a core busy ("busy"): half of the minutes each. `mido_over_ours` are ratios of lateness.

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
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mido

from melodyrnn.api import load_model
from melodyrnn.cli.checkup import busy_process, spread
from melodyrnn.errors import PortError
from melodyrnn.generation import MusicModel
from melodyrnn.generation.continuation import one_thread
from melodyrnn.live.clock import SystemClock
from melodyrnn.live.composer import ModelComposer
from melodyrnn.live.dialogue import PAUSE_PULSES, Dialogue
from melodyrnn.live.endless import Endless
from melodyrnn.live.keeper import Keeper
from melodyrnn.live.phrases import as_played
from melodyrnn.live.player import DEFAULT_LOOK_AHEAD_PULSES, Part, Player
from melodyrnn.live.ports import OpenInput
from melodyrnn.live.session import Session
from melodyrnn.live.settings import Settings
from melodyrnn.live.transport import InternalTransport
from melodyrnn.live.worker import Worker
from melodyrnn.midi.ports import Output, open_input, open_output
from melodyrnn.midi.takes import Take
from melodyrnn.music.pulses import PULSES_PER_QUARTER, seconds_per_pulse

RANDOM_SEED = 1
BARS_COUNTED = 16
LEAST_BPM, MOST_BPM = 20.0, 400.0
ANSWER_BPM = 120.0


class TimedPort:
    """A port that takes down when each message enters `send`, and by which clock."""

    def __init__(self, port: Output, transport: InternalTransport) -> None:
        self.name, self.sends, self.notes = port.name, list[tuple[float, float]](), list[float]()
        self._port, self._transport = port, transport

    def send(self, message: bytes) -> None:
        now = time.monotonic()
        self.sends.append((now, self._transport.look_again(0)))
        if message[0] & 0xF0 == 0x90:
            self.notes.append(now)
        self._port.send(message)

    def alive(self) -> bool:
        return self._port.alive()

    def close(self) -> None:
        """It is played into again."""


class TimedTake(Take):
    """A take that keeps the pulses in the order they were sent in."""

    def __init__(self, composer: ModelComposer) -> None:
        super().__init__(composer.metre, {})
        self.pulses: list[int] = []

    def add(self, pulse: int, message: bytes) -> None:
        self.pulses.append(pulse)
        super().add(pulse, message)


class Stage:
    """A session on a port, as `melodyrnn live` sets it up."""

    def __init__(self, port: Output, model: MusicModel, style: str, bpm: float, listens: bool = False) -> None:
        self.composer = composer_of(model, style)
        settings, bars, worker = Settings(style), self.composer.bar_pulses, Worker(self.composer)
        self.bpm, self.take, self.transport = bpm, TimedTake(self.composer), InternalTransport(bpm)
        self.port = TimedPort(port, self.transport)
        part: Part = Dialogue(bars, settings, None, as_played) if listens else Endless(bars)
        self.player = Player(self.port, self.transport, worker, part, settings, bars)
        inputs: list[OpenInput] = [lambda receive: open_input(None, "keys", receive)] if listens else []
        keeper = Keeper(self.player, lambda: self.port, self.port, inputs, self.take, self._write, str, print)
        self.session = Session(SystemClock(), self.player, worker, keeper)
        self._folder = tempfile.TemporaryDirectory()
        self.path = Path(self._folder.name) / "take.mid"

    def _write(self) -> None:
        self.take.write(self.path)

    def run(self, meanwhile: Callable[[], None]) -> None:
        """Play until `meanwhile` returns."""

        def wait() -> None:
            try:
                meanwhile()
            finally:
                self.session.stop()

        waiting = threading.Thread(target=wait)
        with one_thread():
            waiting.start()
            self.session.run(lambda: None)
        waiting.join()

    def lateness(self) -> list[float]:
        """Seconds that each message was sent after its pulse; but for the last ones, which end everything at once."""
        step = seconds_per_pulse(self.bpm)
        timed = list(zip(self.port.sends, self.take.pulses, strict=False))[:-100]
        return [now - (origin + pulse * step) for (now, origin), pulse in timed]


def composer_of(model: MusicModel, style: str) -> ModelComposer:
    return ModelComposer(lambda _: model, Settings(style), RANDOM_SEED)


def tempo_for(model: MusicModel, style: str, notes_a_second: float) -> float:
    """The tempo at which the music has so many notes a second, as far as tempos go."""
    composer, notes, until = composer_of(model, style), 0, 0
    while until < BARS_COUNTED * composer.bar_pulses:
        passage = composer.compose()
        notes, until = notes + len(passage.notes), passage.until
    return min(max(60 * notes_a_second * until / (notes * PULSES_PER_QUARTER), LEAST_BPM), MOST_BPM)


def time_ours(port: Output, model: MusicModel, style: str, bpm: float, seconds: float) -> tuple[dict[str, Any], bytes]:
    """Lateness of a session -> the figures, and the MIDI file of what it played."""
    stage = Stage(port, model, style, bpm)
    stage.run(lambda: time.sleep(seconds))
    player = stage.player
    facts = {"messages": len(stage.port.sends), "notes_a_second": round(player.notes_sent / seconds, 2)}
    facts["late_pulses"] = player.schedule.late_pulses + player.held_pulses
    return facts | spread(stage.lateness()), stage.path.read_bytes()


def time_mido(port: Output, model: MusicModel, style: str, bpm: float, played: bytes) -> dict[str, Any]:
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
                until = composer.compose().until

    composing = threading.Thread(target=compose)
    late, due = [], 0.0
    with one_thread():
        composing.start()
        try:
            start = time.monotonic()
            for message in file.play():
                now = time.monotonic()
                due += message.time
                late.append(now - start - due)
                port.send(bytes(message.bytes()))
        finally:
            stopping.set()
            composing.join()
    return {"messages": len(late), **spread(late)}


def time_answers(port: Output, model: MusicModel, style: str, keys: int) -> dict[str, Any]:
    """Play phrases of four keys, and wait for the answer to each."""
    stage, taken = Stage(port, model, style, ANSWER_BPM, listens=True), list[float]()

    def play() -> None:
        keyboard = None
        while keyboard is None:  # until the session listens
            time.sleep(0.05)
            with contextlib.suppress(PortError):
                keyboard = open_output("keys")
        time.sleep(1.0)
        for number in range(keys):
            for pitch in (60, 62, 64, 65):
                keyboard.send(bytes((0x90, pitch + number % 5, 90)))
                time.sleep(0.2)
                keyboard.send(bytes((0x80, pitch + number % 5, 0)))
            up, before = time.monotonic(), len(stage.port.notes)
            while len(stage.port.notes) == before and time.monotonic() < up + 10:
                time.sleep(0.001)
            if len(stage.port.notes) > before:
                taken.append(stage.port.notes[before] - up)
            time.sleep(1.0)
        keyboard.close()

    stage.run(play)
    pause = PAUSE_PULSES * seconds_per_pulse(ANSWER_BPM)
    answers = {"keys": keys, "answered": len(taken), "bpm": ANSWER_BPM, "pause_ms": round(1000 * pause, 1)}
    return answers | (spread(taken) | {"after_the_pause": spread([t - pause for t in taken])} if taken else {})


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--minutes", type=float, default=10.0)
    options.add_argument("--notes", type=float, default=20.0, help="a second")
    options.add_argument("--style", default="chorale")
    options.add_argument("--keys", type=int, default=20)
    asked = options.parse_args()
    model = load_model(asked.style)
    bpm, seconds = tempo_for(model, asked.style, asked.notes), 30 * asked.minutes
    try:
        port = open_output(None, "melodyrnn timing")
    except PortError as error:
        sys.exit(f"error: {error}")
    result: dict[str, Any] = {"model": model.name, "style": asked.style, "bpm": round(bpm, 1), "seconds": seconds}
    for load in ("idle", "busy"):
        with busy_process() if load == "busy" else contextlib.nullcontext():
            ours, played = time_ours(port, model, asked.style, bpm, seconds)
            peer = time_mido(port, model, asked.style, bpm, played)
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
