"""How well beats are found in performances: F-measure within 70 ms, against beats that are known.

    python benchmarks/beats.py --aligned DIR... --notated DIR...  [--files N]

--aligned: folders of POP909, each with midi/ (as played) and aligned/ (the same notes on the beat): a beat is where the
notes of a quarter of the aligned file lie in the played one. --notated: folders of files whose tempo map follows the
performance, so that their quarters are the beats; the finder is given seconds only. Beats in the first five seconds
are left out, as is usual (M. Davies, N. Degara, M. Plumbley, "Evaluation Methods for Musical Audio Beat Tracking
Algorithms", 2009). `file` is the F-measure of the quarters of the file's own tempo map; `best_octave` forgives a beat
found at half or twice the rate. Prints one JSON object: means over the files.
"""

import argparse
import json
import statistics
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from melodyrnn.midi import read_song
from melodyrnn.midi.folder import midi_files
from melodyrnn.music import Song
from melodyrnn.music.beats import find_beats, onset_times
from melodyrnn.music.pulses import PULSES_PER_QUARTER

TOLERANCE_SECONDS, SKIPPED_SECONDS = 0.07, 5.0
FloatArray = npt.NDArray[np.float64]


def f_measure(found: FloatArray, known: FloatArray) -> float:
    """Twice the hits over the beats of both; each beat is hit at most once."""
    found, known = (beats[beats >= SKIPPED_SECONDS] for beats in (found, known))
    hits = i = j = 0
    while i < len(found) and j < len(known):
        if abs(found[i] - known[j]) <= TOLERANCE_SECONDS:
            hits, i, j = hits + 1, i + 1, j + 1
        elif found[i] < known[j]:
            i += 1
        else:
            j += 1
    return 2 * hits / max(1, len(found) + len(known))


def octaves(known: FloatArray) -> list[FloatArray]:
    """The beats, twice as many of them, and either half."""
    return [known, np.sort(np.concatenate([known, (known[1:] + known[:-1]) / 2])), known[::2], known[1::2]]


def quarters(song: Song) -> FloatArray:
    return song.tempo_map.seconds_at(np.arange(0, song.end_pulses, PULSES_PER_QUARTER))


def aligned_beats(played: Song, aligned: Song) -> FloatArray | None:
    """Where the quarters of the aligned song lie in the played one, by the notes that both have; None if too few."""
    by_pitch: dict[int, list[list[float]]] = defaultdict(lambda: [[], []])
    notes = np.concatenate([track.array for track in played.tracks])
    for pitch, at in zip(notes[:, 1].tolist(), played.tempo_map.seconds_at(notes[:, 0]).tolist(), strict=True):
        by_pitch[pitch][0].append(at)
    for note in aligned.tracks[0]:
        by_pitch[note.pitch][1].append(note.onset_pulses)
    pairs = [
        (pulse, at)
        for ats, pulses in by_pitch.values()
        if len(ats) == len(pulses)
        for at, pulse in zip(sorted(ats), sorted(pulses), strict=True)
    ]
    times: dict[int, list[float]] = defaultdict(list)
    for pulse, at in pairs:
        if (int(pulse) + 1) % PULSES_PER_QUARTER <= 2:
            times[round(pulse / PULSES_PER_QUARTER)].append(at)
    if len(pairs) < 0.5 * len(notes) or len(times) < 8:
        return None
    beats = np.array(sorted(times))
    known = np.array([statistics.median(times[beat]) for beat in beats.tolist()])
    result: FloatArray = np.interp(np.arange(beats[0], beats[-1] + 1), beats, known)
    return result if (np.diff(result) > 0).all() else None


def scores(played: Song, known: FloatArray) -> dict[str, float]:
    found = find_beats(*onset_times(played))
    return {
        "found": f_measure(found, known),
        "best_octave": max(f_measure(found, beats) for beats in octaves(known)),
        "file": f_measure(quarters(played), known),
    }


def means(found: list[dict[str, float]], left_out: int) -> dict[str, Any]:
    rows = {name: round(statistics.fmean(row[name] for row in found), 4) for name in found[0]}
    return {"files": len(found), "left_out": left_out, **rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--aligned", type=Path, nargs="*", default=[])
    parser.add_argument("--notated", type=Path, nargs="*", default=[])
    parser.add_argument("--files", type=int, default=10**6)
    a = parser.parse_args()
    result: dict[str, Any] = {}
    for folder in a.aligned:
        found, left_out = [], 0
        for path in midi_files(folder / "aligned")[: a.files]:
            played, aligned = read_song(folder / "midi" / path.name), read_song(path)
            known = aligned_beats(played, aligned)
            if known is None:
                left_out += 1
            else:
                found.append(scores(played, known))
        result[str(folder)] = means(found, left_out)
    for folder in a.notated:
        songs = [read_song(path) for path in midi_files(folder)[: a.files]]
        result[str(folder)] = means([scores(song, quarters(song)) for song in songs], 0)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
