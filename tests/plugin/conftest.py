"""The plugin, built once for all tests, with an engine whose music anybody can compute."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import models
from melodyrnn.errors import PluginError
from melodyrnn.model.modelfile import write_model
from melodyrnn.plugin.build import build, compiler
from melodyrnn.plugin.bundle import FOLDERS, write_bundle
from melodyrnn.plugin.host import Host

PATTERN_ENGINE = Path(__file__).with_name("pattern_engine.py")
PACKAGE = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model that has learned nothing, but that the next note is mostly in the same bar."""
    path = tmp_path_factory.mktemp("model") / "small.safetensors"
    write_model(models.small_model(0, hidden=12, scale=0.2, styles=("plain", "fancy"), bars={0: 6, 1: 3}), path)
    return path


@pytest.fixture(scope="session")
def binary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plugin's binary. Skips where there is no C compiler."""
    try:
        compiler()
    except PluginError as error:
        pytest.skip(str(error))
    target = tmp_path_factory.mktemp("binary") / "melodyrnn.so"
    build(target, ["-Werror"])
    return target


@pytest.fixture
def bundle(binary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An LV2 bundle whose engine plays the pattern."""
    monkeypatch.setenv("PYTHONPATH", str(PACKAGE))
    folder = tmp_path / FOLDERS["lv2"]
    folder.mkdir()
    write_bundle(folder, "lv2", binary, [sys.executable, str(PATTERN_ENGINE)])
    return folder


@pytest.fixture
def new_host(bundle: Path) -> Iterator[Callable[..., Host]]:
    """Makes hosts of the bundle, and removes them at the end."""
    hosts: list[Host] = []

    def make(**options: object) -> Host:
        hosts.append(Host(bundle, **options))  # type: ignore[arg-type]
        return hosts[-1]

    yield make
    for host in hosts:
        host.close()


@pytest.fixture
def host(new_host: Callable[..., Host]) -> Host:
    """A host that writes a file: the plugin waits for its engine, so nothing depends on how busy the machine is."""
    host = new_host()
    host.offline = True
    return host
