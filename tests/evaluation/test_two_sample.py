"""The two-sample test tells what differs, and by which measure, and does not tell what is the same."""

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the judge needs the evaluate extra")

from melodyrnn.evaluation.two_sample import two_sample_test


def sets(count: int, random_seed: int, shift: float = 0.0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(random_seed)
    return {
        "plain": rng.normal(size=(count, 1)),
        "telling": rng.normal(size=(count, 3)) + shift,
        "missing": np.where(rng.random((count, 1)) < 0.5, np.nan, 1.0),
    }


def test_one_distribution_is_not_told_from_itself():
    assert two_sample_test(sets(100, 1), sets(60, 2)).accuracy == pytest.approx(0.5, abs=0.12)


def test_a_shifted_measure_is_told_and_named():
    found = two_sample_test(sets(100, 1), sets(60, 2, shift=3))
    assert found.accuracy > 0.95
    assert next(iter(found.telltales)) == "telling"
    assert found.telltales["telling"] > 0.2
    assert found.telltales["plain"] < 0.05


def test_too_few_pieces_tell_nothing():
    assert np.isnan(two_sample_test(sets(9, 1), sets(60, 2)).accuracy)


def test_a_measure_that_no_piece_has_tells_nothing() -> None:
    rng = np.random.default_rng(0)
    sides = [{"one": rng.normal(size=(40, 1)), "none": np.full((40, 2), np.nan)} for _ in range(2)]
    assert two_sample_test(*sides).telltales["none"] == 0
