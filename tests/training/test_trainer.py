"""The trainer: repeatable, resumable to the bit, careful with its checkpoint; and it learns."""

import itertools
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is the train extra")

import torch

from melodyrnn.corpus.augmentation import choose_shift, shift
from melodyrnn.encoding.events import encode
from melodyrnn.encoding.matrices import FeatureMatrices, feature_matrices
from melodyrnn.errors import OptionError, OutputError, TrainingError
from melodyrnn.midi import read_song
from melodyrnn.music import Note, Song, Track
from melodyrnn.training.dataset import Batch, Streams, whole_pieces
from melodyrnn.training.network import Network
from melodyrnn.training.recipe import music_config
from melodyrnn.training.trainer import Progress, Trainer, TrainingOptions, Validation, bits_per_note

STREAMS, WINDOW = 4, 12


def tune(random_seed: int, notes: int = 40) -> FeatureMatrices:
    rng = np.random.default_rng(random_seed)
    steps = rng.integers(-3, 4, notes)
    return feature_matrices(
        encode(Song((Track([Note(12 * i, 60 + int(step), 12, 78) for i, step in enumerate(steps)]),))).events
    )


PIECES = [tune(i) for i in range(4)]


def trainer_of(
    checkpoint: Path | None = None,
    cell: str = "gru",
    pieces: list[FeatureMatrices] = PIECES,
    hidden: int = 16,
    **options: float,
) -> Trainer:
    torch.manual_seed(3)
    network = Network(music_config(cell, hidden=hidden, layers=2, embedding=8), dropout=0.1)
    flow = Streams({"": pieces}, {"": 1.0}, STREAMS, WINDOW, random_seed=5, choose=choose_shift, vary=shift)
    settings = {"events": 40 * STREAMS * WINDOW, "warmup_events": 200, "validations": 4, **options}
    held_out = {"": Validation([tune(9)], 40)}
    return Trainer(network, flow, held_out, TrainingOptions(**settings), checkpoint)  # type: ignore[arg-type]


def weights(trainer: Trainer) -> list[bytes]:
    return [array.tobytes() for array in trainer.network.export().values()]


def stop_after(trainer: Trainer, events: int) -> Callable[[Progress, float], None]:
    def report(progress: Progress, _: float) -> None:
        if progress.events == events - STREAMS * WINDOW:  # the window after it is still to be trained on
            trainer.stop()

    return report


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_a_run_cut_and_resumed_ends_with_the_weights_of_one_never_cut(cell: str, tmp_path: Path) -> None:
    events = 20 * STREAMS * WINDOW
    uncut = trainer_of(cell=cell, events=events)
    uncut.run()
    for steps in (3, 10):  # between two validations, and right after one
        cut = trainer_of(tmp_path / f"{steps}.checkpoint", cell, events=events)
        assert not cut.run(stop_after(cut, steps * STREAMS * WINDOW))
        torch.manual_seed(77)
        resumed = trainer_of(tmp_path / f"{steps}.checkpoint", cell, events=events)
        resumed.resume()
        assert resumed.progress.events == steps * STREAMS * WINDOW
        assert resumed.run()
        assert weights(resumed) == weights(uncut)
        assert [row["mean"] for row in resumed.progress.history] == [row["mean"] for row in uncut.progress.history]
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".checkpoint", ".checkpoint"]  # nothing left beside


