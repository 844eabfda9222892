"""Many MIDI files at once, in worker processes that no file can stop for long."""

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from melodyrnn.errors import MidiFileError
from melodyrnn.midi.limits import AS_NOTATED, LIMITS, Limits, Options
from melodyrnn.midi.reading import Reading
from melodyrnn.midi.worker import Found, Task, Worker, reading_task

SUFFIXES = (".mid", ".midi", ".kar", ".rmi")
MOST_PROCESSES = 8
FILES_A_PROCESS = 100  # fewer are read sooner than another process has started
HANDFUL, HANDFUL_BYTES = 63, 400_000  # files, and their size, that a process is asked for at once
AHEAD = 2  # handfuls read before they are asked for, for each process


def midi_files(folder: str | os.PathLike[str]) -> list[Path]:
    """Every MIDI file below `folder`, in order of name, also of linked folders, each folder once.

    What is called like one and is no file, and a folder that may not be listed, are among them: reading says what they
    are. MidiFileError if there is no such folder, or nothing of that kind in it.
    """
    root = Path(folder)
    if os.path.isfile(root):
        raise MidiFileError(f"{root}: is a file; a folder is needed")
    if not os.path.isdir(root):
        raise MidiFileError(f"{root}: no such folder")
    files: list[Path] = []
    visited: set[object] = set()
    folders, links = [str(root)], deque[str]()  # links last, so that what is below the folder itself has its own name
    while folders or links:
        here = folders.pop() if folders else links.popleft()
        try:
            status = os.stat(here)
            itself = (status.st_dev, status.st_ino) if status.st_ino else os.path.realpath(here)
            if itself in visited:
                continue
            visited.add(itself)
            with os.scandir(here) as entries:
                names = sorted(entry.name for entry in entries)
        except OSError:
            files.append(Path(here))
            continue
        for name in names:
            path = os.path.join(here, name)
            if os.path.isdir(path):
                (links if os.path.islink(path) else folders).append(path)
            elif name.lower().endswith(SUFFIXES):
                files.append(Path(path))
    files.sort()
    if not files:
        raise MidiFileError(f"{root}: no MIDI files ({', '.join(SUFFIXES)}) in it or below it")
    return files


def read_files(
    paths: Sequence[Path], limits: Limits = LIMITS, processes: int | None = None, options: Options = AS_NOTATED
) -> Iterator[tuple[Path, Reading]]:
    """Every path in order, with its (Song, ReadReport), or the MidiFileError that says why there is none.

    A file that takes longer than `limits.seconds`, or more memory than `limits.memory_bytes`, or that ends the process
    reading it, is one of the latter. `processes`: default one for every 100 files, at most one for each core and 8.
    """
    return in_processes(paths, reading_task(limits, options), processes)


def in_processes(
    paths: Sequence[Path], task: Task[Found], processes: int | None = None
) -> Iterator[tuple[Path, Found | MidiFileError]]:
    """Every path in order, with what the task finds in it, in so many processes, as `read_files` says."""
    if processes is None:
        processes = max(1, min(os.cpu_count() or 1, MOST_PROCESSES, len(paths) // FILES_A_PROCESS))
    workers = [Worker(task) for _ in range(processes)]
    free: SimpleQueue[Worker[Found]] = SimpleQueue()
    for worker in workers:
        free.put(worker)

    def work(some: list[Path]) -> list[Found | MidiFileError]:
        worker = free.get()
        try:
            return worker.work(some)
        finally:
            free.put(worker)

    coming: deque[tuple[list[Path], Future[list[Found | MidiFileError]]]] = deque()
    threads = ThreadPoolExecutor(processes)
    try:
        for some in handfuls(paths):
            coming.append((some, threads.submit(work, some)))
            if len(coming) > AHEAD * processes:
                done, found = coming.popleft()
                yield from zip(done, found.result(), strict=True)
        while coming:
            done, found = coming.popleft()
            yield from zip(done, found.result(), strict=True)
    finally:
        for worker in workers:
            worker.stop()
        threads.shutdown(wait=True, cancel_futures=True)


def handfuls(paths: Iterable[Path]) -> Iterator[list[Path]]:
    """The paths in order, some at a time: as many files as are soon read and small in memory."""
    some: list[Path] = []
    size = 0
    for path in paths:
        size += _size(path)
        some.append(path)
        if len(some) == HANDFUL or size > HANDFUL_BYTES:
            yield some
            some, size = [], 0
    if some:
        yield some


def _size(path: Path) -> int:
    try:
        return os.stat(path).st_size
    except (OSError, ValueError):  # reading it will say what is wrong
        return 0
