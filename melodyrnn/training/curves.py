"""The curves of a run: a picture of its loss and, if wanted, a log for TensorBoard."""

import math
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

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
    with replacing(path) as beside:
        figure.savefig(beside, format="png", dpi=120)


class EventLog:
    """Writes a trainer's progress into a folder that TensorBoard reads, each point as it comes.

    Nothing is written before the first. Where one cannot be written, the log ends.
    """

    def __init__(self, folder: Path) -> None:
        """TrainingError without tensorboard, OutputError for a folder that cannot be written to."""
        if find_spec("tensorboard") is None:
            raise TrainingError('a log needs tensorboard: pip install "melodyrnn[log]"')
        there = folder.absolute()
        try:
            while not there.exists():
                there = there.parent
            with tempfile.TemporaryFile(dir=there):
                pass
        except OSError as error:
            raise OutputError(f"{folder}: no log can be written there ({error.strerror or error})") from None
        self._ended = False
        self._folder = folder
        self._file: IO[bytes] | None = None
        self._windows = self._told = 0

    def report(self, trainer: Trainer) -> str:
        """To be called after each window: now and then a point of the training curve, and each validation once.

        Gives, once, why the log ends; else nothing.
        """
        p = trainer.progress
        self._windows += 1
        values: list[tuple[str, float, int]] = []
        if self._windows % WINDOWS_A_POINT == 0 and math.isfinite(p.training_nats):
            values.append(("bits_per_note/training", trainer.training_bits(), p.events))
            values.append(("learning_rate", trainer.learning_rate(), p.events))
            values.append(("notes_per_second", p.events * trainer.notes_per_event / max(p.seconds, 1e-9), p.events))
        for row in p.history[self._told :]:
            for name, bits in row["bits_per_note"].items():
                values.append((f"bits_per_note/held out: {name}", bits, row["events"]))
        self._told = len(p.history)
        if values and not self._ended:
            try:
                self._write(values)
            except OSError as error:
                self._ended = True
                return f"{self._folder}: the log ends here ({error.strerror or error})"
        return ""

    def _write(self, values: list[tuple[str, float, int]]) -> None:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.summary.writer.record_writer import RecordWriter

        now = time.time()
        points = [
            Event(wall_time=now, step=step, summary=Summary(value=[Summary.Value(tag=tag, simple_value=value)]))
            for tag, value, step in values
        ]
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = open(self._folder / f"events.out.tfevents.{now:.6f}.{os.getpid()}", "xb")  # noqa: SIM115
            points.insert(0, Event(wall_time=now, file_version="brain.Event:2"))
        writer = RecordWriter(self._file)
        for point in points:
            writer.write(point.SerializeToString())
        self._file.flush()

    def close(self) -> None:
        """Nothing more is to come."""
        if self._file is not None:
            with suppress(OSError):  # has been said
                self._file.close()
