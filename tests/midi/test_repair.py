"""Damaged and odd MIDI files: what is read of them, and what is said about it. The rules are in docs/midi.md."""

import re
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.errors import MidiFileError
from melodyrnn.midi import ReadReport, parse_midi
from melodyrnn.midi.chunks import read_chunks, sound_tracks
from melodyrnn.midi.repair import repair
from melodyrnn.music import Note, Song, Tempo, TimeSignature

HEADER = "4D 54 68 64 00 00 00 06"
QUARTER = "00 90 3C 40 60 80 3C 00"  # C4, 96 ticks of 96 a quarter note
ENDED = "00 FF 2F 00"
C4 = Note(0, 60, 24, 64)


def hexdump(text: str) -> bytes:
    return bytes.fromhex(re.sub(r"#.*", "", text))


def riff(*chunks: tuple[bytes, bytes], data_size: int | None = None) -> bytes:
    """A RIFF file of these chunks and then the one with PLAIN in it, which says it is `data_size` bytes long."""
    pieces = [name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2) for name, body in chunks]
    size = len(PLAIN) if data_size is None else data_size
    return b"RIFF\0\0\0\0RMID" + b"".join(pieces) + b"data" + struct.pack("<I", size) + PLAIN


def chunk(events: str, size: int | None = None) -> bytes:
    """A track that says it is `size` bytes long, or tells the truth."""
    data = hexdump(events)
    return b"MTrk" + struct.pack(">I", len(data) if size is None else size) + data


def midi(*tracks: bytes, form: int = 1, division: str = "00 60") -> bytes:
    return hexdump(f"{HEADER} {form:04X} {len(tracks):04X} {division}") + b"".join(tracks)


def read(data: bytes) -> tuple[list[Note], tuple[str, ...]]:
    """The notes of all tracks, by onset, and what was repaired."""
    song, report = parse_midi(data)
    assert report.repaired == bool(report.repairs)
    return sorted(note for track in song.tracks for note in track), report.repairs


PLAIN = midi(chunk(QUARTER + ENDED))

CONTAINERS = {
    "plain": (PLAIN, ()),
    "trailing garbage": (PLAIN + b"rubbish", ("7 bytes outside the tracks ignored",)),
    "an unknown chunk": (PLAIN + b"XFIH\0\0\0\2ab", ()),
    "a track too short": (midi(chunk(QUARTER + ENDED, 5)), ("1 track of a wrong length",)),
    "a track too long": (midi(chunk(QUARTER + ENDED, 9999)), ("1 track of a wrong length",)),
    "no end of track": (midi(chunk(QUARTER)), ("1 track without an end of track",)),
    "events after the end of track": (
        midi(chunk(QUARTER + ENDED + QUARTER)),
        ("8 bytes after the end of a track ignored",),
    ),
    "more tracks than announced": (PLAIN + chunk(ENDED), ("2 tracks where the header says 1",)),
    "a long header": (
        hexdump("4D 54 68 64 00 00 00 08 00 01 00 01 00 60 00 00") + chunk(QUARTER + ENDED),
        (),
    ),
    "format 7": (midi(chunk(QUARTER + ENDED), form=7), ("unknown format 7 read as 1",)),
    "RIFF": (
        b"RIFF" + struct.pack("<I", len(PLAIN) + 12) + b"RMIDdata" + struct.pack("<I", len(PLAIN)) + PLAIN + b"LIST",
        ("taken out of a RIFF file",),
    ),
    "RIFF with a long chunk before": (riff((b"DISP", bytes(20_001))), ("taken out of a RIFF file",)),
    "RIFF that says MThd in its comment": (riff((b"LIST", b"INFOICMT\4\0\0\0MThd")), ("taken out of a RIFF file",)),
    "RIFF whose data have no size": (riff(data_size=0), ("taken out of a RIFF file",)),
    "MacBinary": (
        bytes(83) + struct.pack(">I", len(PLAIN)) + bytes(41) + PLAIN + bytes(102),
        ("taken out of a MacBinary file",),
    ),
    "something before the header": (b"junk" + PLAIN, ("4 bytes before the header ignored",)),
}  # fmt: skip


