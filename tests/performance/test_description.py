"""Bits of a performance: all is counted, each note before it is learned from, and habits cost next to nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.music import Note, Song, Track
from melodyrnn.performance import separate
from melodyrnn.performance.description import Described, performance_bits
from melodyrnn.performance.mixing import Expert, mixture_bits


def bits_of(tracks: list[Track]) -> Described:
    song = Song(tracks)
    return performance_bits(song, *separate(song))


def line(count: int = 400, velocities: list[int] | None = None, length: int = 10) -> Track:
    given = velocities or [90]
    return Track([Note(12 * i, 60 + i * 5 % 12, length, given[i % len(given)]) for i in range(count)])


def test_an_even_performance_costs_next_to_nothing() -> None:
    described = bits_of([line()])
    assert described.total < 30
    assert sum(part[200:].sum() for part in described) < 0.5


def test_habits_are_learned_and_whims_are_not() -> None:
    whims = np.random.default_rng(0).integers(1, 128, 400).tolist()
    habit, whim = (bits_of([line(velocities=given)]).velocities[200:].mean() for given in ([100, 60, 80, 60], whims))
    assert habit < 0.05
    assert whim == pytest.approx(5, abs=0.6)  # 32 steps of 4, none likelier than another


def test_there_is_one_number_for_each_note() -> None:
    described = bits_of([line(30), line(20), Track([])])
    assert [len(part) for part in described] == [50] * 3
    assert bits_of([]).total == 0


def test_what_comes_later_does_not_change_what_a_note_costs() -> None:
    velocities = [90, 40, 100, 60, 70]
    early, changed = list(bits_of([line(40, velocities)])), line(40, velocities).array.copy()
    changed[20:, 3] = 127 - changed[20:, 3]
    changed[20:, 2] = 9
    late = bits_of([Track(changed)])
    for before, after in zip(early, late, strict=True):
        np.testing.assert_allclose(after[:20], before[:20], rtol=1e-9)


NOTES = st.lists(
    st.tuples(st.integers(0, 300), st.integers(58, 62), st.integers(1, 300), st.integers(1, 127)), max_size=30
)


@given(st.lists(NOTES, max_size=3), st.booleans())
def test_any_song_has_bits(parts: list[list[tuple[int, int, int, int]]], drums: bool) -> None:
    tracks = [Track([Note(*row) for row in rows], is_drum=drums) for rows in parts]
    described, again = bits_of(tracks), bits_of(tracks)
    assert described.total == again.total
    for part in described:
        assert len(part) == sum(len(track) for track in tracks)
        assert np.isfinite(part).all()
        assert (part >= 0).all()


@given(st.lists(st.integers(0, 7), min_size=1, max_size=20), st.lists(st.integers(-8, 8), min_size=20, max_size=20))
def test_the_chances_of_all_symbols_make_one(past: list[int], reference: list[int]) -> None:
    last = []
    for symbol in range(8):
        symbols = np.array([*past, symbol])
        length = len(symbols)
        experts = [
            Expert(np.zeros((length, 1), np.int64)),
            Expert(np.arange(length)[:, None] % 3, np.array([0, *reference])[:length], 1),
            Expert(np.append(0, symbols[:-1])[:, None], 0, 2),
        ]
        last.append(mixture_bits(symbols, experts, np.full(8, 1 / 8), 0.5)[-1])
    assert np.sum(2.0 ** -np.array(last)) == pytest.approx(1)
