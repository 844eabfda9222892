"""What a run leaves behind when it is killed, the disk is full, or its checkpoint is damaged."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="torch is the train extra")

import torch

from melodyrnn.errors import OutputError, TrainingError
from melodyrnn.training import checkpoint as checkpoints
from melodyrnn.training.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from melodyrnn.training.resuming import check_settings

SMALL_RUN = Path(__file__).with_name("small_run.py")


def started(*arguments: object) -> "subprocess.Popen[str]":
    command = [sys.executable, str(SMALL_RUN), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_run_killed_again_and_again_ends_with_the_weights_of_one_never_cut(tmp_path: Path) -> None:
    with started(tmp_path / "uncut.checkpoint", 4, tmp_path / "uncut") as uncut:
        out, err = uncut.communicate(timeout=300)
    assert (uncut.returncode, err) == (0, "")
    assert len(out.splitlines()) == 24
    for windows in (1, 13):  # a window is trained on, then its checkpoint written: the kill comes somewhere after
        with started(tmp_path / "cut.checkpoint", 4, tmp_path / "cut") as cut:
            assert cut.stdout
            for _ in range(windows):
                assert cut.stdout.readline()
            cut.kill()
        assert cut.returncode != 0
        assert not (tmp_path / "cut").exists()
    with started(tmp_path / "cut.checkpoint", 4, tmp_path / "cut") as resumed:
        out, err = resumed.communicate(timeout=300)
    assert (resumed.returncode, err) == (0, "")
    assert len(out.splitlines()) <= 24 - 1 - 13
    assert (tmp_path / "cut").read_bytes() == (tmp_path / "uncut").read_bytes()  # weights, and what they validated


def standing(value: float = 1.0) -> Checkpoint:
    return Checkpoint({"a": torch.full((100,), value), "b": torch.arange(7)}, {"x": [1, 2.5, None]})


def test_a_checkpoint_comes_back_as_it_was(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "c", standing())
    tensors, plain = read_checkpoint(tmp_path / "c")
    assert plain == {"x": [1, 2.5, None]}
    assert tensors.keys() == {"a", "b"}
    assert all(torch.equal(tensors[name], tensor) for name, tensor in standing().tensors.items())


def test_a_setting_that_there_was_not_yet_is_not_missed(tmp_path: Path) -> None:
    check_settings(tmp_path, {"music": "a", "streams": 4}, {"music": "a", "streams": 4, "one_style": False})
    with pytest.raises(TrainingError, match=r"continues with streams 4, not 5$"):
        check_settings(tmp_path, {"music": "a", "streams": 4}, {"music": "a", "streams": 5, "one_style": False})


def full_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def short_write(tensors: dict[str, torch.Tensor], path: Path, described: dict[str, str]) -> None:
    save(tensors, path, described)
    path.write_bytes(path.read_bytes()[:-8])


def bad_sector(tensors: dict[str, torch.Tensor], path: Path, described: dict[str, str]) -> None:
    save(tensors, path, described)
    path.write_bytes(path.read_bytes()[:-8] + bytes(8))


save = checkpoints.save_file


@pytest.mark.parametrize("broken", [full_disk, short_write, bad_sector])
def test_what_was_not_written_well_leaves_the_last_one(broken, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_checkpoint(tmp_path / "c", standing(1.0))
    monkeypatch.setattr(checkpoints, "save_file", broken)
    with pytest.raises(OutputError, match=r"c: cannot be written \(.*\); the file there stays as it was$"):
        write_checkpoint(tmp_path / "c", standing(2.0))
    with pytest.raises(OutputError, match=r"first: cannot be written \(.*\)$"):
        write_checkpoint(tmp_path / "first", standing(2.0))
    assert [path.name for path in tmp_path.iterdir()] == ["c"]
    assert read_checkpoint(tmp_path / "c").tensors["a"][0] == 1.0


def test_what_is_not_finite_is_not_written(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "c", standing())
    with pytest.raises(TrainingError, match="a is no longer finite"):
        write_checkpoint(tmp_path / "c", standing(float("nan")))
    assert read_checkpoint(tmp_path / "c").tensors["a"][0] == 1.0


def test_any_flipped_bit_is_noticed(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "c", standing())
    whole = (tmp_path / "c").read_bytes()
    for position in range(8, len(whole), 7):
        flipped = bytearray(whole)
        flipped[position] ^= 4
        (tmp_path / "d").write_bytes(flipped)
        with pytest.raises(TrainingError, match=r"^[^\n]*$"):
            read_checkpoint(tmp_path / "d")
