"""Notes of a seed replaced in its own file, and tracks added to it: all other events stay."""

import io
from itertools import accumulate

import mido
import numpy as np
import pytest

from melodyrnn.errors import OutputError
from melodyrnn.midi.addedtrack import with_track
from melodyrnn.midi.cutting import bars_between
from melodyrnn.midi.replacing import replaced
from melodyrnn.midi.seedfile import SeedFile, parse_seed
from melodyrnn.music import Track

BAR = 1920
NOBODY = np.zeros(0, np.int64)
NOTHING = np.zeros((0, 4), np.int64)
Timed = tuple[int, mido.Message | mido.MetaMessage]


def file_of(*tracks: list[Timed], form: int = 1) -> SeedFile:
    """The seed that a file of tracks of (tick, message) is."""
    file = mido.MidiFile(type=form, ticks_per_beat=480)
    for track in tracks:
        now, messages = 0, mido.MidiTrack()
        for tick, message in track:
            messages.append(message.copy(time=tick - now))
            now = tick
        file.tracks.append(messages)
    buffer = io.BytesIO()
    file.save(file=buffer)
    return parse_seed(buffer.getvalue())


def note(tick: int, pitch: int, length: int = 480, channel: int = 0) -> list[Timed]:
    return [
        (tick, mido.Message("note_on", note=pitch, velocity=80, channel=channel)),
        (tick + length, mido.Message("note_off", note=pitch, velocity=17, channel=channel)),
    ]


def program(tick: int, number: int, channel: int = 0) -> Timed:
    return tick, mido.Message("program_change", program=number, channel=channel)


def scale(channel: int = 0) -> list[Timed]:
    return [event for i in range(8) for event in note(480 * i, 60 + i, 480, channel)]


def events_of(data: bytes, track: int) -> list[tuple[int, str]]:
    """(tick, message) of a track, but for its end."""
    messages = mido.MidiFile(file=io.BytesIO(data)).tracks[track]
    ticks = accumulate(message.time for message in messages)
    found = [(tick, str(message.copy(time=0))) for tick, message in zip(ticks, messages, strict=True)]
    return [(tick, text.removesuffix(" time=0")) for tick, text in found if "end_of_track" not in text]


def new_notes(*rows: tuple[int, int, int]) -> np.ndarray:
    """(onset tick, length, pitch) of each."""
    return np.array([(onset, length, pitch, 64) for onset, length, pitch in rows], np.int64)


def test_a_note_goes_with_its_end_and_all_else_stays():
    pedal = (700, mido.Message("control_change", control=64, value=127))
    bend = (900, mido.Message("pitchwheel", pitch=100))
    file = file_of(sorted([*scale(), pedal, bend], key=lambda event: event[0]))
    made = replaced(file, [np.array([2, 3])], [new_notes((1000, 200, 72))], BAR)
    before, after = events_of(file.with_bodies([t.body for t in file.tracks]), 0), events_of(made.data, 0)
    gone = [event for event in before if "note=62" in event[1] or "note=63" in event[1]]
    assert len(gone) == 4
    added = [event for event in after if event not in before]
    assert [event for event in after if event not in added] == [event for event in before if event not in gone]
    assert [tick for tick, _ in added] == [1000, 1200]
    assert made.cut_notes == 0


def test_a_new_note_ends_a_tick_before_its_pitch_is_struck_by_a_note_that_stays():
    file = file_of(scale())
    made = replaced(file, [np.array([2])], [new_notes((960, 9999, 64))], 2 * BAR)  # E is struck at 1920
    assert (1919, "note_off channel=0 note=64 velocity=0") in events_of(made.data, 0)
    assert made.cut_notes == 1


def test_it_ends_with_the_passage():
    made = replaced(file_of(scale()), [np.array([2])], [new_notes((960, 9999, 90))], 1300)
    assert (1300, "note_off channel=0 note=90 velocity=0") in events_of(made.data, 0)


@pytest.mark.parametrize("onset", [1920, 2100])
def test_it_is_left_out_where_a_note_that_stays_holds_its_pitch(onset):
    file = file_of(scale())
    made = replaced(file, [np.array([2])], [new_notes((onset, 100, 64))], 2 * BAR)
    assert len(events_of(made.data, 0)) == 14
    assert made.cut_notes == 0
    assert [there.tolist() for there in made.in_file] == [[False]]


def test_another_track_on_the_same_channel_holds_it_too():
    file = file_of(scale(), note(0, 90, 4000))
    made = replaced(file, [np.array([2]), NOBODY], [new_notes((1000, 100, 90), (1000, 100, 91)), NOTHING], 2 * BAR)
    assert made.cut_notes == 0
    assert [there.tolist() for there in made.in_file] == [[False, True], []]


