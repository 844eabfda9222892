"""Ways out of loops, and parts that go on playing."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from melodyrnn.encoding.events import DRUM, PART, PITCHES
from melodyrnn.generation import Sampling, Seed, continuation, continue_song
from melodyrnn.generation.generator import Generator
from melodyrnn.generation.guidance import (
    FOREIGN_NATS,
    MOST_TIMES,
    PATTERNS,
    SCALE_KNOWN,
    SILENCE_NATS,
    Loops,
    Silences,
    Tonality,
)
from melodyrnn.generation.seed_cache import SeedCache
from melodyrnn.music import Note, Song, Track
from models import flat_model

BAR = 96


def odds(loops: Loops, bars: int, place: int) -> npt.NDArray[np.float32]:
    logits = np.zeros(PITCHES, np.float32)
    loops.discourage(logits, bars, place, 0)
    return logits


def played(loops: Loops, bar: int, pitches: tuple[int, int]) -> None:
    for place, pitch in zip((0, 48), pitches, strict=True):
        loops.push((0, place, 0, pitch, 48, 20), bar)


@pytest.mark.parametrize("length", PATTERNS)
def test_a_pattern_played_three_times_is_not_played_again(length: int) -> None:
    loops = Loops()
    for bar in range(MOST_TIMES * length):
        assert not odds(loops, 1, 0).any() or bar > MOST_TIMES * length
        played(loops, bar, (60 + bar % length, 70))
    logits = odds(loops, 1, 0)
    assert logits[60] < 0
    assert np.count_nonzero(logits) == 1  # this pitch at this place, and nothing else
    assert not odds(loops, 1, 24).any()
    assert not odds(loops, 2, 0).any()
    loops.push((1, 0, 0, 60, 48, 20), MOST_TIMES * length)
    assert odds(loops, 0, 48)[70] < logits[60]  # the note that would complete it hardly comes at all
    loops.push((0, 24, 0, 61, 24, 20), MOST_TIMES * length)
    assert not odds(loops, 0, 48).any()  # the bar is another one already


def test_what_a_seed_repeats_more_often_may_go_on() -> None:
    loops = Loops()
    for bar in range(6):
        played(loops, bar, (60, 70))
    assert odds(loops, 1, 0)[60] < 0
    loops.allow()
    assert not odds(loops, 1, 0).any()


def longest_run(song: Song) -> int:
    bars = [
        tuple((note.onset_pulses % BAR, *note[1:3]) for note in song.tracks[0] if note.onset_pulses // BAR == bar)
        for bar in range(song.bars)
    ]
    longest = run = 1
    for one, other in pairwise(bars):
        run = run + 1 if one == other else 1
        longest = max(longest, run)
    return longest


def test_a_model_that_would_play_one_bar_for_ever_does_not() -> None:
    stuck = flat_model(bars={1: 30}, place={0: 30}, pitch={60: 12, 62: 2}, duration={96: 30}, velocity={20: 30})
    varied = Song((Track([Note(0, 60, 96, 78), Note(96, 62, 96, 78), Note(192, 64, 96, 78)]),))
    song = continue_song(stuck, Seed.of(varied), 40).song
    assert song.bars == 43
    assert longest_run(song) == MOST_TIMES
    steady = Song((Track([Note(BAR * bar, 60, 96, 78) for bar in range(6)]),))
    assert longest_run(continue_song(stuck, Seed.of(steady), 40).song) == 46


TWO_HANDS = Song(
    (
        Track([Note(12 * i, 72 + i % 5, 12, 78) for i in range(64)]),
        Track([Note(48 * i, 48 + i % 3, 48, 78) for i in range(16)]),
    )
)


def onsets_a_bar(guided: bool, monkeypatch: pytest.MonkeyPatch, seed: Song = TWO_HANDS) -> list[float]:
    """Of each part, in 16 bars that go on from the seed by a model that would let the first part rest for ever."""
    left = flat_model(bars={0: 30, 1: 29}, place={0: 9, 48: 9}, part={1: 6}, duration={12: 30}, velocity={20: 30})
    if not guided:
        monkeypatch.setattr(Generator, "mark_as_seed", lambda self: None)
    monkeypatch.setattr(continuation, "READ_SEEDS", SeedCache())
    song = continue_song(left, Seed.of(seed), 16, sampling=Sampling(1.0, 1.0)).song
    return [float((track.array[:, 0] >= 8 * BAR).sum() / 16) for track in song.tracks]


def cost(tonality: Tonality) -> npt.NDArray[np.float32]:
    logits = np.zeros(PITCHES, np.float32)
    tonality.discourage(logits)
    return -logits


def test_a_note_outside_the_scale_that_was_heard_costs() -> None:
    tonality = Tonality()
    for pitch in [60, 62, 64, 65, 67, 69, 71] * 4:
        tonality.push((0, 0, 0, pitch, 24, 20), 0)
    costs = cost(tonality)
    assert costs[[48, 62, 76, 83]].tolist() == [0, 0, 0, 0]
    assert costs[[49, 61, 66]] == pytest.approx(FOREIGN_NATS)
    assert not costs[DRUM:].any()  # neither drums nor signs


def test_a_foreign_note_that_stays_is_foreign_no_more() -> None:
    tonality = Tonality()
    for pitch in [60, 62, 64, 65, 67, 69, 71] * 8 + [66]:
        tonality.push((0, 0, 0, pitch, 24, 20), 0)
    once = cost(tonality)[66]
    tonality.push((0, 0, 0, 66, 24, 20), 0)
    assert 0 <= cost(tonality)[66] < once < FOREIGN_NATS


def test_of_few_notes_no_scale_is_known() -> None:
    tonality = Tonality()
    for _ in range(SCALE_KNOWN - 1):
        tonality.push((0, 0, 0, 60, 24, 20), 0)
    assert not cost(tonality).any()


def test_a_longer_silence_than_any_before_costs() -> None:
    silences = Silences()
    logits = np.zeros(96, np.float32)
    silences.discourage(logits, 0, 1)
    assert not logits.any()  # before the first note nothing is known
    silences.push((0, 0, 0, 60, 24, 20), 0)
    silences.push((0, 48, 0, 60, 24, 20), 48)  # after a beat of silence; it ends at 72
    silences.discourage(logits, 0, 1)
    assert not logits[: 72 + 24 + 1].any()
    bars = np.zeros(3, np.float32)
    silences.discourage(bars, 0, 96)
    assert bars.tolist() == [0, 0, -SILENCE_NATS]
    later = np.zeros(96, np.float32)
    silences.discourage(later, 96, 1)
    assert later[[0, 12, 24, 95]].tolist() == [0, -SILENCE_NATS / 2, -SILENCE_NATS, -SILENCE_NATS]
    silences.push((0, 48, 0, DRUM + 38, 24, 20), 48)  # of a kit more of it counts
    of_a_kit = np.zeros(96, np.float32)
    silences.discourage(of_a_kit, 96, 1)
    assert of_a_kit[[24, 48, 95]].tolist() == [-SILENCE_NATS, -2 * SILENCE_NATS, -2 * SILENCE_NATS]


def test_parts_of_the_seed_go_on_playing(monkeypatch: pytest.MonkeyPatch) -> None:
    guided = onsets_a_bar(True, monkeypatch)
    unguided = onsets_a_bar(False, monkeypatch)
    assert unguided[0] < 0.5
    assert guided[0] > 1
    assert guided[1] > 0.5


def test_a_part_that_rested_in_the_seed_may_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    resting = Song((TWO_HANDS.tracks[0].with_notes([Note(0, 72, 12, 78)]), TWO_HANDS.tracks[1]))
    assert onsets_a_bar(True, monkeypatch, resting)[0] < 0.5


def test_from_nothing_no_part_is_pressed() -> None:
    model = flat_model(bars={0: 30, 1: 29}, part={1: 20}, duration={12: 30}, velocity={20: 30})
    generator = Generator(model, 0, Sampling(), 1)
    for event in ((0, 0, 0, PART, 0, 0), (0, 0, 1, PART, 0, 0), (0, 0, 0, 60, 12, 20)):
        generator.push(event)
    drawn = []
    for _ in range(40):
        drawn.append(generator.next_event())
        generator.push(drawn[-1])
    assert {event[2] for event in drawn} == {1}
