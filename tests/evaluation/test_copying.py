"""Copies are found in any key and rhythm, as long as they are, and nothing else is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.evaluation.copying import KnownMelodies, copying
from melodyrnn.music import Note, Song, Track


def line(pitches, length: int = 12, is_drum: bool = False) -> Song:
    return Song((Track([Note(i * length, p, length, 80) for i, p in enumerate(pitches)], is_drum=is_drum),))


def random_pitches(count: int, random_seed: int) -> list[int]:
    return np.random.default_rng(random_seed).integers(48, 84, count).tolist()


def test_a_copied_passage_is_found_in_another_key_and_rhythm():
    known = KnownMelodies([line(random_pitches(100, 1)), line(random_pitches(100, 2))])
    copied = [pitch + 3 for pitch in random_pitches(100, 2)[30:50]]
    found = copying([line([*random_pitches(40, 3), *copied, *random_pitches(40, 4)], length=8)], known)
    assert found.longest_notes == (20,)
    assert found.share == pytest.approx((20 - 12 + 1) / (100 - 12 + 1))


def test_a_run_over_the_border_of_two_pieces_is_no_copy():
    first, second = random_pitches(30, 1), random_pitches(30, 2)
    found = copying([line([*first[-8:], *second[:8]])], KnownMelodies([line(first), line(second)]))
    assert found.share == 0
    assert found.longest_notes[0] in range(8, 12)  # a half, and what agrees by chance


def test_drums_are_compared_by_their_sounds():
    beat = [36, 42, 38, 42] * 5
    known = KnownMelodies([line(beat, is_drum=True)])
    assert copying([line(beat[:16], is_drum=True)], known).share == 1
    assert copying([line([pitch + 1 for pitch in beat], is_drum=True)], known).share == 0


def test_too_little_to_copy():
    known = KnownMelodies([line(random_pitches(30, 1))])
    found = copying([line([60] * 5)], known)
    assert np.isnan(found.share)
    assert copying([line(random_pitches(30, 1))], KnownMelodies([])).share == 0


@given(st.lists(st.integers(0, 3), max_size=30), st.lists(st.integers(0, 3), max_size=30))
def test_the_longest_run_is_what_trying_all_of_them_finds(known, asked):
    """Against the plain definition, on lines of few pitches, so that runs are many."""
    steps, wanted = np.diff(known).tolist(), np.diff(asked).tolist()
    runs = {tuple(steps[i:j]) for i in range(len(steps)) for j in range(i, len(steps) + 1)}
    longest = max(
        (j - i for i in range(len(wanted)) for j in range(i, len(wanted) + 1) if tuple(wanted[i:j]) in runs), default=0
    )
    melodies = KnownMelodies([line([60 + p for p in known])] if known else [])
    assert melodies.longest(np.array(wanted, np.int64)) == longest
