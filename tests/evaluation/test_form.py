"""Form, counted by hand on pieces small enough to do so."""

import math

import numpy as np
import pytest

from melodyrnn.evaluation.bars import EMPTY, name_bars, repeats
from melodyrnn.evaluation.form import form, longest_silence_pulses, repeat_share
from melodyrnn.evaluation.melody import melody, phrase_starts
from melodyrnn.music import Note, Song, TimeSignature, Track

BAR = 96
BARS = {
    "a": [Note(0, 60, 48, 80), Note(48, 64, 48, 80)],
    "a louder": [Note(0, 60, 48, 99), Note(48, 64, 48, 99)],
    "a higher": [Note(0, 62, 48, 80), Note(48, 65, 48, 80)],
    "b": [Note(0, 67, 24, 80), Note(24, 65, 72, 80)],
    "rest": [],
    "end": [Note(0, 60, 96, 80)],
}


def piece(*names: str) -> Song:
    """One bar of 4/4 after the other."""
    notes = [note._replace(onset_pulses=note.onset_pulses + BAR * i) for i, n in enumerate(names) for note in BARS[n]]
    return Song((Track(notes),), (), (TimeSignature(0, 4, 4),), BAR * len(names))


def test_bars_have_the_name_of_the_first_that_is_the_same():
    names = name_bars(piece("a", "b", "a louder", "a higher", "rest", "b"))
    assert names.exact.tolist() == [0, 1, 0, 3, EMPTY, 1]
    assert names.rhythm.tolist() == [0, 1, 0, 0, EMPTY, 1]
    assert repeats(names.exact).tolist() == [False, False, True, False, False, True]


def test_the_same_pitches_on_other_tracks_are_another_bar():
    one, other = (Track(BARS["a"]), Track([])), (Track([]), Track(BARS["a"]))
    joined = [
        first.with_notes(np.concatenate([first.array, then.array + np.array([BAR, 0, 0, 0])]))
        for first, then in zip(one, other, strict=True)
    ]
    assert name_bars(Song(tuple(joined))).exact.tolist() == [0, 1]


def test_a_hit_counts_at_the_nearest_sixteenth():
    played = [Note(0, 36, 4, 80), Note(25, 38, 6, 70), Note(94, 36, 4, 90), Note(121, 38, 3, 80), Note(198, 36, 4, 80)]
    names = name_bars(Song((Track(played, is_drum=True),), (), (TimeSignature(0, 4, 4),), 3 * BAR))
    assert names.exact.tolist() == [0, 0, 2]  # the second kick comes early, before its bar line
    straight = name_bars(Song((Track(played),), (), (TimeSignature(0, 4, 4),), 3 * BAR))
    assert straight.exact.tolist() == [0, 1, 2]


def test_shares_are_of_bars_that_have_one_so_far_before():
    names = name_bars(piece("a", "b", "a", "a", "rest", "b")).exact
    assert repeat_share(names, 1) == pytest.approx(1 / 4)  # bars 2 to 6 but the rest; only the fourth is as the third
    assert repeat_share(names, 2) == pytest.approx(1 / 3)
    assert math.isnan(repeat_share(names, 8))
    found = form(piece("a", "b", "a", "a", "rest", "b"))
    assert found["exact_any"] == pytest.approx(3 / 5)
    assert found["most_repeated_bar"] == 3
    assert found["bars"] == 6


def test_an_ending_on_the_tonic_at_the_bar_line():
    found = form(piece("a", "b", "a", "end"))
    assert (found["ends_on_tonic"], found["ends_at_bar_line"], found["ends_on_a_downbeat"]) == (1, 1, 1)
    assert found["last_note_quarters"] == 4
    cut = form(piece("a", "end", "end", "b").until_pulse(3 * BAR + 60))
    assert (cut["ends_on_tonic"], cut["ends_at_bar_line"], cut["ends_on_a_downbeat"]) == (0, 0, 0)
    assert cut["last_note_quarters"] == 1.5


def test_silence_counts_from_the_start_and_to_the_end():
    assert longest_silence_pulses(piece("rest", "a", "b")) == BAR
    assert longest_silence_pulses(piece("a", "rest", "rest", "b")) == 2 * BAR
    assert longest_silence_pulses(piece("a", "rest", "rest", "rest")) == 3 * BAR
    assert longest_silence_pulses(piece("a", "b")) == 0
    held = Song((Track([Note(0, 40, 4 * BAR, 80)]), Track(BARS["a"])))
    assert longest_silence_pulses(held) == 0


def test_the_melody_is_the_highest_note_that_sounds():
    upper, lower = (
        Track([Note(0, 72, 24, 80), Note(48, 74, 24, 80)]),
        Track([Note(0, 50, 96, 80), Note(24, 52, 24, 80)]),
    )
    drums = Track([Note(12, 38, 6, 80)], is_drum=True)
    assert melody(Song((lower, drums, upper))).tolist() == [[0, 72, 24], [24, 52, 24], [48, 74, 24]]
    assert melody(Song((drums,))).tolist() == [[12, 38, 6]]


def test_what_moves_under_a_held_note_is_no_melody():
    soprano, alto = (
        Track([Note(0, 72, 48, 80), Note(48, 71, 48, 80)]),
        Track([Note(24, 65, 24, 80), Note(48, 67, 96, 80)]),
    )
    bass = Track([Note(96, 48, 24, 80)])
    assert melody(Song((bass, alto, soprano))).tolist() == [[0, 72, 48], [48, 71, 48]]


def test_a_phrase_begins_after_a_long_note_and_a_rest():
    phrase = [Note(0, 60, 12, 80), Note(12, 62, 12, 80), Note(24, 64, 12, 80), Note(36, 65, 24, 80)]
    notes = [note._replace(onset_pulses=note.onset_pulses + BAR * bar) for bar in range(4) for note in phrase]
    assert phrase_starts(melody(Song((Track(notes),)))).tolist() == [0, BAR, 2 * BAR, 3 * BAR]
    assert form(Song((Track(notes),)))["phrase_bars"] == pytest.approx((3 + 60 / 96) / 4)
