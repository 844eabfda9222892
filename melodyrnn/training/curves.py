"""What a run looked like: a picture of its loss, and where wanted a log for TensorBoard."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from melodyrnn.errors import OutputError, TrainingError
from melodyrnn.files import replacing
from melodyrnn.training.trainer import Trainer

WINDOWS_A_POINT = 50


def draw_curve(history: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Bits a note over events, in training and on what was held out, as a PNG. OutputError if it cannot be written."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.add_subplot(xlabel="events heard", ylabel="bits per note")
    events = [row["events"] for row in history]
    axes.plot(events, [row["training"] for row in history], "--", color="grey", label="training, with dropout")
    for name in history[0]["bits_per_note"] if history else ():
        axes.plot(events, [row["bits_per_note"][name] for row in history], ".-", label=f"held out: {name}")
    if history:
        best = min(history, key=lambda row: float(row["mean"]))
        axes.axvline(best["events"], linewidth=0.8, color="black", label=f"kept: {best['mean']:.3f}")
    axes.grid(alpha=0.3)
    axes.legend()
    try:
        with replacing(path) as beside:
            figure.savefig(beside, format="png", dpi=120)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from None


class EventLog:
    """Writes a trainer's progress into a folder that TensorBoard reads."""

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ModuleNotFoundError:
            raise TrainingError('a log needs tensorboard: pip install "melodyrnn[log]"') from None
        try:
            self._writer = SummaryWriter(str(folder))
        except OSError as error:
            raise OutputError(f"{folder}: no log can be written there ({error.strerror or error})") from None
        self._windows = self._told = 0

    def report(self, trainer: Trainer) -> None:
        """To be called after each window: now and then a point of the training curve, and each validation once."""
        p = trainer.progress
        self._windows += 1
        if self._windows % WINDOWS_A_POINT == 0 and math.isfinite(p.training_nats):
            self._add("bits_per_note/training", trainer.training_bits(), p.events)
            self._add("learning_rate", trainer.learning_rate(), p.events)
            self._add("notes_per_second", p.events * trainer.notes_per_event / max(p.seconds, 1e-9), p.events)
        for row in p.history[self._told :]:
            for name, bits in row["bits_per_note"].items():
                self._add(f"bits_per_note/held out: {name}", bits, row["events"])
        self._told = len(p.history)

    def _add(self, name: str, value: float, events: int) -> None:
        self._writer.add_scalar(name, value, events)

    def close(self) -> None:
        """Write what is not yet written."""
        self._writer.close()
