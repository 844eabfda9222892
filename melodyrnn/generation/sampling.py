"""Drawing one token from logits, with one random number."""

import math
from dataclasses import dataclass, field

import numpy as np

from melodyrnn.arrays import Doubles, Floats
from melodyrnn.errors import ModelFileError
from melodyrnn.generation.note_constraints import NoteConstraints
from melodyrnn.options import TEMPERATURE, TOP_P

LOWEST_TEMPERATURE = 1e-6  # below it, as at 0, the likeliest token is drawn: the division would overflow


@dataclass(frozen=True, slots=True)
class Sampling:
    """How bold to draw. At temperature 1 and top-p 1 as learned; of rhythms, but a kit's, 0.05 less is left out."""

    temperature: float = TEMPERATURE.default
    top_p: float = TOP_P.default
    constraints: NoteConstraints = field(default_factory=NoteConstraints)

    def __post_init__(self) -> None:
        TEMPERATURE.check(self.temperature)
        TOP_P.check(self.top_p)


def is_greedy(temperature: float) -> bool:
    """Whether the likeliest token is always drawn."""
    return temperature < LOWEST_TEMPERATURE


def draw(logits: Floats, temperature: float, top_p: float, number: float) -> int:
    """A token from (size,) logits, of which -inf are illegal and at least one is not, by a random `number` in [0, 1).

    Temperature divides the logits. Top-p keeps the likeliest tokens that together hold that much of the probability
    (nucleus sampling, Holtzman et al. 2020). ModelFileError where the likeliest is no number: the model overflowed.
    """
    best = _likeliest(logits)
    if is_greedy(temperature):
        return best
    p = np.exp((logits - logits[best]) / np.float32(temperature))
    if top_p == 1:
        return _under(number, p.cumsum())
    total = float(p.sum())
    if top_p * total <= 1:  # the likeliest alone, whose p is 1, is enough
        return best
    tokens = (p > (1 - top_p) * total / len(p)).nonzero()[0]  # all others together hold less than is left out
    p = p[tokens]
    order = p.argsort(kind="stable")[::-1]
    cumulative = p[order].cumsum()
    cumulative = cumulative[: int(cumulative.searchsorted(top_p * total)) + 1]
    return int(tokens[order[_under(number, cumulative)]])


def chances(logits: Floats, temperature: float, top_p: float) -> Doubles:
    """(size,) how likely `draw` is to draw each token. ModelFileError as there."""
    best = _likeliest(logits)
    if is_greedy(temperature):
        certain: Doubles = np.zeros(len(logits))
        certain[best] = 1
        return certain
    p: Doubles = np.exp((logits - logits[best]) / np.float32(temperature)).astype(np.float64)
    order = p.argsort(kind="stable")[::-1]
    cumulative = p[order].cumsum()
    p[order[int(cumulative.searchsorted(top_p * cumulative[-1])) + 1 :]] = 0
    p /= p.sum()
    return p


def _likeliest(logits: Floats) -> int:
    best = int(logits.argmax())
    if not math.isfinite(logits[best]):
        raise ModelFileError("the model's numbers overflow: its weights are damaged, or it was trained too fast")
    return best


def nll(logits: Floats, token: int) -> float:
    """-log p of a token, in nats, by (size,) logits."""
    best = float(logits.max())
    return best + math.log(float(np.exp(logits - best).sum())) - float(logits[token])


def remove_mass(logits: Floats, token: int, chance: float) -> float:
    """Lower the probability of `token` by `chance`, in place -> the share of its probability that this was."""
    p = np.exp(logits - logits.max())
    had = float(p[token] / p.sum())
    part = min(chance / had, 1.0) if had else 1.0
    logits[token] += math.log(max(1 - part, 1e-9))
    return part


def _under(number: float, cumulative: Floats) -> int:
    """Where `number`, in [0, 1), of the whole falls. In double precision, where it stays below the whole."""
    return int(cumulative.searchsorted(np.float64(number) * np.float64(cumulative[-1]), side="right"))
