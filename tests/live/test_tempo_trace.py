"""The tempos that a take writes of another clock: one while it is steady, and those of a ramp."""

import random
from collections.abc import Callable, Iterable

import pytest

from melodyrnn.live.time.tempo_trace import TempoTrace
from melodyrnn.music.pulses import seconds_per_pulse

BEATS = 64
JITTERS = {
    "2.7 ms either way": lambda rng: rng.uniform(-0.0027, 0.0027),
    "late by up to a JACK period": lambda rng: rng.uniform(0, 256 / 48000),
    "1 ms, normal": lambda rng: rng.gauss(0, 0.001),
    "none": lambda rng: 0.0,
}


def tempos(trace: TempoTrace, times: Iterable[float], first: int = 0) -> dict[int, float]:
    """The tempo from each pulse on, as a take has it at the end."""
    found = {}
    for pulse, seconds in enumerate(times, first):
        if tempo := trace.add(pulse, seconds, 119.0):
            found[tempo.pulse] = tempo.bpm
    return found


def seconds_of(found: dict[int, float], pulses: int) -> list[float]:
    """When each pulse is by the tempos of a take."""
    now, bpm, times = 0.0, found[0], []
    for pulse in range(pulses):
        bpm = found.get(pulse, bpm)
        times.append(now)
        now += seconds_per_pulse(bpm)
    return times


@pytest.mark.parametrize("bpm", [30, 60, 119.5, 120, 187, 300])
@pytest.mark.parametrize("jitter", JITTERS.values(), ids=JITTERS)
def test_a_steady_clock_that_jitters_has_one_tempo(bpm: float, jitter: Callable[[random.Random], float]):
    for seed in range(5):
        rng = random.Random(seed)
        times = [n * seconds_per_pulse(bpm) + jitter(rng) for n in range(24 * BEATS)]
        found = tempos(TempoTrace(), times)
        assert list(found) == [0]
        assert found[0] == pytest.approx(bpm, rel=2e-4)


@pytest.mark.parametrize(("start", "end", "seconds"), [(60, 180, 30), (180, 60, 30), (100, 130, 8), (100, 104, 60)])
@pytest.mark.parametrize("jitter", JITTERS.values(), ids=JITTERS)
def test_a_ramp_is_followed(start: float, end: float, seconds: float, jitter: Callable[[random.Random], float]):
    rng, true, now = random.Random(0), [], 0.0
    while now < seconds + 10:
        true.append(now)
        now += seconds_per_pulse(start + (end - start) * min(1.0, now / seconds))
    found = tempos(TempoTrace(), [t + jitter(rng) for t in true])
    taken = seconds_of(found, len(true))
    offset = taken[-1] - true[-1]  # the pulses of the take begin where its first clock came
    assert max(abs(a - b - offset) for a, b in zip(taken, true, strict=True)) < 0.04
    assert list(found.values())[-1] == pytest.approx(end, rel=2e-3)
    assert len(found) <= len(true) // 24 + 1


def test_another_tempo_at_once_begins_where_it_begins():
    times = [n * seconds_per_pulse(120) for n in range(240)]
    times += [times[-1] + n * seconds_per_pulse(90) for n in range(1, 241)]
    found = tempos(TempoTrace(), times)
    assert found[0] == pytest.approx(120)
    begins = [pulse for pulse, bpm in found.items() if bpm == pytest.approx(90, rel=1e-3)]
    assert 240 - 24 <= begins[0] <= 240 + 24


@pytest.mark.parametrize("pause", [0.0, 0.37, 12.0])
def test_a_clock_that_is_started_again_keeps_its_tempo(pause: float):
    rng, trace, found, now, pulse = random.Random(1), TempoTrace(), {}, 0.0, 0
    for run in range(20):
        trace.restart()
        times = [now + n * seconds_per_pulse(120) + rng.uniform(-0.0027, 0.0027) for n in range(30 * (run % 4 + 1))]
        found |= tempos(trace, times, pulse)
        now, pulse = times[-1] + pause, pulse + len(times)
    assert list(found) == [0]
    assert found[0] == pytest.approx(120, rel=1e-3)


def test_another_tempo_after_a_pause_holds_from_its_first_pulse():
    trace = TempoTrace()
    found = tempos(trace, [n * seconds_per_pulse(120) for n in range(240)])
    trace.restart()
    found |= tempos(trace, [60 + n * seconds_per_pulse(90) for n in range(240)], 240)
    assert list(found) == [0, 240]
    assert found[240] == pytest.approx(90)
