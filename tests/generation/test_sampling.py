"""Drawing a token: what temperature and top-p do, counted, and that nothing illegal is ever drawn."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.errors import ModelFileError, OptionError
from melodyrnn.generation.sampling import Sampling, draw

Floats = npt.NDArray[np.float32]
DRAWS = 4000
logits_with_one_legal = st.lists(st.floats(-30, 30, width=32) | st.just(-np.inf), min_size=1, max_size=60).filter(
    lambda values: max(values) > -np.inf
)


def shares(p: list[float], temperature: float, top_p: float) -> npt.NDArray[np.float64]:
    """How often each token is drawn."""
    with np.errstate(divide="ignore"):
        logits = np.log(np.array(p, np.float32))
    rng = np.random.default_rng(0)
    drawn = [draw(logits, temperature, top_p, rng.random()) for _ in range(DRAWS)]
    return np.bincount(drawn, minlength=len(p)) / DRAWS


def nucleus(logits: Floats, temperature: float, top_p: float) -> set[int]:
    """The likeliest tokens that together hold top_p, with a hair more where rounding could decide: written plainly."""
    p = np.exp((logits.astype(np.float64) - logits.max()) / temperature)
    p /= p.sum()
    kept: set[int] = set()
    held = 0.0
    for token in sorted(range(len(p)), key=lambda token: -p[token]):
        if held >= top_p + 1e-5:
            break
        kept.add(token)
        held += p[token]
    return kept | {
        token for token in range(len(p)) if p[token] >= min(p[t] for t in kept) * (1 - 1e-5) and p[token] > 0
    }


@given(
    values=logits_with_one_legal,
    temperature=st.floats(0.05, 10),
    top_p=st.floats(0.01, 1),
    seed=st.integers(0, 2**32 - 1),
)
def test_what_is_drawn_is_legal_and_in_the_nucleus(
    values: list[float], temperature: float, top_p: float, seed: int
) -> None:
    logits = np.array(values, np.float32)
    before, rng = logits.copy(), np.random.default_rng(seed)
    for _ in range(8):
        token = draw(logits, temperature, top_p, rng.random())
        assert logits[token] > -np.inf
        assert token in nucleus(logits, temperature, top_p)
    np.testing.assert_array_equal(logits, before)


@given(values=logits_with_one_legal, top_p=st.floats(0.01, 1), seed=st.integers(0, 2**32 - 1))
def test_temperature_zero_draws_the_likeliest(values: list[float], top_p: float, seed: int) -> None:
    logits = np.array(values, np.float32)
    assert draw(logits, 0, top_p, np.random.default_rng(seed).random()) == int(logits.argmax())


def test_as_learned_tokens_come_as_often_as_their_probability() -> None:
    p = [0.05, 0.4, 0.0, 0.25, 0.3]
    np.testing.assert_allclose(shares(p, 1, 1), p, atol=0.025)


def test_temperature_sharpens_and_flattens() -> None:
    p = np.array([0.1, 0.6, 0.3])
    for temperature in (0.5, 2.0):
        powered = p ** (1 / temperature)
        np.testing.assert_allclose(shares(list(p), temperature, 1), powered / powered.sum(), atol=0.025)


def test_top_p_leaves_out_the_unlikely_and_keeps_proportions() -> None:
    p = [0.05, 0.4, 0.0, 0.25, 0.3]
    np.testing.assert_allclose(shares(p, 1, 0.65), [0, 4 / 7, 0, 0, 3 / 7], atol=0.025)
    np.testing.assert_allclose(shares(p, 1, 0.9), [0, 0.4 / 0.95, 0, 0.25 / 0.95, 0.3 / 0.95], atol=0.025)
    np.testing.assert_array_equal(shares(p, 1, 0.3), [0, 1, 0, 0, 0])


def test_a_flat_distribution_keeps_its_share_of_tokens() -> None:
    drawn = shares([1 / 200] * 200, 1, 0.5)
    assert (drawn > 0).sum() == 100
    np.testing.assert_allclose(drawn[drawn > 0], 0.01, atol=0.01)


@given(values=logits_with_one_legal, top_p=st.floats(0.01, 1), number=st.floats(0, 1, exclude_max=True))
def test_the_number_decides(values: list[float], top_p: float, number: float) -> None:
    logits = np.array(values, np.float32)
    assert draw(logits, 1, top_p, number) == draw(logits, 1, top_p, number)


@pytest.mark.parametrize("top_p", [0.95, 1.0])
@pytest.mark.parametrize(("number", "token"), [(0.0, 1), (1 - 2**-53, 2)])
def test_the_least_and_the_largest_random_number_draw_what_is_legal(number: float, token: int, top_p: float) -> None:
    logits = np.array([-np.inf, 1, 0.5, -np.inf], np.float32)
    assert draw(logits, 1, top_p, number) == token


@pytest.mark.parametrize(("temperature", "top_p"), [(0, 1), (0, 0.01), (1, 1), (10, 0.5)])
def test_legal_sampling_is_legal(temperature: float, top_p: float) -> None:
    Sampling(temperature, top_p)


@pytest.mark.parametrize(
    ("temperature", "top_p", "named"),
    [
        (-0.1, 1, "temperature"),
        (10.1, 1, "temperature"),
        (float("nan"), 1, "temperature"),
        (float("inf"), 1, "temperature"),
        (1, 0, "top_p"),
        (1, -1, "top_p"),
        (1, 1.01, "top_p"),
        (1, float("nan"), "top_p"),
    ],
)
def test_illegal_sampling_is_one_line_that_names_it(temperature: float, top_p: float, named: str) -> None:
    with pytest.raises(OptionError, match=named) as caught:
        Sampling(temperature, top_p)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_logits_that_are_no_numbers_are_an_error(value: float) -> None:
    with pytest.raises(ModelFileError, match="overflow"):
        draw(np.array([0, value, 1], np.float32), 1.0, 0.95, 0.5)


@pytest.mark.parametrize("temperature", [1e-300, 1e-40, 1e-6])
def test_next_to_no_temperature_is_none(temperature: float) -> None:
    logits = np.array([-1e17, 1e17, 0], np.float32)
    assert draw(logits, temperature, 0.95, 0.5) == 1
