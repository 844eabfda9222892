"""Pieces that were encoded in another process: the same, to the bit, and errors as they are."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from melodyrnn.corpus import preparing
from melodyrnn.corpus.augmentation import Preparation
from melodyrnn.corpus.cache import EncodedPiece
from melodyrnn.corpus.preparing import PREPARING_LIMITS, encoded, preparing_task
from melodyrnn.errors import MidiFileError
from melodyrnn.midi import LIMITS, read_song, write_song
from melodyrnn.midi.folder import in_processes, midi_files
from melodyrnn.music import Note, Song, Track


def same(one: EncodedPiece, other: EncodedPiece) -> bool:
    facts = [(piece.notes, piece.seconds, piece.work) for piece in (one, other)]
    arrays = zip(one.features, other.features, strict=True)
    return facts[0] == facts[1] and all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in arrays)


@pytest.mark.parametrize("executable", [sys.executable, ""], ids=["in a process", "where none can be started"])
@pytest.mark.parametrize("preparation", [Preparation(), Preparation("seconds", "level")])
def test_it_is_what_this_process_would_make(
    midi_samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, preparation: Preparation, executable: str
) -> None:
    monkeypatch.setattr(sys, "executable", executable)
    samples = midi_files(midi_samples)[:5]
    empty = tmp_path / "empty.mid"
    empty.touch()
    found = dict(in_processes([*samples, empty], preparing_task(preparation)))
    assert str(found.pop(empty)) == f"{empty}: is empty (0 bytes); a MIDI file is needed"
    assert list(found) == samples
    for path, piece in found.items():
        assert isinstance(piece, EncodedPiece)
        assert same(piece, encoded(read_song(path), preparation))


def test_a_name_that_is_no_text_ends_no_process(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"empty\xfe.mid")
    try:
        path.touch()
    except OSError as error:
        pytest.skip(f"there are no such names here: {error}")
    ((_, piece),) = in_processes([path], preparing_task(Preparation()))
    assert str(piece) == f"{tmp_path}{os.sep}empty\\udcfe.mid: is empty (0 bytes); a MIDI file is needed"


def test_too_much_memory_for_one_piece_is_its_reason(midi_samples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def greedy(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(preparing, "feature_matrices", greedy)
    first, *_ = midi_files(midi_samples)
    (piece,) = preparing_task(Preparation()).here([first])
    assert isinstance(piece, MidiFileError)
    assert str(piece) == f"{first}: took more than 381 MB of memory to encode"


def test_a_piece_of_mostly_silence_is_not_learned(tmp_path: Path) -> None:
    path = tmp_path / "silence.mid"
    notes = [Note(PREPARING_LIMITS.length_pulses * i, 60, 24, 64) for i in range(2)]
    write_song(Song((Track(notes),)), path)
    assert read_song(path).note_count == 2
    ((_, piece),) = in_processes([path], preparing_task(Preparation()))
    assert str(piece) == f"{path}: too long; at most 10922 bars of 4/4 are read (--limits bars=N)"
    ((_, piece),) = in_processes([path], preparing_task(Preparation(), LIMITS))
    assert isinstance(piece, EncodedPiece)


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"x", "another length"),
        (b"\x09\0\0\0\1", "not an encoded piece"),
        (b"\x01\0\0\0\1x", "not an encoded piece"),
        (b"\x01\0\0\0\0\xff", "can't decode"),
    ],
)
def test_what_is_no_frame_is_told(frame: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        preparing_task(Preparation()).decoded(frame)
