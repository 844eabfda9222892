"""Writes into a model file in which keys the pieces of a style are, so that music from nothing has those keys.

Run it as `python scripts/keys_of_styles.py MODEL STYLE FOLDER`; the folder holds the style's training pieces.
"""

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

from melodyrnn.midi.folder import midi_files, read_files
from melodyrnn.model.modelfile import read_model, write_model
from melodyrnn.music.key_finding import estimate_key


def shares(folder: str) -> dict[str, float]:
    """The share of its pieces in each key that notes suggest, by the key's name; the most frequent first."""
    readings = (reading for _, reading in read_files(midi_files(folder)) if isinstance(reading, tuple))
    counts = Counter(str(key) for song, _ in readings if (key := estimate_key(song)))
    return {key: round(count / counts.total(), 4) for key, count in counts.most_common()}


if __name__ == "__main__":
    path, style, music = sys.argv[1:]
    model = read_model(path)
    if style not in model.styles:
        raise SystemExit(f"{Path(path).name} has no style {style!r}")
    write_model(replace(model, keys={**model.keys, style: shares(music)}), path, overwrite=True)
