"""The polyphonic-music benchmark: its metric where it is known, and its network against torch's own."""

import importlib.util
import math
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is the train extra")
pytest.importorskip("scipy", reason="scipy is a tool of the benchmarks")

import torch
from scipy.io import savemat

from melodyrnn.training.dataset import whole_pieces
from melodyrnn.training.trainer import bits_per_note

HALF = np.full(88, 0.5)


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "chung2014.py"
    spec = importlib.util.spec_from_file_location("chung2014", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def splits(benchmark: ModuleType, tmp_path: Path) -> dict[str, list]:
    rng, content = np.random.default_rng(0), {}
    for split in ("train", "valid", "test"):
        songs = np.empty((1, 5), object)
        for i, frames in enumerate((9, 30, 2, 17, 1)):  # of one frame nothing is to be predicted
            songs[0, i] = (rng.random((frames, 88)) < 0.05).astype(np.uint8)
        content[f"{split}data"] = songs
    savemat(tmp_path / "set.mat", content)
    return benchmark.songs(tmp_path / "set.mat")


def test_a_frame_is_predicted_from_those_before_it(benchmark: ModuleType, splits: dict[str, list]) -> None:
    assert [len(song.events) for song in splits["test"]] == [8, 29, 1, 16]
    for song in splits["train"]:
        assert np.array_equal(song.dense[1:], song.events[:-1])
    assert benchmark.held_out(splits["test"]).notes == 54


def test_padding_counts_for_nothing(benchmark: ModuleType, splits: dict[str, list]) -> None:
    network = benchmark.FrameNetwork("gru", 5, 0.0, HALF)
    with torch.no_grad():
        for name in benchmark.READ:
            network[name].zero_()
    bits, parts = bits_per_note(network, benchmark.held_out(splits["test"]))
    assert bits * math.log(2) == pytest.approx(88 * math.log(2))  # every key as likely down as up
    assert len(parts) == 88


def test_the_unigram_is_one_probability_a_key(benchmark: ModuleType, splits: dict[str, list]) -> None:
    down = np.concatenate([song.events for song in splits["train"]])
    p = (down.sum(0) + 0.5) / (len(down) + 1)
    nats = [-np.where(row, np.log(p), np.log(1 - p)).sum() for song in splits["test"] for row in song.events]
    assert benchmark.unigram(splits) == pytest.approx(np.mean(nats))


def test_a_network_that_hears_nothing_begins_at_the_unigram(benchmark: ModuleType, splits: dict[str, list]) -> None:
    network = benchmark.FrameNetwork("gru", 5, 0.0, benchmark.key_rates(splits["train"]))
    with torch.no_grad():
        network["project.w"].zero_()
    bits, _ = bits_per_note(network, benchmark.held_out(splits["test"]))
    assert bits * math.log(2) == pytest.approx(benchmark.unigram(splits), rel=1e-5)


def test_it_is_one_cell_and_one_matrix(benchmark: ModuleType, splits: dict[str, list]) -> None:
    torch.manual_seed(0)
    network, other = benchmark.FrameNetwork("gru", 6, 0.0, HALF).eval(), torch.nn.GRU(88, 6)
    names = {"weight_ih_l0": "w_xh", "weight_hh_l0": "w_hh", "bias_ih_l0": "b_x", "bias_hh_l0": "b_h"}
    with torch.no_grad():
        for theirs, ours in names.items():
            getattr(other, theirs).copy_(network[f"layer0.{ours}"])
        (batch, _), *_ = whole_pieces(splits["test"][1:2], 1)
        nats, _ = network(batch, network.start(1))
        logits = torch.nn.functional.linear(other(batch.dense)[0], network["project.w"], network["project.b"])
        expected = torch.nn.functional.binary_cross_entropy_with_logits(logits, batch.events.float(), reduction="none")
    assert torch.allclose(nats, expected, atol=1e-5)
