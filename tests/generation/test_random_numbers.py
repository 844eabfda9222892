"""Random numbers that depend on their keys alone, as the published SplitMix64 makes them."""

import numpy as np

from melodyrnn.generation.random_numbers import RandomNumbers, _mix

GOLDEN = 0x9E3779B97F4A7C15


def test_the_mixing_is_that_of_splitmix64() -> None:
    """The first outputs from state 1234567, as the reference implementation in C prints them."""
    outputs = [_mix(1234567 + n * GOLDEN & 2**64 - 1) for n in range(1, 6)]
    assert outputs == [
        6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821
    ]  # fmt: skip


def test_a_number_of_known_keys() -> None:
    """Written out: start = mix((0 ^ 5) + GOLDEN), number n = mix(start + (n + 1) GOLDEN) >> 11, over 2**53."""
    start = _mix(5 + GOLDEN)
    numbers = RandomNumbers(5)
    assert [numbers.random() for _ in range(3)] == [
        (_mix(start + (n + 1) * GOLDEN & 2**64 - 1) >> 11) / 2**53 for n in range(3)
    ]


def test_other_keys_give_other_numbers() -> None:
    keys = [(), (0,), (1,), (0, 0), (0, 1), (1, 0), (2**64 - 1,), (2**64 + 1,), (2**200,)]
    assert len({RandomNumbers(*key).random() for key in keys}) == len(keys)


def test_numbers_are_even() -> None:
    numbers = RandomNumbers(7)
    drawn = np.array([numbers.random() for _ in range(20_000)])
    assert ((drawn >= 0) & (drawn < 1)).all()
    assert np.abs(np.histogram(drawn, 20, (0, 1))[0] - 1000).max() < 150
    assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 0.03


def test_a_branch_has_numbers_of_its_own_and_leaves_those_of_the_stream() -> None:
    numbers, same = RandomNumbers(3), RandomNumbers(3)
    assert numbers.random() == same.random()
    assert len({numbers.branch(0).random(), numbers.branch(1).random(), numbers.branch(0).random()}) == 2
    assert numbers.random() == same.random()
