"""The command line as a user meets it: what it prints, its exit code, and what it leaves on the disk."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from melodyrnn.cli.main import main
from melodyrnn.encoding.events import ENCODING_VERSION
from melodyrnn.model.config import ModelConfig
from melodyrnn.model.modelfile import Model, write_model
from melodyrnn.training.recipe import music_config


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


def random_model(config: ModelConfig | None = None, random_seed: int = 0) -> Model:
    """A small network that has learned nothing."""
    config = config or music_config(hidden=12, layers=1, embedding=8)
    rng = np.random.default_rng(random_seed)
    weights = {name: rng.normal(0, 0.2, shape).astype(np.float32) for name, shape in config.shapes().items()}
    return Model(config, weights, ENCODING_VERSION, ("plain", "fancy"), {"licence": "none"})


@pytest.fixture
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a small model."""
    path = tmp_path_factory.mktemp("model") / "small.safetensors"
    write_model(random_model(), path)
    return path
