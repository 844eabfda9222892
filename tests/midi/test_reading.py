"""MIDI files in: the fixtures are hexdumps, one event a line, with what it says after the #."""

import os
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.errors import MidiFileError, OptionError
from melodyrnn.midi import Limits, ReadReport, parse_midi, read_song
from melodyrnn.music import Note, Tempo, TimeSignature, Track
from melodyrnn.music.tempo import bpms_from_microseconds


def track(events: str) -> bytes:
    """The track chunk that holds the events of a hexdump."""
    data = bytes.fromhex(re.sub(r"#.*", "", events))
    return b"MTrk" + len(data).to_bytes(4, "big") + data


def midi(*tracks: str, ticks_per_quarter: str = "00 60") -> bytes:
    """A format 1 file; 0x60 is 96 ticks a quarter note, 4 a pulse."""
    header = bytes.fromhex(f"4D 54 68 64 00 00 00 06 00 01 {len(tracks):04X} {ticks_per_quarter}")
    return header + b"".join(track(events) for events in tracks)


ONE_NOTE = """
    00 90 3C 40        # C4 on
    60 80 3C 00        # a quarter note later: off
    00 FF 2F 00        # end of track
"""


def test_a_file_says_what_it_holds() -> None:
    data = midi(
        """
        00 FF 58 04 03 02 18 08  # metre 3/4
        00 FF 51 03 07 A1 20     # 500000 microseconds a quarter: 120 bpm
        82 20 FF 51 03 0A 2C 2B  # 288 ticks (a bar) later 666667 microseconds: 90 bpm
        82 20 FF 2F 00           # the music ends with the second bar
        """,
        """
        00 FF 03 04 4C 65 61 64  # track name: Lead
        00 C0 49                 # program 73, flute
        00 90 3C 40              # C4 on, velocity 64
        30 40 50                 # an eighth later, by running status: E4 on, velocity 80
        30 3C 00                 # C4 on with velocity 0: off
        30 80 40 7F              # E4 off
        00 FF 2F 00
        """,
        """
        00 99 24 70              # channel 10: bass drum
        18 89 24 00              # a 16th later: off
        00 FF 2F 00
        """,
    )
    song, report = parse_midi(data)
    assert song.tracks == (
        Track([Note(0, 60, 24, 64), Note(12, 64, 24, 80)], program=73, name="Lead"),
        Track([Note(0, 36, 6, 112)], is_drum=True),
    )
    assert song.tempos == (Tempo(0, 120.0), Tempo(72, 90.0))
    assert song.time_signatures == (TimeSignature(0, 3, 4),)
    assert (song.end_pulses, song.bars) == (144, 2)
    assert report == ReadReport(gives_tempo=True, gives_metre=True)
    assert report.assumed == ""
    assert not report.repaired
    assert str(report) == "nothing changed"


def test_what_lies_off_the_grid_moves_to_the_nearest_pulse_and_is_counted() -> None:
    data = midi(
        """
        01 90 3C 40        # tick 1 of 4: begins at pulse 0
        01 80 3C 00        # tick 2: half a pulse, ends at pulse 1
        01 90 3E 40        # tick 3: begins at pulse 1
        01 80 3E 00        # tick 4: ends at pulse 1, so it is made one pulse long
        00 90 40 40        # on the grid
        04 80 40 00
        00 FF 2F 00
        """,
        """
        00 FF 05 02 6C 61  # a track of lyrics and no notes
        00 FF 2F 00
        """,
    )
    song, report = parse_midi(data)
    assert song.tracks[0].notes == [Note(0, 60, 1, 64), Note(1, 62, 1, 64), Note(1, 64, 1, 64)]
    assert report == ReadReport(moved_notes=2, lengthened_notes=1, empty_tracks=1)
    assert (report.repaired, report.faults) == (False, "")
    assert str(report) == "2 moved notes, 1 lengthened note, 1 empty track"


@pytest.mark.parametrize("count", [1, 200])
def test_the_music_lasts_as_long_as_a_first_track_without_channel_events(count: int) -> None:
    conductor = "30 FF 05 02 6C 61" * count  # lyrics, half a quarter note apart
    later = "60 FF 2F 00"
    assert parse_midi(midi(conductor + later, ONE_NOTE))[0].end_pulses == 12 * count + 24
    with_a_control = conductor + "00 B0 07 50" + later
    assert parse_midi(midi(with_a_control, ONE_NOTE))[0].end_pulses == 24


