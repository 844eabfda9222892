"""Real parts: a JACK server without a sound card, what records what it carries, and `melodyrnn live` as a process.

Notes are lost by a server that does not wait for its clients (--sync). A killed server leaves its name in a table of
eight, and only a server of that name takes the place again: so there are few names.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

HERE = Path(__file__).parent
SERVER_NAMES = [f"melodyrnn-tests-{number}" for number in range(3)]
FIRST_LOCK_PORT = 47_310  # one that is bound holds a name, for as long as its process lives
STUCK_CYCLES = 4  # each lasts two seconds then; one such error is usual when a client leaves
SHARED_MEMORY = Path("/dev/shm")
PERIOD_FRAMES, RATE = 256, 48000
PATIENCE_SECONDS = 60.0
STILL_SECONDS = 0.1  # a server that stood still for longer shifts what it carries
NOTE_ON, NOTE_OFF, CONTROL = 0x90, 0x80, 0xB0
SILENCE = [bytes((64, 0)), bytes((120, 0)), bytes((123, 0))]


class Message(NamedTuple):
    """A message that was recorded, and when: by time.monotonic, and by the server's count of frames."""

    seconds: float
    frame: int
    port: str
    data: bytes

    @property
    def server_lost(self) -> float:
        """Seconds that the server has lost since its start, but for a constant: a busy machine wakes it too late."""
        return self.seconds - self.frame / RATE

    @property
    def kind(self) -> int:
        return self.data[0] & 0xF0 if self.data[0] < 0xF0 else self.data[0]

    @property
    def is_onset(self) -> bool:
        return self.kind == NOTE_ON and self.data[2] > 0


