"""Do bars made anew lead on into the next, and a part made anew go with the others? Over a folder's pieces, as JSON.

    python benchmarks/infill.py FOLDER... [--pieces 16] [--stay 0..1] [--random-seed 1]

Of each piece 12 bars are taken, and bars 5 to 8 of them made anew. The same is measured of the true bars, of what
`generate` makes of bars 1 to 4 alone (plain continuation, cut to length), and of bars 5 to 8 of another piece:

- `following_bits`: bits a note of the true bars 9 to 12 after them, under the model as it is. Lower is better.
- `left`, `right`: `melodyrnn.evaluation.resemblance` with bars 1 to 4, and with bars 9 to 12. 1: as near as the true
  bars are, 0: as far as those of another piece.

Then each part that has notes there is taken out of bars 5 to 8 and made anew beside the others:

- `beside_bits`: bits a note of the other parts in these bars, with it. `following_bits` as above.
- `likeness`: how near it is to the true part. 1 the same, 0 as far as the part of another piece.
- `dissonant`: the share of its notes that begin while another part sounds a semitone away, in any octave.
"""

# ruff: noqa: E402
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[variable] = "1"  # numpy reads them when it is imported

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import melodyrnn
from melodyrnn.api import load_model
from melodyrnn.encoding.events import END, Cursor
from melodyrnn.evaluation.bar_bits import model_bits
from melodyrnn.evaluation.pieces import read_piece
from melodyrnn.evaluation.resemblance import resemblance
from melodyrnn.generation import MusicModel
from melodyrnn.midi.folder import midi_files, read_files
from melodyrnn.music.song import NoteArray, Song

SIDE, GAP = 4, 4  # bars
BARS = 2 * SIDE + GAP
FEWEST_NOTES = 4  # of each four bars, and of a part
TRUE, FILLED, CONTINUED, OTHER = "true", "filled", "continued", "another piece"


class Excerpt(NamedTuple):
    """Twelve bars from pulse 0."""

    song: Song
    bar: int

    def bars(self, song: Song, first: int, count: int) -> Song:
        """Some of a song's bars, from pulse 0."""
        return song.until_pulse((first + count) * self.bar).from_pulse(first * self.bar)

    def with_gap(self, notes: Sequence[NoteArray]) -> Song:
        """The twelve bars with these notes, from pulse 0 for each track, in the place of those in the gap."""
        start, end = SIDE * self.bar, (SIDE + GAP) * self.bar
        tracks = []
        for track, new in zip(self.song.tracks, notes, strict=True):
            onsets = track.array[:, 0]
            rest = track.array[(onsets < start) | (onsets >= end)]
            tracks.append(track.with_notes(np.concatenate([rest, new + np.array([start, 0, 0, 0])])))
        return replace(self.song, tracks=tuple(tracks))

    @property
    def in_gap(self) -> list[NoteArray]:
        """The true notes of each track in the gap, from its start."""
        return [track.array for track in self.bars(self.song, SIDE, GAP).tracks]


def excerpt(song: Song) -> Excerpt | None:
    """The first 12 bars that begin with a note; None where the metre changes or too few notes are in a part of them."""
    onsets = np.concatenate([np.zeros(0, np.int64), *(track.array[:, 0] for track in song.tracks)])
    if not len(onsets):
        return None
    bar = song.time_signatures[0].bar_pulses
    first = int(onsets.min()) // bar * bar
    last = first + BARS * bar
    if any(signature.onset_pulses < last for signature in song.time_signatures[1:]):
        return None
    cut = song.until_pulse(last).from_pulse(first)
    cut = Song([track for track in cut.tracks if len(track)], cut.tempos, cut.time_signatures[:1], BARS * bar)
    found = Excerpt(cut, bar)
    fewest = min(found.bars(cut, place, SIDE).note_count for place in (0, SIDE, 2 * SIDE))
    return found if fewest >= FEWEST_NOTES else None


