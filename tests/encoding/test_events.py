"""Events: a Song as events, and the same Song from them."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.encoding.events import (
    DRUM,
    END,
    KIT,
    METRE,
    PART,
    REST,
    VELOCITIES,
    VELOCITY_STEP,
    Cursor,
    EventSequence,
    decode,
    encode,
    midi_velocity,
    velocity_token,
)
from melodyrnn.errors import MelodyRnnError, OptionError
from melodyrnn.midi import read_song
from melodyrnn.music import Note, Song, Tempo, TimeSignature, Track

FOUR_FOUR = (0, 0, 0, METRE, 4, 2)  # 4/4: numerator 4, denominator 2 ** 2
PIANO = (0, 0, 0, PART, 0, 0)

velocities = st.integers(1, 32).map(lambda token: 4 * token - 2)  # those that events can tell apart
scattered = st.builds(
    Note,
    st.integers(0, 5000),
    st.integers(0, 127),
    st.one_of(st.integers(1, 2000), st.sampled_from([288, 576, 287, 289])),
    velocities,
)
unisons = st.builds(  # of one pitch, overlapping, and tied where others end
    Note,
    st.sampled_from([0, 288, 576, 200, 300]),
    st.just(60),
    st.sampled_from([288, 576, 287, 289, 600, 300, 864, 88, 1]),
    st.sampled_from([2, 6, 10]),
)
tracks = st.builds(
    Track,
    st.one_of(st.lists(scattered, max_size=20), st.lists(unisons, max_size=20)),
    st.integers(0, 127),
    st.booleans(),
    st.text(max_size=3),
)
signatures = st.builds(
    TimeSignature,
    st.one_of(st.just(0), st.integers(0, 9000)),
    st.integers(1, 255),
    st.sampled_from([1, 2, 4, 8, 16, 32, 64]),
)
songs = st.builds(
    Song,
    st.lists(tracks, max_size=5).map(tuple),
    st.lists(st.builds(Tempo, st.integers(0, 9000), st.integers(20, 300)), max_size=3).map(tuple),
    st.lists(signatures, max_size=4).map(tuple),
)


def sequence(*events: tuple[int, ...]) -> EventSequence:
    return EventSequence(np.array(events, np.int64).reshape(-1, 6))


def assert_written(song: Song, *events: tuple[int, ...]) -> None:
    """`song` is written as these events, and they are read as `song`."""
    written = encode(song)
    assert [tuple(event) for event in written.events.tolist()] == list(events)
    assert (written.velocities_rounded, written.notes_dropped, written.note_count) == (0, 0, song.note_count)
    assert decode(sequence(*events)) == song


def test_a_tune_in_six_eight() -> None:
    notes = [Note(0, 67, 36, 90), Note(36, 69, 12, 78), Note(48, 71, 24, 78), Note(72, 72, 72, 90)]
    assert_written(
        Song((Track(notes, 73),), time_signatures=(TimeSignature(0, 6, 8),)),
        (0, 0, 0, METRE, 6, 3),  # 6/8: a bar is 72 pulses
        (0, 0, 0, PART, 73, 0),  # a flute
        (0, 0, 0, 67, 36, 23),  # velocity 90 = 4 * 23 - 2
        (0, 36, 0, 69, 12, 20),
        (0, 48, 0, 71, 24, 20),
        (1, 0, 0, 72, 72, 23),  # a bar later
        (1, 0, 0, END, 0, 0),
    )


def test_a_chord_in_two_parts_of_two_instruments() -> None:
    right, left = [Note(0, 76, 96, 62), Note(0, 72, 96, 66)], [Note(0, 48, 96, 58)]
    assert_written(
        Song((Track(right, 0), Track(left, 42))),
        FOUR_FOUR,
        PIANO,
        (0, 0, 1, PART, 42, 0),  # a cello
        (0, 0, 0, 72, 96, 17),  # by part, then from low to high
        (0, 0, 0, 76, 96, 16),
        (0, 0, 1, 48, 96, 15),
        (1, 0, 0, END, 0, 0),
    )


def test_drums() -> None:
    hits = [Note(0, 36, 6, 102), Note(0, 42, 6, 62), Note(12, 42, 6, 46), Note(24, 38, 6, 102)]
    assert_written(
        Song((Track(hits, 8, is_drum=True),)),
        FOUR_FOUR,
        (0, 0, 0, KIT, 8, 0),  # drum kit 8
        (0, 0, 0, DRUM + 36, 6, 26),  # bass drum
        (0, 0, 0, DRUM + 42, 6, 16),  # closed hi-hat
        (0, 12, 0, DRUM + 42, 6, 12),
        (0, 24, 0, DRUM + 38, 6, 26),  # snare
        (1, 0, 0, END, 0, 0),
    )


def test_a_pickup_bar() -> None:
    assert_written(
        Song(
            (Track([Note(0, 67, 24, 78), Note(24, 72, 72, 78)]),),
            time_signatures=(TimeSignature(0, 1, 4), TimeSignature(24, 3, 4)),
        ),
        (0, 0, 0, METRE, 1, 2),  # a bar of one quarter
        PIANO,
        (0, 0, 0, 67, 24, 20),
        (1, 0, 0, METRE, 3, 2),  # on the next bar line 3/4 takes over
        (0, 0, 0, 72, 72, 20),
        (1, 0, 0, END, 0, 0),
    )


def test_a_metre_that_changes_in_mid_bar_starts_a_new_bar() -> None:
    assert_written(
        Song(
            (Track([Note(0, 60, 24, 78), Note(36, 62, 24, 78), Note(48, 64, 24, 78)]),),
            time_signatures=(TimeSignature(0, 4, 4), TimeSignature(36, 2, 4)),
        ),
        FOUR_FOUR,
        PIANO,
        (0, 0, 0, 60, 24, 20),
        (0, 36, 0, METRE, 2, 2),  # 36 pulses into the bar; the next event is in a new one
        (0, 0, 0, 62, 24, 20),
        (0, 12, 0, 64, 24, 20),
        (1, 0, 0, END, 0, 0),
    )


def test_a_note_longer_than_288_pulses_is_tied() -> None:
    assert_written(
        Song((Track([Note(0, 48, 600, 78), Note(288, 48, 24, 62)]),)),
        FOUR_FOUR,
        PIANO,
        (0, 0, 0, 48, 0, 20),  # 288 pulses, and a tie
        (3, 0, 0, 48, 0, 0),  # 288 more, from pulse 288 on, and a tie: before the note that begins there
        (0, 0, 0, 48, 24, 16),
        (3, 0, 0, 48, 24, 0),  # 24 more: 600
        (1, 0, 0, END, 0, 0),
    )


def test_forty_bars_of_rest() -> None:
    assert_written(
        Song((Track([Note(0, 60, 24, 78), Note(40 * 96 + 12, 60, 24, 78)]),)),
        FOUR_FOUR,
        PIANO,
        (0, 0, 0, 60, 24, 20),
        (15, 0, 0, REST, 0, 0),
        (15, 0, 0, REST, 0, 0),
        (10, 12, 0, 60, 24, 20),
        (1, 0, 0, END, 0, 0),
    )


def test_a_bar_longer_than_192_pulses_is_counted_in_stretches() -> None:
    notes = [Note(0, 60, 24, 78), Note(200, 62, 24, 78), Note(288, 64, 24, 78)]
    assert_written(
        Song((Track(notes),), time_signatures=(TimeSignature(0, 12, 4),)),
        (0, 0, 0, METRE, 12, 2),  # a bar of 288 pulses: 192 and 96
        PIANO,
        (0, 0, 0, 60, 24, 20),
        (1, 8, 0, 62, 24, 20),
        (1, 0, 0, 64, 24, 20),
        (1, 0, 0, END, 0, 0),  # after the stretch, though the bar goes on
    )


def test_a_song_without_notes() -> None:
    assert_written(Song((Track([], 5),)), FOUR_FOUR, (0, 0, 0, PART, 5, 0), (1, 0, 0, END, 0, 0))
    assert_written(Song(()), FOUR_FOUR, (1, 0, 0, END, 0, 0))


def test_the_end_is_the_bar_line_after_the_length() -> None:
    song = Song((Track([Note(0, 60, 24, 78)]),), length_pulses=250)
    assert encode(song).events[-1].tolist() == [3, 0, 0, END, 0, 0]
    assert decode(encode(song)).length_pulses == 288


@given(songs)
def test_a_song_comes_back_exactly(song: Song) -> None:
    written = encode(song)
    assert decode(written) == song
    assert np.array_equal(encode(decode(written)).events, written.events)
    assert (written.velocities_rounded, written.notes_dropped, written.note_count) == (0, 0, song.note_count)


@given(songs)
def test_a_cursor_follows_every_event_to_its_pulse(song: Song) -> None:
    written, cursor = encode(song), Cursor()
    onsets = []
    for event in written.events.tolist():
        pulse = cursor.advance(event)
        if event[3] < END and event[5]:
            onsets.append(pulse)
        if event[3] == METRE:
            assert TimeSignature(pulse, event[4], 1 << event[5]) in song.time_signatures
            assert cursor.bar_start(cursor.bar) == pulse
    assert onsets == sorted(note.onset_pulses for track in song.tracks for note in track)


@given(st.lists(st.integers(1, 127), min_size=1, max_size=20))
def test_velocities_are_rounded_by_two_at_most_and_counted(given_velocities: list[int]) -> None:
    notes = [Note(24 * i, 60, 24, velocity) for i, velocity in enumerate(given_velocities)]
    written = encode(Song((Track(notes),)))
    found = [note.velocity for note in decode(written).tracks[0]]
    assert all(abs(a - b) <= 2 and 1 <= a <= 127 for a, b in zip(found, given_velocities, strict=True))
    assert written.velocities_rounded == sum(a != b for a, b in zip(found, given_velocities, strict=True))


def test_tracks_after_the_128th_are_dropped_and_counted() -> None:
    tracks = tuple(Track([Note(0, 60, 24, 78)] * (i + 1)) for i in range(130))
    written = encode(Song(tracks))
    assert written.notes_dropped == 129 + 130
    assert decode(written).tracks == tracks[:128]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ((16, 0, 0, 60, 24, 20), "a field is not below its size"),
        ((0, 192, 0, 60, 24, 20), "a field is not below its size"),
        ((0, 0, 0, 261, 24, 20), "a field is not below its size"),
        ((-1, 0, 0, 60, 24, 20), "a field is not below its size"),
        ((0, 0, 0, METRE, 0, 2), "0/4 is no time signature"),
        ((0, 0, 0, METRE, 4, 7), "4/128 is no time signature"),
        ((0, 0, 2, PART, 0, 0), "part 2 with program 0 cannot be named here"),
        ((0, 0, 0, PART, 0, 0), "part 0 with program 0 cannot be named here"),
        ((0, 0, 1, KIT, 128, 0), "part 1 with program 128 cannot be named here"),
        ((0, 0, 1, 60, 24, 20), "part 1 has no such note as 60"),
        ((0, 0, 0, DRUM + 36, 24, 20), "part 0 has no such note as 164"),
        ((0, 0, 0, 60, 24, 0), "a tie, but no note of part 0 and pitch 60 ends here"),
    ],
)
def test_an_illegal_event_is_refused_in_one_line(event: tuple[int, ...], reason: str) -> None:
    with pytest.raises(OptionError, match=r"^event 2\b.*" + reason) as caught:
        decode(sequence(FOUR_FOUR, PIANO, event))
    assert "\n" not in str(caught.value)


@given(st.lists(st.tuples(*(st.integers(-1, size) for size in (4, 100, 2, 261, 289, 33))), max_size=6))
def test_any_events_are_a_song_or_an_option_error(events: list[tuple[int, ...]]) -> None:
    try:
        song = decode(sequence(FOUR_FOUR, PIANO, *events))
    except OptionError:
        return
    assert decode(encode(song)) == song


def assert_kept(song: Song) -> None:
    """Everything but the last bits of the velocities survives."""
    found = decode(encode(song))
    assert found.tempos == song.tempos
    assert found.time_signatures == song.time_signatures
    assert [(t.program, t.is_drum, t.name) for t in found.tracks] == [
        (t.program, t.is_drum, t.name) for t in song.tracks
    ]
    for mine, its in zip(found.tracks, song.tracks, strict=True):
        order = [np.lexsort((t.array[:, 3], t.array[:, 2], t.array[:, 1], t.array[:, 0])) for t in (mine, its)]
        difference = mine.array[order[0]] - its.array[order[1]]
        assert not difference[:, :3].any()
        assert np.abs(difference[:, 3]).max(initial=0) <= 2


def test_every_sample_comes_back(midi_samples: Path) -> None:
    paths = sorted(midi_samples.glob("*.mid"))
    assert len(paths) >= 8
    for path in paths:
        assert_kept(read_song(path))


def test_real_music_comes_back(real_music: Path) -> None:
    paths = [path for folder in sorted(real_music.glob("*/*/midi")) for path in sorted(folder.glob("*.mid"))[:8]]
    kept = 0
    for path in paths:
        try:
            song = read_song(path)
        except MelodyRnnError:
            continue
        assert_kept(song)
        kept += 1
    assert kept > len(paths) // 2


def test_every_midi_velocity_is_within_half_a_step_of_its_token() -> None:
    for velocity in range(1, 128):
        assert abs(midi_velocity(velocity_token(velocity)) - velocity) <= VELOCITY_STEP // 2
    tokens = np.arange(1, VELOCITIES)
    assert np.array_equal(velocity_token(midi_velocity(tokens)), tokens)
