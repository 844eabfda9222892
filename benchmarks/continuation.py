"""Does music go on as it was? Continuations of a folder's pieces beside the true ones, as JSON and a picture.

    python benchmarks/continuation.py FOLDER [--pieces 24] [--model NAME-or-FILE] [--style STYLE] [--stay 0..1]
        [--peer copy] [--peer remi.safetensors] [--peer DIR] [--keep DIR] [--picture continuation.png]

Each piece is cut: 8 bars are the seed, the next 8 its true continuation. `melodyrnn.generate` goes on from the seed,
then `melodyrnn.evaluation` compares: `resemblance` (score 1: as near to the seed as the true continuation, 0: as far as
another piece) and `parts` (the share of parts that go on as they were). `--peer copy` is what a user does by hand: the
seed's bars once more; `--peer remi.safetensors` is a network of MidiTok's tokens that remi_continuation.py trained.
`--peer DIR` judges files of another program, each the seed's bars and 8 new ones, named as the pieces; `--keep DIR`
writes seeds, true and made bars for such a program to start from.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import melodyrnn
from melodyrnn.evaluation.parts import CHECKS, check_parts, pass_share
from melodyrnn.evaluation.resemblance import resemblance
from melodyrnn.midi import read_song, write_song
from melodyrnn.midi.folder import midi_files, read_files
from melodyrnn.music.song import Song

BARS = 8
FEWEST_NOTES = 8  # of a seed or a true continuation
PANELS = 6


class Pair(NamedTuple):
    """A piece cut in two, both from pulse 0."""

    name: str
    seed: Song
    true: Song


def cut(name: str, song: Song) -> Pair | None:
    """The first 8 bars that begin with a note, and the 8 after; None where the metre changes or notes are missing."""
    if not song.note_count:
        return None
    bar = song.time_signatures[0].bar_pulses
    onsets = np.concatenate([track.array[:, 0] for track in song.tracks])
    first = int(onsets.min()) // bar * bar
    join, end = first + BARS * bar, first + 2 * BARS * bar
    changes = [signature for signature in song.time_signatures[1:] if signature.onset_pulses <= end]
    if changes or onsets.max() < end - 2 * bar:
        return None
    seed, true = song.until_pulse(join).from_pulse(first), song.until_pulse(end).from_pulse(join)
    seed = Song(seed.tracks, seed.tempos, seed.time_signatures, BARS * bar)
    return Pair(name, seed, true) if min(seed.note_count, true.note_count) >= FEWEST_NOTES else None


def pairs_in(folder: Path, pieces: int) -> list[Pair]:
    """At most `pieces` pairs, spread evenly over the folder's files in order of name."""
    found = []
    for path, reading in read_files(midi_files(str(folder))):
        pair = None if isinstance(reading, Exception) else cut(Path(path).stem, reading[0])
        if pair:
            found.append(pair)
    if not found:
        sys.exit(f"{folder}: no piece with {2 * BARS} bars in one time signature")
    return found[:: max(1, len(found) // pieces)][:pieces]


def new_bars(song: Song, seed: Song) -> Song:
    """What follows the seed's bars, from pulse 0."""
    return song.from_pulse(BARS * seed.time_signatures[0].bar_pulses)


def judge(pairs: Sequence[Pair], made: Sequence[Song]) -> dict[str, Any]:
    """Both measures, as plain data."""
    seeds, true = [pair.seed for pair in pairs], [pair.true for pair in pairs]
    found = asdict(resemblance(seeds, made, true, BARS))
    checks = [
        check for pair, song in zip(pairs, made, strict=True) for check in check_parts(pair.seed, song, BARS, BARS)
    ]
    found["features"] = {name: round(value, 2) for name, value in found["features"].items()}
    parts = {
        "parts": len(checks),
        "pass": pass_share(checks),
        "fails": {name: sum(name in check.fails for check in checks) for name in CHECKS},
        "rhythm": float(np.mean([check.rhythm for check in checks])),
        "swing_moved_quarters": float(np.mean([check.swing_moved for check in checks])),
    }
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in (found | parts).items()}


def made_by_us(pairs: Sequence[Pair], options: dict[str, Any]) -> tuple[list[Song], list[float]]:
    """Continuations, and the seconds that each took."""
    made, seconds = [], []
    for pair in pairs:
        begun = time.perf_counter()
        made.append(new_bars(melodyrnn.generate(pair.seed, BARS, **options), pair.seed))
        seconds.append(time.perf_counter() - begun)
    return made, seconds


def made_by_peer(pairs: Sequence[Pair], peer: str, random_seed: int) -> list[Song]:
    """`copy`, what a network of tokens goes on with, or the files of a folder."""
    if peer == "copy":
        return [pair.seed for pair in pairs]
    if Path(peer).is_file():
        from remi_continuation import Peer

        network = Peer(peer)
        return [network.continued(pair.seed, BARS, random_seed) for pair in pairs]
    return [new_bars(read_song(Path(peer) / f"{pair.name}.mid"), pair.seed) for pair in pairs]


def draw(path: Path, pairs: Sequence[Pair], rows: dict[str, Sequence[Song]]) -> None:
    """Piano rolls: a row a piece; the seed in grey, then in colour each of `rows`, a column each."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6 * len(rows), 2.2 * min(PANELS, len(pairs))), layout="constrained")
    axes = figure.subplots(min(PANELS, len(pairs)), len(rows), squeeze=False)
    for row, pair in enumerate(pairs[:PANELS]):
        for column, (name, songs) in enumerate(rows.items()):
            panel = axes[row, column]
            _roll(panel, pair.seed, 0, lambda _: "0.6")
            join = BARS * pair.seed.time_signatures[0].bar_pulses
            _roll(panel, songs[row], join, lambda track: f"C{track % 10}")
            panel.set(title=f"{pair.name}: {name}" if column else f"{name}: {pair.name}", xticks=[], yticks=[])
    figure.savefig(path, dpi=90)


def _roll(panel: Any, song: Song, shift: int, colour: Callable[[int], str]) -> None:
    for index, track in enumerate(song.tracks):
        onsets, pitches, lengths, _ = track.array.T
        panel.hlines(pitches, onsets + shift, onsets + shift + lengths, colors=colour(index), linewidth=1.5)


def main() -> None:
    """Cut, continue, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pieces", type=int, default=24)
    parser.add_argument("--model")
    parser.add_argument("--style")
    parser.add_argument("--stay", type=float)
    parser.add_argument("--random-seed", type=int, default=1)
    parser.add_argument("--peer", action="append", default=[])
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--picture", type=Path)
    a = parser.parse_args()
    given = {"model": a.model, "style": a.style, "stay": a.stay}
    options = {name: value for name, value in given.items() if value is not None} | {"random_seed": a.random_seed}
    pairs = pairs_in(a.folder, a.pieces)
    made, seconds = made_by_us(pairs, options)
    rows: dict[str, Sequence[Song]] = {"true": [pair.true for pair in pairs], "melodyrnn": made}
    rows |= {Path(peer).stem: made_by_peer(pairs, peer, a.random_seed) for peer in a.peer}
    result: dict[str, Any] = {"folder": a.folder.name, "options": options}
    result |= {name: judge(pairs, songs) for name, songs in rows.items()}
    result["seconds"] = {"median": round(float(np.median(seconds)), 2), "most": round(max(seconds), 2)}
    if a.keep:
        for kind, songs in {"seeds": [pair.seed for pair in pairs], **rows}.items():
            for pair, song in zip(pairs, songs, strict=True):
                target = a.keep / kind / f"{pair.name}.mid"
                target.parent.mkdir(parents=True, exist_ok=True)
                write_song(song, target, overwrite=True)
    if a.picture:
        draw(a.picture, pairs, rows)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
