"""What is kept is kept exactly: a rhythm to the tick, pitches in their order."""

from collections.abc import Callable
from itertools import cycle, islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from melodyrnn import api
from melodyrnn.corpus.loops import draw_loop
from melodyrnn.errors import OptionError
from melodyrnn.generation import Request, Seed
from melodyrnn.music import Note, Song, TimeSignature, Track
from models import random_model

MODEL = random_model(4, hidden=24, scale=0.3, bars={0: 6, 1: 4})
BAR = 96
Row = tuple[int, int, int]
Asked = tuple[Song, dict[str, object], set[int], int, int]


@st.composite
def songs(draw: Callable[..., int]) -> Song:
    """One to three parts of up to four bars, a drum kit among them now and then; chords, overlaps, gaps."""
    tracks = []
    for part in range(draw(st.integers(1, 3))):
        is_drum = part == 1 and draw(st.booleans())
        keys = draw(st.lists(st.tuples(st.integers(0, 63), st.integers(0, 12)), min_size=1, max_size=24, unique=True))
        lengths = draw(st.lists(st.integers(1, 60), min_size=len(keys), max_size=len(keys)))
        notes = [
            Note(6 * place, 40 + pitch, length, 50 + 2 * length % 60)
            for (place, pitch), length in zip(keys, lengths, strict=True)
        ]
        tracks.append(Track(notes, 0, is_drum))
    return Song(tuple(tracks), (), (), 4 * BAR)


def rows(notes: np.ndarray, shift: int = 0) -> list[Row]:
    return sorted((onset + shift, duration, velocity) for onset, _, duration, velocity in notes.tolist())


def repeated(track: Track, first: int, join: int, end: int) -> list[Row]:
    """The rhythm of a part's notes from `first` to the join, again and again until `end`."""
    notes = track.array[(track.array[:, 0] >= first) & (track.array[:, 0] < join)]
    found = []
    for shift in range(join - first, end - first, join - first):
        found += [row for row in rows(notes, shift) if row[0] < end]
    return sorted((onset, min(duration, end - onset), velocity) for onset, duration, velocity in found)


@settings(max_examples=60, deadline=None)
@given(songs(), st.integers(1, 7), st.integers(0, 1000))
def test_the_rhythm_of_the_last_bars_comes_again_to_the_pulse(song: Song, bars: int, random_seed: int) -> None:
    seed = Seed.of(song)
    first = max(0, seed.join_pulse - bars * BAR)
    request = Request(model=MODEL, bars=bars, keep="rhythm", stay=0.0, random_seed=random_seed)
    if not any((track.array[:, 0] >= first).any() for track in song.tracks):
        with pytest.raises(OptionError, match="no notes in the last"):
            api.continuation(seed, request)
        return
    made = api.continuation(seed, request)
    end = seed.join_pulse + bars * BAR
    for track, new in zip(song.tracks, made.new_notes, strict=True):
        assert rows(new) == repeated(track, first, seed.join_pulse, end)
        onsets = [(onset, pitch) for onset, pitch in new[:, :2].tolist()]
        assert len(set(onsets)) == len(onsets)  # a chord has no pitch twice


@settings(max_examples=60, deadline=None)
@given(songs(), st.integers(1, 7), st.integers(0, 1000))
def test_the_pitches_of_the_last_bars_come_again_in_their_order(song: Song, bars: int, random_seed: int) -> None:
    seed = Seed.of(song)
    first = max(0, seed.join_pulse - bars * BAR)
    if not any((track.array[:, 0] >= first).any() for track in song.tracks):
        return
    made = api.continuation(seed, Request(model=MODEL, bars=bars, keep="pitches", stay=0.0, random_seed=random_seed))
    for track, new in zip(song.tracks, made.new_notes, strict=True):
        pitches = track.array[track.array[:, 0] >= first, 1].tolist()
        assert new[:, 1].tolist() == list(islice(cycle(pitches), len(new) if pitches else 0))
        assert (new[:, 0] >= seed.earliest_pulse).all()