@pytest.mark.parametrize(("data", "repairs"), CONTAINERS.values(), ids=CONTAINERS)
def test_a_quarter_note_in_an_odd_container(data: bytes, repairs: tuple[str, ...]) -> None:
    assert read(data) == ([C4], repairs)


E4 = Note(24, 64, 24, 80)
NEXT = "00 90 40 50 60 80 40 00" + ENDED  # E4 right after the quarter

EVENTS = {
    "an illegal status byte": ("00 F4", ("1 message of no meaning in a file skipped",)),
    "real-time and common messages": ("00 F2 01 02 00 FA 00 F4", ("3 messages of no meaning in a file skipped",)),
    "a system exclusive message without an end": (
        "00 F0 81 00 41 10 42",
        ("1 system exclusive message without an end",),
    ),
    "a system exclusive message that ends before its length": (
        "00 F0 10 41 10 F7",
        ("1 system exclusive message without an end",),
    ),
    "a tempo of one byte": ("00 FF 51 01 07 00 F4", ("1 change of tempo or metre cut short left out",)),
    "a pitch above 127": (
        "00 90 FF 40 00 80 3C 00",
        ("1 message with an illegal number left out", "1 note-off without a note left out"),
    ),
    "pressure and pitch bend": ("00 A0 3C 40 00 D0 40 00 E0 00 40 00 F4", ()),
    "a velocity above 127": ("00 B0 07 FF 00 F4", ("1 value above 127 read as 127",)),
}


@pytest.mark.parametrize(("between", "repairs"), EVENTS.values(), ids=EVENTS)
def test_two_quarter_notes_with_something_odd_between_them(between: str, repairs: tuple[str, ...]) -> None:
    notes, said = read(midi(chunk(QUARTER + between + NEXT)))
    assert notes == [C4, E4]
    assert set(repairs) <= set(said)


def test_running_status_goes_on_after_a_meta_event() -> None:
    notes, repairs = read(midi(chunk("00 90 3C 40 60 3C 00 00 FF 01 01 41 00 40 50 60 40 00 00 F4" + ENDED)))
    assert notes == [C4, E4]
    assert repairs == ("1 message of no meaning in a file skipped",)


@pytest.mark.parametrize("zeros", [1, 2, 4, 6])
def test_a_wait_of_more_bytes_than_are_legal_is_read(zeros: int) -> None:
    wait = "80" * zeros + "E0 00"  # 96 ticks * 128, and as little as its last two bytes say
    notes, _ = read(midi(chunk(f"00 90 3C 40 {wait} 80 3C 00 {'80' * zeros} 60 90 40 50 60 40 00" + ENDED)))
    assert notes == [Note(0, 60, 3072, 64), Note(3096, 64, 24, 80)]


def test_a_complete_system_exclusive_message_before_running_status_is_sound() -> None:
    notes, repairs = read(midi(chunk("00 90 3C 40 60 3C 00 00 F0 02 41 F7 00 40 50 60 40 00" + ENDED)))
    assert (notes, repairs) == ([C4, E4], ())


def test_a_byte_without_a_status_is_skipped() -> None:
    assert read(midi(chunk("00 41" + QUARTER + ENDED)))[0] == [C4]


def test_a_track_of_nonsense_is_given_up_and_the_others_kept() -> None:
    notes, repairs = read(midi(chunk(QUARTER + "00 F4" * 100 + NEXT), chunk(NEXT)))
    assert notes == [C4, Note(0, 64, 24, 80)]
    assert "1 track given up where nothing made sense" in repairs


