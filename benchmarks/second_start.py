"""How long training takes to have its pieces: the first time, from the MIDI files, and the second, from the cache.

    python benchmarks/second_start.py DIR [--rounds 3]

Prints one JSON object: files, events, seconds of each start (the best of the second ones), and how many times faster.
"""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

from melodyrnn.corpus.cache import PieceCache, encoding_digest
from melodyrnn.corpus.folder import Pieces, read_pieces


def start(folder: str, cache: Path) -> tuple[Pieces, float, float]:
    """-> what was read, seconds by the clock, and seconds of processor time, of the processes that read too."""
    wall, cpu = time.perf_counter(), sum(os.times()[:4])
    pieces = read_pieces(folder, cache=PieceCache(cache))
    return pieces, time.perf_counter() - wall, sum(os.times()[:4]) - cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=3)
    a = parser.parse_args()
    encoding_digest()
    with tempfile.TemporaryDirectory() as cache:
        pieces, wall, cpu = start(a.folder, Path(cache))
        again = [start(a.folder, Path(cache))[1:] for _ in range(a.rounds)]
        size = sum(file.stat().st_size for file in Path(cache).rglob("*.piece"))
    second, second_cpu = min(again), min(cpu for _, cpu in again)
    result = {
        "files": len(pieces.pieces),
        "events": sum(len(rows.events) for rows in pieces.features),
        "skipped": len(pieces.skipped),
        "cache_megabytes": round(size / 1e6, 1),
        "first_seconds": round(wall, 2),
        "second_seconds": round(second[0], 3),
        "times_faster": round(wall / second[0], 1),
        "times_less_processor": round(cpu / second_cpu, 1),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
