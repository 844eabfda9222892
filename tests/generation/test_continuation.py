"""From a Song to a longer Song: the seed untouched, then exactly as many bars as were asked for."""

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

from melodyrnn.api import shipped_models
from melodyrnn.encoding.events import BARS, END, METRE, encode
from melodyrnn.errors import OptionError
from melodyrnn.generation import MusicModel, NoteConstraints, Sampling, Seed
from melodyrnn.generation import continuation as module
from melodyrnn.generation.generator import Generator
from melodyrnn.generation.seed import MAX_NOTES_READ
from melodyrnn.midi import read_song
from melodyrnn.model.modelfile import read_model
from melodyrnn.music import Note, Song, Tempo, TimeSignature, Track
from melodyrnn.music.join import join_pulse
from melodyrnn.music.scales import Key
from models import flat_model, random_model, songs_of

SAMPLES = sorted((Path(__file__).parents[2] / "midi_samples").glob("*.mid"))


def wandering(random_seed: int = 0, scale: float = 0.3) -> MusicModel:
    """A small network of random weights, which knows no music: only the constraints make it any.

    It does not like to wait for many bars, and now and then ends a piece.
    """
    fewer = -2.0 * np.arange(BARS)
    return random_model(
        random_seed, layers=2, scale=scale, styles=("one", "two"), bars=fewer, place={0: 2}, pitch={END: 8}
    )


def continue_song(model: MusicModel, seed: Song | None, bars: int | None, *options: Any, **named: Any) -> Song:
    return module.continue_song(model, seed and Seed.of(seed), bars, *options, **named).song


@pytest.fixture(scope="module")
def model() -> MusicModel:
    return wandering()


@pytest.fixture(scope="module")
def shipped() -> MusicModel:
    path = shipped_models().get("folk")
    if path is None:
        pytest.skip("the shipped model for folk is not there")
    return MusicModel(read_model(path))


def tune(numerator: int = 4, denominator: int = 4, notes: int = 12) -> Song:
    track = Track([Note(12 * i, 60 + i % 5, 12, 78) for i in range(notes)], 73, name="flute")
    return Song((track,), (Tempo(0, 96), Tempo(48, 101.5)), (TimeSignature(0, numerator, denominator),))


def new_notes(longer: Song, seed: Song) -> list[Note]:
    return [note for track in longer.tracks for note in track if note.onset_pulses >= join_pulse(seed)]


def assert_continued(longer: Song, seed: Song, bars: int) -> None:
    """The seed with its tempo, metre and instruments, then exactly that many bars."""
    lines, join = seed.bar_lines, join_pulse(seed)
    assert longer.tempos == seed.tempos
    assert longer.time_signatures == seed.time_signatures
    assert longer.bars == lines.position(join)[0] + bars
    assert longer.end_pulses == longer.length_pulses == lines.start(lines.position(join)[0] + bars)
    for old, new in zip(seed.tracks, longer.tracks, strict=True):
        assert (new.program, new.is_drum, new.name) == (old.program, old.is_drum, old.name)
        assert [note for note in new if note.onset_pulses < join] == old.notes


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_is_continued_by_exactly_the_bars_asked_for(path: Path, model: MusicModel) -> None:
    seed = read_song(path)
    for bars in (1, 3):
        longer = continue_song(model, seed, bars)
        assert_continued(longer, seed, bars)


@pytest.mark.parametrize("metre", [(5, 8), (7, 4), (12, 4), (2, 64), (1, 16), (17, 16)], ids=str)
def test_bars_are_counted_in_any_metre(metre: tuple[int, int], model: MusicModel) -> None:
    seed = tune(*metre)
    longer = continue_song(model, seed, 5)
    assert_continued(longer, seed, 5)
    assert join_pulse(seed) == seed.bar_lines.next_line(144)


@settings(max_examples=25)
@given(
    st.integers(1, 20),
    st.sampled_from([1, 2, 4, 8, 16, 64]),
    st.integers(1, 6),
    st.builds(
        NoteConstraints, st.integers(0, 60), st.integers(72, 127), st.just(Key(2, "minor")), st.just(1.0), st.booleans()
    ),
    st.integers(0, 1000),
)
def test_constraints_and_bars_hold_in_any_metre(
    numerator: int, denominator: int, bars: int, limits: NoteConstraints, random_seed: int
) -> None:
    seed = tune(numerator, denominator)
    longer = continue_song(wandering(random_seed), seed, bars, sampling=Sampling(1.0, 1.0, limits))
    assert_continued(longer, seed, bars)
    drawn = sorted(new_notes(longer, seed))
    assert all(limits.low <= note.pitch <= limits.high for note in drawn)
    assert all(note.pitch % 12 in Key(2, "minor").pitch_classes for note in drawn)
    if limits.monophonic:
        assert all(a.end_pulses <= b.onset_pulses for a, b in itertools.pairwise(drawn))


