"""A process of its own that does a task with MIDI files, such as to read them: it may hang or die over one, and can be
replaced.

It is started as a plain program, not by multiprocessing, which would run the caller's script once more and pickle what
it says. What it and its parent tell each other is in `frames`.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, Generic, TypeVar

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
from melodyrnn.midi.memory import TOO_MUCH, keep_freed_memory, limit_memory
from melodyrnn.midi.parser import load_parser
from melodyrnn.midi.reading import Reading, read_midi
from melodyrnn.midi.report import ReadReport
from melodyrnn.music.song import Song

START = "import importlib, sys; sys.path[:] = sys.argv[2:]; importlib.import_module(sys.argv[1]).main()"
START_SECONDS = 60.0
LOOK_SECONDS = 0.1  # how exactly the time limit is kept
READY = b"ready"

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Task(Generic[Found]):
    """Work on each of some files, in a process of its own.

    `module`: its `main` is the program (see `run`), which is told the `settings` first, plain values. `decoded`: what a
    frame holds that comes back, one thing for each file, ValueError where it is no such frame. `here` does the same
    where no process can be started. `limits`: the memory and the seconds a file may take.
    """

    module: str
    settings: Sequence[Any]
    limits: Limits
    decoded: Callable[[bytes], list[Found | MidiFileError]]
    here: Callable[[Sequence[Path]], list[Found | MidiFileError]]


def reading_task(limits: Limits, options: Options) -> Task[tuple[Song, ReadReport]]:
    """To read them: what `read_midi` gives or raises for each."""
    here = partial(readings_of, limits=limits, options=options)
    return Task(__name__, [astuple(limits), astuple(options)], limits, readings_from_bytes, here)


class Worker(Generic[Found]):
    """One such process, started when first needed and again after it has died. For one thread at a time."""

    def __init__(self, task: Task[Found]) -> None:
        self._task, self._limits = task, task.limits
        self._process: _Process[Found] | None = None
        self._stopped = threading.Event()

    def work(self, paths: Sequence[Path]) -> list[Found | MidiFileError]:
        """For each path what the task finds. MidiFileError too where it took too long, or too much memory, or ended
        the process.
        """
        found: list[Found | MidiFileError] = []
        alone = False  # whether one of them stopped the process, and it is not known which
        while len(found) < len(paths) and not self._stopped.is_set():
            rest = paths[len(found) :]
            if self._process is not None and self._process.has_ended:  # by something else, between two files
                self._end()
            if self._process is None:
                self._process = _started(self._task)
            if self._stopped.is_set():
                self._end()
            elif self._process is None:  # no interpreter to start, as where Python lives inside another program
                return found + self._task.here(rest)
            else:
                process, together = self._process, rest[:1] if alone else rest
                answer = process.ask(together, self._limits.seconds)
                if answer is None:
                    self._end()
                    answer = [MidiFileError(f"{together[0]}: {self._ending(process)}")] if len(together) == 1 else []
                    alone = True
                found += answer
        return found

    def _ending(self, process: "_Process[Found]") -> str:
        if process.late:
            return f"took more than {self._limits.seconds:g} seconds to read"
        if process.exit_code == TOO_MUCH:
            return f"took more than {self._limits.memory_bytes >> 20} MB of memory to read"
        return f"ended the process that read it (exit code {process.exit_code})"

    def stop(self) -> None:
        """End the process, whatever it is doing, and start no other."""
        self._stopped.set()
        self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.stop()


class _Process(Generic[Found]):
    """A running process, and a thread that kills it when an answer takes too long."""

    def __init__(
        self, task: Task[Found], process: "subprocess.Popen[bytes]", requests: IO[bytes], answers: IO[bytes]
    ) -> None:
        self.late = False
        self._task, self._process, self._requests, self._answers = task, process, requests, answers
        self._deadline = float("inf")
        self._done = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def has_ended(self) -> bool:
        """Whether it is over."""
        return self._process.poll() is not None

    @property
    def exit_code(self) -> int | None:
        """Once it has ended."""
        return self._process.returncode

    def ask(self, paths: Sequence[Path], seconds: float) -> list[Found | MidiFileError] | None:
        """The result for each path, or None if the process died, or was killed for its time."""
        answer = self.frame(request_bytes([str(path) for path in paths]), seconds)
        try:
            found = None if answer is None else self._task.decoded(answer)
        except ValueError:
            return None
        return found if found is None or len(found) == len(paths) else None

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
    """`reading_of` each."""
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
    """The program of `reading_task`."""

    def reader(numbers: Sequence[Any], choices: Sequence[Any]) -> tuple[Limits, Callable[[Sequence[str]], bytes]]:
        limits, options = Limits(*numbers), Options(*choices)
        return limits, lambda paths: readings_bytes(readings_of(paths, limits, options))

    run(reader)


def run(prepared: Callable[..., tuple[Limits, Callable[[Sequence[str]], bytes]]]) -> None:
    """Answer each request on standard input until it ends. The first is the settings, of which `prepared` makes the
    limits and what answers the others; it is answered once that is done.
    """
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library may print is no answer
    limits, answer = prepared(*request_from_bytes(read_frame(sys.stdin.buffer)))
    keep_freed_memory()
    load_parser()  # so the limit is on the memory of files alone
    limit_memory(limits.memory_bytes)
    write_frame(answers, READY)
    serve(sys.stdin.buffer, answers, answer)


def serve(requests: IO[bytes], answers: IO[bytes], answer: Callable[[Sequence[str]], bytes]) -> None:
    """An answer for the paths of every request that comes in."""
    while True:
        try:
            paths = request_from_bytes(read_frame(requests))
        except EOFError:
            return
        write_frame(answers, answer(paths))


def _started(task: Task[Found]) -> _Process[Found] | None:
    try:
        process = subprocess.Popen(
            [sys.executable, "-c", START, task.module, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )
    except (OSError, ValueError, TypeError):
        return None
    if process.stdin is None or process.stdout is None:
        return None
    started = _Process(task, process, process.stdin, process.stdout)
    if started.frame(request_bytes(task.settings), START_SECONDS) == READY:
        return started
    started.stop()
    return None
