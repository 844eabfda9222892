"""MIDI 2.0 clip files: packets as hexdumps, as the specification lays them out."""

import io

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.errors import MidiFileError
from melodyrnn.midi import parse_midi
from melodyrnn.midi.clipfile import standard_file
from melodyrnn.music import Note, Tempo, TimeSignature, Track

NOW, QUARTER = "00400000", "004001E0"  # delta clockstamps of 0 and 480 ticks
HEADER = NOW + "003001E0"  # 480 ticks a quarter note
START, END = "F0200000" + "00000000" * 3, "F0210000" + "00000000" * 3
TEMPO = "D0100000 04C4B400 00000000 00000000"  # 80,000,000 times 10 ns: 75 bpm
METRE = "D0100001 03020800 00000000 00000000"
NAME = "D0500103 4C656164 20310000 00000000"  # "Lead 1"


def clip(*packets: str) -> bytes:
    return b"SMF2CLIP" + bytes.fromhex("".join(packets))


def test_messages_of_midi_1_in_a_clip() -> None:
    data = clip(HEADER, NOW, START, NOW, "20903C50", QUARTER, "20803C00", NOW, END)
    song, report = parse_midi(data)
    assert song.tracks == (Track([Note(0, 60, 24, 80)]),)
    assert report.repairs == ("taken out of a MIDI 2.0 clip file",)


def test_messages_of_midi_2_become_those_of_midi_1() -> None:
    data = clip(
        *(HEADER, NOW, TEMPO, NOW, METRE, NOW, NAME, NOW, START),
        *(NOW, "40C10001 49000203"),  # program 73 of bank 2, 3 on channel 2
        *(NOW, "40B10700 C8000000"),  # volume 100
        *(NOW, "40E10000 80000000"),  # bend in the middle
        *(NOW, "40914300 A0000000"),  # G4, velocity 80
        *(QUARTER, "40814300 00000000"),
        *(NOW, "40914500 00010000"),  # A4, as soft as can be, which is no note-off
        *(QUARTER, "40814500 00000000", NOW, END),
    )
    song, report = parse_midi(data)
    assert song.tracks == (Track([Note(0, 67, 24, 80), Note(24, 69, 24, 1)], 73, name="Lead 1"),)
    assert (song.tempos, song.time_signatures) == ((Tempo(0, 75.0),), (TimeSignature(0, 3, 4),))
    assert (report.dropped_controls, report.dropped_pitch_bends) == (3, 1)
    (track,) = mido.MidiFile(file=io.BytesIO(standard_file(data, "")[0])).tracks
    assert [
        str(message) for message in track if message.type in ("control_change", "pitchwheel", "program_change")
    ] == [
        "control_change channel=1 control=0 value=2 time=0",
        "control_change channel=1 control=32 value=3 time=0",
        "program_change channel=1 program=73 time=0",
        "control_change channel=1 control=7 value=100 time=0",
        "pitchwheel channel=1 pitch=0 time=0",
    ]


def test_a_group_is_a_port_and_what_midi_1_does_not_know_is_counted() -> None:
    data = clip(
        *(HEADER, NOW, START, NOW, "20903C50", NOW, "21903C50"),
        *(NOW, "40603C00 80000000"),  # a bend of one note
        *(QUARTER, "20803C00", NOW, "21803C00", NOW, END),
    )
    song, report = parse_midi(data)
    assert [track.notes for track in song.tracks] == [[Note(0, 60, 24, 80)]] * 2
    assert report.repairs == ("taken out of a MIDI 2.0 clip file", "1 message unknown to MIDI 1.0 left out")


@pytest.mark.parametrize("data", [clip(), clip(HEADER.replace("01E0", "0000")), clip("0040")])
def test_a_clip_without_a_time_unit_is_refused(data: bytes) -> None:
    with pytest.raises(MidiFileError, match=r"^x\.midi2: damaged MIDI 2\.0 clip file \(0 ticks per quarter note\)$"):
        parse_midi(data, "x.midi2")


def test_a_clip_without_notes_is_refused() -> None:
    with pytest.raises(MidiFileError, match="holds no notes"):
        parse_midi(clip(HEADER, NOW, START, NOW, END))


@given(st.binary(max_size=200))
def test_any_packets_give_a_song_or_one_line(packets: bytes) -> None:
    data = clip(HEADER, NOW, START, NOW, "20903C50") + packets
    try:
        found = parse_midi(data, "x.midi2")[0].note_count > 0
    except MidiFileError as error:
        found = str(error).startswith("x.midi2: ")
    assert found
