"""When messages came, though they are seen late."""

import random

import pytest

from melodyrnn.ports.arrival import ArrivalTimes

PULSE_SECONDS = 60 / 120 / 24


def seen(steps: list[float], lateness: list[float], start: float = 100.0) -> list[tuple[float, float]]:
    """(true time, told time) of messages that come in such steps and are seen so late."""
    arrivals, true, told = ArrivalTimes(), start, []
    for step, late in zip(steps, lateness, strict=True):
        true += step
        told.append((true, arrivals.at(step, true + late)))
    return told


def test_lateness_of_looking_does_not_move_the_pulses():
    rng = random.Random(1)
    late = [rng.uniform(0.0, 0.006) for _ in range(500)]
    told = seen([0.0] + [PULSE_SECONDS] * 499, late)
    errors = [told - true for true, told in told[96:]]
    assert max(map(abs, errors)) < 0.0004  # against 6 ms of lateness
    assert all(told <= true + late for (true, told), late in zip(told, late, strict=True))


def test_a_clock_that_runs_at_another_rate_is_followed():
    arrivals, worst = ArrivalTimes(), 0.0
    for pulse in range(100_000):
        true = pulse * PULSE_SECONDS
        told = arrivals.at(PULSE_SECONDS * 1.00015 if pulse else 0.0, true)
        worst = max(worst, abs(told - true))
    assert worst < 1e-4


def test_a_step_that_was_lost_is_not_held_against_what_follows():
    arrivals = ArrivalTimes()
    arrivals.at(0.0, 10.0)
    arrivals.at(0.02, 10.02)
    assert arrivals.at(0.02, 15.0) == pytest.approx(15.0)
    assert arrivals.at(0.02, 15.02) == pytest.approx(15.02)
