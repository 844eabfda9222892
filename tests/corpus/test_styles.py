"""From folders of MIDI files to the music of a run: which are styles, and on which pieces each is validated."""

import os
import re
import sys
from pathlib import Path

import pytest
from tune_folders import fill

from melodyrnn.corpus.cache import PieceCache
from melodyrnn.corpus.styles import read_corpus, style_folders
from melodyrnn.encoding.features import INPUT_COLUMN, STYLES
from melodyrnn.errors import TrainingError


def test_a_linked_folder_is_a_style(linked_folder: Path) -> None:
    fill(linked_folder / "linked", range(60, 62))
    assert list(style_folders(linked_folder)) == ["linked"]


def test_subfolders_are_styles(tmp_path: Path) -> None:
    fill(tmp_path / "waltz", range(40, 44))
    fill(tmp_path / "march" / "deep", range(60, 66))
    fill(tmp_path, range(80, 82))
    (tmp_path / "empty").mkdir()
    assert style_folders(tmp_path) == {"march": tmp_path / "march", "waltz": tmp_path / "waltz"}
    seen: list[str] = []
    corpus = read_corpus(tmp_path, None, lambda name, _: seen.append(name))
    assert seen == ["march"] * 6 + ["waltz"] * 4
    assert {name: len(p.features) for name, p in corpus.train.items()} == {"march": 5, "waltz": 3}
    assert {name: len(p.features) for name, p in corpus.held_out.items()} == {"march": 1, "waltz": 1}
    styles = [{int(piece.inputs[0, INPUT_COLUMN["style"]]) for piece in p.features} for p in corpus.train.values()]
    assert styles == [{0}, {1}]
    # Files beside the folders of styles are in none of them: that is said.
    assert corpus.beside == tuple(str(tmp_path / f"{name}.mid") for name in (80, 81))
    assert corpus.skipped == ()
    shares = corpus.shares()
    assert sum(shares.values()) == pytest.approx(1)
    events = {name: sum(len(piece.events) for piece in p.features) for name, p in corpus.train.items()}
    assert (shares["march"] / shares["waltz"]) ** 2 == pytest.approx(events["march"] / events["waltz"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such files here")
def test_what_may_not_be_read_is_no_style_and_is_told(tmp_path: Path) -> None:
    fill(tmp_path / "march", range(60, 63))
    (tmp_path / "odd").mkdir()
    os.mkfifo(tmp_path / "odd" / "pipe.mid")
    os.mkfifo(tmp_path / "march" / "pipe.mid")
    corpus = read_corpus(tmp_path, None, cache=PieceCache(tmp_path / "cache"))
    assert list(corpus.train) == ["march"]
    assert [*corpus.train["march"].skipped, *corpus.skipped] == [
        (str(path), f"{path}: is a device or pipe; a MIDI file is needed")
        for path in (tmp_path / "march" / "pipe.mid", tmp_path / "odd" / "pipe.mid")
    ]


def test_a_folder_without_subfolders_is_one_style(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path / "reels", range(60, 64))
    assert style_folders(tmp_path / "reels") == {"reels": tmp_path / "reels"}
    assert read_corpus(tmp_path / "reels", None).train["reels"].skipped == []
    monkeypatch.chdir(tmp_path / "reels")
    assert list(style_folders(Path())) == ["reels"]
    link = tmp_path / "dances"
    try:
        link.symlink_to(tmp_path / "reels", target_is_directory=True)
    except OSError:
        pytest.skip("this system lets us make no links")
    assert style_folders(link) == {"dances": link}


def test_pieces_to_validate_on_may_lie_in_a_folder_of_their_own(tmp_path: Path) -> None:
    for name, pitches in (("a", range(40, 43)), ("b", range(60, 63))):
        fill(tmp_path / "train" / name, pitches)
    fill(tmp_path / "valid" / "a", range(43, 45))
    fill(tmp_path / "valid" / "b", range(63, 67))
    corpus = read_corpus(tmp_path / "train", tmp_path / "valid")
    assert [len(p.features) for p in corpus.train.values()] == [3, 3]
    assert [len(p.features) for p in corpus.held_out.values()] == [2, 4]


def test_one_style_takes_what_lies_beside_subfolders_and_in_them(tmp_path: Path) -> None:
    fill(tmp_path / "music" / "waltz", range(40, 44))
    fill(tmp_path / "music", range(80, 82))
    fill(tmp_path / "valid" / "waltz", range(50, 52))
    corpus = read_corpus(tmp_path / "music", tmp_path / "valid", one_style=True)
    assert (corpus.styles, corpus.skipped) == (("music",), ())
    assert len(corpus.train["music"].pieces) == 6
    assert len(corpus.held_out["music"].pieces) == 2


def test_a_style_of_which_nothing_can_be_used_is_left_out_and_named(tmp_path: Path) -> None:
    fill(tmp_path / "march", range(0))
    for name in ("a.mid", "b.mid"):
        (tmp_path / "march" / name).write_bytes(b"")
    fill(tmp_path / "waltz", range(40, 44))
    corpus = read_corpus(tmp_path, None)
    assert corpus.styles == ("waltz",)
    assert {int(piece.inputs[0, INPUT_COLUMN["style"]]) for piece in corpus.train["waltz"].features} == {0}
    assert [Path(path).name for path, _ in corpus.skipped] == ["a.mid", "b.mid"]
    for path in (tmp_path / "waltz").iterdir():
        path.write_bytes(b"")
    with pytest.raises(TrainingError, match="0 usable files of 6; the first: "):
        read_corpus(tmp_path, None)


def test_a_style_of_one_piece_is_trained_on_and_not_validated(tmp_path: Path) -> None:
    fill(tmp_path / "march", range(60, 61))
    with pytest.raises(TrainingError, match=r"one piece only: training needs .* or give --valid"):
        read_corpus(tmp_path, None)
    fill(tmp_path / "waltz", range(40, 44))
    corpus = read_corpus(tmp_path, None)
    assert corpus.styles == ("march", "waltz")
    assert {name: len(p.pieces) for name, p in corpus.train.items()} == {"march": 1, "waltz": 3}
    assert {name: len(p.pieces) for name, p in corpus.held_out.items()} == {"march": 0, "waltz": 1}


def test_where_there_is_too_little_what_was_set_aside_is_told(tmp_path: Path) -> None:
    fill(tmp_path / "march", range(60, 61))
    fill(tmp_path, range(40, 42))
    beside = re.escape(f"; 2 files lie beside the folders of styles ({tmp_path / '40.mid'}): add --one-style")
    with pytest.raises(TrainingError, match=rf"one piece only: .* a folder of others{beside} to take all as one$"):
        read_corpus(tmp_path, None)
    (tmp_path / "march" / "odd.mid").write_bytes(b"")
    with pytest.raises(TrainingError, match=r"as one; 1 more cannot be used; the first: .*odd\.mid: is empty"):
        read_corpus(tmp_path, None)
    (tmp_path / "march" / "60.mid").write_bytes(b"")
    with pytest.raises(TrainingError, match=f"0 usable files of 2; .*{beside}"):
        read_corpus(tmp_path, None)


def test_a_style_is_never_validated_on_the_music_of_another(tmp_path: Path) -> None:
    for name in ("a", "b"):
        fill(tmp_path / "train" / name, range(40, 43))
    fill(tmp_path / "valid" / "a", range(50, 52))
    corpus = read_corpus(tmp_path / "train", tmp_path / "valid")
    assert {name: len(p.pieces) for name, p in corpus.train.items()} == {"a": 3, "b": 3}
    assert {name: len(p.pieces) for name, p in corpus.held_out.items()} == {"a": 2, "b": 0}
    with pytest.raises(TrainingError, match="a folder for each style is needed, to validate it on: a, b"):
        read_corpus(tmp_path / "train", tmp_path / "valid" / "a")
    one = read_corpus(tmp_path / "train" / "a", tmp_path / "valid" / "a")
    assert len(one.held_out["a"].pieces) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no folder of that name")
def test_a_style_has_the_name_of_its_folder_as_far_as_a_file_can_have_it(tmp_path: Path) -> None:
    fill(tmp_path / "train" / "what?", range(40, 43))
    fill(tmp_path / "train" / "R&B, slow", range(50, 53))
    fill(tmp_path / "valid" / "what?", range(60, 62))
    corpus = read_corpus(tmp_path / "train", tmp_path / "valid")
    assert corpus.styles == ("R&B, slow", "what_")
    assert {name: len(pieces.pieces) for name, pieces in corpus.held_out.items()} == {"R&B, slow": 0, "what_": 2}
    fill(tmp_path / "train" / "what*", range(40, 43))
    with pytest.raises(TrainingError, match=r"what\?: makes a style what_, as .*what\* does: give it another name"):
        style_folders(tmp_path / "train")


def test_too_many_styles_are_one_line(tmp_path: Path) -> None:
    for i in range(STYLES + 1):
        fill(tmp_path / f"style{i}", range(60 + i, 61 + i))
    with pytest.raises(TrainingError, match=f"{STYLES + 1} subfolders make {STYLES + 1} styles; at most {STYLES}: add"):
        style_folders(tmp_path)
    assert style_folders(tmp_path, one_style=True) == {tmp_path.name: tmp_path}
    corpus = read_corpus(tmp_path, None, one_style=True, known=("reel",))
    assert corpus.styles == ("reel", tmp_path.name)
    few = [f"style{i}" for i in range(2)]
    for name in few:
        fill(tmp_path / "few" / name, range(60, 64))
    with pytest.raises(TrainingError, match=f"with the {STYLES - 1} styles there are, {STYLES + 1}; at most .* --one-"):
        read_corpus(tmp_path / "few", None, known=[f"known{i}" for i in range(STYLES - 1)])


def test_no_usable_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.mid").touch()
    (tmp_path / "b.mid").write_bytes(b"MThd")
    with pytest.raises(TrainingError, match=r"0 usable files of 2; the first: .*a\.mid: is empty") as caught:
        read_corpus(tmp_path, None)
    assert "\n" not in str(caught.value)
