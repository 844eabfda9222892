"""The same music under other names: what two digests agree on, and what they tell apart."""

from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.music import Note, Song, Tempo, Track
from melodyrnn.music.fingerprint import SHORTEST_MELODY, melody_digest, notes_digest

TUNE = [Note(24 * i, 60 + i * i % 13, 24, 64) for i in range(16)]
BASS = [Note(48 * i, 40 + i, 48, 64) for i in range(8)]
DRUMS = Track([Note(24 * i, 100, 6, 90) for i in range(16)], is_drum=True)


def moved(notes: list[Note], semitones: int = 0, pulses: int = 0) -> list[Note]:
    return [n._replace(pitch=n.pitch + semitones, onset_pulses=n.onset_pulses + pulses) for n in notes]


def test_the_same_notes_in_other_tracks_loudness_and_tempo() -> None:
    song = Song((Track(TUNE), Track(BASS)))
    louder = [note._replace(velocity=100) for note in TUNE + BASS]
    assert notes_digest(song) == notes_digest(Song((Track(louder, program=40),), (Tempo(0, 90),)))
    assert notes_digest(song) != notes_digest(Song((Track(TUNE),)))
    assert notes_digest(song) != notes_digest(Song((Track(moved(TUNE, 1)), Track(BASS))))
    assert notes_digest(Song((DRUMS,))) != notes_digest(Song((DRUMS.with_notes([]), Track(DRUMS.array))))
    assert notes_digest(Song(())) == notes_digest(Song((Track([]),)))


@given(st.integers(-11, 40), st.integers(0, 500))
def test_a_melody_is_known_in_another_key_later_and_over_other_music(semitones: int, pulses: int) -> None:
    tune = Track(moved(TUNE, semitones, pulses))
    assert melody_digest(Song((tune,))) == melody_digest(Song((Track(TUNE),)))
    lower = Track([note._replace(pitch=20) for note in tune.notes])
    assert melody_digest(Song((DRUMS, lower, tune))) == melody_digest(Song((Track(TUNE),)))


def test_another_melody_is_another() -> None:
    tune = melody_digest(Song((Track(TUNE),)))
    for place in range(len(TUNE)):
        other = list(TUNE)
        other[place] = other[place]._replace(pitch=other[place].pitch + 1)
        assert melody_digest(Song((Track(other),))) != tune
        other[place] = TUNE[place]._replace(onset_pulses=TUNE[place].onset_pulses + 1)
        assert melody_digest(Song((Track(other),))) != tune


def test_a_short_melody_is_none() -> None:
    assert melody_digest(Song((Track(TUNE[: SHORTEST_MELODY - 1]),))) is None
    assert melody_digest(Song((Track(TUNE[:SHORTEST_MELODY]),))) is not None
    assert melody_digest(Song((DRUMS,))) is None