def test_the_best_weights_are_kept() -> None:
    trainer = trainer_of()

    def spoil(progress: Progress, _: float) -> None:
        if progress.events == 35 * STREAMS * WINDOW:  # between the validations after 30 windows and after 40
            with torch.no_grad():
                trainer.network["project.w"].normal_(std=5)

    trainer.run(spoil)
    history = [row["mean"] for row in trainer.progress.history]
    assert [row["events"] // (STREAMS * WINDOW) for row in trainer.progress.history] == [10, 20, 30, 40]
    assert history[3] > history[2] + 1
    assert trainer.progress.best == pytest.approx(min(history), abs=1e-4)
    bits, parts = bits_per_note(trainer.network, trainer.held_out[""])
    assert bits == pytest.approx(history[2], abs=1e-3)
    assert sum(parts.values()) == pytest.approx(bits, abs=1e-3)


def test_the_learning_rate_warms_up_and_falls_as_a_cosine() -> None:
    trainer = trainer_of(events=10_000, warmup_events=1000, learning_rate=0.01, floor=0.1)

    def rate(events: int) -> float:
        trainer.progress.events = events
        return trainer.learning_rate()

    assert rate(0) == pytest.approx(0.01 / 1000)
    assert rate(499) == pytest.approx(0.005, rel=0.01)
    assert rate(5000) == pytest.approx(0.01 * (0.9 * 0.5 + 0.1))
    assert rate(10_000) == rate(20_000) == pytest.approx(0.001)
    rates = [rate(events) for events in range(1000, 10_001, 500)]
    assert rates == sorted(rates, reverse=True)
    trainer.progress.events = 2500
    trainer.step(trainer.streams.next_batch())
    assert {group["lr"] for group in trainer.optimizer.param_groups} == {trainer.learning_rate()}


def test_minutes_are_measured_by_the_clock() -> None:
    trainer = trainer_of(events=0, minutes=1)
    ticks = itertools.count(0, 2)  # the clock is read once a step
    trainer._clock = lambda: float(next(ticks))
    trainer.run()
    assert 60 <= trainer.progress.seconds <= 64
    assert trainer.fraction == 1


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_no_number_stops_the_run_and_spares_the_checkpoint(value: float, tmp_path: Path) -> None:
    trainer = trainer_of(tmp_path / "x.checkpoint")
    kept = []

    def spoil(progress: Progress, _: float) -> None:
        if progress.events == 15 * STREAMS * WINDOW:
            kept.append((tmp_path / "x.checkpoint").read_bytes())
            with torch.no_grad():
                trainer.network["project.b"].fill_(value)

    with pytest.raises(
        TrainingError, match=r"^the loss became (nan|inf) after 720 events: start from the best so far .* a lower"
    ):
        trainer.run(spoil)
    assert (tmp_path / "x.checkpoint").read_bytes() == kept[0]
    resumed = trainer_of(tmp_path / "x.checkpoint")
    resumed.resume()
    assert all(np.isfinite(array).all() for array in resumed.network.export().values())
    resumed.run()


def test_a_checkpoint_that_is_not_ours_is_refused_in_one_line(tmp_path: Path) -> None:
    ours = tmp_path / "ours"
    trainer = trainer_of(ours, events=STREAMS * WINDOW)
    trainer.run()
    (tmp_path / "cut").write_bytes(ours.read_bytes()[:-100])
    (tmp_path / "text").write_text("MThd", encoding="utf-8")
    (tmp_path / "empty").touch()
    (tmp_path / "folder").mkdir()
    from safetensors.torch import save_file

    save_file({"x": torch.zeros(1)}, tmp_path / "foreign")
    save_file({"x": torch.zeros(1)}, tmp_path / "list", {"checkpoint": "[]"})
    flipped = bytearray(ours.read_bytes())
    flipped[-1000] ^= 1
    (tmp_path / "flipped").write_bytes(flipped)
    says = {
        **dict.fromkeys(("missing", "folder"), "no such checkpoint"),
        **dict.fromkeys(("cut", "text", "empty"), "not a readable checkpoint"),
        **dict.fromkeys(("foreign", "list"), "not a checkpoint of format 1"),
        "flipped": "the checkpoint is damaged",
    }
    for name, wrong in says.items():
        with pytest.raises(TrainingError, match=wrong) as caught:
            trainer_of(tmp_path / name).resume()
        assert "\n" not in str(caught.value)
    with pytest.raises(TrainingError, match="a checkpoint of another network"):
        trainer_of(ours, "lstm").resume()
    with pytest.raises(TrainingError, match="made from other pieces"):
        trainer_of(ours, pieces=[tune(0, 2)]).resume()


def test_a_checkpoint_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        trainer_of(tmp_path / "missing" / "x.checkpoint").save()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", [{"minutes": 0}, {"learning_rate": 0}, {"events": -1}, {"warmup_events": 0}])
def test_options_outside_what_is_legal(wrong: dict[str, int]) -> None:
    with pytest.raises(OptionError, match="must be"):
        TrainingOptions(**wrong)  # type: ignore[arg-type]


def test_validating_slowly_does_not_eat_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where twenty validations would take the whole of the run, there are fewer, and windows get most of the time."""
    now = [0.0]
    trainer = trainer_of(events=0, minutes=10.0, validations=20)
    monkeypatch.setattr(trainer, "_clock", lambda: now[0])
    spent = {"validating": 0.0, "training": 0.0}
    step, validate = trainer.step, trainer.validate

    def slow_step(batch: Batch) -> float:
        now[0] += 2.0
        spent["training"] += 2.0
        return step(batch)

    def slow_validate() -> None:
        validate()
        now[0] += 30.0
        spent["validating"] += 30.0

    monkeypatch.setattr(trainer, "step", slow_step)
    monkeypatch.setattr(trainer, "validate", slow_validate)
    trainer.run()
    assert len(trainer.progress.history) >= 4
    assert spent["training"] > 3 * spent["validating"]
    assert 600 <= now[0] <= 640


def test_a_network_larger_than_the_memory_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = trainer_of()

    def too_large(_: object) -> float:
        torch.empty(10**15)
        return 0.0

    monkeypatch.setattr(trainer, "step", too_large)
    with pytest.raises(TrainingError, match=r"^not enough memory for this: use a smaller --batch-size"):
        trainer.run()


def test_validation_divides_all_bits_by_notes_alone() -> None:
    """The padding of the shorter piece counts nothing, and windows of validation change nothing."""
    pieces, network = [tune(1, 300), tune(2, 9)], trainer_of().network
    bits, _ = bits_per_note(network, Validation(pieces, 309))
    network.eval()
    nats = 0.0
    for piece in pieces:
        batch, _ = whole_pieces([piece], 1)[0]
        nats += network(batch, network.start(1))[0].sum().item()
    assert bits == pytest.approx(nats / math.log(2) / 309, rel=1e-5)


def test_a_small_network_learns_one_sample_by_heart(midi_samples: Path) -> None:
    song = read_song(midi_samples / "frere_jacques.mid")
    piece = feature_matrices(encode(song).events)
    torch.manual_seed(0)
    network = Network(music_config("gru", hidden=64, layers=1, embedding=32), dropout=0.0)
    flow = Streams({"": [piece]}, {"": 1.0}, 2, 32, 0, choose=lambda *_: 0, vary=shift)
    options = TrainingOptions(events=300 * 2 * 32, learning_rate=1e-2, warmup_events=640, validations=4)
    trainer = Trainer(network, flow, {"": Validation([piece], song.note_count)}, options)
    before, _ = bits_per_note(network, trainer.held_out[""])
    trainer.run()
    assert before > 20
    assert trainer.progress.best < 0.3
