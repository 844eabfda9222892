"""Whether files come back as they were: each is gone on from by given notes, and all before the join compared.

    python benchmarks/untouched.py FOLDER... [--every 10]

Every MIDI file below the folders is read as a seed, two bars are added by rule, and both files are parsed by mido.
Each event before the join (every channel, meta and system exclusive event, with its bytes, tick, track and order) must
be the same. Counted and left out: files that are no music, that had to be repaired, and that mido does not parse.
JSON: files, events compared, differences, and the files they are in.
"""

import argparse
import io
import json
from collections import Counter
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import mido
import numpy as np

from melodyrnn.errors import MelodyRnnError
from melodyrnn.midi.appending import continued
from melodyrnn.midi.folder import midi_files
from melodyrnn.midi.seedfile import SeedFile, read_seed
from melodyrnn.music.join import join_pulse

BARS = 2


def two_bars(seed: SeedFile) -> bytes:
    """The file of the seed with its last notes of each part again, a quarter note each, over two bars."""
    join = join_pulse(seed.song)
    end = seed.song.bar_lines.start(seed.song.bar_lines.position(join)[0] + BARS)
    new = []
    for track in seed.song.tracks:
        onsets = np.arange(join, end, 24)
        pitches = np.resize(track.array[-4:, 1], len(onsets))
        pulses = np.stack([onsets, np.minimum(onsets + 24, end)])
        on, off = seed.ticks(pulses)
        new.append(np.column_stack([on, off - on, pitches, np.full(len(on), 90)]))
    return continued(seed, new, seed.tick(join), seed.tick(end)).data


def events(data: bytes, before: int) -> list[Iterator[tuple[int, list[int]]]]:
    """For each track of a file its events before a tick, each with its tick, without the end of track."""
    file = mido.MidiFile(file=io.BytesIO(data), charset="latin-1")
    return [(_events(track, before)) for track in file.tracks]


def _events(track: mido.MidiTrack, before: int) -> Iterator[tuple[int, list[int]]]:
    now = 0
    for message in track:
        now += message.time
        if now >= before:
            return
        if message.type != "end_of_track":
            yield now, message.bytes()


def differences(old: bytes, new: bytes, before: int) -> tuple[int, int]:
    """How many events were compared, and how many differ."""
    compared = differing = 0
    for mine, its in zip_longest(events(old, before), events(new, before), fillvalue=iter(())):
        for one, other in zip_longest(mine, its):
            compared += 1
            differing += one != other
    return compared, differing + (old[8:14] != new[8:14])


def main() -> None:
    """Compare every file and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--every", type=int, default=1, help="only every so many files")
    arguments = parser.parse_args()
    counts: Counter[str] = Counter()
    changed: list[str] = []
    for path in [path for folder in arguments.folders for path in midi_files(folder)][:: arguments.every]:
        try:
            seed = read_seed(path)
        except MelodyRnnError:
            counts["no_music"] += 1
            continue
        if seed.is_repaired:
            counts["repaired"] += 1
            continue
        old, new = path.read_bytes(), two_bars(seed)
        try:
            compared, differing = differences(old, new, seed.tick(join_pulse(seed.song)))
        except (OSError, ValueError, LookupError, EOFError, mido.KeySignatureError):
            counts["not_parsed_by_mido"] += 1
            continue
        counts["files"] += 1
        counts["events"] += compared
        counts["differences"] += differing
        changed += [str(path)] * bool(differing)
    names = ("files", "events", "differences", "repaired", "no_music", "not_parsed_by_mido")
    print(json.dumps({name: counts[name] for name in names} | {"changed": changed}, indent=1))


if __name__ == "__main__":
    main()
