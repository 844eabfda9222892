"""`--compile`: what torch makes of the network learns alike and goes on exactly; without a compiler, one line."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is the train extra")

import torch
from torch._inductor import config

from melodyrnn.encoding.events import encode
from melodyrnn.encoding.matrices import feature_matrices
from melodyrnn.errors import TrainingError
from melodyrnn.music import Note, Song, Track
from melodyrnn.training.dataset import Streams
from melodyrnn.training.network import Network
from melodyrnn.training.recipe import music_config
from melodyrnn.training.trainer import Trainer, TrainingOptions, Validation

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch, of itself

STREAMS, WINDOW, WINDOWS = 2, 2, 6
SCALE = feature_matrices(encode(Song((Track([Note(12 * i, 60 + i, 12, 78) for i in range(16)]),))).events)


@pytest.fixture(autouse=True)
def quick_compiler() -> Iterator[None]:
    """Compile in this process, and drop out what torch drops out without compiling: one network does for all runs."""
    with config.patch(compile_threads=1, fallback_random=True):
        yield


def trainer_of(checkpoint: Path, compiled: bool) -> Trainer:
    torch.compiler.reset()  # a process has one run; after several, torch would go on without compiling
    torch.manual_seed(3)
    network = Network(music_config(hidden=8, layers=1, embedding=4))
    flow = Streams({"": [SCALE]}, {"": 1.0}, STREAMS, WINDOW, 5, choose=lambda *_: 0, vary=lambda piece, _: piece)
    options = TrainingOptions(events=WINDOWS * STREAMS * WINDOW, warmup_events=4, validations=1)
    return Trainer(network, flow, {"": Validation([SCALE], 16)}, options, checkpoint, compiled=compiled)


@pytest.mark.skipif(not (shutil.which("g++") or shutil.which("clang++")), reason="torch.compile needs a C++ compiler")
def test_compiled_it_learns_alike_and_goes_on_exactly(tmp_path: Path) -> None:
    plain = trainer_of(tmp_path / "plain", False)
    batch = plain.streams.next_batch()
    nats = plain.step(batch)
    compiled = trainer_of(tmp_path / "compiled", True)
    assert compiled.step(batch) == pytest.approx(nats, rel=1e-5)
    for name, weight in plain.network.export().items():
        np.testing.assert_allclose(compiled.network.export()[name], weight, atol=1e-4)
    uncut = trainer_of(tmp_path / "uncut", True)
    uncut.run()
    cut = trainer_of(tmp_path / "cut", True)
    cut.run(lambda progress, _: cut.stop() if progress.events == 2 * STREAMS * WINDOW else None)
    assert 0 < cut.progress.events < uncut.progress.events
    resumed = trainer_of(tmp_path / "cut", True)
    resumed.resume()
    resumed.run()
    for name, weight in uncut.network.export().items():
        np.testing.assert_array_equal(resumed.network.export()[name], weight)


def test_without_a_compiler_one_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config.cpp, "cxx", (None, str(tmp_path / "missing")))
    monkeypatch.setattr(config, "force_disable_caches", True)
    with pytest.raises(TrainingError, match=r"^torch\.compile failed \(.*\); train without --compile$"):
        trainer_of(tmp_path / "x", True).run()
    assert list(tmp_path.iterdir()) == []
