"""Overlapped area on distributions whose overlap is known."""

import numpy as np
import pytest

from melodyrnn.evaluation.distributions import distances_between, distances_within, likeness, overlapped_area


def normal(mean: float, count: int, random_seed: int, spread: float = 1.0) -> np.ndarray:
    return np.random.default_rng(random_seed).normal(mean, spread, (count, 1))


def test_two_normal_densities_overlap_as_they_do_on_paper():
    wide = np.random.default_rng(0).normal(0, 1, 200_000), np.random.default_rng(1).normal(2, 1, 200_000)
    area = overlapped_area(wide[0] + 10, wide[1] + 10)
    assert area == pytest.approx(0.3173, abs=0.03)  # 2 Phi(-1)


def test_distances_of_all_pairs():
    values, others = np.array([[0.0, 0], [3, 4], [0, 1]]), np.array([[0.0, 0], [6, 8]])
    assert sorted(distances_within(values)) == pytest.approx([1, np.sqrt(18), 5])
    assert distances_between(values, others).tolist() == pytest.approx([0, 10, 5, 5, 1, np.sqrt(85)])


def test_likeness_falls_with_the_distance_and_the_spread():
    real = normal(0, 150, 1)
    same, apart, far, narrow = (likeness(real, normal(m, 150, 2, s)) for m, s in ((0, 1), (2, 1), (20, 1), (0, 0.05)))
    assert same > 0.95
    assert 0.3 < apart < 0.8
    assert far < 0.01
    assert narrow < 0.9  # all alike is not what real pieces are


def test_outliers_do_not_part_two_sets_of_equal_values():
    real, generated = np.ones((100, 1)), np.ones((100, 1))
    assert likeness(real, generated) == 1
    real[0] = 1.5
    assert likeness(real, generated) > 0.97


def test_pieces_without_a_value_are_left_out():
    real, generated = normal(0, 50, 1), normal(0, 50, 2)
    missing = np.concatenate([generated, np.full((20, 1), np.nan)])
    assert likeness(real, missing) == likeness(real, generated)
    assert np.isnan(likeness(real, np.full((5, 1), np.nan)))