def test_a_long_silence_after_the_seed_is_crossed(model: MusicModel) -> None:
    """The bars asked for come after the seed's length, though its last note is 50 bars back."""
    seed = replace(tune(), length_pulses=50 * 96)
    longer = continue_song(model, seed, 4)
    assert_continued(longer, seed, 4)
    assert new_notes(longer, seed)


@pytest.mark.parametrize(
    ("last", "length", "join"),
    [
        (Note(72, 64, 36, 78), 0, 96),  # held a little over the bar line: it sounds on under what is drawn
        (Note(72, 64, 36, 78), 108, 96),
        (Note(72, 64, 36, 78), 150, 192),  # the seed says that it is longer
        (Note(72, 64, 120, 78), 0, 192),  # held to a bar line
        (Note(96, 64, 12, 78), 0, 192),  # a note begins in the last bar
    ],
)
def test_a_note_held_over_the_bar_line_leaves_no_empty_bar(
    last: Note, length: int, join: int, model: MusicModel
) -> None:
    seed = replace(Song((Track([Note(0, 60, 24, 78), Note(24, 62, 24, 78), last]),)), length_pulses=length)
    assert join_pulse(seed) == join
    longer = continue_song(model, seed, 2)
    assert longer.end_pulses == join + 192
    assert longer.tracks[0].notes[:3] == seed.tracks[0].notes


def test_what_is_drawn_joins_after_the_last_change_of_metre(model: MusicModel) -> None:
    seed = replace(tune(), time_signatures=(TimeSignature(0, 4, 4), TimeSignature(480, 3, 4)))
    assert join_pulse(seed) == 480
    longer = continue_song(model, seed, 2)
    assert longer.time_signatures == seed.time_signatures
    assert longer.end_pulses == 480 + 2 * 72
    assert all(note.onset_pulses >= 480 for note in longer.tracks[0].notes[12:])


def test_a_seed_of_which_only_the_end_is_heard_stays_whole(model: MusicModel) -> None:
    seed = tune(notes=1500)
    assert seed.note_count > MAX_NOTES_READ
    assert_continued(continue_song(model, seed, 2), seed, 2)


@pytest.mark.parametrize(
    "metres",
    [
        (TimeSignature(0, 1, 64),),
        (TimeSignature(0, 255, 1),),
        tuple(TimeSignature(i, 1 + i % 7, 4) for i in range(9000)),
    ],
    ids=["bars of a pulse and a half", "bars of 1,020 quarters", "9,000 metres"],
)
def test_of_a_seed_of_silence_or_of_metres_little_is_heard(
    metres: tuple[TimeSignature, ...], model: MusicModel
) -> None:
    track = Track([*tune().tracks[0].notes, Note(2_000_000, 60, 12, 64)])
    seed = Song((track,), time_signatures=metres)
    assert len(Seed.of(seed).events) < 2 * MAX_NOTES_READ + 100
    longer = continue_song(model, seed, 1)
    assert longer.tracks[0].notes[:13] == seed.tracks[0].notes


@pytest.mark.parametrize("first_rests", [True, False])
def test_of_a_seed_of_a_million_bars_only_the_last_are_heard(model: MusicModel, first_rests: bool) -> None:
    song = tune()
    silence = 6 * 10**6
    notes = song.tracks[0].array + np.array([silence if first_rests else 0, 0, 0, 0])
    metres = (TimeSignature(0, 1, 16),)
    seed = Song((song.tracks[0].with_notes(notes),), song.tempos, metres, 0 if first_rests else silence)
    assert len(Seed.of(seed).events) < 1.1 * MAX_NOTES_READ
    assert_continued(continue_song(model, seed, 2), seed, 2)


def test_drums_and_tied_notes_in_a_seed_stay(model: MusicModel) -> None:
    seed = Song((Track([Note(0, 48, 1000, 33)]), Track([Note(24 * i, 36, 6, 101) for i in range(30)], is_drum=True)))
    longer = continue_song(model, seed, 2)
    assert_continued(longer, seed, 2)  # velocities too, which events would round


def test_the_random_seed_decides(model: MusicModel) -> None:
    seed = tune()
    first, second, third = (continue_song(model, seed, 4, random_seed=n) for n in (1, 1, 2))
    assert first == second
    assert new_notes(first, seed) != new_notes(third, seed)


def test_from_nothing(model: MusicModel) -> None:
    songs = [continue_song(model, None, 3, "two", random_seed=n) for n in range(6)]
    for song in songs:
        assert (song.bars, song.end_pulses) == (3, song.bar_lines.start(3))
        assert song.tracks
        assert len(song.time_signatures) == 1
    assert len({song.time_signatures for song in songs}) > 1


@pytest.mark.parametrize("numerator", [4, 12, 33])
def test_from_nothing_bars_are_whole_ones_however_long(numerator: int) -> None:
    """A bar of more than 192 pulses is several to the events, and still one to the caller."""
    in_quarters = {
        "duration": {numerator: 50},
        "velocity": {2: 50},
    }  # fields of a metre: its numerator, its denominator
    model = flat_model(bars=-3.0 * np.arange(BARS), **in_quarters)
    song = continue_song(model, None, 4)
    assert song.time_signatures == (TimeSignature(0, numerator, 4),)
    assert (song.bars, song.end_pulses) == (4, 4 * 24 * numerator)
    assert {song.bar_lines.position(note.onset_pulses)[0] for track in song.tracks for note in track} == {0, 1, 2, 3}


