"""Bits of a sequence of small numbers under an adaptive mixture: each is scored before it is learned from.

Every expert counts what followed in its own contexts. Their distributions are mixed geometrically, with weights that
follow the gradient of the bits spent (M. Mahoney, "Adaptive Weighing of Context Models for Lossless Data Compression",
2005, here for symbols rather than bits). Whoever decodes sees the same past, so the mixture loses nothing.
"""

from typing import NamedTuple

import numpy as np

from melodyrnn.arrays import Doubles, Ints

# What one count adds at its symbol and at the two on either side of it, by how smooth an expert is.
SHARP, SMOOTH, SMOOTHER = range(3)
KERNELS = np.array([[0, 0, 1, 0, 0], [0, 0.25, 1, 0.25, 0], [0.15, 0.5, 1, 0.5, 0.15]], np.float32)
REACH = 2
FIRST_WEIGHT, RATE, FIRST_SQUARES = 0.1, 0.05, 0.01
COUNT_CLASSES = 6  # an expert has a weight for contexts new to it, met once, up to 3, 7, 15 times, and more


class Expert(NamedTuple):
    """Counts in the contexts that the rows of `context` (n, any) tell apart.

    It counts how far the symbol is from `reference` (n,), or the symbol itself if that is 0.
    """

    context: Ints
    reference: Ints | int = 0
    kernel: int = SHARP


def mixture_bits(symbols: Ints, experts: list[Expert], prior: Doubles, prior_counts: float) -> Doubles:
    """(n,) symbols below len(prior) -> (n,) bits of each. `prior` is expected before anything is counted."""
    size, count = len(prior), len(experts)
    rows, shifts = _laid_out(experts, size, len(symbols))
    counts = np.zeros((int(rows.max(initial=-1)) + 1, 3 * size + 2 * REACH), np.float32)
    totals = np.zeros(len(counts), np.int64)
    weights, squares = np.full((count, COUNT_CLASSES), FIRST_WEIGHT), np.full((count, COUNT_CLASSES), FIRST_SQUARES)
    kernels = KERNELS[[expert.kernel for expert in experts]]
    classes = np.minimum(COUNT_CLASSES - 1, np.ceil(np.log2(np.arange(1, 34)))).astype(np.int64)
    each, first, window = np.arange(count), prior * prior_counts, np.arange(size) + REACH
    near = np.arange(2 * REACH + 1)
    bits = np.zeros(len(symbols))
    for i, symbol in enumerate(symbols.tolist()):
        row, shift = rows[i], shifts[i]
        probabilities = counts[row[:, None], shift[:, None] + window] + first
        logs = np.log(probabilities / probabilities.sum(1, keepdims=True))
        met = classes[np.minimum(totals[row], len(classes) - 1)]
        weight = weights[each, met]
        mixed = weight @ logs
        mixed = np.exp(mixed - mixed.max())
        mixed /= mixed.sum()
        bits[i] = -np.log2(mixed[symbol])
        slope = logs[:, symbol] - logs @ mixed
        squares[each, met] += slope * slope
        weights[each, met] = weight + RATE * slope / np.sqrt(squares[each, met])
        counts[row[:, None], (shift + symbol)[:, None] + near] += kernels
        totals[row] += 1
    return bits


def _laid_out(experts: list[Expert], size: int, length: int) -> tuple[Ints, Ints]:
    """-> (n, experts) each one's row of counts, and where in it symbol 0 lies."""
    rows, shifts, used = np.zeros((length, len(experts)), np.int64), np.zeros((length, len(experts)), np.int64), 0
    for i, expert in enumerate(experts):
        _, index = np.unique(expert.context, axis=0, return_inverse=True)
        rows[:, i] = index.reshape(-1) + used
        used += int(index.max(initial=-1)) + 1
        shifts[:, i] = size - np.clip(expert.reference, -size, size)
    return rows, shifts
