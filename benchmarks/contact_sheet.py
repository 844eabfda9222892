"""Twelve generated pieces to look at and to listen to: piano rolls on one sheet, MIDI files, and audio by FluidSynth.

    python benchmarks/contact_sheet.py MODEL [--style STYLE] [--sheet sheet.png] [--keep DIR] [--soundfont FILE.sf2]

MODEL is a shipped model or style, or a model file, which plays from nothing with the random seeds 0 to 11 until it
ends; or a folder of MIDI files, whose first twelve are taken. `--keep` writes MIDI files, and with `--soundfont` (on
Debian and Ubuntu timgm6mb-soundfont) a WAV file beside each. Prints what each piece is as JSON. Needs matplotlib, and
fluidsynth for audio.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from piano_roll import NEW_COLOURS

import melodyrnn
from melodyrnn.api import choose_model
from melodyrnn.midi.folder import midi_files
from melodyrnn.music.key_finding import estimate_key
from melodyrnn.music.song import Song

PIECES, COLUMNS = 12, 3
MOST_BARS = 32  # drawn; what is longer is marked
HIT_PULSES = 10  # how long a drum's hit is drawn
SAMPLE_RATE = 22_050
DPI = 80


def draw(panel: Axes, name: str, song: Song) -> None:
    """The first bars of one piece: time to the right, pitch up, a colour a part, a line every fourth bar."""
    end = song.bar_lines.start(min(song.bars, MOST_BARS))
    for number, track in enumerate(song.tracks):
        onsets, pitches, durations, _ = track.array[track.array[:, 0] < end].T
        ends = onsets + (HIT_PULSES if track.is_drum else durations)
        panel.hlines(pitches, onsets, ends, NEW_COLOURS[number % len(NEW_COLOURS)], linewidth=1.4)
    lines = [song.bar_lines.start(bar) for bar in range(0, min(song.bars, MOST_BARS) + 1, 4)]
    panel.vlines(lines, *panel.get_ylim(), color="#d8dde3", linewidth=0.6, zorder=0)
    panel.set_title(f"{name}: {song.bars} bars, {estimate_key(song) or 'drums'}", fontsize=8, loc="left")
    panel.set(xlim=(0, song.bar_lines.start(MOST_BARS)), xticks=[])
    panel.tick_params(labelsize=6)
    panel.spines[["top", "right"]].set_visible(False)


def render(soundfont: Path, midi: Path) -> None:
    """A WAV file beside the MIDI file."""
    wav = midi.with_suffix(".wav")
    command = [
        "fluidsynth",
        "-ni",
        "-q",
        "-g",
        "0.6",
        "-r",
        str(SAMPLE_RATE),
        "-F",
        str(wav),
        str(soundfont),
        str(midi),
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--style")
    parser.add_argument("--sheet", type=Path, default=Path("sheet.png"))
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--soundfont", type=Path)
    a = parser.parse_args()
    if a.soundfont and not a.keep:
        parser.error("--soundfont writes audio to --keep, which is not given")
    if Path(a.model).is_dir():
        songs = {path.stem: melodyrnn.read_song(path) for path in midi_files(a.model)[:PIECES]}
    else:
        player, style = choose_model(a.model, a.style)
        songs = {
            f"{style}-{number:02}": melodyrnn.generate(None, None, model=player, style=style, random_seed=number)
            for number in range(PIECES)
        }
    figure = Figure(figsize=(12, 8.5), layout="constrained")
    panels = figure.subplots(-(-len(songs) // COLUMNS), COLUMNS, squeeze=False)
    for panel in panels.flat[len(songs) :]:
        panel.remove()
    for panel, (name, song) in zip(panels.flat, songs.items(), strict=False):
        draw(panel, name, song)
    figure.savefig(a.sheet, dpi=DPI, metadata={"Software": None})
    if a.keep:
        a.keep.mkdir(parents=True, exist_ok=True)
        for name, song in songs.items():
            melodyrnn.write_song(song, a.keep / f"{name}.mid", overwrite=True)
            if a.soundfont:
                render(a.soundfont, a.keep / f"{name}.mid")
    for name, song in songs.items():
        print(
            json.dumps(
                {"piece": name, "bars": song.bars, "notes": song.note_count, "key": str(estimate_key(song) or "")}
            )
        )


if __name__ == "__main__":
    try:
        main()
    except melodyrnn.MelodyRnnError as error:
        sys.exit(f"contact_sheet.py: {error}")
