"""What melodyrnn, symusic, mido and pretty_midi make of a folder of odd and broken MIDI files, and of mutated ones.

    python benchmarks/odd_files.py DIR [--mutations N] [--random-seed N]

DIR holds the files and a files.csv with the columns file and kind. The first part counts, for each kind, the files that
each library gives at least one note of. The second changes bytes of files drawn from DIR (and cuts, repeats or swaps
stretches of them), reads each with melodyrnn, and counts what is neither a song nor a one-line refusal. Prints one JSON
object.
"""

import argparse
import csv
import io
import json
import random
import sys
import time
import traceback
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mido
import pretty_midi
import symusic.core

from melodyrnn.errors import MidiFileError
from melodyrnn.midi import parse_midi

SLOW_SECONDS = 5.0


def melodyrnn_notes(data: bytes) -> int:
    return parse_midi(data)[0].note_count


def symusic_notes(data: bytes) -> int:
    return sum(len(track.notes) for track in symusic.core.ScoreTick.from_midi(data).tracks)


def mido_notes(data: bytes) -> int:
    file = mido.MidiFile(file=io.BytesIO(data))
    return sum(message.type == "note_on" and message.velocity > 0 for track in file.tracks for message in track)


def pretty_midi_notes(data: bytes) -> int:
    return sum(len(part.notes) for part in pretty_midi.PrettyMIDI(io.BytesIO(data)).instruments)


LIBRARIES: dict[str, Callable[[bytes], int]] = {
    "melodyrnn": melodyrnn_notes,
    "symusic": symusic_notes,
    "mido": mido_notes,
    "pretty_midi": pretty_midi_notes,
}


def notes_or_none(count: Callable[[bytes], int], data: bytes) -> int | None:
    """The notes, or None for whatever error."""
    try:
        return count(data)
    except Exception:  # noqa: BLE001 - what a library raises is what is measured
        return None


def by_kind(folder: Path) -> dict[str, dict[str, int]]:
    """For each kind its files, and for each library how many of them gave notes, and how many notes."""
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for row in csv.DictReader((folder / "files.csv").open(encoding="utf-8")):
        data, counts = (folder / row["file"]).read_bytes(), table[row["kind"]]
        counts["files"] += 1
        for name, count in LIBRARIES.items():
            notes = notes_or_none(count, data)
            counts[name] += bool(notes)
            counts[f"{name} notes"] += notes or 0
    return {kind: dict(counts) for kind, counts in sorted(table.items())}


def mutated(data: bytes, rng: random.Random) -> bytes:
    """The file with one to eight small wounds."""
    wounded = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        place = rng.randrange(len(wounded) + 1)
        size = rng.choice((1, 1, 2, 4, 16, 256))
        wound = rng.randrange(5)
        if wound == 0:
            wounded[place : place + 1] = bytes([rng.choice((0, 0x7F, 0x80, 0xF0, 0xF7, 0xFF, rng.randrange(256)))])
        elif wound == 1:
            del wounded[place : place + size]
        elif wound == 2:
            wounded[place:place] = rng.randbytes(size)
        elif wound == 3:
            wounded[place:place] = wounded[place : place + size]
        elif rng.random() < 0.1:
            del wounded[place:]
    return bytes(wounded)


def survive(folder: Path, mutations: int, random_seed: int) -> dict[str, Any]:
    """Mutations read, and what came of them."""
    rng = random.Random(random_seed)
    originals = [path.read_bytes() for path in sorted(folder.glob("*.mid"))]
    counts: Counter[str] = Counter(songs=0, refusals=0, tracebacks=0, slow=0)
    slowest, first_traceback = 0.0, None
    for _ in range(mutations):
        data = mutated(rng.choice(originals), rng)
        start = time.perf_counter()
        try:
            parse_midi(data)
            counts["songs"] += 1
        except MidiFileError as error:
            counts["refusals" if "\n" not in str(error) else "tracebacks"] += 1
        except Exception:  # noqa: BLE001 - that is what must not happen, and is counted
            counts["tracebacks"] += 1
            first_traceback = first_traceback or traceback.format_exc()
        seconds = time.perf_counter() - start
        slowest = max(slowest, seconds)
        counts["slow"] += seconds > SLOW_SECONDS
    return {"mutations": mutations, **counts, "slowest_seconds": round(slowest, 3), "first_traceback": first_traceback}


def peak_megabytes() -> float | None:
    """The most memory this process has held, where the system says it."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--mutations", type=int, default=0)
    parser.add_argument("--random-seed", type=int, default=0)
    a = parser.parse_args()
    warnings.simplefilter("ignore")
    result: dict[str, Any] = {"kinds": by_kind(a.folder)}
    if a.mutations:
        result["mutated"] = survive(a.folder, a.mutations, a.random_seed)
        result["peak_megabytes"] = peak_megabytes()
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