def excerpts_in(folder: Path, pieces: int) -> list[Excerpt]:
    """At most `pieces`, spread evenly over the folder's files in order of name."""
    songs = [reading[0] for _, reading in read_files(midi_files(str(folder))) if not isinstance(reading, Exception)]
    found = [cut for cut in map(excerpt, songs) if cut]
    return found[:: max(1, len(found) // pieces)][:pieces]


def bits(model: MusicModel, excerpts: Sequence[Excerpt], songs: Sequence[Song], parts: Sequence[int | None]) -> Any:
    """Bits a note of what is given: (beside the part in the gap, after the gap), over all songs."""
    pieces = [read_piece(song, as_score=model.reads_scores).events for song in songs]
    style = model.style_number("any") if "any" in model.styles else 0
    total = np.zeros((2, 2))  # beside and after; bits and notes
    for cut, events, of_events, part in zip(excerpts, pieces, model_bits(model, pieces, style), parts, strict=True):
        cursor = Cursor()
        pulses = np.array([cursor.advance(event) for event in events.tolist()])
        notes = (events[:, 3] < END) & (events[:, 5] > 0)
        after = pulses >= (SIDE + GAP) * cut.bar
        beside = ~after & (pulses >= SIDE * cut.bar) & (events[:, 2] != part) & (part is not None)
        for row, chosen in enumerate((beside & notes, after & notes)):
            total[row] += of_events[chosen].sum(), chosen.sum()
    return [round(float(nats / max(1, count)), 3) for nats, count in total]


def other_of(index: int, excerpts: Sequence[Excerpt]) -> int:
    """Another piece, in the same metre if there is one."""
    rest = [*range(index + 1, len(excerpts)), *range(index)]
    same: list[int] = [i for i in rest if excerpts[i].bar == excerpts[index].bar]
    return same[0] if same else rest[0]


def of_bars(model: MusicModel, excerpts: Sequence[Excerpt], options: dict[str, Any]) -> dict[str, Any]:
    """All parts of the gap made anew."""
    made: dict[str, list[Song]] = {name: [] for name in (TRUE, FILLED, CONTINUED, OTHER)}
    seconds = []
    for index, cut in enumerate(excerpts):
        begun = time.perf_counter()
        filled = melodyrnn.generate(cut.song, replace=f"{SIDE + 1}-{SIDE + GAP}", **options)
        seconds.append(time.perf_counter() - begun)
        left = replace(cut.bars(cut.song, 0, SIDE), length_pulses=SIDE * cut.bar)
        went_on = melodyrnn.generate(left, GAP, with_seed=False, **options)
        other = excerpts[other_of(index, excerpts)].in_gap
        nothing = np.zeros((0, 4), np.int64)
        made[TRUE].append(cut.song)
        made[FILLED].append(filled)
        made[CONTINUED].append(cut.with_gap([track.array for track in went_on.tracks]))
        made[OTHER].append(cut.with_gap([other[i] if i < len(other) else nothing for i in range(len(cut.song.tracks))]))
    rows: dict[str, Any] = {}
    sides = {"left": 0, "right": SIDE + GAP}
    for name, songs in made.items():
        rows[name] = {"following_bits": bits(model, excerpts, songs, [None] * len(songs))[1]}
        for side, first in sides.items():
            near, new, true = (
                [cut.bars(song, place, SIDE) for cut, song in zip(excerpts, each, strict=True)]
                for each, place in ((made[TRUE], first), (songs, SIDE), (made[TRUE], SIDE))
            )
            rows[name][side] = round(resemblance(near, new, true, SIDE).score, 2)
    return rows | {"seconds_median": round(float(np.median(seconds)), 2)}


def parts_of(excerpts: Sequence[Excerpt]) -> Iterator[tuple[int, int]]:
    """Which piece, and which part of it beside others, has notes in the gap and outside."""
    for index, cut in enumerate(excerpts):
        for part, notes in enumerate(cut.in_gap):
            outside = len(cut.song.tracks[part]) - len(notes)
            if len(cut.song.tracks) > 1 and len(notes) >= FEWEST_NOTES and outside >= FEWEST_NOTES:
                yield index, part


def of_parts(model: MusicModel, excerpts: Sequence[Excerpt], options: dict[str, Any], most: int) -> dict[str, Any]:
    """One part of the gap made anew."""
    chosen = list(parts_of(excerpts))
    chosen = chosen[:: max(1, len(chosen) // most)][:most]
    if len(chosen) < 2:
        return {}
    made: dict[str, list[Song]] = {name: [] for name in (TRUE, FILLED, OTHER)}
    cuts = [excerpts[index] for index, _ in chosen]
    for place, (index, part) in enumerate(chosen):
        cut = excerpts[index]
        numbered: dict[str, Any] = {"replace": f"{SIDE + 1}-{SIDE + GAP}", "part": str(part + 1)}
        other_index, other_part = chosen[(place + 1) % len(chosen)]
        notes = cut.in_gap
        notes[part] = excerpts[other_index].in_gap[other_part]
        made[TRUE].append(cut.song)
        made[FILLED].append(melodyrnn.generate(cut.song, **numbered, **options))
        made[OTHER].append(cut.with_gap(notes))
    parts = [part for _, part in chosen]
    rows: dict[str, Any] = {"parts": len(chosen)}
    alone = {
        name: [
            replace(cut.bars(song, SIDE, GAP), tracks=(cut.bars(song, SIDE, GAP).tracks[part],))
            for cut, song, part in zip(cuts, songs, parts, strict=True)
        ]
        for name, songs in made.items()
    }
    for name, songs in made.items():
        beside, following = bits(model, cuts, songs, parts)
        gaps = [cut.bars(song, SIDE, GAP) for cut, song in zip(cuts, songs, strict=True)]
        shares = [dissonant(gap, part) for gap, part in zip(gaps, parts, strict=True)]
        rows[name] = {
            "beside_bits": beside,
            "following_bits": following,
            "likeness": round(resemblance(alone[TRUE], alone[name], alone[TRUE], GAP).score, 2),
            "dissonant": round(float(np.mean(shares)), 3),
            "notes": sum(song.note_count for song in alone[name]),
        }
    return rows


def dissonant(song: Song, part: int) -> float:
    """Of a part's notes, the share that begins while another part sounds a semitone away, in any octave."""
    others = [track.array for i, track in enumerate(song.tracks) if i != part and not track.is_drum]
    notes = song.tracks[part].array
    if song.tracks[part].is_drum or not len(notes) or not others:
        return 0.0
    rest = np.concatenate(others)
    sounds = (rest[:, 0] <= notes[:, :1]) & (rest[:, 0] + rest[:, 2] > notes[:, :1])
    apart = (rest[:, 1] - notes[:, 1:2]) % 12
    return float((sounds & ((apart == 1) | (apart == 11))).any(1).mean())


def main() -> None:
    """Cut, fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--pieces", type=int, default=16)
    parser.add_argument("--stay", type=float, default=0.5)
    parser.add_argument("--random-seed", type=int, default=1)
    a = parser.parse_args()
    model = load_model("any")
    options = {"model": model, "stay": a.stay, "random_seed": a.random_seed}
    result = {}
    for folder in a.folders:
        excerpts = excerpts_in(folder, a.pieces)
        result[str(folder)] = {
            "pieces": len(excerpts),
            "bars": of_bars(model, excerpts, options),
            "parts": of_parts(model, excerpts, options, a.pieces),
        }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
