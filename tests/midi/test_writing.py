"""MIDI files out: exact bytes, and the disk."""

import io
import re
from pathlib import Path

import mido
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.errors import OutputError
from melodyrnn.midi import midi_bytes, parse_midi, read_song, write_song
from melodyrnn.midi.limits import LONGEST_PULSES
from melodyrnn.midi.writing import mido_file, without_overlaps
from melodyrnn.music import Note, Song, Tempo, TimeSignature, Track

SONG = Song(
    (Track([Note(0, 60, 24, 64), Note(24, 60, 12, 80)], 73, name="Lé"), Track([Note(0, 36, 6, 112)], is_drum=True)),
    (Tempo(0, 120.0), Tempo(72, 90.0)),
    (TimeSignature(0, 3, 4),),
    length_pulses=144,
)
SONG_BYTES = """
    4D 54 68 64 00 00 00 06  # MThd, 6 bytes
    00 01 00 03 01 E0        # format 1, 3 tracks, 480 ticks a quarter note

    4D 54 72 6B 00 00 00 1C  # MTrk, 28 bytes
    00 FF 51 03 07 A1 20     # 500000 microseconds a quarter note: 120 bpm
    00 FF 58 04 03 02 18 08  # metre 3/4, 24 clocks a click, eight 32nds a quarter note
    8B 20 FF 51 03 0A 2C 2B  # 1440 ticks later 666667 microseconds: 90 bpm
    8B 20 FF 2F 00           # end of track at pulse 144

    4D 54 72 6B 00 00 00 21  # MTrk, 33 bytes
    00 FF 03 03 4C C3 A9     # name, in UTF-8
    00 C0 49                 # channel 1: program 73
    00 90 3C 40              # C4 on
    83 60 80 3C 00           # 480 ticks later: off, before
    00 90 3C 50              # it is on again
    81 70 80 3C 00           # 240 ticks later: off
    90 70 FF 2F 00           # 2160 ticks later: end of track, with the song

    4D 54 72 6B 00 00 00 10  # MTrk, 16 bytes
    00 C9 00                 # channel 10: kit 0
    00 99 24 70              # bass drum on
    78 89 24 00              # 120 ticks later: off
    95 48 FF 2F 00           # 2760 ticks later: end of track
"""

notes = st.builds(Note, st.integers(0, 20), st.integers(60, 62), st.integers(1, 20), st.integers(1, 127))


def test_a_song_is_written_byte_for_byte() -> None:
    assert midi_bytes(SONG).hex(" ").upper() == bytes.fromhex(re.sub(r"#.*", "", SONG_BYTES)).hex(" ").upper()


def test_a_written_file_reads_back_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "out.mid"
    assert write_song(SONG, path) == 0
    assert read_song(path) == SONG
    assert read_song(path).end_pulses == 144
    assert [file.name for file in tmp_path.iterdir()] == ["out.mid"]


def test_an_existing_file_is_replaced_only_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "out.mid"
    path.write_bytes(b"precious")
    with pytest.raises(OutputError, match=r"out\.mid: already exists"):
        write_song(SONG, path)
    assert path.read_bytes() == b"precious"
    write_song(SONG, str(path), overwrite=True)
    assert path.read_bytes() == midi_bytes(SONG)


