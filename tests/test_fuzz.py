"""The fuzz targets over their seeds in tests/fuzz, and over some mutations of them: the same in every run.

Long runs, and coverage-guided ones, are in CONTRIBUTING.md.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

FUZZ, SEEDS = Path(__file__).parents[1] / "fuzz", Path(__file__).parent / "fuzz"
KINDS = {"midi": ".mid", "model": ".safetensors"}


@pytest.fixture(scope="module")
def mutations() -> ModuleType:
    """fuzz/mutations.py, which is a script."""
    if not FUZZ.is_dir():
        pytest.skip("fuzz/ is not beside the tests")
    sys.path.insert(0, str(FUZZ))
    try:
        spec = importlib.util.spec_from_file_location("mutations", FUZZ / "mutations.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(FUZZ))
    return module


def seeds(kind: str) -> list[Path]:
    return sorted((SEEDS / kind).glob(f"*{KINDS[kind]}"))


@pytest.mark.parametrize("kind", KINDS)
def test_the_seeds_are_read_or_refused(mutations: ModuleType, kind: str) -> None:
    read = {path.stem: mutations.TARGETS[kind](path.read_bytes()) for path in seeds(kind)}
    assert len(read) >= 3
    assert sum(path.stat().st_size for path in seeds(kind)) < 10_000
    assert {name for name, was_read in read.items() if not was_read} == {
        name for name in read if name.startswith("refused")
    }


@pytest.mark.parametrize(("kind", "count"), [("midi", 300), ("model", 150)])
def test_mutations_of_the_seeds_are_read_or_refused(mutations: ModuleType, kind: str, count: int) -> None:
    found = mutations.survive(kind, [path.read_bytes() for path in seeds(kind)], count, random_seed=1)
    assert (found["tracebacks"], found["slow"]) == (0, 0), found["first_traceback"]
    assert found["read"] > 0.01 * count
    assert found["refused"] > 0.02 * count


def test_what_must_not_happen_is_counted(mutations: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(data: bytes) -> bool:
        raise KeyError(data)

    monkeypatch.setitem(mutations.TARGETS, "midi", fail)
    found = mutations.survive("midi", [b"abc"], 5, random_seed=1)
    assert (found["tracebacks"], found["read"]) == (5, 0)
    assert "KeyError" in found["first_traceback"]
