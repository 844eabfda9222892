"""Many MIDI files at once, in worker processes that no file can stop for long."""

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from melodyrnn.errors import MidiFileError
from melodyrnn.midi.limits import LIMITS, Limits
from melodyrnn.midi.worker import Reading, Worker

SUFFIXES = (".mid", ".midi", ".kar")
MOST_PROCESSES = 8
FILES_A_PROCESS = 100  # fewer are read sooner than another process has started
AHEAD = 16  # files read before they are asked for, for each process


def midi_files(folder: str | os.PathLike[str]) -> list[Path]:
    """Every MIDI file below `folder`, in order of name, linked folders too (each once).

    MidiFileError if there is no such folder, or none in it.
    """
    root = Path(folder)
    if os.path.isfile(root):
        raise MidiFileError(f"{root}: is a file; a folder is needed")
    if not os.path.isdir(root):
        raise MidiFileError(f"{root}: no such folder")
    files, visited = [], set()
    for here, folders, names in os.walk(root, followlinks=True):
        visited.add(os.path.realpath(here))
        folders[:] = sorted(name for name in folders if os.path.realpath(Path(here, name)) not in visited)
        paths = (Path(here, name) for name in names)
        files += [path for path in paths if path.suffix.lower() in SUFFIXES and path.is_file()]
    files.sort()
    if not files:
        raise MidiFileError(f"{root}: no MIDI files ({', '.join(SUFFIXES)}) in it or below it")
    return files


def read_files(
    paths: Sequence[Path], limits: Limits = LIMITS, processes: int | None = None
) -> Iterator[tuple[Path, Reading]]:
    """Every path in order, with its (Song, ReadReport), or the MidiFileError that says why there is none.

    A file that takes longer than `limits.seconds`, or that ends the process reading it, is one of the latter.
    `processes`: default one for every 100 files, at most one for each core and 8.
    """
    if processes is None:
        processes = max(1, min(os.cpu_count() or 1, MOST_PROCESSES, len(paths) // FILES_A_PROCESS))
    workers = [Worker(limits) for _ in range(processes)]
    free: SimpleQueue[Worker] = SimpleQueue()
    for worker in workers:
        free.put(worker)

    def read(path: Path) -> Reading:
        worker = free.get()
        try:
            return worker.read(path)
        finally:
            free.put(worker)

    coming: deque[tuple[Path, Future[Reading]]] = deque()
    threads = ThreadPoolExecutor(processes)
    try:
        for path in paths:
            coming.append((path, threads.submit(read, path)))
            if len(coming) > AHEAD * processes:
                done, reading = coming.popleft()
                yield done, reading.result()
        while coming:
            done, reading = coming.popleft()
            yield done, reading.result()
    finally:
        threads.shutdown(wait=not coming, cancel_futures=True)
        for worker in workers:
            worker.stop()
