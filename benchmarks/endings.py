"""How pieces that a model ends by itself come out beside real ones: length, ending, repetition, loops, silence.

    python benchmarks/endings.py --test DIR [--style folk] [--pieces 100] [--temperature 1] [--top-p 0.95]

Prints JSON: for the real pieces of DIR and for pieces from nothing the same figures, which `portrait` names.
"""

import argparse
import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from melodyrnn.api import choose_model
from melodyrnn.errors import MelodyRnnError
from melodyrnn.generation import Sampling, continue_song
from melodyrnn.midi import read_song
from melodyrnn.music.key_finding import estimate_key
from melodyrnn.music.song import Song

DISTANCES = (1, 2, 4, 8, 16)


def bars_of(song: Song) -> list[tuple[tuple[int, ...], ...]]:
    """What is played in each bar: (place, pitch, duration) of every note, so that equal bars are equal."""
    lines = song.bar_lines
    bars: list[list[tuple[int, ...]]] = [[] for _ in range(song.bars)]
    for part, track in enumerate(song.tracks):
        for note in track:
            bar, place = lines.position(note.onset_pulses)
            bars[bar].append((place, part, note.pitch, note.duration_pulses))
    return [tuple(sorted(bar)) for bar in bars]


def longest_run(bars: list[Any]) -> int:
    """The most times that one bar is played in a row."""
    longest = run = 1
    for one, other in pairwise(bars):
        run = run + 1 if one == other and one else 1
        longest = max(longest, run)
    return longest


def portrait(songs: list[Song]) -> dict[str, Any]:
    """Shares are of pieces, but `repeats`: of bars, those equal to the bar so many bars before."""
    played = [bars_of(song) for song in songs]
    lengths = np.array([len(bars) for bars in played])
    last = [max(note for track in song.tracks for note in track) for song in songs if song.note_count]
    keys = [estimate_key(song) for song in songs if song.note_count]
    tonic = [key is not None and note.pitch % 12 == key.tonic for key, note in zip(keys, last, strict=True)]
    repeats = {
        ago: float(np.mean([int(a == b) for bars in played for a, b in zip(bars[ago:], bars, strict=False)] or [0]))
        for ago in DISTANCES
    }
    commonest = [Counter(bars).most_common(1)[0][1] / len(bars) for bars in played if len(bars) >= 16]
    return {
        "pieces": len(songs),
        "bars": dict(zip(("5%", "50%", "95%", "most"), np.percentile(lengths, [5, 50, 95, 100]).tolist(), strict=True)),
        "fewer than 8 bars": float((lengths < 8).mean()),
        "more than 64 bars": float((lengths > 64).mean()),
        "a multiple of 4 bars, or one more": float(np.isin(lengths % 4, (0, 1)).mean()),
        "a multiple of 8 bars, or one more": float(np.isin(lengths % 8, (0, 1)).mean()),
        "ends on the tonic": float(np.mean(tonic)),
        "a bar 4 times in a row": float(np.mean([longest_run(bars) >= 4 for bars in played])),
        "most times in a row": max(map(longest_run, played)),
        "commonest bar": float(np.mean(commonest or [0])),
        "repeats": repeats,
        "empty bars": float(np.mean([not bar for bars in played for bar in bars])),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--test", type=Path, help="a folder of real pieces")
    parser.add_argument("--model")
    parser.add_argument("--style", default="folk")
    parser.add_argument("--pieces", type=int, default=100)
    parser.add_argument("--temperature", type=float, default=Sampling().temperature)
    parser.add_argument("--top-p", type=float, default=Sampling().top_p)
    asked = parser.parse_args()
    found: dict[str, Any] = {}
    if asked.test:
        real = []
        for path in sorted(asked.test.rglob("*.mid")):
            try:
                real.append(read_song(path))
            except MelodyRnnError as error:
                print(error)
        found["real"] = portrait(real)
    if asked.pieces:
        model, style = choose_model(asked.model, asked.style)
        sampling = Sampling(asked.temperature, asked.top_p)
        found["generated"] = portrait(
            [continue_song(model, None, None, style, sampling, number).song for number in range(asked.pieces)]
        )
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
