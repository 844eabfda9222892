"""How many MIDI files a second are read: by melodyrnn into Songs and into events, by symusic alone, by MidiTok.

    python benchmarks/ingest.py DIR [DIR ...] [--files N] [--rounds N] [--clock]

Each DIR is one set of music, with MIDI files in it or below it; N files are drawn evenly from each. In each round every
reader reads the same files in this one process, one reader after the other; the median of the rounds counts. `song`
is `read_midi` for each; beside it are `symusic`, which is `symusic.Score(path)` and its notes left where they are, and
`arrays`, which takes them out as numpy arrays; `events` is `song` and the encoding. Once and of 20 files
of each set, because they take up to 100 times as long as all the others together: `pieces`, which is `song`, the
encoding, and all features of the network, as `train` prepares a folder, and `remi`, which is MidiTok's REMI on a
Score just read. `workers` is `read_files` with that many processes, but for their start, and of a file the
microseconds of processor time of this process and of the others. Prints one JSON object: files a second, megabytes a
second, and how `song` compares. Processor time is measured but for files a second of the workers, which is the clock's;
--clock takes the clock's for all (on an idle machine the two agree).
"""

import argparse
import json
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from symusic import Score

from melodyrnn.corpus.augmentation import Preparation
from melodyrnn.corpus.preparing import preparing_task
from melodyrnn.encoding.events import encode
from melodyrnn.errors import MidiFileError
from melodyrnn.midi import read_midi
from melodyrnn.midi.folder import midi_files, read_files
from melodyrnn.midi.limits import LIMITS
from melodyrnn.midi.worker import readings_of

MANY_TIMES = 6
FEW_FILES = 20  # for what is slow
Reader = Callable[[Sequence[Path]], object]


def each(read: Callable[[Path], object]) -> Reader:
    """Reads one file after the other."""
    return lambda paths: [read(path) for path in paths]


def evenly(paths: Sequence[Path], count: int) -> list[Path]:
    """That many of them, or all."""
    return list(paths[:: max(1, len(paths) // count)][:count])


def arrays(path: Path) -> object:
    score: Any = Score(path)
    return [track.notes.numpy() for track in score.tracks]


def events(paths: Sequence[Path]) -> object:
    readings = readings_of(paths, LIMITS)
    return [encode(reading[0]) for reading in readings if not isinstance(reading, MidiFileError)]


def remi_reader() -> Reader | None:
    """MidiTok's, or None where it is not installed."""
    try:
        from miditok import REMI, TokenizerConfig
    except ImportError:
        return None
    tokenizer = REMI(TokenizerConfig(beat_res={(0, 12): 24}, num_velocities=32, use_programs=True))
    return each(lambda path: tokenizer.encode(Score(path)))


def seconds_of(reader: Reader, paths: Sequence[Path], clock: Callable[[], float]) -> float:
    start = clock()
    reader(paths)
    return clock() - start


def workers(paths: Sequence[Path], processes: int) -> dict[str, int]:
    """Of a file, beside what it takes to start: the difference between reading them all once and several times."""
    once, often = seconds_of_workers(paths, processes), seconds_of_workers(list(paths) * MANY_TIMES, processes)
    clock, own, others = ((b - a) / (MANY_TIMES - 1) / len(paths) for a, b in zip(once, often, strict=True))
    return {
        "files_a_second": round(1 / clock),
        "own_microseconds_a_file": round(own * 1e6),
        "their_microseconds_a_file": round(others * 1e6),
    }


def seconds_of_workers(paths: Sequence[Path], processes: int) -> tuple[float, float, float]:
    """By the clock, of processor time of this process, and of the others."""
    before = os.times()
    for _ in read_files(paths, processes=processes):
        pass
    spent = [b - a for a, b in zip(before, os.times(), strict=True)]
    return spent[4], spent[0] + spent[1], spent[2] + spent[3]


def measured(
    sets: dict[str, list[Path]],
    readers: dict[str, Reader],
    slow: dict[str, Reader],
    rounds: int,
    clock: Callable[[], float],
) -> dict[str, Any]:
    """For each set, and for all together, files and megabytes a second, and the ratios that matter."""
    times: dict[str, dict[str, float]] = {}
    for name, paths in sets.items():
        runs: dict[str, list[float]] = {reader: [] for reader in readers}
        for read in readers.values():
            read(paths[:20])
        for _ in range(rounds):
            for reader, read in readers.items():
                runs[reader].append(seconds_of(read, paths, clock))
        times[name] = {reader: statistics.median(spent) for reader, spent in runs.items()}
        few = evenly(paths, FEW_FILES)
        for reader, read in slow.items():
            times[name][reader] = seconds_of(read, few, clock) * len(paths) / len(few)
        print(f"{name}: {len(paths)} files", file=sys.stderr)
    times["all"] = {reader: sum(found[reader] for found in times.values()) for reader in next(iter(times.values()))}
    result = {}
    for name, found in times.items():
        paths = sets[name] if name in sets else [path for some in sets.values() for path in some]
        size = sum(path.stat().st_size for path in paths)
        result[name] = {
            "files": len(paths),
            "bytes_a_file": size // len(paths),
            "files_a_second": {reader: round(len(paths) / spent) for reader, spent in found.items()},
            "megabytes_a_second": {reader: round(size / spent / 1e6, 2) for reader, spent in found.items()},
            "song_to_symusic": round(found["symusic"] / found["song"], 3),
            "song_to_arrays": round(found["arrays"] / found["song"], 3),
        }
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clock", action="store_true")
    a = parser.parse_args()
    warnings.simplefilter("ignore")
    sets = {}
    for folder in a.folders:
        paths = midi_files(folder)
        sets["-".join(folder.parts[-3:])] = evenly(paths, a.files)
    readers: dict[str, Reader] = {
        "song": each(read_midi),
        "events": events,
        "symusic": each(Score),
        "arrays": each(arrays),
    }
    slow: dict[str, Reader] = {"pieces": preparing_task(Preparation()).here}
    remi = remi_reader()
    if remi:
        slow["remi"] = remi
    clock = time.perf_counter if a.clock else time.process_time
    result: dict[str, Any] = {"sets": measured(sets, readers, slow, a.rounds, clock)}
    every = [path for paths in sets.values() for path in paths]
    cores = os.cpu_count() or 1
    result["workers"] = {
        processes: workers(every, processes) for processes in (1, 2, 4, 8) if processes <= max(2, cores)
    }
    result["cores"] = cores
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
