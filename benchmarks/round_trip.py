"""Every file of folders of music read, written and read again: are the notes the same?

    python benchmarks/round_trip.py DIR [DIR ...] [--files N]

A file that is read gives a Song; its bytes are written as a MIDI file and read again. Each track must come back with
the notes it had on the 24-pulse grid, the same instrument and name, and the song with its tempos and metres. What one
MIDI channel cannot hold (a pitch that sounds twice at once) is shortened or left out when writing, counted, and not
asked for. N files are drawn evenly from each folder. Prints one JSON object: for each folder how many files were read
or repaired, how many of those came back the same, how many notes, and the reasons of the files that were not read.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from melodyrnn.errors import MidiFileError
from melodyrnn.midi import midi_bytes, parse_midi, read_midi
from melodyrnn.midi.folder import midi_files
from melodyrnn.midi.writing import without_overlaps
from melodyrnn.music import Song


def is_same(song: Song, again: Song) -> bool:
    """Whether what was read of the written file is the song, but for what a channel cannot hold."""
    if (song.tempos, song.time_signatures) != (again.tempos, again.time_signatures):
        return False
    return len(song.tracks) == len(again.tracks) and all(
        np.array_equal(without_overlaps(track.array)[0], other.array)
        and (track.program, track.is_drum, track.name) == (other.program, other.is_drum, other.name)
        for track, other in zip(song.tracks, again.tracks, strict=True)
    )


def round_trips(paths: Iterable[Path]) -> dict[str, Any]:
    counts: Counter[str] = Counter(files=0, read=0, repaired=0, same=0, notes=0, notes_shortened=0)
    reasons: Counter[str] = Counter()
    different = []
    for path in paths:
        counts["files"] += 1
        try:
            song, report = read_midi(path)
        except MidiFileError as error:
            reasons[str(error).removeprefix(f"{path}: ")] += 1
            continue
        counts["read"] += 1
        counts["repaired"] += report.repaired
        counts["notes"] += song.note_count
        counts["notes_shortened"] += sum(without_overlaps(track.array)[1] for track in song.tracks)
        if is_same(song, parse_midi(midi_bytes(song), str(path))[0]):
            counts["same"] += 1
        else:
            different.append(str(path))
    return {**counts, "reasons": dict(reasons), "different": different}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--files", type=int, default=10**6)
    a = parser.parse_args()
    result = {}
    for folder in a.folders:
        paths = midi_files(folder)
        result[str(folder)] = round_trips(paths[:: max(1, len(paths) // a.files)])
        print(folder, file=sys.stderr)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
