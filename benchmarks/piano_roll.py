"""The picture of the README: a sample and what the shipped model makes of it, as a piano roll.

    python benchmarks/piano_roll.py [--seed SEED.mid] [--bars N] [--random-seed N] [--out PICTURE.png]

Prints what it drew as one JSON object. Needs matplotlib.
"""

import argparse
import json
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

import melodyrnn
from melodyrnn.music.join import join_pulse
from melodyrnn.music.pitches import pitch_name
from melodyrnn.music.pulses import PULSES_PER_QUARTER

ROOT = Path(__file__).parents[1]
SEED_COLOURS = ("#9aa5b1", "#b8a79a", "#a3b39c", "#b3a3b8")  # one a track, over and over
NEW_COLOURS = ("#0b7285", "#c2570c", "#2f7d32", "#8e3a96")
PICTURE_DPI = 110


def draw(axes: Axes, song: melodyrnn.Song, join: int) -> None:
    for number, track in enumerate(song.tracks):
        for onset, pitch, duration, velocity in track.array.tolist():
            colours = SEED_COLOURS if onset < join else NEW_COLOURS
            axes.broken_barh(
                [(onset / PULSES_PER_QUARTER, (duration - 1) / PULSES_PER_QUARTER)],
                (pitch - 0.42, 0.84),
                color=colours[number % len(colours)],
                alpha=0.55 + 0.45 * velocity / 127,
                linewidth=0,
            )
    lines = [song.bar_lines.start(bar) / PULSES_PER_QUARTER for bar in range(song.bars + 1)]
    axes.vlines(lines, 0, 127, color="#d8dde3", linewidth=0.6, zorder=0)
    axes.axvline(join / PULSES_PER_QUARTER, color="#333333", linewidth=1.2, zorder=1)
    pitches = [int(pitch) for track in song.tracks for pitch in track.array[:, 1]]
    low, high = min(pitches) - 1, max(pitches) + 1
    axes.set(xlim=(lines[0], lines[-1]), ylim=(low - 0.5, high + 2))
    axes.text(join / PULSES_PER_QUARTER - 0.3, high + 0.9, "seed", ha="right", va="center", color="#667380")
    axes.text(join / PULSES_PER_QUARTER + 0.3, high + 0.9, "generated", ha="left", va="center", color=NEW_COLOURS[0])
    named = [pitch for pitch in range(low, high + 1) if pitch % 12 in (0, 7)]
    axes.set_yticks(named, [pitch_name(pitch) for pitch in named])
    axes.set_xticks(lines[:-1:2], [str(bar + 1) for bar in range(0, song.bars, 2)])
    axes.set_xlabel("bar")
    axes.spines[["top", "right"]].set_visible(False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=Path, default=ROOT / "midi_samples" / "greensleeves.mid")
    parser.add_argument("--bars", type=int, default=16)
    parser.add_argument("--random-seed", type=int, default=2)
    parser.add_argument("--temperature", type=float, default=0.9)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images" / "piano-roll.png")
    a = parser.parse_args()
    seed = melodyrnn.read_song(a.seed)
    song = melodyrnn.generate(seed, a.bars, random_seed=a.random_seed, temperature=a.temperature)
    figure, axes = plt.subplots(figsize=(10, 3.4), layout="constrained")
    draw(axes, song, join_pulse(seed))
    a.out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(a.out, dpi=PICTURE_DPI, metadata={"Software": None})
    drawn = {"seed": a.seed.name, "bars": song.bars, "notes": song.note_count, "random_seed": a.random_seed}
    print(json.dumps({**drawn, "temperature": a.temperature, "picture": a.out.name}))


if __name__ == "__main__":
    main()
