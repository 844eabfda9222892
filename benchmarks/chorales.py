"""Nats a token of four-voice chorales at the sixteenth grid, one token a voice and sixteenth, by the event encoding.

    python benchmarks/chorales.py MODEL DIR [--style chorale] --out chorales.json

DIR holds the JSB Chorales (split of Boulanger-Lewandowski et al. 2012) as MIDI of four tracks on the sixteenth grid,
equal neighbours in a voice joined. Such a file says as much as the table of four pitches a sixteenth that token models
write cell by cell, so the nats of all its events, over four times its sixteenths, are nats a token of that table.
Everything counts: also the signs, the loudness and the end, which a table does not have. The model should have learned
no chorale outside the training split.
"""

import argparse
import json
import math
from pathlib import Path

from melodyrnn.api import choose_model
from melodyrnn.evaluation.likelihood import evaluate_folder
from melodyrnn.midi import read_song

VOICES, PULSES_A_SIXTEENTH = 4, 6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("folder")
    parser.add_argument("--style")
    parser.add_argument("--out", type=Path)
    a = parser.parse_args()
    model, style = choose_model(a.model, a.style)
    found = evaluate_folder(model, a.folder, style)
    songs = [read_song(file.path) for file in found.files]
    if any(len(song.tracks) != VOICES for song in songs):
        raise SystemExit(f"{a.folder}: {VOICES} tracks a file are wanted")
    sixteenths = sum(-(-song.end_pulses // PULSES_A_SIXTEENTH) for song in songs)
    nats = found.bits_per_note * found.notes * math.log(2)
    result = {
        "model": model.name,
        "style": style,
        "pieces": len(songs),
        "notes": found.notes,
        "sixteenths": sixteenths,
        "nats_a_token": round(nats / sixteenths / VOICES, 4),
        "nats_a_sixteenth": round(nats / sixteenths, 4),
        "nats_a_note": round(nats / found.notes, 4),
        "of_it_pitch": round(found.parts["pitch"] / found.bits_per_note, 3),
    }
    print(json.dumps(result))
    if a.out:
        a.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
