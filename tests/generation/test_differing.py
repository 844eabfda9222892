"""Takes that would be alike are drawn again, freer."""

import numpy as np

from melodyrnn import api
from melodyrnn.generation import Request, Seed
from melodyrnn.generation.differing import STEPS, Freedom, alike
from melodyrnn.music import Note, Song, Track

ROOTS = (33, 29, 36, 31)


def loop() -> Song:
    """Four bars of chords, bass and drums, twice."""
    chords = [Note(96 * bar, ROOTS[bar % 4] + 24 + step, 96, 80) for bar in range(8) for step in (0, 7, 12)]
    bass = [Note(24 * beat, ROOTS[beat // 4 % 4], 24, 90) for beat in range(32)]
    sounds = ((36, 42), (42,), (38, 42), (42,))
    drums = [Note(12 * place, pitch, 6, 90) for place in range(64) for pitch in sounds[place % 4]]
    return Song([Track(chords), Track(bass, program=33), Track(drums, is_drum=True)])


def part(*notes: tuple[int, int], velocity: int = 80) -> np.ndarray:
    return np.array([(onset, pitch, 24, velocity) for onset, pitch in notes])


def test_takes_are_alike_by_part_onset_and_pitch():
    one = [part((0, 60), (24, 62)), part((0, 36))]
    louder = [part((0, 60), (24, 62), velocity=100), part((0, 36))]
    other_part = [part((0, 60)), part((0, 36), (24, 62))]
    assert alike([one, louder, other_part, one]) == [1, 3]
    assert alike([one]) == []
    assert alike([one, other_part], one) == [0]
    silent = [part((0, 60))[:0]]
    assert alike([silent, silent]) == []


def test_freedom_has_a_highest_temperature():
    assert Freedom(0.5, 1).times(STEPS[0]) == Freedom(0.2, 1.2)
    assert Freedom(1, 9).times(STEPS[-1]) == Freedom(0, 10)


def test_takes_of_a_loop_differ_and_each_can_be_made_alone():
    seed = Seed.of(loop())
    request = Request.of({"takes": 3, "bars": 2, "random_seed": 1})
    made = api.takes(seed, request)
    assert alike([take.new_notes for take in made]) == []
    assert made[0].freedom is None
    redrawn = [(number, take) for number, take in enumerate(made) if take.freedom]
    assert redrawn
    for number, take in redrawn:
        alone = api.continuation(seed, Request.of({"bars": 2, "random_seed": 1 + number, **take.freedom._asdict()}))
        assert alone.song == take.song


def test_bars_made_anew_are_not_the_bars_that_went():
    request = Request.of({"replace": "5-6", "part": ["2"], "random_seed": 2})
    made = api.continuation(Seed.of(loop()), request)
    assert made.freedom is not None
    assert alike([made.new_notes], made.replaced_notes) == []


def test_takes_that_are_to_stay_may_be_alike():
    made = api.takes(Seed.of(loop()), Request.of({"takes": 2, "bars": 1, "random_seed": 1, "stay": 1.0}))
    assert [take.freedom for take in made] == [None, None]