def test_impossible_metres_and_tempos_are_set_right_and_counted() -> None:
    data = midi(
        """
        00 FF 58 04 03 02 18 08  # 3/4
        00 FF 51 03 00 00 00     # 0 microseconds a quarter: faster than can be
        60 FF 58 04 00 02 18 08  # 0/4
        00 FF 58 04 03 07 18 08  # 3/128
        00 FF 58 04 03 FF 18 08  # 3 over 2**255
        00 FF 51 03 FF FF FF     # 3.6 bpm: slower than can be
        00 FF 2F 00
        """,
        ONE_NOTE,
    )
    song, report = parse_midi(data)
    assert song.time_signatures == (TimeSignature(0, 3, 4),)
    assert song.tempos == (Tempo(0, 2000.0), Tempo(24, 4.0))
    assert report == ReadReport(dropped_metres=3, limited_tempos=2, gives_tempo=True, gives_metre=True)
    assert report.repaired


def test_damaged_control_values_do_not_cost_the_notes() -> None:
    song, report = parse_midi(midi("00 B0 07 FF  # volume 255" + ONE_NOTE))
    assert song.tracks[0].notes == [Note(0, 60, 24, 64)]
    assert report == ReadReport(damaged_controls=1, dropped_controls=1)
    assert report.faults == "control values above 127"
    assert report.repaired


def test_controls_and_pitch_bends_are_dropped_and_counted() -> None:
    song, report = parse_midi(midi("00 B0 40 7F  00 B0 07 64  00 E0 00 50  # pedal, volume, bend" + ONE_NOTE))
    assert song.tracks[0].notes == [Note(0, 60, 24, 64)]
    assert report == ReadReport(dropped_controls=2, dropped_pitch_bends=1)
    assert not report.repaired
    assert str(report) == "2 dropped controls, 1 dropped pitch bend"


def test_one_pitch_overlapping_itself_ends_in_the_order_it_began() -> None:
    data = midi(
        """
        00 90 3C 40  # C4 on
        18 90 3C 50  # a 16th later on again
        18 80 3C 00  # off: the first
        18 80 3C 00  # off: the second
        00 FF 2F 00
        """
    )
    assert parse_midi(data)[0].tracks[0].notes == [Note(0, 60, 12, 64), Note(6, 60, 12, 80)]


def test_a_name_that_is_not_unicode_can_still_be_printed() -> None:
    song, _ = parse_midi(midi("00 FF 03 03 E9 74 65  # 'été' cut short, in Latin-1" + ONE_NOTE))
    song.tracks[0].name.encode("utf-8")
    assert song.tracks[0].name.endswith("te")


@pytest.mark.parametrize("bpm", [4.0, 60.0, 96.5, 113.0, 120.1, 999.9, 2000.0])
def test_a_tempo_reads_as_the_simplest_that_is_stored_alike(bpm: float) -> None:
    assert bpms_from_microseconds(np.array([round(60e6 / bpm)])) == bpm


REFUSED = {
    "empty": (b"", "is empty"),
    "pdf": (b"%PDF-1.7 and so on", "not a MIDI file"),
    "cut short in its header": (midi(ONE_NOTE)[:12], "damaged"),
    "cut short before its notes": (midi(ONE_NOTE)[:-10], "at least one is needed (1 track of a wrong length"),
    "zero ticks per frame": (midi(ONE_NOTE, ticks_per_quarter="E7 00"), "0 ticks per frame"),
    "zero ticks": (midi(ONE_NOTE, ticks_per_quarter="00 00"), "0 ticks per quarter"),
    "no tracks": (midi(), "no notes"),
    "no notes": (midi("00 FF 2F 00"), "no notes"),
    "note-offs only": (midi("00 80 3C 40 60 FF 2F 00"), "no notes"),
    "running status without a status": (midi("00 3C 40 00 FF 2F 00"), "damaged"),
    "pitch 255": (midi("00 90 FF 40 60 80 3C 00 00 FF 2F 00"), "damaged"),
    "too late": (midi("87 FF FF 7F FF 06 00" * 3 + ONE_NOTE), "too long"),
    "past what can be counted": (midi("FF FF FF 7F FF 06 00" * 50 + ONE_NOTE, ticks_per_quarter="7F FF"), "too long"),
}


