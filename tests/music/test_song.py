"""Notes, tracks and songs, and the pulse grid they stand on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.errors import OptionError
from melodyrnn.music import Note, Song, Tempo, TimeSignature, Track
from melodyrnn.music.pulses import pulses_from_ticks, seconds_per_pulse

notes = st.lists(
    st.builds(Note, st.integers(0, 500), st.integers(0, 127), st.integers(1, 300), st.integers(1, 127)), max_size=20
)


@given(st.integers(0, 10**9), st.integers(1, 32767))
def test_a_tick_becomes_the_nearest_pulse(tick: int, ticks_per_quarter: int) -> None:
    pulse = int(pulses_from_ticks(np.array([tick]), ticks_per_quarter)[0])
    # In units of 1/24 tick, so that all is whole numbers; a tie goes up.
    distance = 24 * tick - pulse * ticks_per_quarter
    assert -ticks_per_quarter <= 2 * distance < ticks_per_quarter


def test_a_pulse_at_120_bpm() -> None:
    assert seconds_per_pulse(120) == pytest.approx(1 / 48)


def test_a_track_keeps_its_notes_sorted_and_to_itself() -> None:
    array = np.array([[24, 60, 12, 64], [0, 62, 12, 64], [0, 60, 24, 64]])
    track = Track(array)
    array[:] = 1
    assert track.notes == [Note(0, 60, 24, 64), Note(0, 62, 12, 64), Note(24, 60, 12, 64)]
    assert list(track) == track.notes
    assert track == Track(reversed(track.notes))
    assert track != Track(track.notes, program=1)
    with pytest.raises(ValueError, match="read-only"):
        track.array[0, 0] = 5


@pytest.mark.parametrize(
    "note", [(-1, 60, 1, 64), (0, -1, 1, 64), (0, 128, 1, 64), (0, 60, 0, 64), (0, 60, 1, 0), (0, 60, 1, 128)]
)
def test_what_is_no_midi_note_is_refused(note: tuple[int, int, int, int]) -> None:
    with pytest.raises(OptionError, match="velocity 1-127"):
        Track([Note(*note)])


def test_what_is_no_program_or_tempo_is_refused() -> None:
    for program in (-1, 128):
        with pytest.raises(OptionError, match="0 to 127"):
            Track([], program)
    for onset, bpm in ((0, 3.9), (0, 2001), (0, float("nan")), (-1, 120)):
        with pytest.raises(OptionError, match="4 to 2000 bpm"):
            Tempo(onset, bpm)


def test_a_song_begins_with_a_tempo_and_a_metre() -> None:
    song = Song((), (Tempo(48, 60), Tempo(48, 90)), (TimeSignature(96, 3, 4),))
    assert song.tempos == (Tempo(0, 120), Tempo(48, 90))
    assert song.time_signatures == (TimeSignature(0, 4, 4), TimeSignature(96, 3, 4))
    assert (song.note_count, song.end_pulses, song.bars) == (0, 0, 0)


def test_a_song_ends_with_its_last_note_or_its_last_bar() -> None:
    tracks = (Track([Note(0, 60, 97, 64)]), Track([Note(24, 60, 12, 64)]))
    assert (Song(tracks).end_pulses, Song(tracks).bars) == (97, 2)
    assert (Song(tracks, length_pulses=300).end_pulses, Song(tracks, length_pulses=300).bars) == (300, 4)
    assert (Song(tracks, length_pulses=96).end_pulses, Song(tracks).note_count) == (97, 2)


def test_seconds_follow_the_tempo_map() -> None:
    song = Song((), (Tempo(0, 60), Tempo(48, 120)))
    assert [song.seconds(pulse) for pulse in (0, 24, 48, 96)] == pytest.approx([0, 1, 2, 3])


@given(notes, st.integers(0, 600))
def test_a_song_cut_in_two_holds_every_note_once(given_notes: list[Note], cut: int) -> None:
    song = Song(
        (Track(given_notes, 5, name="x"), Track([], is_drum=True)), (Tempo(100, 90),), (TimeSignature(200, 3, 4),)
    )
    head, tail = song.until_pulse(cut), song.from_pulse(cut)
    assert len(head.tracks) == len(tail.tracks) == 2
    assert head.note_count + tail.note_count == song.note_count
    assert all(note.end_pulses <= cut for track in head.tracks for note in track)
    assert tail.tracks[0].notes == [
        note._replace(onset_pulses=note.onset_pulses - cut) for note in song.tracks[0] if note.onset_pulses >= cut
    ]
    assert tail.tempos[0].bpm == [t.bpm for t in song.tempos if t.onset_pulses <= cut][-1]
    metre, there = tail.time_signatures[0], song.bar_lines.signature_at(cut)
    assert (metre.numerator, metre.denominator) == (there.numerator, there.denominator)
    assert tail.seconds(300) == pytest.approx(song.seconds(cut + 300) - song.seconds(cut))
