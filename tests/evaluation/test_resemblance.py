"""Resemblance and the checks of parts: known cases fall where their names say."""

import math

import numpy as np
import pytest

from melodyrnn.corpus.loops import draw_loop
from melodyrnn.errors import OptionError
from melodyrnn.evaluation.parts import check_parts, pass_share
from melodyrnn.evaluation.resemblance import copied_bars, resemblance
from melodyrnn.music.description import rhythm_overlap
from melodyrnn.music.song import Note, Song, Track

BARS = 8


def halves(seed: int) -> tuple[Song, Song]:
    """A loop in 4/4 of at least 16 bars: bars 1 to 8, and 9 to 16."""
    rng = np.random.default_rng(seed)
    while True:
        song, bar = draw_loop(rng), 96
        if song.time_signatures[0].bar_pulses == bar and song.bars >= 2 * BARS:
            first, second = song.until_pulse(BARS * bar), song.until_pulse(2 * BARS * bar).from_pulse(BARS * bar)
            if min(first.note_count, second.note_count) > 20:
                return first, second


PAIRS = [halves(seed) for seed in range(16)]
SEEDS, TRUE = [pair[0] for pair in PAIRS], [pair[1] for pair in PAIRS]


def test_the_true_continuation_scores_1_and_other_pieces_about_0() -> None:
    assert resemblance(SEEDS, TRUE, TRUE, BARS).score == pytest.approx(1.0)
    others = TRUE[1:] + TRUE[:1]
    assert abs(resemblance(SEEDS, others, TRUE, BARS).score) < 0.3


def test_a_copy_scores_above_1_and_is_seen_to_be_one() -> None:
    found = resemblance(SEEDS, SEEDS, TRUE, BARS)
    assert found.score > 1
    assert found.copied_bars == 1.0
    assert found.truly_copied_bars < 0.9


def test_silence_and_noise_score_below_0() -> None:
    rng = np.random.default_rng(0)
    noise = Track(np.column_stack([rng.integers(0, 768, 400), rng.integers(0, 128, 400), [3] * 400, [100] * 400]))
    assert resemblance(SEEDS, [Song([noise])] * 16, TRUE, BARS).score < 0
    assert resemblance(SEEDS, [Song([Track([])])] * 16, TRUE, BARS).score < 0


def test_one_piece_alone_cannot_be_compared() -> None:
    with pytest.raises(OptionError, match="at least two pieces"):
        resemblance(SEEDS[:1], TRUE[:1], TRUE[:1], BARS)


def test_copied_bars_count_whole_bars_of_pitched_parts_only() -> None:
    melody = Track([Note(96 * bar, 60 + bar, 24, 80) for bar in range(4)])
    drums = Track([Note(96 * bar, 36, 6, 80) for bar in range(4)], 0, True)
    changed = Track([Note(96 * bar, 60 + bar + bar % 2, 24, 80) for bar in range(4)])
    assert copied_bars(Song([melody, drums]), Song([changed, drums]), 4) == 0.75
    assert math.isnan(copied_bars(Song([drums]), Song([drums]), 4))


def test_rhythm_overlap_is_that_of_the_likest_bar() -> None:
    assert rhythm_overlap([frozenset({0, 6})], [frozenset({0, 6, 12}), frozenset({3})]) == pytest.approx(2 / 3)


def part(**change: int) -> Song:
    step, pitch, length, velocity, chord = (
        change.get(name, default)
        for name, default in {"step": 24, "pitch": 60, "length": 24, "velocity": 80, "chord": 2}.items()
    )
    notes = [Note(p, pitch + 4 * i, length, velocity) for p in range(0, 768, step) for i in range(chord)]
    return Song([Track(notes, 0, False, "Part")])


@pytest.mark.parametrize(
    ("change", "fails"),
    [
        ({}, ()),
        ({"step": 96}, ("present",)),
        ({"pitch": 72}, ("register",)),
        ({"chord": 4}, ("register", "chord")),
        ({"velocity": 100}, ("loudness",)),
        ({"length": 12}, ("length",)),
    ],
)
def test_each_check_fails_on_its_own_fault(change: dict[str, int], fails: tuple[str, ...]) -> None:
    (check,) = check_parts(part(), part(**change), BARS, BARS)
    assert check.fails == fails


def test_a_kit_may_play_only_the_sounds_it_played() -> None:
    kit = [Song([Track([Note(p, sound, 6, 80) for p in range(0, 768, 24)], 0, True)]) for sound in (36, 38)]
    assert check_parts(kit[0], kit[1], BARS, BARS)[0].fails == ("kit",)


def test_a_part_that_falls_silent_is_not_present() -> None:
    checks = check_parts(part(), Song([Track([])]), BARS, BARS)
    assert checks[0].fails == ("present",)
    assert pass_share(checks) == 0.0
