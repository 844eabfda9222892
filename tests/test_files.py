"""A file of ours is there whole or not at all."""

from pathlib import Path

import pytest

from melodyrnn.files import replacing


def test_what_was_there_gives_way_only_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "a.mid"
    target.write_bytes(b"old")
    with replacing(target) as beside:
        beside.write_bytes(b"new")
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("wrong", [KeyboardInterrupt, OSError, ValueError])
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
