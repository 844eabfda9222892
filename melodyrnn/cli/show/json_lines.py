"""Long work told to another program: a line of JSON for each thing that happens."""

import json
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from melodyrnn.cli.show.text import say_on

if TYPE_CHECKING:
    from melodyrnn.corpus.styles import Corpus
    from melodyrnn.training.trainer import Progress, Trainer

PAUSE_SECONDS = 0.5  # between two lines on how far it is


def tell(event: str, **facts: Any) -> None:
    """Print one line."""
    say_on(json.dumps({"event": event, **facts}))


def telling_part(event: str) -> Callable[[float], None]:
    """A function to be told the part that is done, 0 to 1."""
    pause = _Pause()

    def report(part: float) -> None:
        if pause.is_over or part >= 1:
            tell(event, part=round(part, 4))

    return report


def tell_corpus(corpus: "Corpus") -> None:
    """What was read, and what was not."""
    kept = [*corpus.train.values(), *corpus.held_out.values()]
    skipped = [*corpus.skipped, *(each for pieces in kept for each in pieces.skipped)]
    tell(
        "read",
        pieces=sum(len(pieces.pieces) for pieces in kept),
        notes=sum(pieces.notes for pieces in kept),
        styles=[*corpus.styles],
        skipped=[{"path": path, "reason": reason} for path, reason in skipped],
    )


@contextmanager
def telling(trainer: "Trainer") -> "Iterator[Callable[[Progress, float], None]]":
    """Gives a function to be told of each window of training. Only the leading process speaks."""
    pause, told = _Pause(), 0

    def report(progress: "Progress", part: float) -> None:
        nonlocal told
        for validation in progress.history[told:]:
            tell(
                "validated",
                events=validation["events"],
                minutes=round(validation["seconds"] / 60, 2),
                bits=validation["mean"],
                training_bits=_finite(validation["training"]),
            )
        told = len(progress.history)
        if pause.is_over:
            bits = _finite(round(trainer.training_bits(), 4))
            tell("progress", part=round(part, 4), seconds_left=round(trainer.seconds_left), training_bits=bits)

    yield report if trainer.team.leads else lambda *_: None


def _finite(value: float) -> float | None:
    """The number, or None where JSON has none for it."""
    return value if math.isfinite(value) else None


class _Pause:
    """Between two lines."""

    def __init__(self) -> None:
        self._until = 0.0

    @property
    def is_over(self) -> bool:
        """Whether it is; then the next begins."""
        now = time.monotonic()
        if now < self._until:
            return False
        self._until = now + PAUSE_SECONDS
        return True
