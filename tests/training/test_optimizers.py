"""Optimizers and precisions: each learns and goes on exactly, and the one written here does what its paper says."""

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="torch is the train extra")

import torch

from melodyrnn.corpus.augmentation import choose_shift, shift
from melodyrnn.corpus.preparing import encoded
from melodyrnn.encoding.matrices import FeatureMatrices
from melodyrnn.errors import OptionError
from melodyrnn.training.dataset import Streams
from melodyrnn.training.devices import PRECISIONS, autocast, choose_device, choose_precision
from melodyrnn.training.network import Network
from melodyrnn.training.optimizers import OPTIMIZERS, CautiousAdamW, default_learning_rate, optimizer_of
from melodyrnn.training.recipe import music_config
from melodyrnn.training.recurrence import CELLS, unroll
from melodyrnn.training.trainer import Trainer, TrainingOptions, Validation


@pytest.fixture
def piece(midi_samples: Path) -> FeatureMatrices:
    from melodyrnn.midi import read_song

    return encoded(read_song(midi_samples / "frere_jacques.mid")).features


def trainer_of(piece: FeatureMatrices, checkpoint: Path | None = None, **options: object) -> Trainer:
    torch.manual_seed(0)
    network = Network(music_config("gru", hidden=32, layers=1, embedding=16), dropout=0.1)
    flow = Streams({"": [piece]}, {"": 1.0}, 2, 32, 0, choose=choose_shift, vary=shift)
    settings = {"events": 60 * 2 * 32, "warmup_events": 640, "validations": 3, **options}
    return Trainer(network, flow, {"": Validation([piece], 32)}, TrainingOptions(**settings), checkpoint)  # type: ignore[arg-type]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_each_optimizer_learns_and_goes_on_exactly(optimizer: str, piece: FeatureMatrices, tmp_path: Path) -> None:
    options = {"optimizer": optimizer, "learning_rate": default_learning_rate(optimizer, fine_tuning=False)}
    uncut = trainer_of(piece, **options)
    uncut.validate()
    uncut.run()
    first, *_, last = [row["mean"] for row in uncut.progress.history]
    assert last < 0.75 * first
    cut = trainer_of(piece, tmp_path / "c", **options)
    cut.validate()
    cut.run(lambda progress, _: cut.stop() if progress.events == 30 * 2 * 32 else None)
    resumed = trainer_of(piece, tmp_path / "c", **options)
    resumed.resume()
    assert resumed.progress.events == 31 * 2 * 32
    resumed.run()
    assert [row["mean"] for row in resumed.progress.history] == [row["mean"] for row in uncut.progress.history]
    assert all(torch.equal(a, b) for a, b in zip(resumed.network.parameters(), uncut.network.parameters(), strict=True))


def test_no_other_optimizer() -> None:
    with pytest.raises(OptionError, match="optimizer 'magic': must be one of adamw, cautious, adam, sgd, rmsprop"):
        optimizer_of("magic", [torch.zeros(1, requires_grad=True)], 0.1, 0.0)


def test_the_cautious_step_is_that_of_the_paper() -> None:
    """Algorithm 2 of Liang et al. 2024, written out, with weight decay apart as in AdamW."""
    torch.manual_seed(0)
    weight = torch.randn(30, 20, dtype=torch.double, requires_grad=True)
    w, m, v = weight.detach().clone(), torch.zeros(30, 20).double(), torch.zeros(30, 20).double()
    optimizer = CautiousAdamW([weight], 0.01, weight_decay=0.1, fused=True)
    for t in range(1, 30):
        g = torch.randn(30, 20, dtype=torch.double)
        weight.grad = g.clone()
        optimizer.step()
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        u = (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)).sqrt() + 1e-8)
        mask = (u * g > 0).double()
        w = w * (1 - 0.01 * 0.1) - 0.01 * u * mask / mask.mean()
    assert 0.3 < mask.mean() < 0.95  # some was left out
    torch.testing.assert_close(weight.detach(), w, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_16_bits_learn_like_32(precision: str, piece: FeatureMatrices, tmp_path: Path) -> None:
    fine, coarse = trainer_of(piece, learning_rate=1e-2), trainer_of(piece, learning_rate=1e-2, precision=precision)
    for trainer in (fine, coarse):
        trainer.run()
    means = [[row["mean"] for row in trainer.progress.history] for trainer in (fine, coarse)]
    assert means[0] != means[1]
    assert means[1][-1] == pytest.approx(means[0][-1], rel=0.15)  # a scaler leaves out the first updates
    assert all(weight.dtype == torch.float32 for weight in coarse.network.parameters())


@pytest.mark.parametrize("cell", CELLS)
def test_under_autocast_the_recurrence_stays_near(cell: str) -> None:
    torch.manual_seed(0)
    gates = {"rnn": 1, "gru": 3, "lstm": 4}[cell] * 8
    x, w = torch.randn(40, 3, gates, requires_grad=True), (0.3 * torch.randn(gates, 8)).requires_grad_()
    b, state, keep = torch.zeros(gates), torch.zeros(2 if cell == "lstm" else 1, 3, 8), torch.ones(40, 3, 1)
    found = []
    for precision in PRECISIONS:
        with autocast("cpu", precision):
            h, after = unroll(cell, x, w, b, state, keep)
        assert h.dtype == after.dtype == torch.float32
        found.append((h.detach(), *torch.autograd.grad(h.square().sum(), (x, w))))
    for coarse in found[1:]:
        for one, other in zip(coarse, found[0], strict=True):
            assert not torch.equal(one, other)
            assert (one - other).norm() < 0.02 * other.norm()


def test_devices_and_precisions_by_default() -> None:
    assert choose_device("cpu") == "cpu"
    assert choose_device() == ("cuda" if torch.cuda.is_available() else "cpu")
    assert choose_precision("cpu") == "float32"
    assert choose_precision("cpu", "bf16") == "bf16"
    for wrong in ("cuda:99", "magic"):
        with pytest.raises(OptionError, match=rf"^device {wrong}: not here \([^\n]*\); there is cpu"):
            choose_device(wrong)
