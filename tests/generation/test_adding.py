"""Each kind of added part is one of its kind: a pad holds, chords are spread, drums keep time, a melody leads."""

from dataclasses import replace

import numpy as np
import pytest

from melodyrnn import api
from melodyrnn.generation import MusicModel, Request, Seed
from melodyrnn.generation.gap import Gap
from melodyrnn.generation.part_kinds import CHORD_SEMITONES, KINDS, PartKind
from melodyrnn.music import Note, Song, TimeSignature, Track
from melodyrnn.music.song import NoteArray
from models import random_model

QUARTER = 24
BARS = 8


def wandering() -> MusicModel:
    """A small network of random weights that does not wait for many bars."""
    model = random_model(1, bars=-2.0 * np.arange(16), part={0: 1, 1: 1, 2: 1}).model
    return MusicModel(replace(model, reads_scores=True))


def chords(metre: tuple[int, int] = (4, 4)) -> Song:
    """Bars of C F G C, each chord struck on its first beat."""
    bar = TimeSignature(0, *metre).bar_pulses
    bars = [(48, 52, 55), (53, 57, 60), (43, 47, 50), (48, 52, 55)] * (BARS // 4)
    notes = [Note(bar * number, pitch, bar, 80) for number, chord in enumerate(bars) for pitch in chord]
    return Song([Track(notes, 0, name="Piano")], (), (TimeSignature(0, *metre),), BARS * bar)


def added(song: Song, kind: str, model: MusicModel | None = None, **options: object) -> NoteArray:
    """The notes of the part that is added."""
    request = Request(model=model or wandering(), add=kind, random_seed=1, **options)
    return api.continuation(Seed.of(song), request).new_notes[-1]


def sounding(notes: NoteArray, end: int) -> np.ndarray:
    """(end,) how many notes sound at each pulse."""
    count = np.zeros(end, int)
    for onset, _, duration, _ in notes.tolist():
        count[onset : onset + duration] += 1
    return count


def test_a_pad_holds_each_chord_until_the_next():
    notes = added(chords(), "pad")
    assert set(sounding(notes, BARS * 96).tolist()) == {KINDS["pad"].chord}
    assert set(notes[:, 0].tolist()) == {96 * bar for bar in range(BARS)}


def test_a_pad_of_single_notes_holds_one_at_a_time():
    notes = added(chords(), "pad", monophonic=True)
    assert set(sounding(notes, BARS * 96).tolist()) == {1}


@pytest.mark.parametrize("kind", ["chords", "pad", "strings"])
def test_the_notes_of_a_chord_are_spread(kind):
    notes = added(chords(), kind)
    together = [np.sort(notes[notes[:, 0] == onset, 1]) for onset in np.unique(notes[:, 0])]
    assert all((np.diff(chord) >= CHORD_SEMITONES).all() for chord in together)
    assert np.mean([len(set(chord % 12)) == len(chord) for chord in together]) >= 0.75  # else a tone is doubled


@pytest.mark.parametrize("kind", ["chords", "pad"])
def test_a_chord_leaves_room_for_its_other_notes_below_the_top_of_the_range(kind):
    notes = added(chords(), kind)
    lowest = [notes[notes[:, 0] == onset, 1].min() for onset in np.unique(notes[:, 0])]
    assert max(lowest) <= KINDS[kind].high - 2 * CHORD_SEMITONES


@pytest.mark.parametrize(
    ("metre", "backbeats"), [((4, 4), {24, 72}), ((3, 4), {24, 48}), ((7, 8), {24, 60}), ((5, 8), set())]
)
def test_drums_beside_parts_without_any_keep_time(metre, backbeats):
    song = chords(metre)
    bar, notes = song.time_signatures[0].bar_pulses, added(chords(metre), "drums")
    struck = {(round(onset / 6) * 6, pitch) for onset, pitch, _, _ in notes.tolist()}
    assert {onset for onset, pitch in struck if pitch == 42} == set(range(0, BARS * bar, QUARTER // 2))
    assert {onset % bar for onset, pitch in struck if pitch == 38} == backbeats
    assert any(pitch == 36 for _, pitch in struck)


def test_in_a_few_bars_drums_keep_time_there_alone():
    notes = added(chords(), "drums", over="3-4")
    assert notes[:, 0].min() >= 2 * 96
    assert len(notes[notes[:, 1] == 42]) == 2 * 8


@pytest.mark.parametrize("kind", ["bass", "melody", "chords"])
def test_a_part_of_less_density_has_fewer_notes(kind):
    usual, fewer = (
        len(np.unique(added(chords(), kind, part_density=(f"{kind}={density}",))[:, 0])) for density in (1, 0.3)
    )
    assert fewer < 0.6 * usual


def test_drums_beside_a_kit_that_keeps_time_strike_nothing_that_it_strikes():
    hats = Track([Note(12 * i, pitch, 4, 80) for i in range(8 * BARS) for pitch in (36, 42)], 0, True, "Kit")
    song = Song([*chords().tracks, hats], (), (), BARS * 96)
    notes = added(song, "drums")
    given = hats.array
    for onset, pitch, _, _ in notes.tolist():
        assert not ((given[:, 1] == pitch) & (abs(given[:, 0] - onset) < 2)).any()
        assert pitch != 49  # a crash in every bar


@pytest.mark.parametrize(("highest", "low"), [(50, 60), (64, 62), (90, 67)])
def test_a_melody_begins_its_range_beside_the_highest_of_the_others(highest, low):
    song = Song([Track([Note(24 * i, highest - 12 * (i % 2), 24, 80) for i in range(32)] * 1, 0)])
    tops = Song([Track([Note(24 * i, highest, 24, 80) for i in range(32)], 0), song.tracks[0]])
    kind = PartKind.parse("melody").among(tops)
    assert (kind.low, kind.high) == (low, low + 21)
    assert PartKind.parse("bass").among(tops) == KINDS["bass"]


def test_a_part_begins_anew_where_it_is_asked_to_and_ends_there():
    seed, gap = Gap.asked(Seed.of(chords()), None, (), KINDS["bass"])
    assert (gap.start, gap.end, gap.parts) == (0, BARS * 96, (1,))
    assert not len(seed.song.tracks[1])


def test_a_bass_plays_roots_where_chords_begin_and_stays_with_its_figure():
    model = api.load_model("any")
    notes = added(chords(), "bass", model)
    roots = {0: 0, 1: 5, 2: 7, 3: 0}
    begun = [note for note in notes.tolist() if note[0] % 96 == 0]
    assert len(begun) >= 4
    assert np.mean([note[1] % 12 == roots[note[0] // 96 % 4] for note in begun]) > 0.7
    assert len(np.unique(notes[:, 1])) >= 4
    free, near = (added(chords(), "bass", model, stay=stay).tolist() for stay in (0.0, 1.0))
    assert free != near