@pytest.mark.parametrize(("data", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_music_is_refused_in_one_line_that_names_the_file(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "seed.mid"
    path.write_bytes(data)
    with pytest.raises(MidiFileError) as refusal:
        read_song(path)
    message = str(refusal.value)
    assert message.startswith(f"{path}: ")
    assert reason in message
    assert "\n" not in message


def test_paths_that_are_no_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MidiFileError, match=r"none\.mid: no such file"):
        read_song(tmp_path / "none.mid")
    with pytest.raises(MidiFileError, match="is a folder"):
        read_song(tmp_path)
    with pytest.raises(MidiFileError, match="cannot be read"):
        read_song("a\0b.mid")
    with pytest.raises(MidiFileError, match="cannot be read"):
        read_song(tmp_path / ("long" * 1000))


@pytest.mark.skipif(os.name != "posix", reason="this machine has no device files")
def test_a_device_is_refused() -> None:
    with pytest.raises(MidiFileError, match="is a device"):
        read_song(os.devnull)


def test_what_asks_for_more_than_a_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.mid"
    path.write_bytes(midi(ONE_NOTE, ONE_NOTE))
    size = path.stat().st_size
    assert read_song(path, Limits(file_bytes=size, notes=2, length_pulses=24)).note_count == 2
    for limits, reason in (
        (Limits(file_bytes=size - 1), f"{size} bytes; a MIDI file of at most {size - 1} is read"),
        (Limits(notes=1), "2 notes; at most 1 are read"),
        (Limits(length_pulses=23), "too long; at most 0 bars of 4/4 are read (--limits bars=N)"),
    ):
        with pytest.raises(MidiFileError) as refusal:
            read_song(path, limits)
        assert str(refusal.value) == f"{path}: {reason}"
    with pytest.raises(MidiFileError, match="at most 10 are read"):
        parse_midi(path.read_bytes(), limits=Limits(file_bytes=10))


def test_a_large_damaged_file_is_not_repaired() -> None:
    wrapped = b"rubbish" + midi(ONE_NOTE) + b"rubbish"
    assert parse_midi(wrapped, limits=Limits(repair_bytes=20))[1].repaired  # its events need no reading one by one
    data = midi("00 F4" + ONE_NOTE)
    assert parse_midi(data, limits=Limits(repair_bytes=len(data)))[1].repaired
    with pytest.raises(MidiFileError, match=f"; it has {len(data)} bytes, and at most 20 are repaired"):
        parse_midi(data, limits=Limits(repair_bytes=20))


@pytest.mark.parametrize("limit", [{"notes": 0}, {"seconds": float("nan")}, {"length_pulses": 2**24}])
def test_a_limit_that_is_none_is_refused(limit: dict[str, float]) -> None:
    with pytest.raises(OptionError, match=f"limit {next(iter(limit))} "):
        Limits(**limit)


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_give_a_song_or_one_line(data: bytes, is_track: bool) -> None:
    if is_track:
        data = midi(data.hex())
    song_or_one_line(data)


@given(st.lists(st.tuples(st.integers(0, 199), st.integers(0, 255)), max_size=8), st.integers(1, 200))
def test_any_damage_to_a_file_gives_a_song_or_one_line(changes: list[tuple[int, int]], kept: int) -> None:
    data = bytearray(midi("00 FF 58 04 03 02 18 08 00 FF 51 03 07 A1 20 60 FF 2F 00", ONE_NOTE, ONE_NOTE))
    for place, value in changes:
        data[place % len(data)] = value
    song_or_one_line(bytes(data[:kept]))


def song_or_one_line(data: bytes, name: str = "x.mid") -> bool:
    """Whether `data` gives a Song. The refusal of anything else must be one line that names the file."""
    try:
        song, _ = parse_midi(data, name)
    except MidiFileError as error:
        message = str(error)
    else:
        return song.note_count > 0
    assert message.startswith(f"{name}: ")
    assert "\n" not in message
    return False


def test_every_odd_file_gives_a_song_or_one_line(real_music: Path) -> None:
    paths = sorted((real_music / "odd-midi").glob("*.mid"))
    if not paths:
        pytest.skip("the folder of real music has no odd-midi/ in it")
    songs = sum(song_or_one_line(path.read_bytes(), str(path)) for path in paths)
    assert songs == len(paths) - 15  # 7 of them are no MIDI files, 8 hold no notes


def test_changes_of_tempo_and_metre_past_the_longest_song_are_left_out() -> None:
    conductor = "FF FF FF 7F FF 51 03 0A 2C 2B 00 FF 58 04 03 02 18 08 00 FF 2F 00"
    song, report = parse_midi(midi(conductor, ONE_NOTE))
    assert (song.tempos, song.time_signatures) == ((Tempo(0, 120.0),), (TimeSignature(0, 4, 4),))
    assert song.end_pulses == 24
    assert report == ReadReport(gives_tempo=True, gives_metre=True)


def test_a_metre_after_the_bar_in_which_the_music_ends_is_left_out() -> None:
    four_bars_later = "8C 00 FF 58 04 03 02 18 08"
    note = "00 90 3C 40  60 80 3C 00"
    in_its_bar = "60 FF 58 04 03 02 18 08"
    assert parse_midi(midi(note + four_bars_later + "00 FF 2F 00"))[0].time_signatures == (TimeSignature(0, 4, 4),)
    soon, late = TimeSignature(48, 3, 4), TimeSignature(384, 3, 4)
    assert parse_midi(midi(note + in_its_bar + "00 FF 2F 00"))[0].time_signatures == (TimeSignature(0, 4, 4), soon)
    song, report = parse_midi(midi(four_bars_later + "00 FF 2F 00", note + "00 FF 2F 00"))  # the conductor goes on
    assert (song.time_signatures, song.end_pulses) == ((TimeSignature(0, 4, 4), late), 384)
    assert report == ReadReport(gives_metre=True)
