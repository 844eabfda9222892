"""Whether a classifier can tell generated pieces from real ones: the two-sample test of Lopez-Paz and Oquab.

"Revisiting Classifier Two-Sample Tests", ICLR 2017: if two sets come from one distribution, no classifier does better
than 0.5 on pieces it has not seen.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from melodyrnn.arrays import Doubles

FOLDS = 5
ROUNDS = 3  # each with other folds, and another choice from the larger set
SMALLEST_SET = 2 * FOLDS


@dataclass(frozen=True, slots=True)
class TwoSample:
    """Cross-validated `accuracy`; `telltales`, what it loses when one measure alone is shuffled among the pieces."""

    accuracy: float
    telltales: dict[str, float]


def two_sample_test(real: dict[str, Doubles], generated: dict[str, Doubles], random_seed: int = 0) -> TwoSample:
    """Gradient-boosted trees on measures by name, (n, d) real and (m, d) generated; NaN stands for no value.

    Of the larger set as many pieces are taken as the smaller has. Accuracy is NaN where that is fewer than 10.
    """
    ends = np.cumsum([values.shape[1] for values in real.values()])
    columns = np.split(np.arange(ends[-1]), ends[:-1])
    tables = [np.hstack([side[name] for name in real]) for side in (real, generated)]
    size = min(map(len, tables))
    if size < SMALLEST_SET:
        return TwoSample(float("nan"), {})
    rng = np.random.default_rng(random_seed)
    labels = np.repeat([0, 1], size)
    right: list[float] = []
    losses: list[list[float]] = []
    with threadpool_limits(1):
        for round_number in range(ROUNDS):
            chosen = np.concatenate([rows[rng.permutation(len(rows))[:size]] for rows in tables])
            folds = StratifiedKFold(FOLDS, shuffle=True, random_state=random_seed + round_number)
            for train, test in folds.split(chosen, labels):
                table = np.where(np.isnan(chosen[train]).all(0), 0, chosen)  # the trees want a value, or none at all
                trees = HistGradientBoostingClassifier(max_iter=60, min_samples_leaf=5, random_state=random_seed)
                trees.fit(table[train], labels[train])
                right.append(float((trees.predict(table[test]) == labels[test]).mean()))
                losses.append([])
                for of_measure in columns:
                    shuffled = table[test]
                    shuffled[:, of_measure] = shuffled[rng.permutation(len(test))][:, of_measure]
                    losses[-1].append(right[-1] - float((trees.predict(shuffled) == labels[test]).mean()))
    telltales = dict(zip(real, np.mean(losses, axis=0).tolist(), strict=True))
    return TwoSample(float(np.mean(right)), dict(sorted(telltales.items(), key=lambda item: -item[1])))
