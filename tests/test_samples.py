"""The sample pieces: the files are what the text says, and the text is checked as it is read."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from melodyrnn.midi import midi_bytes, read_song
from melodyrnn.music import Note, Tempo, TimeSignature


@pytest.fixture(scope="module")
def samples(midi_samples: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("midi_samples_script", midi_samples / "samples.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look for the module of a class
    spec.loader.exec_module(module)
    return module


def piece(samples: ModuleType, text: str, metre: str = "4/4", pickup: str = "", program: int | None = 0) -> object:
    part = samples.Part("part", program, text)
    return samples.Piece("x.mid", "X", "nobody", "1900", metre, {1: 100}, [part], pickup)


def test_the_files_are_what_the_text_says(samples: ModuleType, midi_samples: Path) -> None:
    assert sorted(p.file for p in samples.PIECES) == sorted(path.name for path in midi_samples.glob("*.mid"))
    for sample in samples.PIECES:
        assert midi_bytes(sample.song()) == (midi_samples / sample.file).read_bytes(), sample.file
        assert read_song(midi_samples / sample.file) == sample.song()


def test_the_readme_lists_every_piece(samples: ModuleType, midi_samples: Path) -> None:
    lines = (midi_samples / "README.md").read_text("utf-8").splitlines()
    assert [line for line in lines if ".mid |" in line] == [sample.row() for sample in samples.PIECES]


def test_the_pieces_are_of_many_kinds(samples: ModuleType) -> None:
    songs = [sample.song() for sample in samples.PIECES]
    assert len(songs) >= 8
    assert {sample.metre for sample in samples.PIECES} >= {"4/4", "3/4", "6/8"}
    assert all(8 <= song.bars <= 32 for song in songs)
    assert all(song.bar_lines.next_line(song.end_pulses) == song.end_pulses for song in songs)
    assert {len(song.tracks) for song in songs} >= {1, 2, 4}
    assert any(track.is_drum for song in songs for track in song.tracks)
    assert any(len(song.tempos) > 1 for song in songs)
    assert any(sample.pickup for sample in samples.PIECES)


def test_the_notation(samples: ModuleType) -> None:
    text = "c'8 | d'4. eb' f#4 | <c, g>4 r b'2~ | b'2 r4 <c' e'> | %"
    song = piece(samples, text, pickup="1/8").song()  # type: ignore[attr-defined]
    assert song.time_signatures == (TimeSignature(0, 1, 8), TimeSignature(12, 4, 4))
    assert song.tempos == (Tempo(0, 100),)
    assert song.bars == 5
    assert song.tracks[0].notes == [
        Note(0, 60, 12, 92),
        Note(12, 62, 36, 92), Note(48, 63, 36, 78), Note(84, 54, 24, 78),
        Note(108, 36, 24, 92), Note(108, 55, 24, 92), Note(156, 71, 96, 78),
        Note(276, 60, 24, 78), Note(276, 64, 24, 78),
        Note(300, 71, 48, 92), Note(372, 60, 24, 78), Note(372, 64, 24, 78),
    ]  # fmt: skip


def test_the_drum_grid(samples: ModuleType) -> None:
    text = "BD X-------x------- | %\nSD ----o----------- | ----------------\n\nBD ---------------x"
    song = piece(samples, text, program=None).song()  # type: ignore[attr-defined]
    assert song.tracks[0].is_drum
    assert song.tracks[0].notes == [
        Note(0, 36, 6, 108), Note(24, 38, 6, 48), Note(48, 36, 6, 84),
        Note(96, 36, 6, 108), Note(144, 36, 6, 84), Note(282, 36, 6, 84),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "program", "reason"),
    [
        ("c'4 d' e'", 0, "bar 1: 3/4 of a whole note long, 1 due"),
        ("c'1 | c'2 d' e'", 0, "bar 2: 3/2 of a whole note long, 1 due"),
        ("c'2 h'2", 0, "h'2 is not a note"),
        ("<c' h'>1", 0, "<c' h'>1 is not a note"),
        ("c'2~ d'2", 0, "leads to no note"),
        ("BD X---", None, "must be 16"),
        ("BD ---------------- | %\nSD ----------------", None, "lines of"),
    ],
)
def test_mistakes_in_the_text_are_found(samples: ModuleType, text: str, program: int | None, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        piece(samples, text, program=program).song()  # type: ignore[attr-defined]


def test_parts_of_different_length_are_found(samples: ModuleType) -> None:
    parts = [samples.Part("one", 0, "c'1"), samples.Part("two", 0, "c'1 | c'1")]
    with pytest.raises(ValueError, match="same number"):
        samples.Piece("x.mid", "X", "nobody", "1900", "4/4", {1: 100}, parts).song()
