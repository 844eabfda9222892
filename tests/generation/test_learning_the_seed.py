"""Before it goes on, a model learns the seed; one that reads scores has its new notes played as the seed's are."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

import melodyrnn
from melodyrnn.encoding.events import DRUM, KIT, PART
from melodyrnn.errors import OptionError
from melodyrnn.generation import Continuation, MusicModel, Seed, adaptation, continuation, continue_song
from melodyrnn.generation.form import compose_song, parse_form
from melodyrnn.generation.seed_cache import SeedCache
from melodyrnn.music import Note, Song, Track
from models import small_model

BAR = 96


def reader_of_scores(random_seed: int = 0) -> MusicModel:
    biases = {"bars": -3 * np.arange(16), "place": dict.fromkeys(range(0, 96, 12), 3.0)}
    model = small_model(random_seed, scale=0.1, **biases)  # type: ignore[arg-type]
    return MusicModel(replace(model, reads_scores=True))


def swung(velocities: Sequence[int] = (100, 60), gate: int = 8) -> Song:
    """Eighths of which every other comes late, is softer, and all are shorter than written."""
    notes = [Note(12 * i + 2 * (i % 2), 60 + i % 5, gate, velocities[i % 2]) for i in range(64)]
    return Song((Track(notes, 4, name="keys"),))


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(continuation, "READ_SEEDS", SeedCache())


def made(random_seed: int = 1, stay: float = 0.0, song: Song | None = None) -> Continuation:
    return continue_song(reader_of_scores(), Seed.of(song or swung()), 4, random_seed=random_seed, stay=stay)


def test_new_notes_are_as_loud_and_as_late_as_the_seed_s_at_their_places() -> None:
    notes = made().new_notes[0]
    assert len(notes) > 4
    assert {*notes[:, 3].tolist()} <= {100, 60}
    places = notes[:, 0] % 24
    off_beats = places[(places >= 11) & (places <= 15)]
    assert len(off_beats) > 2
    assert {*off_beats.tolist()} == {14}  # as the seed swings them


def test_a_score_is_read_and_the_seed_s_bars_stay_as_they_are() -> None:
    read = Seed.of(swung()).read(as_score=True)
    assert {*read.events[2:, 1].tolist()} <= {*range(0, 96, 12)}
    assert made().song.tracks[0].notes[:64] == swung().tracks[0].notes


def test_exact_times_of_new_notes_are_parts_of_a_pulse() -> None:
    song = swung()
    array = song.tracks[0].array
    exact = [(array[:, 0] + 0.4 * (array[:, 0] % 24 != 0), array[:, 2].astype(float))]
    result = continue_song(reader_of_scores(), Seed.of(song, exact=exact), 4, random_seed=1)
    onsets, durations = result.played[0]
    assert np.abs(onsets - result.new_notes[0][:, 0]).max() <= 0.5
    assert (onsets % 1).any()
    assert (durations > 0).all()
    assert onsets.min() >= result.join_pulse


def test_the_same_random_seed_gives_the_same_music_and_another_other() -> None:
    assert made(1, 0.5).song == made(1, 0.5).song
    assert made(1, 0.5).song != made(2, 0.5).song


def test_what_was_learned_for_one_take_serves_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    learned = []
    adapted = adaptation.adapted
    monkeypatch.setattr(adaptation, "adapted", lambda *asked, **named: (learned.append(1), adapted(*asked, **named))[1])
    model, seed = reader_of_scores(), Seed.of(swung())
    alone = [continue_song(reader_of_scores(), seed, 2, random_seed=take, stay=0.5).song for take in range(2)]
    learned.clear()
    assert [continue_song(model, seed, 2, random_seed=take, stay=0.5).song for take in range(2)] == alone
    assert len(learned) == 1
    continue_song(model, seed, 2, stay=0.7)
    assert len(learned) == 2
    continue_song(model, seed, 2, stay=0.0)
    assert len(learned) == 2


def test_a_model_that_has_learned_its_seed_finds_it_likelier_and_is_left_as_it_was() -> None:
    model, read = reader_of_scores(), Seed.of(swung()).read(as_score=True)
    before = adaptation.bits_per_event(model, read.events, 0)
    generator = SeedCache().generator(model, 0, read.events, 0.5)
    assert adaptation.bits_per_event(generator._model, read.events, 0) < 0.8 * before
    assert adaptation.bits_per_event(model, read.events, 0) == before


def test_a_section_of_the_seed_that_comes_again_is_played_as_it_was() -> None:
    seed = Seed.of(swung())
    song = compose_song(reader_of_scores(), seed, parse_form("AA"), 0).song
    again = [note._replace(onset_pulses=note.onset_pulses - 8 * BAR) for note in song.tracks[0].notes[64:]]
    assert again == seed.song.tracks[0].notes


def test_a_drawn_section_that_comes_again_is_played_as_it_was() -> None:
    made = compose_song(reader_of_scores(), Seed.of(swung()), parse_form("AB4B"), 0)
    onsets, durations = made.played[0]
    first, second = (onsets >= 8 * BAR) & (onsets < 12 * BAR), onsets >= 12 * BAR
    assert first.sum() > 4
    np.testing.assert_allclose(onsets[second] - 4 * BAR, onsets[first])
    assert made.new_notes[0][second, 3].tolist() == made.new_notes[0][first, 3].tolist()
    assert (durations[second] <= durations[first]).all()


def test_the_model_as_it_was_says_where_a_piece_ends() -> None:
    """One that has learned the seed has learned music that goes on."""
    model, read = reader_of_scores(), Seed.of(swung()).read(as_score=True)
    generator = SeedCache().generator(model, 0, read.events, 1.0)
    end = generator.grammar.end()
    alone = generator._chance(end)
    generator.ends_like = SeedCache().generator(model, 0, read.events)
    for twin in (generator, generator.copy()):
        assert twin.ends_like is not None
        assert twin.ends_like._chance(end) > 2 * alone
        twin.push((1, 0, 0, 60, 12, 20))
        assert twin.ends_like.context.cursor.bar == twin.context.cursor.bar


@pytest.mark.parametrize("stay", [-0.1, 1.1])
def test_stay_has_a_range(stay: float) -> None:
    with pytest.raises(OptionError, match="stay"):
        melodyrnn.generate(swung(), 1, stay=stay)


def test_drums_from_nothing_are_played_as_drummers_play() -> None:
    """A score has three levels for drums and its strokes on pulses; what comes out has neither."""
    pitch = {KIT: 4.0, PART: -30.0, DRUM + 36: 8.0, DRUM + 42: 8.0}
    biases = {"bars": -3 * np.arange(16), "pitch": pitch, "velocity": {20: 30.0}}
    model = small_model(0, scale=0.1, **biases)  # type: ignore[arg-type]
    written, played = (
        continue_song(MusicModel(replace(model, reads_scores=scores)), None, 4, random_seed=0)
        for scores in (False, True)
    )
    assert written.song.tracks[0].is_drum
    assert len(written.new_notes[0]) == len(played.new_notes[0]) > 8
    assert {*written.new_notes[0][:, 3].tolist()} == {78}
    assert len({*played.new_notes[0][:, 3].tolist()}) > 5
    assert (played.played[0][0] % 1 > 0).mean() > 0.8