def test_without_bars_the_model_ends_the_piece(shipped: MusicModel) -> None:
    lengths = [song.bars for song in songs_of(shipped, None, None, 4, style="folk")]
    assert module.MIN_BARS <= min(lengths) < max(lengths) < 200


def test_a_model_that_never_ends_a_piece_is_stopped(model: MusicModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_EVENTS", 300)
    seed = tune()
    longer = continue_song(model, seed, None)
    assert 100 < longer.note_count - seed.note_count <= 300
    assert longer.end_pulses >= join_pulse(seed)
    assert longer.end_pulses == longer.bar_lines.next_line(longer.end_pulses)
    assert longer.tracks[0].notes[:12] == seed.tracks[0].notes


def test_a_piece_that_will_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_EVENTS", 30)
    endless, seed = flat_model(bars=-1.0 * np.arange(BARS), pitch={END: -100}), tune()
    longer = continue_song(endless, seed, None)
    assert longer.note_count == 12 + 30
    assert longer.end_pulses == longer.length_pulses == longer.bar_lines.next_line(longer.length_pulses)
    # Bars that were asked for are filled, however many notes they take.
    longer = continue_song(endless, seed, 200)
    assert longer.note_count > 12 + 30
    assert longer.tracks[0].notes[-1].onset_pulses > 180 * 96


def test_a_seed_continued_again_is_heard_once_and_goes_on_as_if_heard_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = []
    push = Generator.push
    monkeypatch.setattr(Generator, "push", lambda self, event: (heard.append(event), push(self, event)))
    seed, limits = tune(), Sampling(1.0, 1.0, NoteConstraints(60, 72, Key(2, "minor"), 2.0, True))
    kept, events = wandering(), len(encode(seed).events) - 1
    for style in ("one", "two"):
        for sampling, number in ((Sampling(), 1), (limits, 2), (Sampling(), 3)):
            before = len(heard)
            again = continue_song(kept, seed, 3, style, sampling, number)
            taken_in = len(heard) - before - again.note_count + seed.note_count
            assert taken_in == (events if number == 1 else 0)
            assert again == continue_song(wandering(), seed, 3, style, sampling, number)
    assert new_notes(continue_song(kept, tune(notes=13), 3), tune()) != []  # another seed is heard for itself


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"bars": 0}, "bars 0: must be 1 to 10000"),
        ({"bars": 10_001}, "bars 10001: must be 1 to 10000"),
        ({"style": "polka"}, "style 'polka': model knows one, two"),
        ({"seed": Song(())}, "the seed has no notes to continue"),
        ({"seed": Song((Track([Note(0, 60, 1, 1)]),) * 129)}, "the seed has 129 tracks: at most 128 can be continued"),
    ],
)
def test_what_cannot_be_continued(arguments: dict[str, object], reason: str, model: MusicModel) -> None:
    with pytest.raises(OptionError, match=f"^{reason}$"):
        continue_song(**{"model": model, "seed": tune(), "bars": 4, **arguments})  # type: ignore[arg-type]


def test_more_density_gives_more_notes(shipped: MusicModel) -> None:
    seed = tune()

    def notes(density: float) -> int:
        sampling = Sampling(constraints=NoteConstraints(density=density))
        return sum(len(new_notes(continue_song(shipped, seed, 4, "folk", sampling, n), seed)) for n in range(3))

    assert notes(3.0) > 1.5 * notes(1 / 3)


def test_the_least_density_still_gives_notes(shipped: MusicModel) -> None:
    for number in range(8):
        song = continue_song(shipped, None, 8, "folk", Sampling(constraints=NoteConstraints(density=0.1)), number)
        assert 2 <= song.note_count <= 40


def test_the_shipped_model_keeps_to_the_seed(shipped: MusicModel, midi_samples: Path) -> None:
    seed = read_song(midi_samples / "ode_to_joy.mid")
    longer = continue_song(shipped, seed, 4)
    assert_continued(longer, seed, 4)
    assert new_notes(longer, seed)
    song = continue_song(shipped, None, 4)
    assert song.bars == 4
    assert encode(song).events[0, 3] == METRE


def test_one_thread_steps_the_network_and_the_callers_threads_come_back(model: MusicModel) -> None:
    before = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    seen: list[int] = []

    class Watched(MusicModel):
        def __getattribute__(self, name: str) -> object:
            if name == "engine":
                seen.extend(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")
            return super().__getattribute__(name)

    watched = Watched.__new__(Watched)
    watched.__dict__.update(model.__dict__)
    continue_song(watched, tune(), 1)
    assert seen
    assert set(seen) == {1}
    assert [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"] == before
