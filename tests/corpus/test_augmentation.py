"""What is done to a piece before it is heard: it stays the music it says it is."""

import numpy as np
import pytest

from melodyrnn.corpus.augmentation import Augmentation, Preparation, choose_shift, in_seconds, levelled, shift
from melodyrnn.encoding.events import EventSequence, decode, encode
from melodyrnn.encoding.features import INPUT_COLUMN
from melodyrnn.encoding.matrices import FeatureMatrices, feature_matrices
from melodyrnn.errors import OptionError
from melodyrnn.music import Note, Song, Tempo, TimeSignature, Track


def encoded_rows(song: Song, style: int = 0) -> FeatureMatrices:
    return feature_matrices(encode(song).events, style)


def notes_of(piece: FeatureMatrices) -> list[Note]:
    return [note for track in decode(EventSequence(piece.events.astype(np.int64))).tracks for note in track]


TUNE = Song((Track([Note(24 * i, 60 + i % 5, 24, 78) for i in range(8)]),))


def test_transposing_keeps_within_the_range() -> None:
    rng = np.random.default_rng(0)
    wide = encoded_rows(Song((Track([Note(0, 2, 24, 78), Note(24, 126, 24, 78)]),)))
    assert {choose_shift(wide, rng) for _ in range(200)} == {-2, -1, 0, 1}
    middle = encoded_rows(TUNE)
    assert {choose_shift(middle, rng) for _ in range(500)} == set(range(-5, 7))
    drums = encoded_rows(Song((Track([Note(0, 36, 6, 78)], is_drum=True),)))
    assert choose_shift(drums, rng) == 0
    assert shift(middle, 0) is middle
    assert shift(middle, 2).events[:, 3].max() == middle.events[:, 3].max()  # the signs stay
    assert shift(middle, 2).events[2, 3] == 62


def test_a_variant_is_one_number_and_always_the_same_music() -> None:
    piece, rng = encoded_rows(TUNE, style=3), np.random.default_rng(0)
    hear = Augmentation(jitter_pulses=2)
    variants = [hear.choose(piece, rng) for _ in range(50)]
    assert len(set(variants)) > 45
    for variant in variants:
        one, again = hear.vary(piece, variant), hear.vary(piece, variant)
        assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))
        assert set(one.inputs[:, INPUT_COLUMN["style"]].tolist()) == {3}
        notes = sorted(notes_of(one), key=lambda note: round(note.onset_pulses / 24))
        assert all(abs(note.onset_pulses - 24 * i) <= 2 for i, note in enumerate(notes))
        assert {note.pitch - (60 + i % 5) for i, note in enumerate(notes)} <= set(range(-5, 7))
        assert len({note.pitch - (60 + i % 5) for i, note in enumerate(notes)}) == 1
    off = {note.onset_pulses % 24 for variant in variants for note in notes_of(hear.vary(piece, variant))}
    assert off == {0, 1, 2, 22, 23}


def test_with_nothing_to_vary_a_piece_is_left_as_it_is() -> None:
    piece, rng = encoded_rows(TUNE), np.random.default_rng(0)
    hear = Augmentation(transpose=False)
    assert {hear.choose(piece, rng) for _ in range(50)} == {hear.choose(piece, rng)}
    assert hear.vary(piece, hear.choose(piece, rng)) is piece


def test_in_seconds_the_sound_stays_at_the_same_time() -> None:
    tempos = (Tempo(0, 60), Tempo(48, 240), Tempo(96, 97.3))
    song = Song(TUNE.tracks, tempos, (TimeSignature(0, 3, 4),), 200)
    plain = in_seconds(song)
    assert plain.tempos == (Tempo(0, 120),)
    assert plain.time_signatures == (TimeSignature(0, 4, 4),)
    for before, after in zip(song.tracks[0], plain.tracks[0], strict=True):
        assert plain.seconds(after.onset_pulses) == pytest.approx(song.seconds(before.onset_pulses), abs=0.011)
        assert plain.seconds(after.end_pulses) == pytest.approx(song.seconds(before.end_pulses), abs=0.011)
    at_120 = Song(TUNE.tracks, (Tempo(0, 120),))
    assert in_seconds(at_120) == at_120
    assert Preparation("seconds")(song) == plain
    assert Preparation()(song) is song


def test_level_moves_the_median_and_keeps_the_differences() -> None:
    soft = Track([Note(24 * i, 60, 24, velocity) for i, velocity in enumerate((20, 24, 30))])
    loud = Track([Note(0, 40, 24, 126), Note(24, 40, 24, 127), Note(48, 40, 24, 127)], program=32)
    levels = [[note.velocity for note in track] for track in levelled(Song((soft, loud, Track([])))).tracks]
    assert levels == [[76, 80, 86], [79, 80, 80], []]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: Preparation("minutes"), "time 'minutes': must be beats or seconds"),  # type: ignore[arg-type]
        (lambda: Preparation(velocity="loud"), "velocity 'loud': must be written or level"),  # type: ignore[arg-type]
        (lambda: Augmentation(jitter_pulses=7), "jitter 7: must be 0 to 6 pulses"),
    ],
)
def test_what_is_not_legal_is_one_line(make: object, reason: str) -> None:
    with pytest.raises(OptionError, match=reason):
        make()  # type: ignore[operator]
