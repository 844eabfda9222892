"""Loops made by rule: they are scores, they repeat themselves, and they do not only repeat themselves."""

import numpy as np
import pytest

from melodyrnn.corpus.loops import draw_loop
from melodyrnn.encoding.events import decode, encode
from melodyrnn.music.song import Song

LOOPS = [draw_loop(np.random.default_rng(seed)) for seed in range(120)]


def bars(song: Song, index: int) -> list[frozenset[tuple[int, int]]]:
    bar, notes = song.time_signatures[0].bar_pulses, song.tracks[index].array
    starts = range(0, song.length_pulses, bar)
    return [frozenset((n[0] - s, n[1]) for n in notes.tolist() if s <= n[0] < s + bar) for s in starts]


def test_the_same_generator_draws_the_same_loop() -> None:
    assert draw_loop(np.random.default_rng(5)) == draw_loop(np.random.default_rng(5))


@pytest.mark.parametrize("song", LOOPS[:40])
def test_a_loop_survives_encoding(song: Song) -> None:
    again = decode(encode(song))
    assert [t.array.tolist() for t in again.tracks] == [t.array.tolist() for t in song.tracks]


def test_a_loop_is_a_score_of_full_bars() -> None:
    for song in LOOPS:
        assert song.note_count
        assert song.length_pulses % song.time_signatures[0].bar_pulses == 0
        assert song.end_pulses == song.length_pulses
        for track in song.tracks:
            levels = set(track.array[:, 3].tolist())
            assert levels <= ({38, 78, 110} if track.is_drum else {78})


def test_no_part_plays_a_pitch_twice_at_once() -> None:
    for track in (track for song in LOOPS for track in song.tracks):
        notes = track.array[np.lexsort((track.array[:, 0], track.array[:, 1]))]
        same = np.diff(notes[:, 1]) == 0
        assert (np.diff(notes[:, 0])[same] >= notes[:-1, 2][same]).all()


def test_patterns_come_back_and_change() -> None:
    copied = []
    for song in LOOPS:
        for index, track in enumerate(song.tracks):
            if not track.is_drum:
                held = bars(song, index)
                first, second = held[: len(held) // 2], [bar for bar in held[len(held) // 2 :] if bar]
                copied += [bar in first for bar in second]
    assert 0.3 < np.mean(copied) < 0.8


def test_all_kinds_of_parts_are_drawn() -> None:
    names = {track.name for song in LOOPS for track in song.tracks}
    assert {"Drums", "Bass", "Chords", "Pad", "Arpeggio", "Lead", "Riff"} <= names
    assert {song.time_signatures[0].numerator for song in LOOPS} >= {3, 4, 6, 7}