def test_places_that_take_no_file_are_named_in_one_line(tmp_path: Path) -> None:
    places = {
        tmp_path: "is a folder",
        tmp_path / "none" / "out.mid": "there is no folder",
        tmp_path / ("long" * 100 + ".mid"): "cannot be written",
        tmp_path / "a\0b.mid": "cannot be written",
    }
    for path, reason in places.items():
        with pytest.raises(OutputError, match=reason) as refusal:
            write_song(SONG, path, overwrite=True)
        assert "\n" not in str(refusal.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("step", ["write_bytes", "replace"])
def test_a_failed_write_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def full(self: Path, *given: object) -> None:
        if step == "write_bytes":
            with self.open("wb") as file:
                file.write(b"half")
        raise OSError(28, "No space left on device")

    path = tmp_path / "out.mid"
    path.write_bytes(b"precious")
    monkeypatch.setattr(Path, step, full)
    with pytest.raises(OutputError, match="No space left on device"):
        write_song(SONG, path, overwrite=True)
    assert [file.name for file in tmp_path.iterdir()] == ["out.mid"]
    assert path.read_bytes() == b"precious"


def test_a_song_too_long_for_the_format_is_refused() -> None:
    longest = Song((Track([Note(LONGEST_PULSES - 1, 60, 1, 64)]),))
    assert parse_midi(midi_bytes(longest))[0] == longest
    with pytest.raises(OutputError, match="quarter notes do"):
        midi_bytes(Song((Track([Note(LONGEST_PULSES, 60, 1, 64)]),)))
    with pytest.raises(OutputError, match="quarter notes do"):
        midi_bytes(Song(longest.tracks, (Tempo(LONGEST_PULSES + 1, 100),)))


@pytest.mark.parametrize("bpm", [4, 2000])
def test_the_slowest_and_the_fastest_tempo_can_be_written(bpm: float) -> None:
    song = Song(SONG.tracks, (Tempo(0, bpm),))
    assert parse_midi(midi_bytes(song))[0] == song


@given(st.lists(notes, max_size=30))
def test_overlaps_of_a_pitch_are_cut_where_the_next_note_begins(given_notes: list[Note]) -> None:
    played, changed = without_overlaps(Track(given_notes).array)
    # Sorted, the last of those with one onset and pitch is the longest, then the loudest.
    longest = {(n.onset_pulses, n.pitch): n for n in sorted(given_notes, key=lambda n: (n.duration_pulses, n.velocity))}
    expected = []
    for note in sorted(longest.values()):
        later = [n.onset_pulses for n in longest.values() if n.pitch == note.pitch and n > note]
        room = min(later, default=10**9) - note.onset_pulses
        expected.append(note._replace(duration_pulses=min(note.duration_pulses, room)))
    assert Track(played).notes == expected
    cut = sum(note not in longest.values() for note in expected)
    assert changed == len(given_notes) - len(expected) + cut


def test_how_many_notes_overlap_is_said(tmp_path: Path) -> None:
    overlapping = Track([Note(0, 60, 24, 64), Note(12, 60, 24, 64), Note(12, 60, 6, 64), Note(12, 61, 24, 64)])
    assert write_song(Song((overlapping,)), tmp_path / "out.mid") == 2
    assert read_song(tmp_path / "out.mid").tracks[0].notes == [
        Note(0, 60, 12, 64), Note(12, 60, 24, 64), Note(12, 61, 24, 64)
    ]  # fmt: skip


def test_more_parts_than_channels_are_told_apart_by_the_ports_of_their_tracks() -> None:
    programs = [*range(20), *range(10)]
    tracks = [Track([Note(0, 60 + i, 12, 64)], program, name=f"part {i}") for i, program in enumerate(programs)]
    song = Song([*tracks, Track([Note(0, 36, 6, 64)], is_drum=True)])
    file = mido.MidiFile(file=io.BytesIO(midi_bytes(song)))
    found = [
        ([m.port for m in track if m.type == "midi_port"], {m.channel for m in track if m.type == "note_on"})
        for track in file.tracks[1:]
    ]
    assert len({(ports[0], *channels) for ports, channels in found}) == len(found) == 31
    assert all(len(ports) == len(channels) == 1 for ports, channels in found)
    assert parse_midi(midi_bytes(song))[0] == song


def test_a_file_of_one_port_does_not_name_it() -> None:
    song = Song([Track([Note(0, 60, 12, 64)], program) for program in range(15)])
    assert not [m for track in mido_file(song).tracks for m in track if m.type == "midi_port"]


def test_programs_that_share_a_channel_are_sent_with_each_note() -> None:
    """What sounds is what a player hears who merges the tracks: each note in its own program."""
    tracks = tuple(Track([Note(0, p, 12, 64), Note(24, p, 12, 64)], p, name=f"part {p}") for p in range(40))
    song = Song(tracks)
    assert parse_midi(midi_bytes(song))[0] == song
    program, heard = {}, []
    for message in mido.merge_tracks(mido.MidiFile(file=io.BytesIO(midi_bytes(song))).tracks):
        if message.type == "program_change":
            program[message.channel] = message.program
        elif message.type == "note_on":
            heard.append((message.note, program[message.channel]))
    assert sorted(heard) == sorted((p, p) for p in range(40) for _ in range(2))


@given(
    st.lists(
        st.builds(Note, st.integers(0, 200), st.integers(60, 62), st.integers(1, 40), st.integers(1, 127)), max_size=20
    ),
    st.integers(0, 1000),
    st.sampled_from([0.4, 3.0, 50.0]),
)
def test_notes_off_the_grid_keep_their_order_and_end_before_they_sound_again(
    notes: list[Note], random_seed: int, spread: float
) -> None:
    track = Track(notes)
    shifts = np.random.default_rng(random_seed).normal(0, spread, len(track))
    file = mido_file(Song((track,)), [shifts])
    sounding: dict[int, int] = {}
    begun = []
    tick = 0
    for message in file.tracks[1]:
        tick += message.time
        if message.type == "note_on":
            assert message.note not in sounding
            sounding[message.note] = tick
            begun.append((message.note, tick))
        elif message.type == "note_off":
            assert sounding.pop(message.note) < tick
    assert not sounding
    kept, _ = without_overlaps(track.array)
    assert len(begun) == len(kept)
    for pitch in range(60, 63):
        ticks = np.array([tick for note, tick in begun if note == pitch])
        assert len(ticks) == (kept[:, 1] == pitch).sum()
        assert (np.diff(ticks) > 0).all()


def test_a_shift_is_written_to_the_tick() -> None:
    song = Song((Track([Note(24, 60, 24, 64), Note(48, 60, 24, 64), Note(72, 62, 24, 64)]),))
    times, tick = [], 0
    for message in mido_file(song, [np.array([0.35, -0.5, 2.0])]).tracks[1]:
        tick += message.time
        if message.type in ("note_on", "note_off"):
            times.append((message.type, message.note, tick))
    assert times == [
        ("note_on", 60, 487), ("note_off", 60, 950), ("note_on", 60, 950), ("note_off", 60, 1430),
        ("note_on", 62, 1480), ("note_off", 62, 1960),
    ]  # fmt: skip
    assert midi_bytes(song, [np.zeros(3)]) == midi_bytes(song)
