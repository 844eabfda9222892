"""A process of its own that reads MIDI files for `read_files`: it may hang or die over one, and can be replaced.

It is started as a plain program, not by multiprocessing, which would run the caller's script once more. What it and its
parent tell each other is pickled: both are this package, and no file is ever unpickled.
"""

import os
import pickle
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import BinaryIO, TypeAlias

from melodyrnn.errors import MidiFileError
from melodyrnn.midi.limits import Limits
from melodyrnn.midi.reading import read_midi
from melodyrnn.midi.report import ReadReport
from melodyrnn.music.song import Song

Reading: TypeAlias = tuple[Song, ReadReport] | MidiFileError

START = "import sys; sys.path[:] = sys.argv[1:]; from melodyrnn.midi.worker import main; main()"
START_SECONDS = 60.0
READY = "ready"


class Worker:
    """One such process, started when first needed and again after it has died. For one thread at a time."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, path: Path) -> Reading:
        """What `read_midi` gives or raises. MidiFileError too where it took too long or ended the process."""
        if self._process is None:
            self._process = _started()
        process = self._process
        if process is None:  # no interpreter to start, as where Python lives inside another program
            return reading_of(path, self.limits)
        start = time.monotonic()
        answer = _asked(process, (str(path), self.limits), self.limits.seconds)
        if isinstance(answer, (tuple, MidiFileError)):
            return answer
        late = time.monotonic() - start >= self.limits.seconds
        self.stop()
        if late:
            return MidiFileError(f"{path}: took more than {self.limits.seconds:g} seconds to read")
        return MidiFileError(f"{path}: ended the process that read it (exit code {process.returncode})")

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


def reading_of(path: Path | str, limits: Limits) -> Reading:
    """`read_midi`, with the error as a value."""
    try:
        return read_midi(path, limits)
    except MidiFileError as error:
        return error
    except Exception as error:  # noqa: BLE001 - a file must not end the reading of a folder
        return MidiFileError(f"{path}: cannot be read ({type(error).__name__})")


def main() -> None:
    """Answer each request on standard input until it ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library may print is no answer
    serve(sys.stdin.buffer, answers)


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """The reading of every (path, limits) that comes in, one after the other."""
    answer: object = READY
    while True:
        pickle.dump(answer, answers)
        answers.flush()
        try:
            path, limits = pickle.load(requests)
        except EOFError:
            return
        answer = reading_of(path, limits)


def _started() -> "subprocess.Popen[bytes] | None":
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
    if _asked(process, None, START_SECONDS) == READY:
        return process
    process.kill()
    process.communicate()
    return None


def _asked(process: "subprocess.Popen[bytes]", request: object, seconds: float) -> object:
    """The answer, after a request if there is one; None if the process died, or was killed because it took too long."""
    requests, answers = process.stdin, process.stdout
    if requests is None or answers is None:
        return None
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    try:
        if request is not None:
            pickle.dump(request, requests)
            requests.flush()
        return pickle.load(answers)
    except (EOFError, OSError, ValueError, pickle.UnpicklingError):
        return None
    finally:
        timer.cancel()
