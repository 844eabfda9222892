"""What of a seed comes again: how much it repeats itself, and progressions of chords as a whole."""

import numpy as np
import pytest

from melodyrnn.encoding.events import encode
from melodyrnn.generation.returning import is_progression, repetition, twice
from melodyrnn.music import Note, Song, TimeSignature, Track


def part_of(*bars, pitch=60):
    """A part of 4/4 that plays in each bar the eighths named."""
    return Track(Note(96 * bar + 12 * eighth, pitch, 12, 90) for bar, eighths in enumerate(bars) for eighth in eighths)


def chords(*bars, length=96, notes=3):
    """A part that plays a chord in each of the bars."""
    return Track(Note(96 * bar, 48 + bar % 5 + 4 * voice, length, 90) for bar in bars for voice in range(notes))


def events_of(*parts, **more):
    return encode(Song(parts, **more)).events[:-1]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([part_of((0, 4), (0, 4), (0, 4), (0, 4))], 1.0),
        ([part_of((0, 4), (0, 5), (0, 4), (0, 5))], 1.0),
        ([part_of((0, 4), (0, 5), (0, 6), (0, 7))], 0.0),
        ([part_of((0, 4), (0, 5), (0, 4), (0, 7))], 0.5),
        ([part_of((0, 4), (0, 4), (0, 4), (0, 4)), part_of((0, 1), (0, 2), (0, 3), (0, 5), pitch=40)], 0.5),
        ([part_of((0, 4), (0, 5), (1,), (2,)), part_of((1,), (2,), (0, 4), (0, 5))], 0.0),
    ],
)
def test_repetition_is_of_bars_that_a_part_has_played_before(parts, expected):
    events = events_of(*parts)
    assert repetition(events) == pytest.approx(expected)
    assert repetition(events[:0]) == 0


def test_a_progression_is_chords_alone():
    assert is_progression(events_of(chords(0, 1, 2, 3)))
    assert is_progression(events_of(chords(0, 1, 2, 3), chords(0, 2, notes=4)))
    assert not is_progression(events_of(chords(0, 1, 2, 3, notes=2)))
    assert not is_progression(events_of(chords(0, 1, 2, 3), part_of((0, 4), (0, 5))))
    voices = [part_of((0,), (0,), pitch=48 + 4 * voice) for voice in range(3)]
    assert not is_progression(events_of(*voices)), "voices that move together are parts of their own"


def test_a_progression_has_no_drums_and_one_metre():
    drums = Track([Note(96 * bar, 36 + 2 * hit, 12, 90) for bar in range(4) for hit in range(3)], is_drum=True)
    assert not is_progression(events_of(drums))
    metres = (TimeSignature(0, 4, 4), TimeSignature(192, 3, 4))
    assert not is_progression(events_of(chords(0, 1, 2, 3), time_signatures=metres))
    assert not is_progression(events_of(chords(0, 1, 2, 3))[:2])


@pytest.mark.parametrize(("bars", "length"), [((0, 1, 2, 3), 4), ((0, 2, 4, 6), 8), ((1, 2), 4), ((0,), 2)])
def test_twice_is_the_piece_and_its_notes_again_after_an_even_number_of_bars(bars, length):
    once = events_of(chords(*bars))
    given = chords(*bars).array
    both = np.concatenate([given, given + np.array([96 * length, 0, 0, 0])])
    np.testing.assert_array_equal(twice(once), events_of(chords().with_notes(both)))