@pytest.mark.parametrize("early", [59, 1, -59])
def test_a_stroke_that_would_be_a_flam_against_one_that_is_there_is_left_out(early):
    file = file_of(note(960, 36, 10, channel=9))
    file = with_track(file, Track([], 0, True, "Drums"))
    struck = new_notes((960 - early, 100, 36), (960 - early, 100, 38))  # a 32nd is 60 ticks
    made = replaced(file, [NOBODY, NOBODY], [NOTHING, struck], 2 * BAR)
    assert made.in_file[1].tolist() == [False, True]
    made = replaced(file, [NOBODY, NOBODY], [NOTHING, new_notes((960 - 60, 100, 36))], 2 * BAR)
    assert [tick for tick, _ in events_of(made.data, 1)][-2:] == [900, 959]


def test_on_a_channel_of_two_programs_each_new_note_has_its_own_and_the_channel_gets_its_own_back():
    piano, violin = [program(0, 0), *note(0, 60), *note(960, 62)], [program(1920, 40), *note(1920, 80)]
    file = file_of(piano, violin)
    assert [track.program for track in file.song.tracks] == [0, 40]
    made = replaced(file, [np.array([1]), NOBODY], [NOTHING, new_notes((960, 100, 81))], 2 * BAR)
    added = [text for tick, text in events_of(made.data, 1) if tick == 960]
    assert added == [
        "program_change channel=0 program=40",
        "note_on channel=0 note=81 velocity=64",
        "program_change channel=0 program=0",
    ]


def test_a_tempo_replaces_all_tempos():
    tempos = [(tick, mido.MetaMessage("set_tempo", tempo=500_000 + tick)) for tick in (0, 960)]
    file = file_of(tempos, scale())
    made = replaced(file, [NOBODY], [NOTHING], BAR, 90)
    assert events_of(made.data, 0) == [(0, "MetaMessage('set_tempo', tempo=666667)".replace(")", ", time=0)"))]
    assert events_of(made.data, 1) == events_of(file.with_bodies([t.body for t in file.tracks]), 1)


def test_in_some_bars_of_a_file_the_notes_are_found_as_well():
    file = bars_between(file_of(scale()), 2, 2)
    assert file.parts[0].notes.tolist() == [0, 1, 2, 3]
    made = replaced(file, [np.array([1])], [NOTHING], BAR)
    assert [text for _, text in events_of(made.data, 0) if "note=65" in text] == []
    assert len(events_of(made.data, 0)) == 6


def test_an_added_track_is_on_the_first_free_channel():
    control = (0, mido.Message("control_change", control=7, value=1, channel=1))
    file = with_track(file_of([control, *scale(0)], form=0), Track([], 33, name="Bass"))
    data = replaced(file, [NOBODY, NOBODY], [NOTHING, new_notes((0, 100, 40))], BAR).data
    assert data[8:12] == b"\0\1\0\2"  # format 1, two tracks
    assert events_of(data, 1) == [
        (0, "MetaMessage('track_name', name='Bass', time=0)"),
        (0, "program_change channel=2 program=33"),
        (0, "note_on channel=2 note=40 velocity=64"),
        (100, "note_off channel=2 note=40 velocity=0"),
    ]
    assert parse_seed(data).song.tracks[1].name == "Bass"


def test_where_all_channels_are_taken_it_is_on_another_port():
    full = [scale(channel) for channel in range(16)]
    file = with_track(file_of(*full), Track([], 33, name="Bass"))
    assert file.parts[-1].voice[1:3] == (1, 0)  # port and channel
    data = replaced(file, [NOBODY] * 17, [*[NOTHING] * 16, new_notes((0, 100, 40))], BAR).data
    assert (0, "MetaMessage('midi_port', port=1, time=0)") in events_of(data, 16)


def test_drums_beside_other_drums_leave_their_kit_as_it_is():
    file = with_track(file_of([program(0, 25, 9), *note(0, 36, channel=9)]), Track([], 0, True, "Drums"))
    data = replaced(file, [NOBODY, NOBODY], [NOTHING, new_notes((0, 100, 38))], BAR).data
    assert not any("program" in text for _, text in events_of(data, 1))
    assert (0, "note_on channel=9 note=38 velocity=64") in events_of(data, 1)


def test_a_file_full_of_tracks_takes_no_more(monkeypatch):
    monkeypatch.setattr("melodyrnn.midi.addedtrack.MOST_TRACKS", 1)
    with pytest.raises(OutputError, match="has as many tracks as a file can"):
        with_track(file_of(scale()), Track([]))
