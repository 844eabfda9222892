"""A choice of takes that are good, and different from one another.

The rule is maximal marginal relevance (Carbonell and Goldstein 1998). First comes the take of the best merit, which is
its mean rank by likelihood and by nearness to the seed; then, again and again, the take with the greatest sum of its
merit and twice its distance to the nearest take chosen so far, both from 0 to 1. Each is named by what sets it most
apart.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from melodyrnn.arrays import Doubles
from melodyrnn.music.description import Description, describe, distances
from melodyrnn.music.pulses import PULSES_PER_QUARTER
from melodyrnn.music.song import Song

RULE = (
    "first the take of the best merit, its mean rank by likelihood and nearness to the seed; then again and again the "
    "take with the greatest sum of its merit and twice its distance to the nearest one chosen, both from 0 to 1"
)
NOVELTY = 2.0  # what distance to the takes chosen counts beside merit: docs/benchmarks/takes.md
MOST_SEED_BARS = 64  # of the seed's end, which takes are compared with
Measures = Mapping[str, float]  # by name; what cannot be measured is left out


class Aspect(NamedTuple):
    """A way in which takes differ: what a low and a high value are called, and a difference that is heard."""

    low: str
    high: str
    heard: float


ASPECTS: Mapping[str, Aspect] = {
    "distance_to_seed": Aspect("near the seed", "far from the seed", 0.03),
    "bits_per_note": Aspect("plainer", "bolder", 0.5),
    "notes_a_bar_octaves": Aspect("sparser", "busier", 0.2),
    "mean_pitch": Aspect("lower", "higher", 2.0),
    "mean_length_octaves": Aspect("shorter notes", "longer notes", 0.3),
    "mean_velocity": Aspect("softer", "louder", 6.0),
}
ALIKE = "typical"
LEAST_STEPS = 0.25  # of the difference that is heard: less gives a take no name


@dataclass(frozen=True, slots=True)
class Choice:
    """What is known of a take, and why it was chosen, or not.

    `merit`: from 0, the worst of the takes by likelihood and by nearness to the seed, to 1. `rank`: its place among
    those chosen, from 1; None if it was not. `name`: how it differs from the others chosen. `distance_to_chosen`: to
    the nearest take that was chosen before it; None for the first.
    """

    measures: Measures
    merit: float
    rank: int | None = None
    name: str | None = None
    distance_to_chosen: float | None = None

    def as_json(self) -> dict[str, float | int | str | None]:
        """As plain data, with the numbers rounded."""
        measures = {name: round(value, 3) for name, value in self.measures.items()}
        apart = None if self.distance_to_chosen is None else round(self.distance_to_chosen, 3)
        return {
            "rank": self.rank,
            "name": self.name,
            "merit": round(self.merit, 3),
            "distance_to_chosen": apart,
        } | measures


def choose(takes: Sequence[Song], nats: Sequence[float], seed: Song | None, bars: int, count: int) -> list[Choice]:
    """Choose `count` of the takes, `bars` bars each from pulse 0 -> for each take what is known of it, in their order.

    `nats`: -log p of all notes of each take, as the model finds them. `seed`: what they go on from, if there is one.
    """
    described = [describe(song, bars) for song in takes]
    given = None if seed is None else describe(*_last_bars(seed))
    measures = [_measures(song, of_take, bars) for song, of_take in zip(takes, nats, strict=True)]
    if given is not None:
        for measured, passage in zip(measures, described, strict=True):
            measured["distance_to_seed"] = distance(given, passage)
    apart = np.array([[distance(one, other) for other in described] for one in described])
    merits = _merits(measures)
    order, nearest = _in_order(merits, apart, min(count, len(takes)))
    names = _names([measures[take] for take in order])
    choices = [Choice(measured, merit) for measured, merit in zip(measures, merits.tolist(), strict=True)]
    for rank, (take, name, near) in enumerate(zip(order, names, nearest, strict=True), 1):
        choices[take] = Choice(measures[take], choices[take].merit, rank, name, near)
    return choices


def best_first(choices: Sequence[Choice]) -> list[int]:
    """The numbers, from 0, of the takes that were chosen, the best first."""
    ranked = [(choice.rank, take) for take, choice in enumerate(choices) if choice.rank is not None]
    return [take for _, take in sorted(ranked)]


def _last_bars(seed: Song) -> tuple[Song, int]:
    """The end of a song, from pulse 0, and how many bars it has."""
    bars = min(seed.bars, MOST_SEED_BARS)
    return seed.from_pulse(seed.bar_lines.start(seed.bars - bars)), bars


def distance(one: Description, other: Description) -> float:
    """How far apart two described passages are: 0 if they are alike, 1 if they have nothing in common."""
    return float(np.mean([min(value, 1.0) for value in distances(one, other).values()]))


def _measures(song: Song, nats: float, bars: int) -> dict[str, float]:
    notes = np.concatenate([track.array for track in song.tracks]) if song.tracks else np.zeros((0, 4))
    found = {"notes_a_bar": len(notes) / max(1, bars)}
    if not len(notes):
        return found
    pitched = [track.array[:, 1] for track in song.tracks if not track.is_drum and len(track)]
    return found | {
        "bits_per_note": nats / math.log(2) / len(notes),
        "notes_a_bar_octaves": math.log2(len(notes) / max(1, bars)),
        "mean_length_octaves": float(np.log2(notes[:, 2] / PULSES_PER_QUARTER).mean()),
        "mean_velocity": float(notes[:, 3].mean()),
        **({"mean_pitch": float(np.concatenate(pitched).mean())} if pitched else {}),
    }


def _merits(measures: Sequence[Measures]) -> Doubles:
    """(takes,) the mean rank by likelihood, and by nearness to the seed if there is one: 1 for the best in all."""
    ranks = []
    for name in ("bits_per_note", "distance_to_seed"):
        values = np.array([measured.get(name, math.inf) for measured in measures])
        if np.isfinite(values).any():
            ranks.append((values[:, None] < values[None]).sum(1) / max(1, len(values) - 1))
    return np.mean(ranks, 0) if ranks else np.zeros(len(measures))


def _in_order(merits: Doubles, apart: Doubles, count: int) -> tuple[list[int], list[float | None]]:
    """The takes chosen, the first first, and of each the distance to the nearest chosen before it."""
    order, nearest = list[int](), list[float | None]()
    widest = float(apart.max(initial=0.0)) or 1.0
    for _ in range(count):
        near = apart[:, order].min(1) if order else np.zeros(len(merits))
        worth = merits + NOVELTY * near / widest
        worth[order] = -math.inf
        order.append(int(worth.argmax()))
        nearest.append(float(near[order[-1]]) if len(order) > 1 else None)
    return order, nearest


def _names(measures: Sequence[Measures]) -> list[str]:
    """A name for each of the takes chosen: the greatest differences from their mean, in what is heard, name first."""
    apart = []
    for name, aspect in ASPECTS.items():
        if all(name in measured for measured in measures):
            values = np.array([measured[name] for measured in measures])
            for take, steps in enumerate(((values - values.mean()) / aspect.heard).tolist()):
                apart.append((abs(steps), take, aspect.low if steps < 0 else aspect.high))
    names: dict[int, str] = {}
    for steps, take, name in sorted(apart, key=lambda each: -each[0]):
        if steps >= LEAST_STEPS and take not in names and name not in names.values():
            names[take] = name
    return [names.get(take, ALIKE) for take in range(len(measures))]
