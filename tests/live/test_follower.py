"""Following a clock: how near the smoothed pulses come to the true ones."""

import random
import statistics
from collections.abc import Callable

import pytest

from melodyrnn import messages
from melodyrnn.live.time.follower import (
    AHEAD_PULSES,
    JOINED_PULSES,
    STALL_SECONDS,
    ExternalTransport,
    PulseEstimate,
    Signal,
)
from melodyrnn.music.pulses import seconds_per_pulse

JACK_PERIOD = 256 / 48000


def steady(bpm: float, pulses: int = 2000) -> list[float]:
    return [n * seconds_per_pulse(bpm) for n in range(pulses)]


def ramp(start: float, end: float, seconds: float) -> list[float]:
    times, now = [], 0.0
    while now < seconds + 10:
        times.append(now)
        now += seconds_per_pulse(start + (end - start) * min(1.0, now / seconds))
    return times


def at_periods(_: random.Random, seconds: float) -> float:
    """As a receiver sees it that looks once a JACK period; half a period earlier, so that it has no bias."""
    return -(-seconds // JACK_PERIOD) * JACK_PERIOD - seconds - JACK_PERIOD / 2


def errors(times: list[float], jitter: Callable[[random.Random, float], float]) -> tuple[float, float]:
    """Median and 99th percentile of |predicted - true| time of the next pulse, in seconds, after two beats."""
    rng, estimate, found = random.Random(0), PulseEstimate(0.02), []
    for n, seconds in enumerate(times):
        if n > 48:
            found.append(abs(estimate.phase_seconds + estimate.period_seconds - seconds))
        estimate.update(seconds + jitter(rng, seconds))
    return statistics.median(found), sorted(found)[int(0.99 * len(found))]


@pytest.mark.parametrize("bpm", [20, 60, 120, 187, 300])
@pytest.mark.parametrize(
    "jitter", [at_periods, lambda rng, _: rng.gauss(0, 0.001), lambda rng, _: rng.uniform(-0.0025, 0.0025)]
)
def test_a_steady_clock_with_jitter(bpm, jitter):
    median, p99 = errors(steady(bpm), jitter)
    assert median < 0.001
    assert p99 < 0.003


@pytest.mark.parametrize(("start", "end", "seconds"), [(60, 180, 30), (180, 60, 30), (100, 130, 8)])
def test_a_ramp(start, end, seconds):
    median, p99 = errors(ramp(start, end, seconds), at_periods)
    assert median < 0.001
    assert p99 < 0.003


def test_a_clock_without_jitter_is_followed_exactly():
    assert errors(steady(133), lambda *_: 0.0)[1] < 1e-9


def test_another_tempo_at_once_is_taken_up_within_a_beat():
    estimate = PulseEstimate(0.02)
    times = [n * 0.02 for n in range(200)] + [199 * 0.02 + n * 0.05 for n in range(1, 25)]
    for seconds in times:
        estimate.update(seconds)
    assert estimate.period_seconds == pytest.approx(0.05, rel=0.01)


def test_the_tempo_is_known_after_two_pulses():
    transport = ExternalTransport()
    transport.receive(bytes((messages.CLOCK,)), 10.0)
    transport.receive(bytes((messages.CLOCK,)), 10.0 + seconds_per_pulse(97))
    assert transport.bpm == pytest.approx(97)


class TestTransport:
    """Start, stop and position."""

    def roll(self, transport: ExternalTransport, clocks: int, start: float, bpm: float = 120) -> float:
        for n in range(clocks):
            transport.receive(bytes((messages.CLOCK,)), start + n * seconds_per_pulse(bpm))
        return start + (clocks - 1) * seconds_per_pulse(bpm)

    def test_the_first_clock_after_start_is_pulse_0(self):
        transport = ExternalTransport()
        assert transport.receive(bytes((messages.START,)), 0.0) is Signal.START
        assert not transport.runs(0.0)
        last = self.roll(transport, 1, 1.0)
        assert transport.runs(last)
        assert transport.pulse(last) == 0

    def test_pulses_are_predicted_but_not_far(self):
        transport = ExternalTransport()
        transport.receive(bytes((messages.START,)), 0.0)
        last = self.roll(transport, 50, 0.0)
        pulse = seconds_per_pulse(120)
        assert transport.pulse(last + 1.001 * pulse) == 50
        assert transport.look_again(50) == pytest.approx(last + pulse)
        assert transport.pulse(last + 9 * pulse) == 49 + AHEAD_PULSES

    def test_it_stalls_after_a_stated_time(self):
        transport = ExternalTransport()
        transport.receive(bytes((messages.START,)), 0.0)
        last = self.roll(transport, 50, 0.0)
        assert transport.runs(last + STALL_SECONDS - 0.001)
        assert not transport.runs(last + STALL_SECONDS + 0.001)
        assert transport.look_again(1000) <= last + STALL_SECONDS + 0.001
        assert not transport.runs(transport.look_again(1000))

    def test_a_slow_clock_does_not_stall(self):
        transport = ExternalTransport()
        transport.receive(bytes((messages.START,)), 0.0)
        last = self.roll(transport, 10, 0.0, bpm=8)  # a pulse lasts 312 ms
        assert transport.runs(last + 0.3)

    def test_position_then_continue(self):
        transport = ExternalTransport()
        transport.receive(bytes((messages.START,)), 0.0)
        last = self.roll(transport, 50, 0.0)
        transport.receive(bytes((messages.STOP,)), last)
        assert not transport.runs(last)
        assert transport.receive(messages.position(32 * 96), last) is Signal.LOCATE
        transport.receive(bytes((messages.CONTINUE,)), last)
        last = self.roll(transport, 1, last + 0.1)
        assert transport.pulse(last) == 32 * 96

    def test_clocks_while_it_stands_still_move_nothing(self):
        transport = ExternalTransport()
        transport.receive(bytes((messages.STOP,)), 0.0)
        last = self.roll(transport, 50, 0.0)
        assert not transport.runs(last)
        assert transport.next_pulse == 0

    def test_a_clock_that_runs_already_is_joined_after_a_beat(self):
        transport = ExternalTransport()
        last = self.roll(transport, JOINED_PULSES, 0.0)
        assert not transport.runs(last)
        last = self.roll(transport, 1, last + seconds_per_pulse(120))
        assert transport.runs(last)
        assert transport.pulse(last) == 0
        assert transport.receive(bytes((messages.START,)), last) is Signal.START
        assert transport.next_pulse == 0

    @pytest.mark.parametrize("pulse", [0, 6, 96, 98298])
    def test_position_messages_name_their_pulse(self, pulse):
        assert messages.position_pulse(messages.position(pulse)) == pulse

    def test_clocks_at_one_moment_break_nothing(self):
        transport = ExternalTransport()
        transport.receive(bytes((messages.START,)), 0.0)
        for _ in range(500):
            transport.receive(bytes((messages.CLOCK,)), 5.0)
        assert transport.bpm <= 5001
        assert transport.pulse(5.0) <= 499 + AHEAD_PULSES
