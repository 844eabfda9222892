"""Readings as bytes between processes: the same again, and nothing else taken for one."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.errors import MidiFileError
from melodyrnn.midi import ReadReport
from melodyrnn.midi.frames import LENGTH, read_frame, readings_bytes, readings_from_bytes, write_frame
from melodyrnn.music import Note, Song, Tempo, TimeSignature, Track

notes = st.builds(Note, st.integers(0, 2**22), st.integers(0, 127), st.integers(1, 2**22), st.integers(1, 127))
tracks = st.builds(Track, st.lists(notes, max_size=5), st.integers(0, 127), st.booleans(), st.text(max_size=5))
songs = st.builds(
    Song,
    st.lists(tracks, max_size=3).map(tuple),
    st.lists(st.builds(Tempo, st.integers(0, 999), st.floats(4, 2000)), max_size=3).map(tuple),
    st.lists(st.builds(TimeSignature, st.integers(0, 999), st.integers(1, 255), st.just(8)), max_size=3).map(tuple),
    st.integers(0, 2**22),
)
counts = st.lists(st.integers(0, 2**40), min_size=11, max_size=11)


@given(songs, counts, st.lists(st.text(max_size=9), max_size=2))
def test_a_reading_comes_back_as_it_was(song: Song, numbers: list[int], repairs: list[str]) -> None:
    report = ReadReport(*numbers, repairs=tuple(repairs))
    readings = readings_from_bytes(readings_bytes([(song, report), MidiFileError("none"), (song, report)]))
    assert str(readings[1]) == "none"
    assert readings[2] == readings[0]
    found = readings[0]
    assert isinstance(found, tuple)
    assert found == (song, report)
    assert found[0].length_pulses == song.length_pulses
    assert not any(track.array.flags.writeable for track in found[0].tracks)


def test_an_error_comes_back_as_it_was() -> None:
    there = MidiFileError("caf\udce9.mid: is empty")
    (error,) = readings_from_bytes(readings_bytes([there]))
    assert isinstance(error, MidiFileError)
    assert str(error) == str(there) == "caf\\udce9.mid: is empty"


WHOLE = readings_bytes([(Song((Track([Note(0, 60, 24, 64)]),)), ReadReport())])


@pytest.mark.parametrize("data", [b"", b"x", WHOLE[:-1], WHOLE + b"x", b"\1\0\0\0{", b"\2\0\0\0[7]", b"\xff" * 200])
def test_what_is_no_reading_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        readings_from_bytes(data)


def test_a_frame_is_read_whole_or_not_at_all() -> None:
    stream = io.BytesIO()
    write_frame(stream, b"abc")
    assert read_frame(io.BytesIO(stream.getvalue())) == b"abc"
    for cut in range(len(stream.getvalue())):
        with pytest.raises(EOFError):
            read_frame(io.BytesIO(stream.getvalue()[:cut]))
    with pytest.raises(ValueError, match="a frame of 4294967295 bytes"):  # before anything is allocated
        read_frame(io.BytesIO(LENGTH.pack(2**32 - 1) + b"x"))
