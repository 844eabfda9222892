"""A file of ours is there whole or not at all."""

import errno
from collections.abc import Callable
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.errors import OutputError
from melodyrnn.files import check_free, check_writable, replacing, safe_stem


def test_what_was_there_gives_way_only_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "a.mid"
    target.write_bytes(b"old")
    with replacing(target) as beside:
        beside.write_bytes(b"new")
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("wrong", [KeyboardInterrupt, OutputError, ValueError])
def test_what_goes_wrong_leaves_what_was_there(tmp_path: Path, wrong: type[BaseException]) -> None:
    target = tmp_path / "a.mid"
    target.write_bytes(b"old")

    def write_half() -> None:
        with replacing(target) as beside:
            beside.write_bytes(b"half")
            raise wrong

    with pytest.raises(wrong):
        write_half()
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_name_as_long_as_the_system_allows(tmp_path: Path) -> None:
    target = tmp_path / ("a" * 251 + ".mid")
    with replacing(target) as beside:
        beside.write_bytes(b"new")
    assert target.read_bytes() == b"new"


def test_what_the_system_refuses_is_one_line_with_its_reason(tmp_path: Path) -> None:
    target = tmp_path / "a.mid"

    def write() -> None:
        with replacing(target):
            raise OSError(errno.ENOSPC, "No space left\non device")

    with pytest.raises(OutputError, match=r"a\.mid: cannot be written \(No space left on device\)$"):
        write()
    target.write_bytes(b"old")
    with pytest.raises(OutputError, match=r"\(No space left on device\); the file there stays as it was$"):
        write()
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_is_gone_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"), replacing(tmp_path / "gone" / "a.mid") as beside:
        beside.write_bytes(b"new")


@pytest.mark.parametrize("check", [check_free, lambda target, overwrite: check_writable([target], overwrite)])
def test_what_is_in_the_way_is_named_before_anything_is_written(
    tmp_path: Path, check: Callable[[Path, bool], None]
) -> None:
    (tmp_path / "there.mid").write_bytes(b"old")
    check(tmp_path / "new.mid", False)
    check(tmp_path / "there.mid", True)
    wrong = {
        "there.mid": r"there\.mid: already exists; give another name, or allow overwriting \(--overwrite\)$",
        ".": "is a folder; give the name of a file$",
        "nowhere/a.mid": r"cannot be written \(there is no folder .*nowhere\)$",
        "there.mid/a.mid": r"cannot be written \(",
        "a\0b.mid": r"cannot be written \(a name holds no null character\)$",
        "x" * 300: r"cannot be written \(",
    }
    for name, message in wrong.items():
        with pytest.raises(OutputError, match=message):
            check(tmp_path / name, False)
    assert [path.name for path in tmp_path.iterdir()] == ["there.mid"]


@given(st.text() | st.text("./\\: -con1", max_size=12))
def test_a_safe_stem_is_a_name_in_this_folder(text: str) -> None:
    stem = safe_stem(text)
    assert safe_stem(stem) == stem
    for kind in (PurePosixPath, PureWindowsPath):
        assert kind(stem).parts == (stem,)
    assert not PureWindowsPath(stem).is_reserved()
    assert 0 < len(f"{stem}-100.mid".encode()) < 255


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("folk", "folk"),
        ("R&B (slow), no. 2", "R&B (slow), no. 2"),
        ("../escaped/by-style", "_escaped_by-style"),
        ("C:\\x", "C__x"),
        ("-rf", "rf"),
        ("...", "_"),
        ("con", "_con"),
        ("COM1.x", "_COM1.x"),
        ("a\nb\u202e\udcff", "a_b__"),
        ("ends. ", "ends"),
        ("東" * 90, "東" * 66),
    ],
)
def test_a_text_becomes_a_safe_stem(text: str, stem: str) -> None:
    assert safe_stem(text) == stem
