"""The n-gram model is a probability, learns what counting can learn, and reads all keys alike when it may."""

import itertools

import numpy as np
import pytest

from melodyrnn.encoding.events import FIELDS, SIZES, encode
from melodyrnn.evaluation.bar_bits import bar_bits, in_repeated_bar
from melodyrnn.evaluation.ngram import NGram, best_ngram
from melodyrnn.music import Note, Song, TimeSignature, Track

PITCH, DURATION = FIELDS.index("pitch"), FIELDS.index("duration")


def song(pitches, length: int = 24) -> Song:
    return Song(
        (Track([Note(i * length, p, length, 78) for i, p in enumerate(pitches)]),), (), (TimeSignature(0, 4, 4),)
    )


def events(pitches):
    return encode(song(pitches)).events


@pytest.mark.parametrize(("field", "relative"), [("pitch", False), ("duration", True), ("place", True)])
def test_the_probabilities_of_a_field_sum_to_one(field, relative):
    column = FIELDS.index(field)
    training = [events([60, 62, 64, 65, 64, 62] * 4), events([67, 65, 64, 62] * 5)]
    asked = events([60, 62, 64, 64])
    values = range(SIZES[column])
    variants = []
    for value in values:
        variant = asked.copy()
        variant[-2, column] = value
        variants.append(variant)
    bits = NGram(3, relative).bits(training, variants)
    assert sum(2 ** -of_piece[-2, column] for of_piece in bits) == pytest.approx(1)


def test_what_always_follows_is_learned_and_what_never_does_costs():
    training = [events([60, 62, 64, 65] * 20)] * 3
    usual, unusual = NGram(3, False).bits(training, [events([60, 62, 64, 65]), events([60, 62, 61, 65])])
    note = 4  # after the signs, the third note
    assert usual[note, PITCH] < 0.5
    assert unusual[note, PITCH] > 4


def test_relative_pitch_reads_all_keys_alike():
    training = [events([60, 62, 64, 65, 67, 65, 64, 62] * 5)]
    tune, higher = ([p + shift for p in (60, 62, 64, 65, 67, 65, 64, 62, 60)] for shift in (0, 5))
    bits = {relative: NGram(4, relative).bits(training, [events(tune), events(higher)]) for relative in (True, False)}
    same, moved = (of_piece[6:, PITCH].sum() for of_piece in bits[True])  # past what remembers the first pitch
    assert same == pytest.approx(moved)
    assert bits[False][1][6:, PITCH].sum() > 2 * bits[False][0][6:, PITCH].sum()


def test_the_best_is_chosen_on_the_validation_pieces():
    rng = np.random.default_rng(0)
    cycle = [60, 62, 64, 62, 60, 64, 60, 67]
    pieces = [events(np.array(list(itertools.islice(itertools.cycle(cycle), 40))) + k) for k in rng.integers(-5, 6, 12)]
    best, bits = best_ngram(pieces[:8], pieces[8:10], pieces[10:])
    assert best.relative
    assert [len(of_piece) for of_piece in bits] == [len(piece) for piece in pieces[10:]]
    again = best.bits(pieces[:8], pieces[10:])
    assert all(np.allclose(a, b) for a, b in zip(bits, again, strict=True))


def test_bits_are_told_apart_by_bar():
    tune = song([60, 62, 64, 65, 67, 65, 64, 62, 60, 62, 64, 65])  # a b a, four quarters each
    piece = encode(tune).events
    repeated = in_repeated_bar(tune, piece)
    assert repeated.tolist() == [False] * 2 + [False] * 8 + [True] * 4 + [True]  # the end belongs to the last bar
    bits = bar_bits([tune], [piece], [np.where(repeated, 1.0, 3.0)])
    assert (bits.notes, bits.notes_in_repeated) == (12, 4)
    assert bits.repeated == pytest.approx(5 / 4)
    assert bits.new == pytest.approx(30 / 8)
    assert bits.all == pytest.approx(35 / 12)
