"""Whether continuations stay as near to their seeds as the true continuations do.

Passages are described and compared as `music/description.py` says. The distance of a continuation from its seed is set
between two others: that of the true continuation (a score of 1) and that of other pieces' (a score of 0). Above 1 it
sticks to its seed more than its composer does, so the share of copied bars belongs beside it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from melodyrnn.errors import OptionError
from melodyrnn.music.description import bar_contents, bar_pulses, describe, distances
from melodyrnn.music.song import Song

TELLING = 0.03  # a feature counts where other pieces are so much farther away than true continuations
FARTHEST = 3.0  # times the distance of other pieces: one wild feature is not to outweigh the rest


@dataclass(frozen=True, slots=True)
class Resemblance:
    """`score`: 1 as the true continuations, 0 as other pieces; `features`: the same by feature, those that tell.

    `copied_bars`: share of the new bars of pitched parts that hold just the notes of a bar of the seed;
    `truly_copied_bars`: of the true ones. `stray`: share of continuations farther from their seed than other pieces.
    """

    pieces: int
    score: float
    copied_bars: float
    truly_copied_bars: float
    stray: float
    features: Mapping[str, float]


def resemblance(seeds: Sequence[Song], made: Sequence[Song], true: Sequence[Song], bars: int) -> Resemblance:
    """Compare continuations with seeds and with how the pieces truly went on: `bars` bars each, from pulse 0.

    OptionError for fewer than two pieces of one time signature: other pieces are needed to compare with.
    """
    described = [[describe(song, bars) for song in songs] for songs in (seeds, made, true)]
    comparable = [
        (i, j)
        for i in range(len(seeds))
        for j in range(len(seeds))
        if i != j and bar_pulses(seeds[i]) == bar_pulses(true[j])
    ]
    if not comparable:
        raise OptionError("resemblance needs at least two pieces in the same time signature")
    own = [distances(seed, song) for seed, song in zip(described[0], described[1], strict=True)]
    truly = [distances(seed, song) for seed, song in zip(described[0], described[2], strict=True)]
    other = [distances(described[0][i], described[2][j]) for i, j in comparable]
    means = [{name: float(np.mean([row[name] for row in rows])) for name in own[0]} for rows in (own, truly, other)]
    telling = [name for name in own[0] if means[2][name] - means[1][name] > TELLING]
    wholes = [
        np.array([np.mean([min(row[name] / means[2][name], FARTHEST) for name in telling]) for row in rows])
        for rows in (own, truly, other)
    ]
    near, true_near, far = (float(whole.mean()) for whole in wholes)
    copies = [
        [copied_bars(seed, song, bars) for seed, song in zip(seeds, songs, strict=True)] for songs in (made, true)
    ]
    return Resemblance(
        len(seeds),
        (far - near) / (far - true_near),
        _mean(copies[0]),
        _mean(copies[1]),
        float((wholes[0] > far).mean()),
        {name: (means[2][name] - means[0][name]) / (means[2][name] - means[1][name]) for name in telling},
    )


def copied_bars(seed: Song, made: Song, bars: int) -> float:
    """Share of the sounding new bars of pitched parts that hold just the notes of a bar of the seed; NaN for none."""
    copies = []
    for old, new in zip(seed.tracks, made.tracks, strict=False):
        if len(old) and not old.is_drum:
            given, drawn = (bar_contents(track.array, bar_pulses(seed), bars) for track in (old, new))
            copies += [content in given for content in drawn if content]
    return float(np.mean(copies)) if copies else math.nan


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else math.nan