UNENDED = {
    "ends with its track": (
        "00 90 3C 40 60 FF 2F 00",
        [C4],
        ("1 note without an end",),
    ),
    "is a pulse long where the track ends at once": (
        "00 90 3C 40" + ENDED,
        [Note(0, 60, 1, 64)],
        ("1 note without an end",),
    ),
    "ends where its pitch is struck again": (
        "00 90 3C 40 60 90 3C 50 60 80 3C 00" + ENDED,
        [C4, Note(24, 60, 24, 80)],
        ("1 note without an end",),
    ),
    "is one note if struck twice at once": (
        "00 90 3C 40 00 90 3C 40 60 80 3C 00" + ENDED,
        [C4],
        ("1 note without an end",),
    ),
    "is not ended by another channel": (
        "00 90 3C 40 30 81 3C 00 30 FF 2F 00",
        [C4],
        ("1 note-off without a note left out", "1 note without an end"),
    ),
    "ends with a track cut short": (
        "00 90 3C 40 60 80",
        [C4],
        ("1 track without an end of track", "1 note without an end"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("events", "notes", "repairs"), UNENDED.values(), ids=UNENDED)
def test_a_note_without_an_end(events: str, notes: list[Note], repairs: tuple[str, ...]) -> None:
    assert read(midi(chunk(events))) == (notes, repairs)


SOUND = {
    "overlapping": (
        "00 90 3C 40 18 90 3C 50 18 80 3C 00 18 80 3C 00" + ENDED,
        [Note(0, 60, 12, 64), Note(6, 60, 12, 80)],
    ),
    "note-off without a note": ("00 80 3C 00" + QUARTER + ENDED, [C4]),
    "zero length": ("00 90 3C 40 00 80 3C 00" + ENDED, [Note(0, 60, 1, 64)]),
    "a million ticks of silence": (
        "BD 84 40" + QUARTER[3:] + ENDED,
        [Note(250_000, 60, 24, 64)],
    ),
    "128 notes at once": (
        "".join(f"00 90 {pitch:02X} 40" for pitch in range(128)) + "60 80 00 00"
        + "".join(f"00 {pitch:02X} 00" for pitch in range(1, 128)) + ENDED,
        [Note(0, pitch, 24, 64) for pitch in range(128)],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("events", "notes"), SOUND.values(), ids=SOUND)
def test_what_is_odd_but_sound_needs_no_repair(events: str, notes: list[Note]) -> None:
    """Read by the fast path, and the same by way of a repair."""
    data = midi(chunk(events))
    assert sound_tracks(data)
    assert read(data) == (notes, ())
    assert read(repair(read_chunks(data, "")).data) == (notes, ())


@pytest.mark.parametrize(
    ("metre", "signature", "dropped"),
    [("00 00", TimeSignature(0, 4, 4), 1), ("07 06", TimeSignature(0, 7, 64), 0), ("04 07", TimeSignature(0, 4, 4), 1)],
    ids=["0/1", "7/64", "4/128"],
)
def test_odd_metres(metre: str, signature: TimeSignature, dropped: int) -> None:
    song, report = parse_midi(midi(chunk(f"00 FF 58 04 {metre} 18 08" + QUARTER + ENDED)))
    assert song.time_signatures == (signature,)
    assert report == ReadReport(dropped_metres=dropped, gives_metre=True)
    assert song.bars >= 1


@pytest.mark.parametrize("text", [b"caf\xe9", "中文".encode("gb18030"), "歌".encode("shift_jis"), b"\xff\xfe\0", b"\0"])
def test_text_in_any_encoding_can_be_printed(text: bytes) -> None:
    name = f"00 FF 03 {len(text):02X} {text.hex()}"
    for data in (midi(chunk(name + QUARTER + ENDED)), midi(chunk(name + QUARTER))):
        song, _ = parse_midi(data)
        song.tracks[0].name.encode("utf-8")
        assert song.tracks[0].notes == [C4]


@pytest.mark.parametrize(
    ("division", "ticks", "pulses"),
    [
        ("E7 28", 1000, 48),  # 25 frames of 40 ticks: a second, two quarters at 120 bpm
        ("E8 08", 192, 48),  # 24 frames
        ("E2 50", 1200, 24),  # 30 frames of 80 ticks: half a second
        ("E3 64", 3000, 48),  # 29.97 frames of 100: a second and a thousandth
    ],
)
def test_time_in_frames_becomes_seconds(division: str, ticks: int, pulses: int) -> None:
    wait = f"{ticks >> 7 | 0x80:02X} {ticks & 0x7F:02X}"
    song, report = parse_midi(
        midi(chunk(f"00 FF 51 03 03 0D 40 00 90 3C 40 {wait} 80 3C 00" + ENDED), division=division)
    )
    assert song.tracks[0].notes == [Note(0, 60, pulses, 64)]
    assert song.tempos == (Tempo(0, 120.0),)
    assert report.repairs == ("time in frames read at 120 bpm",)


@pytest.mark.parametrize(
    ("division", "ticks", "rate"),
    [("FF 01", 1, "1 frame a second"), ("80 04", 256, "128 frames a second"), ("E6 40", 832, "26 frames a second")],
)
def test_a_frame_rate_that_is_none_is_taken_at_its_word_and_named(division: str, ticks: int, rate: str) -> None:
    wait = f"{ticks >> 7 | 0x80:02X} {ticks & 0x7F:02X}"
    events = f"{wait} 90 3C 40 {wait} 80 3C 00 {wait} 90 40 50 {wait} 80 40 00"
    notes, repairs = read(midi(chunk(events + ENDED), division=division))
    seconds = 1 if division == "FF 01" else 0.5
    length = round(48 * seconds)
    assert notes == [Note(length, 60, length, 64), Note(3 * length, 64, length, 80)]
    assert repairs == ("time in frames read at 120 bpm", f"illegal rate of {rate}")


def test_the_sequences_of_format_2_are_read_one_after_the_other() -> None:
    first = (
        "00 FF 58 04 03 02 18 08 00 FF 51 03 0F 42 40" + QUARTER + "82 40 FF 2F 00"
    )  # 3/4 at 60 bpm, 5 quarters long
    song, report = parse_midi(midi(chunk(first), chunk(QUARTER + ENDED), form=2))
    assert sorted(note for track in song.tracks for note in track) == [C4, Note(104, 60, 24, 64)]
    assert song.time_signatures == (TimeSignature(0, 3, 4), TimeSignature(104, 4, 4))
    assert song.tempos == (Tempo(0, 60.0), Tempo(104, 120.0))
    assert report.repairs == ("2 sequences read one after the other",)


def test_more_tracks_than_a_header_can_count_are_read() -> None:
    many = 65_535
    data = hexdump(f"{HEADER} 0001 FFFF 0060") + chunk(QUARTER + ENDED) + chunk("") * many + chunk(NEXT)
    notes, repairs = read(data)
    assert notes == [C4, Note(0, 64, 24, 80)]
    assert repairs == (f"{many + 2} tracks where the header says 65535", f"{many} tracks without an end of track")


def test_a_repair_writes_as_many_tracks_as_can_be_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("melodyrnn.midi.repair.MOST_TRACKS", 3)
    note = chunk("00 90 3C 40")
    repaired = repair(read_chunks(midi(note, note, chunk(""), note, note), ""))
    assert len(repaired.tracks) == 5
    assert read(repaired.data) == ([Note(0, 60, 1, 64)] * 3, ())


def test_a_wait_longer_than_a_song_may_be_is_left_out() -> None:
    notes, repairs = read(midi(chunk(QUARTER + "FF FF FF 7F" + NEXT[3:])))
    assert notes == [C4, E4]
    assert repairs == ("1 wait too long to be meant left out",)


@given(st.lists(st.binary(max_size=60), max_size=4), st.integers(0, 3), st.binary(max_size=20))
def test_what_a_repair_writes_is_sound_and_stays_as_it_is(tracks: list[bytes], form: int, rest: bytes) -> None:
    data = midi(*(chunk(track.hex()) for track in tracks), form=form) + rest
    once = repair(read_chunks(data, ""))
    assert sound_tracks(once.data) is not None
    again = repair(read_chunks(once.data, ""))
    assert (again.data, again.repairs, again.conductor_end) == (once.data, (), once.conductor_end)
    assert song_of(once.data) == song_of(repair(read_chunks(once.data, "")).data)


def song_of(data: bytes) -> Song | None:
    try:
        return parse_midi(data)[0]
    except MidiFileError:
        return None
