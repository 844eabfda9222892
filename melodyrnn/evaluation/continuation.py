"""Whether a continuation goes on with what it was given: its key, metre and density, and not as another piece would."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from melodyrnn.arrays import Doubles
from melodyrnn.evaluation.statistics import statistics
from melodyrnn.music.key_finding import estimate_key, pitch_class_durations
from melodyrnn.music.song import Song


@dataclass(frozen=True, slots=True)
class Kept:
    """Of continuations of seeds, means over those that have notes.

    `same_key`: share whose estimated key is the seed's. `same_metre`: share without another time signature.
    `density_change`: how far notes a bar move from the seed's, in octaves (1 is half or double). `nearer`: how often a
    continuation's measures are nearer to the true continuation's than to that of another piece, 0.5 by chance.
    """

    same_key: float
    same_metre: float
    density_change: float
    nearer: float


def kept(seeds: Sequence[Song], continuations: Sequence[Song], true: Sequence[Song]) -> Kept:
    """Compare continuations with the seeds they go on from and with how the pieces truly went on, in the same order."""
    rows = [row for row in zip(seeds, continuations, true, strict=True) if all(song.note_count for song in row)]
    if not rows:
        return Kept(math.nan, math.nan, math.nan, math.nan)
    keys = [(estimate_key(seed), estimate_key(song)) for seed, song, _ in rows]
    metres = [_metres(song) == {_metre_at_end(seed)} for seed, song, _ in rows]
    densities = [abs(math.log2(_density(song) / _density(seed))) for seed, song, _ in rows]
    return Kept(
        float(np.mean([a == b for a, b in keys])) if any(a for a, _ in keys) else math.nan,
        float(np.mean(metres)),
        float(np.mean(densities)),
        nearer([song for _, song, _ in rows], [song for _, _, song in rows]),
    )


def nearer(songs: Sequence[Song], partners: Sequence[Song]) -> float:
    """How often a song is nearer to its own partner than to another's, in all measures and in pitch classes.

    Each measure is divided by its spread over the partners, and counts as much as any other.
    """
    tables = [[_measures(song) for song in side] for side in (songs, partners)]
    squares = np.zeros((len(songs), len(partners)))
    for name in tables[0][0]:
        mine, theirs = (np.array([row[name] for row in table]) for table in tables)
        spread = math.sqrt(float(np.nan_to_num(theirs.var(0)).sum()))
        if spread > 0:
            squares += np.nan_to_num((((mine[:, None] - theirs[None]) / spread) ** 2).sum(2))
    own = squares.diagonal()[:, None]
    others = ~np.eye(len(songs), dtype=bool)
    won = (own < squares) + 0.5 * (own == squares)
    return float(won[others].mean()) if others.any() else math.nan


def _measures(song: Song) -> dict[str, Doubles]:
    classes = pitch_class_durations(song)
    return statistics(song) | {"sounding_pitch_classes": classes / max(1, classes.sum())}


def _metres(song: Song) -> set[tuple[int, int]]:
    return {(s.numerator, s.denominator) for s in song.time_signatures if s.onset_pulses < song.end_pulses}


def _metre_at_end(song: Song) -> tuple[int, int]:
    signature = song.bar_lines.signature_at(max(0, song.end_pulses - 1))
    return signature.numerator, signature.denominator


def _density(song: Song) -> float:
    return song.note_count / song.bars
