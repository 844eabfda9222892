"""The command line as a user meets it: what it prints, its exit code, and what it leaves on the disk."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

import models
from melodyrnn.cli.main import main
from melodyrnn.model.modelfile import write_model


class Outcome(NamedTuple):
    exit_code: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs `melodyrnn ARGUMENTS` in an empty folder, `tmp_path`."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> Outcome:
        with pytest.raises(SystemExit) as leaving:
            main([str(argument) for argument in arguments])
        said = capfd.readouterr()
        assert isinstance(leaving.value.code, int)
        return Outcome(leaving.value.code, said.out, said.err)

    return run


@pytest.fixture
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a small model."""
    path = tmp_path_factory.mktemp("model") / "small.safetensors"
    write_model(models.small_model(0, hidden=12, scale=0.2, styles=("plain", "fancy"), about={"licence": "none"}), path)
    return path
