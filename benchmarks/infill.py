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

`reading`: bits a note of the true bars 5 to 8 where bars 1 to 4 alone were read, and where 9 to 12 were read first.

At last each of these parts is taken out of all 12 bars and added again (`--add`, of its own program): `added`.
"""

# ruff: noqa: E402
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[variable] = "1"  # numpy reads them when it is imported

import argparse
import json
import math
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
from melodyrnn.generation.draft import Draft
from melodyrnn.generation.gap import Gap, Reading
from melodyrnn.generation.seed_cache import READ_SEEDS
from melodyrnn.generation.threads import one_thread
from melodyrnn.midi.folder import midi_files, read_files
from melodyrnn.music.song import NoteArray, Song
from melodyrnn.performance import separate

SIDE, GAP = 4, 4  # bars
BARS = 2 * SIDE + GAP
IN_GAP, EVERYWHERE = range(SIDE, SIDE + GAP), range(BARS)
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


def bits(
    model: MusicModel, excerpts: Sequence[Excerpt], songs: Sequence[Song], parts: Sequence[int | None], bars: range
) -> list[float]:
    """Bits a note of what is given: (beside the part in these bars, after them), over all songs."""
    pieces = [read_piece(song, as_score=model.reads_scores).events for song in songs]
    total = np.zeros((2, 2))  # beside and after; bits and notes
    for cut, events, of_events, part in zip(
        excerpts, pieces, model_bits(model, pieces, model.style_number("any")), parts, strict=True
    ):
        cursor = Cursor()
        pulses = np.array([cursor.advance(event) for event in events.tolist()])
        notes = (events[:, 3] < END) & (events[:, 5] > 0)
        after = pulses >= bars.stop * cut.bar
        beside = ~after & (pulses >= bars.start * cut.bar) & (events[:, 2] != part) & (part is not None)
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
        rows[name] = {"following_bits": bits(model, excerpts, songs, [None] * len(songs), IN_GAP)[1]}
        for side, first in sides.items():
            near, new, true = (
                [cut.bars(song, place, SIDE) for cut, song in zip(excerpts, each, strict=True)]
                for each, place in ((made[TRUE], first), (songs, SIDE), (made[TRUE], SIDE))
            )
            rows[name][side] = round(resemblance(near, new, true, SIDE).score, 2)
    return rows | {"seconds_median": round(float(np.median(seconds)), 2)}


def of_reading(model: MusicModel, excerpts: Sequence[Excerpt]) -> dict[str, float]:
    """Bits a note of the true gap, with and without having read what follows, by a model that has learned nothing."""
    total, notes = np.zeros(2), 0
    with one_thread():
        for cut in excerpts:
            score, start, end = separate(cut.song)[0], SIDE * cut.bar, (SIDE + GAP) * cut.bar
            until = replace(score.until_pulse(end), length_pulses=end)
            for row, song in enumerate((until, score)):
                reading = Reading.of(song, Gap(start, end, ()))
                draft = Draft(READ_SEEDS.generator(model, model.style_number("any"), reading.context), reading.song)
                events = [event for _, event in reading.beside]
                total[row] += draft.nll(events, len(events)) * len(events) / math.log(2)
            notes += sum(event[3] < END and event[5] > 0 for event in events)
    before, both = (round(float(bits) / notes, 3) for bits in total)
    return {"before the gap": before, "after it, then before it": both}


def parts_of(excerpts: Sequence[Excerpt]) -> Iterator[tuple[int, int]]:
    """Which piece, and which part of it beside others, has notes in the gap and outside."""
    for index, cut in enumerate(excerpts):
        for part, notes in enumerate(cut.in_gap):
            outside = len(cut.song.tracks[part]) - len(notes)
            if len(cut.song.tracks) > 1 and len(notes) >= FEWEST_NOTES and outside >= FEWEST_NOTES:
                yield index, part


def of_parts(model: MusicModel, excerpts: Sequence[Excerpt], options: dict[str, Any], most: int) -> dict[str, Any]:
    """One part made anew: in the gap, and in all bars."""
    chosen = list(parts_of(excerpts))
    chosen = chosen[:: max(1, len(chosen) // most)][:most]
    if len(chosen) < 2:
        return {}
    cuts, parts = [excerpts[index] for index, _ in chosen], [part for _, part in chosen]
    others = [excerpts[index].song.tracks[part].array for index, part in [*chosen[1:], chosen[0]]]
    in_gap: dict[str, list[Song]] = {name: [] for name in (TRUE, FILLED, OTHER)}
    everywhere: dict[str, list[Song]] = {name: [] for name in (TRUE, FILLED, OTHER)}
    for cut, part, other in zip(cuts, parts, others, strict=True):
        song, track = cut.song, cut.song.tracks[part]
        numbered: dict[str, Any] = {"replace": f"{SIDE + 1}-{SIDE + GAP}", "part": str(part + 1)}
        of_other, notes = cut.bars(with_part(song, part, other), SIDE, GAP).tracks[part].array, cut.in_gap
        notes[part] = of_other
        in_gap[FILLED].append(melodyrnn.generate(song, **numbered, **options))
        in_gap[OTHER].append(cut.with_gap(notes))
        rest = replace(song, tracks=tuple(t for i, t in enumerate(song.tracks) if i != part))
        kind = "drums" if track.is_drum else f"{track.name.replace(':', ' ').strip() or 'part'}:{track.program}"
        added = melodyrnn.generate(rest, add=kind, **options).tracks[-1].array
        everywhere[FILLED].append(with_part(song, part, added))
        everywhere[OTHER].append(with_part(song, part, other))
        for made in (in_gap, everywhere):
            made[TRUE].append(song)
    return {
        "parts": len(chosen),
        "in the gap": rows_of(model, cuts, parts, in_gap, IN_GAP),
        "added": rows_of(model, cuts, parts, everywhere, EVERYWHERE),
    }


def with_part(song: Song, part: int, notes: NoteArray) -> Song:
    """The song with other notes in a part."""
    tracks = [track.with_notes(notes) if i == part else track for i, track in enumerate(song.tracks)]
    return replace(song, tracks=tuple(tracks)).until_pulse(song.length_pulses)


def rows_of(
    model: MusicModel, cuts: Sequence[Excerpt], parts: Sequence[int], made: dict[str, list[Song]], bars: range
) -> dict[str, Any]:
    """The measures of a part in these bars, for each way in which it was made."""
    heard = {
        name: [cut.bars(song, bars.start, len(bars)) for cut, song in zip(cuts, songs, strict=True)]
        for name, songs in made.items()
    }
    alone = {
        name: [replace(song, tracks=(song.tracks[part],)) for song, part in zip(songs, parts, strict=True)]
        for name, songs in heard.items()
    }
    rows: dict[str, Any] = {}
    for name, songs in made.items():
        beside, following = bits(model, cuts, songs, parts, bars)
        shares = [dissonant(song, part) for song, part in zip(heard[name], parts, strict=True)]
        rows[name] = {
            "beside_bits": beside,
            "likeness": round(resemblance(alone[TRUE], alone[name], alone[TRUE], len(bars)).score, 2),
            "dissonant": round(float(np.mean(shares)), 3),
            "notes": sum(song.note_count for song in alone[name]),
        }
        if bars.stop < BARS:
            rows[name]["following_bits"] = following
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
            "reading": of_reading(model, excerpts),
            "bars": of_bars(model, excerpts, options),
            "parts": of_parts(model, excerpts, options, a.pieces),
        }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
