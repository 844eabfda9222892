"""How alike two sets of pieces are in one measure: overlapped area of distances within a set and between two.

After L.-C. Yang and A. Lerch, "On the evaluation of generative models in music", Neural Computing and Applications 32
(2018): the distances of all pairs of real pieces have one density, those of all pairs of a real and a generated piece
another, smoothed with a Gaussian kernel; what matters is how much of the two overlaps, 0 to 1. Here both have the same
kernel, the wider of the two that Scott's rule gives: else a few outliers in one of two sets of equal pieces part them.
"""

import numpy as np

from melodyrnn.arrays import Doubles

GRID = 1000
FINEST = 0.01  # of the span of all distances: the least width of a kernel, so that equal distances have a density


def overlapped_area(within: Doubles, between: Doubles) -> float:
    """The area under both densities of two samples of distances, (n,) and (m,) -> 0 to 1."""
    span = float(max(within.max(), between.max()))
    if span == 0:
        return 1.0
    width = max(FINEST * span, *(sample.std() * len(sample) ** -0.2 for sample in (within, between)))
    edges = np.linspace(-4 * width, span + 4 * width, GRID + 1)
    return float(np.minimum(*(_density(sample, width, edges) for sample in (within, between))).sum())


def _density(sample: Doubles, width: float, edges: Doubles) -> Doubles:
    """(GRID,) probabilities of the bins between `edges`, a Gaussian of that width around every value of the sample."""
    step = edges[1] - edges[0]
    reach = int(np.ceil(4 * width / step))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / width) ** 2)
    smooth = np.convolve(np.histogram(sample, edges)[0], kernel, "same")
    return np.asarray(smooth / smooth.sum())


def distances_within(values: Doubles) -> Doubles:
    """(n, d) -> Euclidean distances of all pairs, (n (n - 1) / 2,)."""
    return _distances(values, values)[np.triu_indices(len(values), 1)]


def distances_between(values: Doubles, others: Doubles) -> Doubles:
    """(n, d) and (m, d) -> Euclidean distances of all pairs of one and the other, (n m,)."""
    return _distances(values, others).ravel()


def _distances(values: Doubles, others: Doubles) -> Doubles:
    return np.asarray(np.sqrt(((values[:, None] - others[None]) ** 2).sum(2)))


def likeness(real: Doubles, generated: Doubles) -> float:
    """Overlapped area of a measure of two sets, (n, d) and (m, d), pieces without a value left out; NaN if too few."""
    real, generated = (values[~np.isnan(values).any(1)] for values in (real, generated))
    if len(real) < 3 or len(generated) < 1:
        return float("nan")
    return overlapped_area(distances_within(real), distances_between(real, generated))
