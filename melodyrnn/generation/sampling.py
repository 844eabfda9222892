"""Drawing one token from logits."""

import math

import numpy as np
import numpy.typing as npt

from melodyrnn.errors import ModelFileError, OptionError

Floats = npt.NDArray[np.float32]
COLDEST = 1e-6  # below it, as at 0, the likeliest is always drawn: the division would overflow


def check_sampling(temperature: float, top_p: float) -> None:
    """OptionError unless 0 <= temperature <= 10 and 0 < top_p <= 1."""
    if not 0 <= temperature <= 10:
        raise OptionError(f"temperature {temperature:g}: must be 0 (always the likeliest) to 10; 1 is as learned")
    if not 0 < top_p <= 1:
        raise OptionError(f"top-p {top_p:g}: must be above 0 and at most 1 (1 leaves nothing out)")


def draw(logits: Floats, temperature: float, top_p: float, rng: np.random.Generator) -> int:
    """A token from (size,) logits, of which -inf are illegal and at least one is not.

    Temperature divides the logits. Top-p keeps the likeliest tokens that together hold that much of the probability
    (nucleus sampling, Holtzman et al. 2020). ModelFileError where the likeliest is no number: the model overflowed.
    """
    best = int(logits.argmax())
    if not math.isfinite(logits[best]):
        raise ModelFileError("the model's numbers overflow: its weights are damaged, or it was trained too fast")
    if temperature < COLDEST:
        return best
    p = np.exp((logits - logits[best]) / np.float32(temperature))
    chance, total = rng.random(), float(p.sum())  # one number a draw, whatever is drawn
    if top_p == 1:
        return _under(chance, p.cumsum())
    if top_p * total <= 1:  # the likeliest alone, whose p is 1, is enough
        return best
    tokens = (p > (1 - top_p) * total / len(p)).nonzero()[0]  # all others together hold less than is left out
    p = p[tokens]
    order = p.argsort(kind="stable")[::-1]
    cumulative = p[order].cumsum()
    cumulative = cumulative[: int(cumulative.searchsorted(top_p * total)) + 1]
    return int(tokens[order[_under(chance, cumulative)]])


def leave_out(logits: Floats, token: int, chance: float) -> float:
    """Take a `chance` of all from a token's probability, in place -> which part of what it had that was."""
    p = np.exp(logits - logits.max())
    had = float(p[token] / p.sum())
    part = min(chance / had, 1.0) if had else 1.0
    logits[token] += math.log(max(1 - part, 1e-9))
    return part


def _under(chance: float, cumulative: Floats) -> int:
    """Where `chance` (0 to below 1) of the whole falls. In double precision, where it stays below the whole."""
    return int(cumulative.searchsorted(np.float64(chance) * np.float64(cumulative[-1]), side="right"))
