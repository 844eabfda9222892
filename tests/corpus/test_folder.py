"""From a folder of MIDI files to pieces: what is held out, what is skipped and why."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tune_folders import fill, tune

from melodyrnn.corpus import folder
from melodyrnn.corpus.cache import PieceCache
from melodyrnn.corpus.folder import Pieces, read_pieces
from melodyrnn.corpus.preparing import PREPARING_LIMITS, encoded
from melodyrnn.encoding.features import INPUT_COLUMN
from melodyrnn.midi import write_song
from melodyrnn.music import Note, Song, Tempo, Track


def pieces_of(*songs: Song) -> Pieces:
    return Pieces([encoded(song) for song in songs])


def contents(pieces: Pieces) -> list[bytes]:
    return [piece.events.tobytes() for piece in pieces.features]


def test_what_cannot_be_read_is_skipped_with_the_reason(tmp_path: Path) -> None:
    fill(tmp_path, range(60, 63))
    (tmp_path / "empty.mid").touch()
    (tmp_path / "paper.mid").write_bytes(b"%PDF-1.7 and so on")
    shares: list[float] = []
    pieces = read_pieces(tmp_path, 3, shares.append)
    assert (len(pieces.features), pieces.notes) == (3, 24)
    assert pieces.hours == pytest.approx(3 * 4 / 3600)  # eight quarters each, at 120 bpm
    assert [Path(path).name for path, _ in pieces.skipped] == ["empty.mid", "paper.mid"]
    assert "empty" in pieces.skipped[0][1]
    assert "not a MIDI file" in pieces.skipped[1][1]
    assert shares == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert {int(piece.inputs[0, INPUT_COLUMN["style"]]) for piece in pieces.features} == {3}


def test_the_held_out_pieces_are_chosen_by_content() -> None:
    songs = [tune(30 + i) for i in range(40)]
    train, held_out = pieces_of(*songs).split(0.1)
    assert (len(train.features), len(held_out.features), train.notes, held_out.notes) == (36, 4, 288, 32)
    assert sorted(contents(train) + contents(held_out)) == sorted(contents(pieces_of(*songs)))
    other_order = pieces_of(*reversed(songs)).split(0.1)[1]
    assert sorted(contents(other_order)) == sorted(contents(held_out))


def test_copies_of_a_piece_are_never_on_both_sides() -> None:
    songs = [tune(30 + i) for i in range(10)]
    for share in (0.01, 0.05, 0.3, 0.5, 0.99):
        train, held_out = pieces_of(*songs, *songs, *songs[:3]).split(share)
        assert not set(contents(train)) & set(contents(held_out))
        assert len(train.features) + len(held_out.features) == 23
        assert train.features
        assert held_out.features
    for alone in (pieces_of(tune(60)), pieces_of(tune(60), tune(60))):
        train, held_out = alone.split(0.05)
        assert (train.pieces, held_out.pieces) == (alone.pieces, [])


def test_versions_of_a_piece_are_never_on_both_sides() -> None:
    def reel(number: int, key: int = 0, bpm: float = 120, accompanied: bool = False) -> Song:
        steps = np.random.default_rng(number).integers(-4, 5, 20)
        tracks = [Track([Note(12 * i, 67 + key + int(step), 12, 78) for i, step in enumerate(steps)])]
        if accompanied:
            tracks.append(Track([Note(48 * i, 36, 48, 50) for i in range(5)], program=32))
        return Song(tuple(tracks), (Tempo(0, bpm),))

    songs = [reel(number) for number in range(12)]
    versions = [reel(number, key=5, bpm=90, accompanied=True) for number in range(12)]
    for share in (0.05, 0.3, 0.5):
        train, held_out = pieces_of(*songs, *versions).split(share)
        assert {piece.work for piece in train.pieces}.isdisjoint(piece.work for piece in held_out.pieces)
        assert len(train.pieces) + len(held_out.pieces) == 24
        assert len(held_out.pieces) % 2 == 0
        alone = pieces_of(*songs).split(share)[1]
        assert {piece.work for piece in alone.pieces} == {piece.work for piece in held_out.pieces}


def test_the_second_reading_is_from_the_cache_and_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    music = fill(tmp_path / "music", range(60, 64))
    (music / "empty.mid").touch()
    cache = PieceCache(tmp_path / "cache")
    first = read_pieces(music, 2, cache=cache)
    (music / "70.mid").write_bytes((music / "60.mid").read_bytes())  # another name, the same content
    write_song(tune(71), music / "71.mid")
    read: list[Path] = []
    in_processes = folder.in_processes
    monkeypatch.setattr(folder, "in_processes", lambda paths, task: read.extend(paths) or in_processes(paths, task))
    told: list[float] = []
    second = read_pieces(music, 2, told.append, cache=cache)
    assert [path.name for path in read] == ["71.mid", "empty.mid"]
    assert told == pytest.approx([5 / 7, 6 / 7, 1])
    assert contents(second)[:5] == [*contents(first), contents(first)[0]]
    for old, new in zip(first.pieces, second.pieces, strict=False):
        assert (old.notes, old.seconds, old.work) == (new.notes, new.seconds, new.work)
        assert all(np.array_equal(a, b) for a, b in zip(old.features, new.features, strict=True))
    assert [reason for _, reason in second.skipped] == [reason for _, reason in first.skipped]
    assert cache.problem == ""


def test_limits_hold_for_what_was_kept_too(tmp_path: Path) -> None:
    fill(tmp_path / "music", range(60, 62))
    write_song(tune(70, notes=20), tmp_path / "music" / "long.mid")
    cache = PieceCache(tmp_path / "cache")
    assert read_pieces(tmp_path / "music", cache=cache).notes == 36
    for limits, reason in (
        (replace(PREPARING_LIMITS, notes=10), "20 notes; at most 10 are read"),
        (replace(PREPARING_LIMITS, length_pulses=300), "too long; at most 3 bars of 4/4 are read (--limits bars=N)"),
    ):
        pieces = read_pieces(tmp_path / "music", cache=cache, limits=limits)
        assert pieces.notes == 16
        assert [said.rpartition(": ")[2] for _, said in pieces.skipped] == [reason]


def test_the_skipped_files_stay_with_the_training_pieces() -> None:
    pieces = pieces_of(*(tune(30 + i) for i in range(4)))
    pieces.skipped = [("x.mid", "empty")]
    train, held_out = pieces.split(0.05)
    assert (train.skipped, held_out.skipped) == ([("x.mid", "empty")], [])


def test_some_of_the_pieces() -> None:
    pieces = pieces_of(*(tune(20 + i) for i in range(50)))
    assert pieces.first(80).notes == 80
    assert pieces.first(10**6).notes == pieces.notes == 400
    assert pieces.first(1).notes == 8