def test_a_played_rhythm_comes_again_to_the_tick() -> None:
    """A shipped model composes a score; what it composes on a kept rhythm is played as that was."""
    song = draw_loop(np.random.default_rng(3))
    seed = Seed.of(song)
    made = api.continuation(seed, Request(style="any", bars=2, keep="rhythm", stay=0.0))
    length = made.song.end_pulses - made.join_pulse
    for track, new, (onsets, durations) in zip(song.tracks, made.new_notes, made.played, strict=True):
        late = track.array[track.array[:, 0] >= made.join_pulse - length]
        assert len(new) == len(late)
        assert sorted(onsets.tolist()) == sorted((late[:, 0] + length).tolist())
        assert sorted(new[:, 3].tolist()) == sorted(late[:, 3].tolist())
        assert len(durations) == len(late)


def test_bars_in_an_earlier_metre_do_not_come_again() -> None:
    notes = [Note(0, 60, 90, 80), Note(96, 62, 30, 80), Note(132, 64, 30, 80)]
    song = Song((Track(notes),), (), (TimeSignature(0, 4, 4), TimeSignature(96, 3, 4)), 168)
    made = api.continuation(Seed.of(song), Request(model=MODEL, bars=3, keep="rhythm", stay=0.0))
    assert rows(made.new_notes[0]) == [(168 + 72 * bar + at, 30, 80) for bar in range(3) for at in (0, 36)]


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"keep": "rhythm", "form": "AB"}, "leave out form"),
        ({"keep": "pitches", "bars": None}, "leave out bars end"),
        ({"keep": "rhythm", "density": 2.0}, "leave out density"),
        ({"keep": "rhythm", "monophonic": True}, "leave out monophonic"),
        ({"keep": "notes"}, "keep 'notes': must be rhythm or pitches"),
    ],
)
def test_what_cannot_be_kept(asked: dict[str, object], reason: str) -> None:
    with pytest.raises(OptionError, match=reason):
        Request(**asked)


def test_without_a_seed_there_is_nothing_to_keep() -> None:
    with pytest.raises(OptionError, match="keep rhythm: of a seed"):
        api.continuation(None, Request(model=MODEL, keep="rhythm"))


def test_a_chord_that_has_too_few_pitches_is_refused() -> None:
    chord = [Note(0, pitch, 96, 80) for pitch in (60, 64, 67, 71)]
    request = Request(model=MODEL, keep="rhythm", bars=1, low=60, high=62, stay=0.0)
    with pytest.raises(OptionError, match="a chord has 4 more notes, and there are 3 pitches"):
        api.continuation(Seed.of(Song((Track(chord),))), request)


def inside(track: Track, first: int, end: int) -> np.ndarray:
    notes = track.array
    return notes[(notes[:, 0] >= first) & (notes[:, 0] < end)]


def outside(track: Track, first: int, end: int) -> list[tuple[int, ...]]:
    return [note for note in track if not first <= note.onset_pulses < end]


def check_the_rest_is_untouched(song: Song, made: Song, parts: set[int], first: int, end: int) -> None:
    for part, (track, new) in enumerate(zip(song.tracks, made.tracks, strict=True)):
        if part in parts:
            assert outside(track, first, end) == outside(new, first, end)
        else:
            assert track.notes == new.notes


@st.composite
def requests(draw: Callable[..., int], **fixed: object) -> Asked:
    """A song, and a request to make some of its bars, or beats, anew in some or all of its parts."""
    song = draw(songs())
    first = draw(st.integers(1, 4))
    last = draw(st.integers(first, 4))
    parts = draw(st.sets(st.integers(0, len(song.tracks) - 1)))
    names = tuple(str(part + 1) for part in sorted(parts))
    random_seed = draw(st.integers(0, 1000))
    asked = {"replace": f"{first}-{last}", "part": names, "random_seed": random_seed, **fixed}
    return song, asked, parts or set(range(len(song.tracks))), (first - 1) * BAR, last * BAR


