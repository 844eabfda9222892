"""The ablations benchmark: what a row leaves out is left out, and each change is one that pieces show."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is the train extra")

from melodyrnn.corpus import arrangement
from melodyrnn.music.metre import TimeSignature
from melodyrnn.music.song import Note, Song, Track

KIT = Track([Note(p * 12, 42, 6, 78) for p in range(64)], 0, True, "Drums")
TRIO = Song(
    [Track([Note(12 * i, pitch + i * 7 % 12, 12, 78) for i in range(128)], pitch) for pitch in (40, 55, 70)],
    (),
    (TimeSignature(0, 4, 4),),
    96 * 16,
)


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    path = Path(__file__).parents[2] / "benchmarks" / "ablations.py"
    spec = importlib.util.spec_from_file_location("ablations", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.syspath_prepend(path.parents[1] / "scripts")
    spec.loader.exec_module(module)
    for name in module.AS_WRITTEN:
        monkeypatch.setattr(arrangement, name, getattr(arrangement, name))  # what a row sets is set back
    return module


def arrangements() -> list[Song]:
    return [arrangement.arranged(TRIO, np.random.default_rng(seed), {(4, 4): [KIT]}) for seed in range(20)]


def test_a_row_without_all_changes_leaves_pieces_as_they_are(benchmark: ModuleType) -> None:
    benchmark.set_up(benchmark.ROWS["as written"], dict.fromkeys(benchmark.AS_WRITTEN, 1.0), {}, None)
    assert all(song == TRIO for song in arrangements())


def test_each_change_alone_is_seen(benchmark: ModuleType) -> None:
    for name, chances in benchmark.CHANGES.items():
        others = tuple(chance for chance in benchmark.AS_WRITTEN if chance not in chances)
        benchmark.set_up(benchmark.Row(others), dict.fromkeys(benchmark.AS_WRITTEN, 1.0), {}, None)
        assert any(song != TRIO for song in arrangements()), name


def test_rows_leave_out_loops_and_transposing(benchmark: ModuleType) -> None:
    sets, script = {"loops": 1, "folk-tunes": 2}, benchmark.train_any
    benchmark.set_up(benchmark.ROWS["no synthetic loops"], {}, sets, "a shift")
    assert (script.SETS, script.choose_shift) == ({"folk-tunes": 2}, "a shift")
    benchmark.set_up(benchmark.ROWS["not transposed"], {}, sets, "a shift")
    assert sets == script.SETS
    assert script.choose_shift(None, None) == 0
