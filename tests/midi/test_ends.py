"""Where notes end by what another track says of their channel, or by a message to the whole channel."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.errors import MidiFileError
from melodyrnn.midi import Limits, Options, ReadReport, parse_midi
from melodyrnn.music import Note

END = "00 FF 2F 00"
C4 = "00 90 3C 40 06 80 3C 00"  # 6 pulses long
PEDAL = "00 B0 40 7F 30 B0 40 00"  # down for 48 pulses
WITH_PEDAL = Options(pedal=True)


def midi(*tracks: str, form: int = 1) -> bytes:
    """24 ticks a quarter note: a tick is a pulse."""
    bodies = [bytes.fromhex(track + END) for track in tracks]
    header = b"MThd\0\0\0\6" + b"".join(number.to_bytes(2, "big") for number in (form, len(tracks), 24))
    return header + b"".join(b"MTrk" + len(body).to_bytes(4, "big") + body for body in bodies)


def lengths(data: bytes, options: Options = WITH_PEDAL) -> list[list[int]]:
    """In pulses, of the notes of each track."""
    return [[note.duration_pulses for note in track] for track in parse_midi(data, options=options)[0].tracks]


def test_a_pedal_holds_the_notes_of_its_channel_in_every_track() -> None:
    assert lengths(midi(PEDAL, C4, "00 C0 20" + C4.replace("3C", "40"))) == [[48], [48]]
    assert parse_midi(midi(PEDAL, C4), options=WITH_PEDAL)[1].held_notes == 1


def test_a_pedal_holds_no_other_channel_and_no_other_sequence() -> None:
    assert lengths(midi(PEDAL.replace("B0", "B1"), C4)) == [[6]]
    assert lengths(midi(PEDAL, C4, form=2)) == [[6]]


def test_a_held_note_sounds_until_its_pitch_is_struck_in_another_track_of_its_channel() -> None:
    assert lengths(midi(PEDAL, C4, "18 90 3C 50 06 80 3C 00")) == [[24], [24]]


def test_a_pedal_holds_what_another_program_of_its_channel_plays() -> None:
    assert lengths(midi("00 B0 40 7F 00 C0 05" + C4 + "2A B0 40 00")) == [[48]]
    assert lengths(midi("00 B0 40 7F" + C4 + "00 C0 05 2A B0 40 00")) == [[48]]


def test_a_reset_of_all_controls_lets_the_pedal_up_and_all_sound_off_ends_what_it_holds() -> None:
    assert lengths(midi("00 B0 40 7F" + C4 + "0A B0 79 00")) == [[16]]
    assert lengths(midi("00 B0 40 7F" + C4 + "0A B0 78 00 0A B0 40 00")) == [[16]]
    assert lengths(midi("00 B0 40 7F" + C4 + "0A B0 7B 00 0A B0 40 00")) == [
        [26]
    ]  # all notes off: the pedal still holds


def test_a_file_too_large_to_be_read_with_its_pedal_is_refused() -> None:
    with pytest.raises(MidiFileError, match="with its pedal at most 20 are read"):
        parse_midi(midi(PEDAL, C4), limits=Limits(repair_bytes=20), options=WITH_PEDAL)


@pytest.mark.parametrize("events", ["01 90 3C 40 01 3C 00", "01 B0 40 7F 01 40 00"], ids=["notes", "pedals"])
def test_a_pedal_takes_little_memory_for_each_event(events: str) -> None:
    data = midi(C4 + PEDAL + events * 20_000)
    tracemalloc.start()
    parse_midi(data, options=WITH_PEDAL)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 290 * 40_000  # bytes an event


@pytest.mark.parametrize("number", ["78", "7B"])
def test_notes_end_where_their_channel_is_silenced(number: str) -> None:
    silence = f"18 B0 {number} 00"
    unended = midi("00 90 3C 40 00 90 40 40" + silence + "60 90 48 40 18 80 48 00")
    elsewhere = midi("00 90 3C 40 00 90 40 40 78 90 48 40 18 80 48 00", silence)  # of notes that do not end themselves
    ended_late = midi("00 90 3C 40 00 90 40 40" + silence + "30 80 3C 00 00 80 40 00 30 90 48 40 18 80 48 00")
    running = midi("00 90 3C 40 00 90 40 40 18 B0 79 00 00" + number + "00 60 90 48 40 18 80 48 00")
    for data in (unended, elsewhere, ended_late, running):
        song, report = parse_midi(data)
        assert song.tracks[0].notes == [Note(0, 60, 24, 64), Note(0, 64, 24, 64), Note(120, 72, 24, 64)]
        assert (report.repaired, report.held_notes) == (False, 0)


def test_a_silence_of_a_note_that_ends_too_asks_for_no_repair() -> None:
    ended_late = midi("00 90 3C 40 18 B0 7B 00 30 80 3C 00", C4, "00 91 40 40 18 B1 78 00 30 81 40 00")
    song, report = parse_midi(ended_late, limits=Limits(repair_bytes=20))
    assert [track.notes[0].duration_pulses for track in song.tracks] == [24, 6, 24]
    assert report == ReadReport(dropped_controls=2)
    elsewhere = midi("00 90 3C 40 48 80 3C 00", "18 90 40 40 18 B0 7B 00 18 80 40 00")  # its own track alone hears it
    assert lengths(elsewhere, Options()) == [[72], [24]]


def test_what_silences_no_note_changes_nothing() -> None:
    for data in (
        midi("00 B0 7B 00" + C4 + "00 B0 7B 00"),
        midi(C4, "03 B1 7B 00"),
        midi("00 90 3C 40 00 B0 7B 00 06 80 3C 00"),
    ):
        assert lengths(data, Options()) == [[6]]


def test_a_note_off_ends_a_note_of_another_track_of_its_channel_that_its_own_track_never_ends() -> None:
    song, report = parse_midi(midi("00 90 3C 40 60 90 40 40 06 80 40 00", "18 80 3C 00 60 90 41 40 06 80 41 00"))
    assert song.tracks[0].notes == [Note(0, 60, 24, 64), Note(96, 64, 6, 64)]
    assert report == ReadReport()


def test_a_note_off_of_its_own_track_comes_first() -> None:
    crossed = midi("00 90 3C 40 30 80 3C 00", "06 80 3C 00 06 90 40 40 30 80 40 00")
    assert lengths(crossed, Options()) == [[48], [48]]
    other_channel = midi("00 90 3C 40 60 90 40 40 06 80 40 00", "18 81 3C 00" + C4)
    assert lengths(other_channel, Options()) == [[102, 6], [6]]


MESSAGES = ("90 3C 40", "80 3C 00", "90 3D 40", "80 3D 00", "C0 05", "B0 7B 00")
events = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(MESSAGES)), max_size=12)


@given(st.lists(events, min_size=1, max_size=3))
def test_every_note_is_read_and_none_sounds_through_a_silence(tracks: list[list[tuple[int, str]]]) -> None:
    """Read event by event, as with the pedal; where all notes end, a silence is heard in its own part alone."""
    silences, onsets, last = set(), set(), 0
    for track in tracks:
        tick = 0
        for wait, event in track:
            tick += wait
            if event.startswith("90"):
                onsets.add((tick, int(event[3:5], 16)))
            elif event.startswith("B0"):
                silences.add(tick)
        last = max(last, tick)
    data = midi(*("".join(f"{wait:02X} {event}" for wait, event in track) for track in tracks))
    if not onsets:
        with pytest.raises(MidiFileError):
            parse_midi(data)
        return
    notes = [note for track in parse_midi(data, options=WITH_PEDAL)[0].tracks for note in track]
    assert {(note.onset_pulses, note.pitch) for note in notes} == onsets
    for note in notes:
        assert note.end_pulses <= max(last, note.onset_pulses + 1)
        assert not any(note.onset_pulses < tick < note.end_pulses for tick in silences)
