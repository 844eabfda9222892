"""What the sustain pedal does to the notes of performances, read with it and without.

    python benchmarks/pedal.py DIR [--files N]

For each way of reading: notes, the mean length of a note in pulses, how many sound at once on average while any does,
the share of notes that end on a 16th or a triplet eighth of the grid, and the bits that writing down the lengths takes
if each is drawn by its frequency alone. Prints one JSON object.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from melodyrnn.midi import Options, read_midi
from melodyrnn.midi.folder import midi_files
from melodyrnn.music import Song
from melodyrnn.music.beats import USUAL_PLACES
from melodyrnn.music.pulses import PULSES_PER_QUARTER


def measured(songs: Sequence[Song]) -> dict[str, float]:
    notes = np.concatenate([track.array for song in songs for track in song.tracks])
    ends, lengths = notes[:, 0] + notes[:, 2], notes[:, 2]
    sounding_pulses = 0
    for song in songs:
        changes = np.zeros(song.end_pulses + 1, np.int64)
        for track in song.tracks:
            np.add.at(changes, track.array[:, 0], 1)
            np.add.at(changes, track.array[:, 0] + track.array[:, 2], -1)
        sounding_pulses += int(np.count_nonzero(np.cumsum(changes)))
    shares = np.unique(lengths, return_counts=True)[1] / len(lengths)
    return {
        "notes": len(notes),
        "pulses_a_note": round(float(lengths.mean()), 2),
        "notes_at_once": round(float(lengths.sum()) / sounding_pulses, 2),
        "ends_on_usual_places": round(float(USUAL_PLACES[ends % PULSES_PER_QUARTER].mean()), 3),
        "bits_a_length": round(float(-(shares * np.log2(shares)).sum()), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=10**6)
    a = parser.parse_args()
    paths = midi_files(a.folder)[: a.files]
    without = [read_midi(path) for path in paths]
    held = [read_midi(path, options=Options(pedal=True)) for path in paths]
    result = {
        "without": measured([song for song, _ in without]),
        "with": measured([song for song, _ in held]),
        "held_notes": sum(report.held_notes for _, report in held),
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