@settings(max_examples=60, deadline=None)
@given(requests(keep="rhythm"))
def test_bars_made_anew_keep_their_rhythm(asked: Asked) -> None:
    song, options, parts, first, end = asked
    request = Request(model=MODEL, stay=0.0, **options)
    if not any(len(inside(song.tracks[part], first, end)) for part in parts):
        with pytest.raises(OptionError, match="no notes in the bars to replace"):
            api.continuation(Seed.of(song), request)
        return
    made = api.continuation(Seed.of(song), request)
    check_the_rest_is_untouched(song, made.song, parts, first, end)
    for part in parts:
        old, new = inside(song.tracks[part], first, end), made.new_notes[part]
        assert sorted(new[:, 0].tolist()) == sorted(old[:, 0].tolist())
        assert sorted(new[:, 3].tolist()) == sorted(old[:, 3].tolist())


@settings(max_examples=60, deadline=None)
@given(requests(keep="pitches"))
def test_bars_made_anew_keep_their_pitches_in_order(asked: Asked) -> None:
    song, options, parts, first, end = asked
    request = Request(model=MODEL, stay=0.0, **options)
    if not any(len(inside(song.tracks[part], first, end)) for part in parts):
        return
    made = api.continuation(Seed.of(song), request)
    check_the_rest_is_untouched(song, made.song, parts, first, end)
    for part in parts:
        old, new = inside(song.tracks[part], first, end), made.new_notes[part]
        assert new[:, 1].tolist() == old[:, 1].tolist()
        assert ((new[:, 0] >= first) & (new[:, 0] + new[:, 2] <= end)).all()


@settings(max_examples=60, deadline=None)
@given(requests(vary=0.4))
def test_a_passage_that_is_varied_keeps_the_other_beats(asked: Asked) -> None:
    song, options, parts, first, end = asked
    request = Request(model=MODEL, stay=0.0, **options)
    made = api.continuation(Seed.of(song), request)
    check_the_rest_is_untouched(song, made.song, parts, first, end)
    assert made.gap is not None
    assert made.gap.cells is not None
    beats = len(parts) * (end - first) // 24
    assert len(made.gap.cells) == max(1, round(0.4 * beats))
    for part in parts:
        anew = [(cell.start, cell.end) for cell in made.gap.cells if cell.part == part]
        old, new = song.tracks[part], made.song.tracks[part]
        for start in range(first, end, 24):
            if (start, start + 24) not in anew:
                assert inside(old, start, start + 24).tolist() == inside(new, start, start + 24).tolist()
        for onset, _, duration, _ in made.new_notes[part].tolist():
            assert any(start <= onset < stop for start, stop in anew)
            assert onset + duration <= end


@settings(max_examples=20, deadline=None)
@given(requests(vary=0.0))
def test_a_passage_that_is_not_varied_comes_back(asked: Asked) -> None:
    song, options, _, _, _ = asked
    request = Request(model=MODEL, stay=0.0, **options)
    made = api.continuation(Seed.of(song), request)
    assert made.song.tracks == song.tracks
    assert made.new_note_count == 0


@settings(max_examples=20, deadline=None)
@given(requests(vary=1.0))
def test_a_passage_that_is_all_varied_is_made_anew(asked: Asked) -> None:
    song, options, parts, first, end = asked
    request = Request(model=MODEL, stay=0.0, **options)
    made = api.continuation(Seed.of(song), request)
    check_the_rest_is_untouched(song, made.song, parts, first, end)
    for part in parts:
        assert inside(made.song.tracks[part], first, end).tolist() == made.new_notes[part].tolist()


def test_to_vary_needs_bars_and_leaves_nothing_to_keep() -> None:
    with pytest.raises(OptionError, match="of which bars"):
        Request(vary=0.5)
    with pytest.raises(OptionError, match="keep rhythm: leave out vary"):
        Request(vary=0.5, keep="rhythm", replace="1-2")
    with pytest.raises(OptionError, match="vary 2"):
        Request(vary=2, replace="1-2")
