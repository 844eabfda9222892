"""The cache of encoded pieces: found by content, never believed where damaged, and no larger than it may be."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from safetensors.numpy import load, save

from melodyrnn.corpus import cache as cache_module
from melodyrnn.corpus.cache import DIGEST, EncodedPiece, PieceCache, cache_folder
from melodyrnn.corpus.preparing import encoded
from melodyrnn.encoding.features import HEAD_COLUMN
from melodyrnn.music import Note, Song, Track

Arrays = dict[str, npt.NDArray[np.generic]]


def piece(pitch: int = 60) -> EncodedPiece:
    return encoded(Song((Track([Note(24 * i, pitch + i, 24, 78) for i in range(9)]),)))


def same(a: EncodedPiece, b: EncodedPiece) -> bool:
    arrays = all(np.array_equal(x, y) and x.dtype == y.dtype for x, y in zip(a.features, b.features, strict=True))
    return arrays and (a.notes, a.seconds, a.work) == (b.notes, b.seconds, b.work)


def test_what_is_put_is_got(tmp_path: Path) -> None:
    cache = PieceCache(tmp_path / "deep" / "cache")
    place = cache.path(b"content", "beats")
    assert cache.get(place) is None
    cache.put(place, piece())
    found = PieceCache(tmp_path / "deep" / "cache").get(place)
    assert found is not None
    assert same(found, piece())


def test_content_preparation_and_version_each_have_their_own_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = PieceCache(tmp_path)
    places = {cache.path(content, how) for content in (b"a", b"b", b"") for how in ("beats", "seconds")}
    assert places == {cache.path(content, how) for content in (b"a", b"b", b"") for how in ("beats", "seconds")}
    monkeypatch.setattr(cache_module, "ENCODING_VERSION", 999)
    cache_module.encoding_digest.cache_clear()
    places |= {cache.path(b"a", "beats")}
    cache_module.encoding_digest.cache_clear()
    assert len(places) == 7


def test_an_entry_depends_on_every_module_that_reads_prepares_and_encodes() -> None:
    program = (
        "import sys, melodyrnn.corpus.preparing\n"
        "print(*[name for name, module in sys.modules.items() if not hasattr(module, '__path__')])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    loaded = {name for name in run.stdout.split() if name.startswith("melodyrnn.")}
    needed = loaded - {f"melodyrnn.{name}" for name in ("arrays", "errors", "files", "options")}
    assert {"melodyrnn.corpus.augmentation", "melodyrnn.corpus.preparing", "melodyrnn.midi.reading"} <= needed
    assert needed <= set(cache_module.sources())


def test_an_entry_does_not_depend_on_ports_or_commands() -> None:
    assert not [name for name in cache_module.sources() if name.startswith(("melodyrnn.ports", "melodyrnn.cli"))]


def test_a_change_of_one_module_is_another_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed_module = tmp_path / "augmentation.py"
    changed_module.write_text("LEVEL = 81\n")
    before = cache_module.encoding_digest()
    modules = {**cache_module.sources(), "melodyrnn.corpus.augmentation": changed_module}
    monkeypatch.setattr(cache_module, "sources", lambda: modules)
    cache_module.encoding_digest.cache_clear()
    after = cache_module.encoding_digest()
    cache_module.encoding_digest.cache_clear()
    assert before != after


def test_a_damaged_entry_is_not_there(tmp_path: Path) -> None:
    cache = PieceCache(tmp_path)
    place = cache.path(b"content", "")
    cache.put(place, piece())
    whole = place.read_bytes()
    rng = np.random.default_rng(0)
    damaged = [b"", whole[:20], whole[:-1], whole + b"\0", os.urandom(500)]
    places = rng.integers(0, len(whole), 40).tolist()
    damaged += [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in places]
    for data in damaged:
        place.write_bytes(data)
        assert cache.get(place) is None
    cache.put(place, piece())
    assert place.read_bytes() == whole


def changed(arrays: Arrays, name: str, value: object) -> Arrays:
    return {**arrays, name: np.asarray(value, arrays[name].dtype).reshape(-1, *arrays[name].shape[1:])}


def filled(name: str, column: int, value: int) -> Callable[[Arrays], Arrays]:
    """One column of an array filled with a value."""

    def fill(arrays: Arrays) -> Arrays:
        array = arrays[name].copy()
        array[:, column] = value
        return {**arrays, name: array}

    return fill


@pytest.mark.parametrize(
    "change",
    [
        lambda a: {name: array[:, :3].copy() if array.ndim == 2 else array for name, array in a.items()},
        lambda a: {name: array[:0] if array.ndim == 2 else array for name, array in a.items()},
        lambda a: {**a, "head_features": a["head_features"][:-1]},
        lambda a: {**a, "inputs": a["inputs"].astype(np.float64)},
        lambda a: {**a, "dense": a["dense"].astype(np.int8)},
        lambda a: {**a, "events": a["events"].astype(bool)},
        lambda a: {**a, "events": a["events"].reshape(-1)},
        filled("inputs", 6, 30000),
        filled("inputs", 0, -1),
        filled("dense", 3, 65),
        filled("head_features", -1, 65),
        filled("events", 4, 289),
        filled("head_features", HEAD_COLUMN["voice_pitch"], 127),  # moved up with the piece it would be none
        filled("head_features", HEAD_COLUMN["lowest_pitch"], 0),
        lambda a: changed(a, "notes", [10**9]),
        lambda a: changed(a, "notes", [0]),
        lambda a: changed(a, "notes", [5, 5]),
        lambda a: {**a, "notes": np.array([5.0])},
        lambda a: changed(a, "seconds", [np.nan]),
        lambda a: changed(a, "seconds", [-1]),
        lambda a: changed(a, "work", [1] * 1000),
    ],
)
def test_an_entry_that_no_music_comes_to_is_not_there(tmp_path: Path, change: Callable[[Arrays], Arrays]) -> None:
    cache = PieceCache(tmp_path)
    place = cache.path(b"content", "")
    cache.put(place, piece())
    whole = place.read_bytes()
    data = save({name: np.ascontiguousarray(array) for name, array in change(load(whole[DIGEST:])).items()})
    place.write_bytes(hashlib.sha256(data).digest() + data)
    assert cache.get(place) is None
    cache.put(place, piece())
    assert place.read_bytes() == whole


def test_an_entry_that_is_no_file_or_larger_than_any_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = PieceCache(tmp_path)
    place = cache.path(b"content", "")
    cache.put(place, piece())
    with monkeypatch.context() as patch:
        patch.setattr(cache_module, "LARGEST_ENTRY", place.stat().st_size - 1)
        assert cache.get(place) is None
    assert cache.get(place) is not None
    if hasattr(os, "mkfifo"):
        place.unlink()
        os.mkfifo(place)
        assert cache.get(place) is None


def test_where_nothing_can_be_kept_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = PieceCache(tmp_path / "file")
    cache.put(cache.path(b"content", ""), piece())
    assert cache.problem.startswith(f"{tmp_path / 'file'}: nothing can be kept there for the next start (")
    assert cache.get(cache.path(b"content", "")) is None
    cache.prune()


def test_what_was_used_least_lately_goes_first(tmp_path: Path) -> None:
    entry = PieceCache(tmp_path)
    places = [entry.path(bytes([i]), "") for i in range(5)]
    for i, place in enumerate(places):
        entry.put(place, piece())
        os.utime(place, (i, i))
    size = places[0].stat().st_size
    assert entry.get(places[0]) is not None  # used just now
    small = PieceCache(tmp_path, largest=3 * size)
    small.prune()  # nothing written: nothing is looked at
    assert all(place.exists() for place in places)
    small.put(places[4], piece())
    small.prune()
    assert [place.exists() for place in places] == [True, False, False, True, True]


def test_the_folder_is_the_one_named_or_the_platforms_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MELODYRNN_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("MELODYRNN_CACHE")
    assert "melodyrnn" in str(cache_folder())
