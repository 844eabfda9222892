"""Form: sections come back where they are asked to, as they were or varied, and everything is heard by the model."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from melodyrnn import api
from melodyrnn.encoding.events import BARS, PARTS, PLACES
from melodyrnn.errors import OptionError
from melodyrnn.generation import MusicModel, Request, Sampling, Seed
from melodyrnn.generation import form as module
from melodyrnn.generation.draft import Draft, Notes
from melodyrnn.generation.form import Section, parse_form
from melodyrnn.generation.generator import Generator
from melodyrnn.generation.side_by_side import drawn
from melodyrnn.music import Note, Song, Tempo, TimeSignature, Track
from models import random_model

BAR = 96


def compose_song(model: MusicModel, seed: Song | None, *options: Any, **named: Any) -> Song:
    return module.compose_song(model, seed and Seed.of(seed), *options, **named).song


@pytest.fixture(scope="module")
def model() -> MusicModel:
    """Random weights that play some notes a bar and never wait long."""
    return random_model(
        4,
        bars=-6.0 * np.arange(BARS) - 4 * (np.arange(BARS) == 0),
        place=dict.fromkeys(range(0, PLACES, 12), 4),
        part=dict.fromkeys(range(2, PARTS), -20),
        velocity={2: 9},  # metres in quarters
        duration={4: 9},
    )


def tune(*onsets: int, last: int = 24, velocity: int = 77) -> Song:
    notes = [Note(onset, 60 + 2 * (i % 4), 12, velocity) for i, onset in enumerate(onsets[:-1])]
    return Song((Track([*notes, Note(onsets[-1], 60, last, velocity)], 73, name="flute"),), (Tempo(0, 96),))


TWO_BARS = tune(0, 24, 48, 72, 96, 120, 144)


def between(song: Song, first: int, end: int, moved: int = 0) -> list[Note]:
    notes = [note for track in song.tracks for note in track if first <= note.onset_pulses < end]
    return [note._replace(onset_pulses=note.onset_pulses + moved) for note in notes]


@pytest.mark.parametrize(
    ("text", "sections"),
    [
        ("AABA", [("A", None), ("A", None), ("B", None), ("A", None)]),
        ("A8B4A", [("A", 8), ("B", 4), ("A", 8)]),
        ("aB4b", [("A", None), ("B", 4), ("B", 4)]),
    ],
)
def test_forms(text: str, sections: list[tuple[str, int | None]]) -> None:
    assert parse_form(text) == tuple(Section(*section) for section in sections)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "form '': must be letters"),
        ("A-B", "form 'A-B': must be letters"),
        ("8A", "form '8A': must be letters"),
        ("A8BA4", "section A has both 8 and 4 bars"),
        ("A0", "a section has at least 1 bar"),
        ("Ä8", "must be letters, each with its number of bars or without, like AABA or A8B4A"),
    ],
)
def test_what_is_no_form(text: str, reason: str) -> None:
    with pytest.raises(OptionError, match=reason) as caught:
        parse_form(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("random_seed", range(4))
def test_a_seed_is_the_first_section_and_comes_back_note_for_note(model: MusicModel, random_seed: int) -> None:
    song = compose_song(model, TWO_BARS, parse_form("ABAB"), 0, random_seed=random_seed)
    assert (song.bars, song.end_pulses, song.tempos) == (8, 8 * BAR, TWO_BARS.tempos)
    assert [(t.program, t.name) for t in song.tracks] == [(73, "flute")]
    assert between(song, 0, 2 * BAR) == TWO_BARS.tracks[0].notes  # velocities too, which events would round
    assert between(song, 4 * BAR, 6 * BAR) == between(TWO_BARS, 0, 2 * BAR, 4 * BAR)
    assert between(song, 2 * BAR, 4 * BAR)
    assert between(song, 6 * BAR, 8 * BAR) == between(song, 2 * BAR, 4 * BAR, 4 * BAR)
    assert song == compose_song(model, TWO_BARS, parse_form("ABAB"), 0, random_seed=random_seed)


def test_a_seed_may_be_the_beginning_of_its_section(model: MusicModel) -> None:
    song = compose_song(model, TWO_BARS, parse_form("A4B1A"), 0)
    assert song.bars == 9
    assert between(song, 0, 2 * BAR) == TWO_BARS.tracks[0].notes
    assert between(song, 2 * BAR, 4 * BAR)
    assert between(song, 5 * BAR, 9 * BAR) == between(song, 0, 4 * BAR, 5 * BAR)


@pytest.mark.parametrize("random_seed", range(4))
def test_from_nothing(model: MusicModel, random_seed: int) -> None:
    song = compose_song(model, None, parse_form("A2BA"), 0, random_seed=random_seed)
    lines = song.bar_lines
    upbeat = song.bars - 6
    first = min(note.onset_pulses for track in song.tracks for note in track)
    assert upbeat == (first >= lines.start(1) / 2 and first < lines.start(1))
    early = lines.start(1) - first if upbeat else 0
    edges = [lines.start(bar + upbeat) - early for bar in (0, 2, 4, 6)]
    returned, first_time = between(song, edges[2], edges[3]), between(song, edges[0], edges[1], edges[2] - edges[0])
    cut = [note._replace(duration_pulses=min(note.end_pulses, edges[3]) - note.onset_pulses) for note in first_time]
    assert returned == cut  # where the piece ends nothing rings on


def test_an_upbeat_stays_with_its_section(model: MusicModel) -> None:
    """The last bar of a section is left early by as much as the next section begins early."""
    seed = tune(72, 96, 120, 144, 168, 192, 216, last=36)  # an upbeat, and two bars of which the last has room for it
    song = compose_song(model, seed, parse_form("AABA"), 0)
    assert song.bars == 1 + 8
    assert between(song, 72, 264) == seed.tracks[0].notes
    for start in (1, 3):
        moved = 2 * BAR * start
        assert between(song, 72 + moved, 264 + moved) == between(seed, 72, 264, moved)
    assert song.tracks[0].notes[-1].end_pulses <= 9 * BAR - 24


def test_an_upbeat_may_be_a_bar_of_its_own_metre(model: MusicModel) -> None:
    metres = (TimeSignature(0, 1, 4), TimeSignature(24, 3, 4))
    notes = [Note(24 * i, 60 + i, 24, 70) for i in range(6)]  # one beat, and a bar and two beats
    seed = Song((Track(notes),), (), metres)
    song = compose_song(model, seed, parse_form("AA"), 0)
    assert song.time_signatures == metres
    assert song.bars == 1 + 4
    assert between(song, 144, 288) == between(seed, 0, 144, 144)
    assert between(song, 0, 144) == notes


def test_after_a_long_seed_with_an_upbeat_sections_are_read_on_the_bar_line(model: MusicModel) -> None:
    metres = (TimeSignature(0, 1, 4), TimeSignature(24, 4, 4))
    seed = Song((Track([Note(24 * i, 60 + i % 5, 24, 70) for i in range(4 * 300 + 1)]),), (), metres)
    assert Seed.of(seed).start_pulse > 0  # only its end is read
    read = Seed.of(seed).read(as_score=False)
    draft = drawn(module.begin(model, read, 0, Sampling(), 1))
    song = drawn(module._Composer(draft, Sampling(), 1, read, model).compose(parse_form("AA"), 0)).song
    cursor = draft.generator.context.cursor
    assert cursor.pulse + draft.start_pulse == max(note.onset_pulses for note in song.tracks[0])


@pytest.mark.parametrize("random_seed", range(3))
def test_a_varied_section_keeps_pitch_classes_and_the_last_bar(model: MusicModel, random_seed: int) -> None:
    song = compose_song(model, TWO_BARS, parse_form("AAA"), 1.0, random_seed=random_seed)
    assert song.bars == 6
    scale = {note.pitch % 12 for note in TWO_BARS.tracks[0]}
    assert {note.pitch % 12 for note in song.tracks[0]} <= scale
    assert between(song, 5 * BAR, 6 * BAR) == between(song, BAR, 2 * BAR, 4 * BAR)
    assert between(song, 2 * BAR, 3 * BAR) != between(song, 0, BAR, 2 * BAR)


@pytest.mark.parametrize("vary", [0.25, 0.5])
def test_so_many_beats_of_a_section_that_returns_are_anew_and_the_others_note_for_note(
    model: MusicModel, vary: float
) -> None:
    seed = tune(*range(0, 8 * BAR, 24), last=24)
    song = compose_song(model, seed, parse_form("AAB1"), vary)
    beats = [
        between(song, 8 * BAR + beat, 8 * BAR + beat + 24) == between(seed, beat, beat + 24, 8 * BAR)
        for beat in range(0, 8 * BAR, 24)
    ]
    assert len(beats) * (1 - vary) <= sum(beats) < len(beats)


def test_a_new_letter_is_no_bar_of_another_again(midi_samples: Path) -> None:
    seed = api.load_seed(midi_samples / "ode_to_joy.mid", to_bar=4)
    for made in api.takes(seed, Request(form="AB", stay=0, takes=4)):
        bars = [between(made.song, bar * BAR, bar * BAR + BAR, -bar * BAR) for bar in range(8)]
        assert sum(bar in bars[:4] for bar in bars[4:]) <= 1


def test_the_less_variation_the_more_stays(model: MusicModel) -> None:
    seed = tune(*range(0, 8 * BAR, 12), last=12)

    def kept(vary: float) -> int:
        again = between(compose_song(model, seed, parse_form("AA"), vary), 8 * BAR, 16 * BAR)
        return len({*again} & {*between(seed, 0, 8 * BAR, 8 * BAR)})

    assert seed.note_count == kept(0) > kept(0.4) > kept(1)


def test_of_bars_before_known_music_the_one_it_is_likeliest_after_is_taken(
    model: MusicModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[tuple[float, list[list[int]]]] = []
    nll = Draft.nll_of_notes

    def watched(self: Draft, notes: Notes, most: int) -> float:
        assert notes[:, [0, 2, 3, 4]].tolist() == [list(note) for note in between(TWO_BARS, 0, BAR, 4 * BAR)]
        tried.append((nll(self, notes, most), self.notes[self.notes[:, 0] >= 3 * BAR].tolist()))
        return tried[-1][0]

    monkeypatch.setattr(Draft, "nll_of_notes", watched)
    song = compose_song(model, TWO_BARS, parse_form("ABA"), 0, random_seed=3)
    assert len(tried) == module.CANDIDATES
    assert len({bar[0] for bar in tried}) > 1
    taken = [[note[0], 0, *note[1:]] for note in between(song, 3 * BAR, 4 * BAR)]
    assert [note[:5] for note in min(tried)[1]] == taken


@pytest.mark.parametrize("vary", [0.0, 0.7])
def test_all_that_sounds_was_heard(model: MusicModel, vary: float) -> None:
    draft = Draft(Generator(model, 0, Sampling(), 5))
    while not len(draft.notes):
        draft.take(draft.generator.next_event())
    composer = module._Composer(draft, Sampling(), 5, None, model)
    song = drawn(composer.compose(parse_form("A3BAB"), vary)).song
    lookback = composer.draft.generator.context._lookback
    heard = [pitch % 128 for pitch, _, velocity in lookback._notes if velocity]
    rows = sorted((n.onset_pulses, part, n.pitch) for part, track in enumerate(song.tracks) for n in track)
    assert heard == [pitch for _, _, pitch in rows]


@pytest.mark.parametrize(
    ("seed", "form", "vary", "reason"),
    [
        (TWO_BARS, "A1B", 0, "section A has 1 bars, but the seed, which it begins with, 2"),
        (TWO_BARS, "A2B999C", 0, "a form of 1003 bars: at most 1000 can be played"),
        (TWO_BARS, "AA", 1.5, "vary 1.5: must be 0"),
        (Song(TWO_BARS.tracks, (), (TimeSignature(0, 4, 4), TimeSignature(96, 3, 4))), "AA", 0, "a seed in one metre"),
        (Song(()), "AA", 0, "the seed has no notes"),
    ],
)
def test_what_cannot_be_composed(model: MusicModel, seed: Song, form: str, vary: float, reason: str) -> None:
    with pytest.raises(OptionError, match=reason):
        compose_song(model, seed, parse_form(form), vary)
