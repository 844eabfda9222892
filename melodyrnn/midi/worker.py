"""A process of its own that reads MIDI files for `read_files`: it may hang or die over one, and can be replaced.

It is started as a plain program, not by multiprocessing, which would run the caller's script once more and pickle what
it says. What it and its parent tell each other is in `frames`.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import IO

from melodyrnn.errors import MidiFileError
from melodyrnn.midi.frames import (
    read_frame,
    readings_bytes,
    readings_from_bytes,
    request_bytes,
    request_from_bytes,
    write_frame,
)
from melodyrnn.midi.limits import AS_NOTATED, Limits, Options
from melodyrnn.midi.memory import TOO_MUCH, limit_memory
from melodyrnn.midi.reading import Reading, read_midi, read_together

START = "import sys; sys.path[:] = sys.argv[1:]; from melodyrnn.midi.worker import main; main()"
START_SECONDS = 60.0
LOOK_SECONDS = 0.1  # how exactly the time limit is kept
READY = b"ready"


class Worker:
    """One such process, started when first needed and again after it has died. For one thread at a time."""

    def __init__(self, limits: Limits, options: Options = AS_NOTATED) -> None:
        self.limits, self.options = limits, options
        self._process: _Process | None = None
        self._stopped = threading.Event()

    def read(self, paths: Sequence[Path]) -> list[Reading]:
        """For each path what `read_midi` gives or raises. MidiFileError too where it took too long, or too much
        memory, or ended the process.
        """
        readings: list[Reading] = []
        alone = False  # whether one of them stopped the process, and it is not known which
        while len(readings) < len(paths) and not self._stopped.is_set():
            rest = paths[len(readings) :]
            if self._process is None:
                self._process = _started(self.limits, self.options)
            if self._stopped.is_set():
                self._end()
            elif self._process is None:  # no interpreter to start, as where Python lives inside another program
                return readings + readings_of(rest, self.limits, self.options)
            else:
                process, together = self._process, rest[:1] if alone else rest
                answer = process.ask(together, self.limits.seconds)
                if answer is None:
                    self._end()
                    answer = [MidiFileError(f"{together[0]}: {self._ending(process)}")] if len(together) == 1 else []
                    alone = True
                readings += answer
        return readings

    def _ending(self, process: "_Process") -> str:
        if process.late:
            return f"took more than {self.limits.seconds:g} seconds to read"
        if process.exit_code == TOO_MUCH:
            return f"took more than {self.limits.memory_bytes >> 20} MB of memory to read"
        return f"ended the process that read it (exit code {process.exit_code})"

    def stop(self) -> None:
        """End the process, whatever it is doing, and start no other."""
        self._stopped.set()
        self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.stop()


class _Process:
    """A running process, and a thread that kills it when an answer takes too long."""

    def __init__(self, process: "subprocess.Popen[bytes]", requests: IO[bytes], answers: IO[bytes]) -> None:
        self.late = False
        self._process, self._requests, self._answers = process, requests, answers
        self._deadline = float("inf")
        self._done = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def exit_code(self) -> int | None:
        """Once it has ended."""
        return self._process.returncode

    def ask(self, paths: Sequence[Path], seconds: float) -> list[Reading] | None:
        """A reading for each path, or None if the process died, or was killed for its time."""
        answer = self.frame(request_bytes([str(path) for path in paths]), seconds)
        try:
            readings = None if answer is None else readings_from_bytes(answer)
        except ValueError:
            return None
        return readings if readings is None or len(readings) == len(paths) else None

    def frame(self, request: bytes, seconds: float) -> bytes | None:
        """The answer to any request, or None."""
        self._deadline = time.monotonic() + seconds
        try:
            write_frame(self._requests, request)
            return read_frame(self._answers)
        except (EOFError, OSError, ValueError):
            return None
        finally:
            self._deadline = float("inf")

    def stop(self) -> None:
        """End it."""
        self._done.set()
        self._process.kill()
        self._process.communicate()

    def _watch(self) -> None:
        while not self._done.wait(LOOK_SECONDS):
            if time.monotonic() > self._deadline:
                self.late = True
                self._process.kill()
                return


def readings_of(paths: Sequence[Path | str], limits: Limits, options: Options = AS_NOTATED) -> list[Reading]:
    """`read_together`, past whatever may happen: then each for itself."""
    try:
        return read_together(paths, limits, options)
    except Exception:  # noqa: BLE001 - of which file it was, and what, is found below
        return [reading_of(path, limits, options) for path in paths]


def reading_of(path: Path | str, limits: Limits, options: Options = AS_NOTATED) -> Reading:
    """`read_midi`, with the error as a value."""
    try:
        return read_midi(path, limits, options)
    except MidiFileError as error:
        return error
    except MemoryError:
        return MidiFileError(f"{path}: took more than {limits.memory_bytes >> 20} MB of memory to read")
    except Exception as error:  # noqa: BLE001 - a file must not end the reading of a folder
        return MidiFileError(f"{path}: cannot be read ({type(error).__name__})")


def main() -> None:
    """Answer each request on standard input until it ends. The first is (limits, options), and is answered once."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library may print is no answer
    numbers, choices = request_from_bytes(read_frame(sys.stdin.buffer))
    limits, options = Limits(*numbers), Options(*choices)
    limit_memory(limits.memory_bytes)
    write_frame(answers, READY)
    serve(sys.stdin.buffer, answers, limits, options)


def serve(requests: IO[bytes], answers: IO[bytes], limits: Limits, options: Options) -> None:
    """The readings of the paths of every request that comes in."""
    while True:
        try:
            paths = request_from_bytes(read_frame(requests))
        except EOFError:
            return
        write_frame(answers, readings_bytes(readings_of(paths, limits, options)))


def _started(limits: Limits, options: Options) -> _Process | None:
    try:
        process = subprocess.Popen(
            [sys.executable, "-c", START, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )
    except (OSError, ValueError, TypeError):
        return None
    if process.stdin is None or process.stdout is None:
        return None
    started = _Process(process, process.stdin, process.stdout)
    if started.frame(request_bytes([astuple(limits), astuple(options)]), START_SECONDS) == READY:
        return started
    started.stop()
    return None