def wait_until(happens: Callable[[], object], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Fail where it does not happen in time."""
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end, f"{what} did not happen in {seconds} seconds"
        time.sleep(0.01)


class Process:
    """A program that is run, and what it has said so far."""

    def __init__(self, command: Sequence[str], environment: dict[str, str], folder: Path) -> None:
        self.said = folder / f"{Path(command[0]).name}-{time.monotonic_ns()}.log"
        with self.said.open("wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT, env=environment, cwd=folder
            )

    @property
    def output(self) -> str:
        return self.said.read_text("utf-8", errors="replace")

    def wait_for(self, text: str) -> None:
        wait_until(lambda: text in self.output or self.process.poll() is not None, f"{text!r} from {self.said}")
        assert text in self.output, self.output

    def tell(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()

    def end(self, number: int | None = None) -> int:
        """Send a signal, or close its input -> its exit code."""
        if number is not None:
            self.process.send_signal(number)
        if self.process.stdin and not self.process.stdin.closed:
            self.process.stdin.close()
        return self.process.wait(PATIENCE_SECONDS)


class Recorder(Process):
    """Records what comes to its ports."""

    @property
    def messages(self) -> list[Message]:
        lines = re.findall(r"^([\d.]+) (\d+) (\S+) ([0-9a-f]+)\n", self.output, re.MULTILINE)
        return [Message(float(seconds), int(frame), port, bytes.fromhex(data)) for seconds, frame, port, data in lines]

    def on(self, port: str) -> list[Message]:
        return [message for message in self.messages if message.port == port]

    @property
    def onsets(self) -> list[Message]:
        return [message for message in self.messages if message.is_onset]

    @property
    def sounding(self) -> dict[tuple[int, int], int]:
        """How often each note, by channel and pitch, was started and not ended."""
        notes: Counter[tuple[int, int]] = Counter()
        for message in self.messages:
            if message.kind in (NOTE_ON, NOTE_OFF):
                notes[message.data[0] & 15, message.data[1]] += 1 if message.is_onset else -1
        return {key: count for key, count in notes.items() if count}

    def skip_where_the_server_stood_still(self) -> None:
        """Skip what measures times."""
        still = max(later.server_lost - one.server_lost for one, later in pairwise(self.onsets))
        if still > STILL_SECONDS:
            pytest.skip(f"the server stood still for {1000 * still:.0f} ms: the machine is too busy to measure times")

    @property
    def silenced(self) -> bool:
        """Whether the last that each channel got is sustain up, all sound off, all notes off."""
        channels = {message.data[0] & 15 for message in self.onsets}
        ends = [[m.data[1:] for m in self.messages if m.data[0] == CONTROL | channel][-3:] for channel in channels]
        return bool(ends) and all(end == SILENCE for end in ends)


class Stage:
    """A JACK server, and the programs that play with it."""

    rate = RATE

    wait_until = staticmethod(wait_until)
    period_ms = 1000 * PERIOD_FRAMES / RATE

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._programs: list[Process] = []
        self._environment = os.environ | {"JACK_NO_START_SERVER": "1", "JACK_NO_AUDIO_RESERVATION": "1"}
        self._environment |= {"OMP_NUM_THREADS": "1"}
        self._name_lock = self._choose_name()
        self.start_server()

    def _choose_name(self) -> socket.socket:
        """Take a name that no other run of the tests has, also while its server is down -> what holds the name."""
        for self.name in SERVER_NAMES:
            lock = socket.socket()
            with suppress(OSError):
                lock.bind(("127.0.0.1", FIRST_LOCK_PORT + SERVER_NAMES.index(self.name)))
                self._environment["JACK_DEFAULT_SERVER"] = self.name
                if self.command("jack_lsp").returncode:
                    return lock
            lock.close()
        pytest.fail(f"there are servers of all the names {SERVER_NAMES}")

    def command(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Run a command beside the server, and wait for its end."""
        return subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False)

    def start_server(self) -> None:
        options = f"-n {self.name} --no-realtime --sync -t 200 -d dummy -r {RATE} -p {PERIOD_FRAMES}"
        self.server = self.run(["jackd", *options.split()])
        wait_until(
            lambda: self.command("jack_lsp").returncode == 0 or self.server.process.poll() is not None,
            "the JACK server",
        )
        assert self.server.process.poll() is None, self.server.output

    @property
    def server_is_stuck(self) -> bool:
        """Whether it wakes no client any more, as after some starts on a busy machine: jackaudio/jack2 issue 156."""
        return self.server.output.count("SuspendRefNum error") >= STUCK_CYCLES

    def run(self, command: Sequence[str], **environment: str) -> Process:
        return self._keep(Process(command, self._environment | environment, self.folder))

    def _keep(self, process: Process) -> Process:
        self._programs.append(process)
        return process

    def record(self, *ports: str) -> Recorder:
        """Listen to the ports PORT=SOURCE, and to sound with --audio FILE=SOURCE before them, from now on."""
        command = [sys.executable, str(HERE / "jack_recorder.py"), *ports]
        recorder = Recorder(command, self._environment, self.folder)
        self._keep(recorder).wait_for("ready")
        return recorder

    def live(self, *options: str) -> Process:
        """`melodyrnn live`, once it plays."""
        process = self.run([sys.executable, "-m", "melodyrnn", "live", *options])
        process.wait_for("playing into")
        return process

    def wait_for_port(self, name: str) -> None:
        wait_until(lambda: name in self.command("jack_lsp").stdout.splitlines(), f"the port {name}")

    def connect(self, source: str, destination: str) -> None:
        done = self.command("jack_connect", source, destination)
        assert done.returncode == 0, done.stderr

    def close(self) -> None:
        for process in reversed(self._programs):
            if process.process.poll() is None:
                process.process.kill()
            process.process.wait()
            if process.process.stdin:
                process.process.stdin.close()
        for left in SHARED_MEMORY.glob(f"jack*_{self.name}_*"):
            left.unlink(missing_ok=True)
        if not any(path.is_socket() for path in SHARED_MEMORY.glob("jack_*")):
            # Killed servers may leave the database that all of them share so that it kills whoever opens it (SIGBUS).
            for database in SHARED_MEMORY.glob("jack_db-*"):
                shutil.rmtree(database, ignore_errors=True)
        self._name_lock.close()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A JACK server and all that plays with it. Skips where the programs are not installed."""
    missing = [program for program in ("jackd", "jack_lsp", "jack_connect") if shutil.which(program) is None]
    if find_spec("jack") is None:
        missing.append("JACK-Client")
    if find_spec("rtmidi") is None and find_spec("rtmidi2") is None:
        missing.append("python-rtmidi or rtmidi2")
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    stage = Stage(tmp_path)
    yield stage
    stage.close()
