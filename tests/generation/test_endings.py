"""Where and how pieces end that the model ends by itself."""

import numpy as np
import pytest

from melodyrnn.encoding.events import BARS, END, PARTS
from melodyrnn.generation import MusicModel, NoteConstraints, Sampling, Seed, continuation, continue_song, endings
from melodyrnn.generation.continuation import MIN_BARS
from melodyrnn.generation.endings import notes_on_tonic
from melodyrnn.music import Note, Song, Track
from melodyrnn.music.scales import Key
from models import flat_model, songs_of

SCALE = (60, 62, 64, 65, 67, 69, 71, 72)


def eager_to_end(steering: dict[str, dict[str, float]] | None = None) -> MusicModel:
    """Four notes a bar, of C major, and an end as soon as one is allowed."""
    return flat_model(
        hidden=8,
        bars=dict.fromkeys(range(2, BARS), -30),
        place=dict.fromkeys((0, 24, 48, 72), 30),
        part=dict.fromkeys(range(1, PARTS), -30),
        pitch=dict.fromkeys(SCALE, 20) | {END: 40},
        duration={24: 20, 4: 30},
        velocity={2: 20},
        steering=steering,
    )


@pytest.mark.parametrize("least", [2, MIN_BARS])
def test_a_piece_does_not_end_before_it_is_one(least: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(continuation, "MIN_BARS", least)
    bars = [song.bars for song in songs_of(eager_to_end(), None, None, 8)]
    assert least <= min(bars) <= least + 1


def test_a_seed_gets_a_bar_more_at_least() -> None:
    seed = Song((Track([Note(24 * i, SCALE[i % 7], 24, 78) for i in range(8)]),))
    songs = songs_of(eager_to_end(), Seed.of(seed), None, 8)
    assert 3 <= min(song.bars for song in songs) <= 4
    assert all(song.tracks[0].notes[:8] == seed.tracks[0].notes for song in songs)


@pytest.mark.parametrize(
    ("last", "drums", "ends"), [((60,), False, True), ((67,), False, False), ((67, 72), False, False),
                                ((60, 67), False, True), ((60,), True, False)]
)  # fmt: skip
def test_the_tonic(last: tuple[int, ...], drums: bool, ends: bool) -> None:
    notes = [Note(24 * i, pitch, 24, 78) for i, pitch in enumerate((60, 64, 67, 72, 71, 67, 65, 62, 64, 60))]
    song = Song((Track([*notes, *(Note(240, pitch, 96, 78) for pitch in last)], is_drum=drums),))
    assert bool(notes_on_tonic(song)) is ends


def test_a_last_note_goes_to_the_tonic_where_that_is_likely_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    model = eager_to_end(steering={"out_of_scale": {"nats": 0}})  # that every note be as likely as another
    sampling = Sampling(1.0, 1.0, NoteConstraints(60, 72, monophonic=True))
    seed = Song((Track([Note(24 * i, pitch, 24, 78) for i, pitch in enumerate((60, 64, 67, 72, 71, 67, 65, 62) * 2)]),))

    def share() -> float:
        songs = songs_of(model, Seed.of(seed), None, 48, sampling=sampling)
        assert all(song.end_pulses == song.bar_lines.next_line(song.end_pulses) for song in songs)
        return float(np.mean([notes_on_tonic(song) > 0 for song in songs]))

    guided = share()
    monkeypatch.setattr(endings, "TONIC_NATS", 0)
    assert guided > share() + 0.15


@pytest.mark.parametrize("constraints", [NoteConstraints(62, 67), NoteConstraints(60, 72, Key(7, "major"))])
def test_the_ending_obeys_range_and_key(constraints: NoteConstraints) -> None:
    seed = Seed.of(Song((Track([Note(24 * i, SCALE[i % 7], 24, 78) for i in range(8)]),)))
    for number in range(8):
        made = continue_song(eager_to_end(), seed, None, None, Sampling(constraints=constraints), number)
        pitches = set(made.new_notes[0][:, 1].tolist())
        assert pitches <= {*range(constraints.low, constraints.high + 1)}
        assert constraints.key is None or {pitch % 12 for pitch in pitches} <= {*constraints.key.pitch_classes}


def test_next_to_no_temperature_ends_a_piece_as_none_does() -> None:
    none, next_to_none = (
        continue_song(eager_to_end(), None, None, None, Sampling(temperature), 3).song for temperature in (0, 1e-7)
    )
    assert none == next_to_none


def test_a_piece_that_goes_on_and_on_gets_likelier_to_end() -> None:
    biases = {"bars": {2: -30}, "place": {0: 30}, "duration": {24: 30}, "pitch": {END: -12}, "part": {1: -30}}
    seed = Seed.of(Song((Track([Note(96 * i, 60, 24, 78) for i in range(8)]),)))
    bars = [song.bars for song in songs_of(flat_model(**biases), seed, None, 2)]
    assert min(bars) > 64
    assert max(bars) < 64 + 8 * 45  # of an end that is hardly ever likely
