"""Files changed at random, read: how many give something, how many are refused, and what must not happen at all.

    python fuzz/mutations.py midi|model FOLDER [--count N] [--random-seed N] [--largest BYTES]

Each input is a file below FOLDER of at most so many bytes, with one to eight wounds: bytes changed, cut out, put in,
repeated, or all cut off from somewhere on. Needs nothing but the package, on any system. Prints one JSON object; the
exit code is 1 where there was a traceback or an input that took more than 5 seconds.
"""

import argparse
import json
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from targets import read_midi_bytes, read_model_bytes

TARGETS = {"midi": read_midi_bytes, "model": read_model_bytes}
SLOW_SECONDS = 5.0
TELLING = (0, 0x7F, 0x80, 0x90, 0xF0, 0xF7, 0xFF)


def mutated(data: bytes, rng: random.Random) -> bytes:
    """The data with one to eight small wounds."""
    wounded = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        place = rng.randrange(len(wounded) + 1)
        size = rng.choice((1, 1, 2, 4, 16, 256))
        wound = rng.randrange(5)
        if wound == 0:
            wounded[place : place + 1] = bytes([rng.choice((*TELLING, rng.randrange(256)))])
        elif wound == 1:
            del wounded[place : place + size]
        elif wound == 2:
            wounded[place:place] = rng.randbytes(size)
        elif wound == 3:
            wounded[place:place] = wounded[place : place + size]
        elif rng.random() < 0.1:
            del wounded[place:]
    return bytes(wounded)


def survive(target: str, originals: Sequence[bytes], count: int, random_seed: int) -> dict[str, Any]:
    """What came of `count` mutations of the originals."""
    rng = random.Random(random_seed)
    counts: Counter[str] = Counter(read=0, refused=0, tracebacks=0, slow=0)
    slowest, first_traceback, first_bad = 0.0, None, None
    for number in range(1, count + 1):
        data = mutated(rng.choice(originals), rng)
        start = time.process_time()
        try:
            counts["read" if TARGETS[target](data) else "refused"] += 1
        except Exception:  # noqa: BLE001 - that is what must not happen, and is counted
            counts["tracebacks"] += 1
            first_traceback, first_bad = first_traceback or traceback.format_exc(), first_bad or data.hex()
        seconds = time.process_time() - start
        slowest = max(slowest, seconds)
        counts["slow"] += seconds > SLOW_SECONDS
        if number % 10_000 == 0:
            print(f"{number}: {dict(counts)}, {slowest:.2f} s at most, {peak_megabytes()} MB", file=sys.stderr)
    return {
        "mutations": count,
        **counts,
        "slowest_seconds": round(slowest, 3),
        "peak_megabytes": peak_megabytes(),
        "first_traceback": first_traceback,
        "first_bad_input": first_bad,
    }


def peak_megabytes() -> float | None:
    """The most memory this process has held, where the system says it."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--random-seed", type=int, default=0)
    parser.add_argument("--largest", type=int, default=100_000)
    a = parser.parse_args()
    paths = sorted(path for path in a.folder.rglob("*.*") if path.is_file() and path.suffix in (".mid", ".safetensors"))
    originals = [path.read_bytes() for path in paths if path.stat().st_size <= a.largest]
    if not originals:
        parser.error(f"{a.folder}: no .mid or .safetensors of at most {a.largest} bytes below it")
    result = survive(a.target, originals, a.count, a.random_seed)
    print(json.dumps(result, indent=1))
    sys.exit(bool(result["tracebacks"] or result["slow"]))


if __name__ == "__main__":
    main()
