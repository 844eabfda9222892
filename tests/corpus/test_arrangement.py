"""Arrangements: each change keeps a piece legal, and changes what its name says."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.corpus.arrangement import arranged, at_other_pace, excerpt, looped, without_overlaps
from melodyrnn.corpus.loops import draw_loop
from melodyrnn.encoding.events import encode
from melodyrnn.music.metre import TimeSignature
from melodyrnn.music.song import Note, Song, Track

KIT = Track([Note(p * 12, 42, 6, 78) for p in range(64)], 0, True, "Drums")
GROOVES = {(4, 4): [KIT]}


def duet(bars: int = 16) -> Song:
    upper = Track([Note(12 * i, 60 + i * 7 % 12, 12, 78) for i in range(8 * bars)], 40, False, "Upper")
    lower = Track([Note(24 * i, 40 + i * 5 % 12, 24, 78) for i in range(4 * bars)], 42, False, "Lower")
    return Song([upper, lower], (), (TimeSignature(0, 4, 4),), 96 * bars)


@given(st.integers(0, 10_000))
def test_any_arrangement_is_a_piece_that_can_be_encoded(seed: int) -> None:
    rng = np.random.default_rng(seed)
    song = arranged(duet() if seed % 2 else draw_loop(rng), rng, GROOVES)
    assert song.note_count
    assert encode(song).note_count >= song.note_count


def test_the_same_generator_arranges_alike() -> None:
    assert arranged(duet(), np.random.default_rng(3), GROOVES) == arranged(duet(), np.random.default_rng(3), GROOVES)


def test_drums_are_laid_under_pieces_of_their_metre_only() -> None:
    waltz = Song(duet().tracks, (), (TimeSignature(0, 3, 4),), 0)
    kits = [
        [any(t.is_drum for t in arranged(song, np.random.default_rng(seed), GROOVES).tracks) for seed in range(80)]
        for song in (duet(), waltz)
    ]
    assert 10 < sum(kits[0]) < 40
    assert not any(kits[1])


def test_a_looped_piece_repeats_a_few_of_its_bars() -> None:
    for seed in range(20):
        song = looped(duet(), np.random.default_rng(seed))
        first = song.tracks[0].array[song.tracks[0].array[:, 0] < 192]
        again = [song.tracks[0].array[song.tracks[0].array[:, 0] // 192 == k] for k in range(1, 4)]
        assert song.bars >= 6
        assert any(len(x) == len(first) for x in again)


def test_an_excerpt_begins_on_a_bar_line_and_says_where_the_piece_ends() -> None:
    song, ends = duet(40), set()
    for seed in range(40):
        part, at_end = excerpt(song, np.random.default_rng(seed), 24, 0.2)
        pitches = [[int(p) for p in t.array[:8, 1]] for t in part.tracks]
        assert any(pitches[0] == song.tracks[0].array[8 * bar : 8 * bar + 8, 1].tolist() for bar in range(40))
        ends.add(at_end)
    assert ends == {True, False}


def test_another_pace_keeps_the_notes() -> None:
    for seed in range(6):
        song = at_other_pace(duet(), np.random.default_rng(seed))
        assert song.note_count == duet().note_count
        assert song.length_pulses in (96 * 8, 96 * 16, 96 * 32)


def test_overlaps_of_one_pitch_are_cut() -> None:
    notes = np.array([[0, 60, 50, 78], [24, 60, 24, 78], [24, 60, 48, 78], [0, 62, 96, 78]])
    assert sorted(without_overlaps(notes).tolist()) == [[0, 60, 24, 78], [0, 62, 96, 78], [24, 60, 24, 78]]


def test_of_notes_that_begin_together_the_one_that_stays_is_cut_too() -> None:
    notes = np.array([[0, 60, 50, 78], [0, 60, 60, 78], [24, 60, 24, 78]])
    assert without_overlaps(notes).tolist() == [[0, 60, 24, 78], [24, 60, 24, 78]]
