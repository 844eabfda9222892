"""What melodyrnn, symusic, mido and pretty_midi make of a folder of odd and broken MIDI files.

    python benchmarks/odd_files.py DIR

DIR holds the files and a files.csv with the columns file and kind. Counts, for each kind, the files that each library
gives at least one note of, and the notes. Prints one JSON object.
"""

import argparse
import csv
import io
import json
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import mido
import pretty_midi
import symusic.core

from melodyrnn.midi import parse_midi


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    a = parser.parse_args()
    warnings.simplefilter("ignore")
    print(json.dumps({"kinds": by_kind(a.folder)}, indent=1))


if __name__ == "__main__":
    main()
