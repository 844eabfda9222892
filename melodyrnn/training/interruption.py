"""Signals that end a run: after the present window, so that where it stands is a place to go on from."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from melodyrnn.errors import TrainingError
from melodyrnn.training.trainer import Trainer


@contextmanager
def stopped_by_signals(trainer: Trainer) -> Iterator[None]:
    """Meanwhile Ctrl-C and SIGTERM call `trainer.stop`; a second one acts at once, as it did before."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's alone
        return

    def stop(number: int, _: object) -> None:
        trainer.stop()
        signal.signal(number, before[number])

    before = {int(number): signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except TrainingError:
        if trainer.team.size > 1:  # the launcher now ends all processes; this one leaves by itself, and says why
            before[signal.SIGTERM] = signal.SIG_IGN
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
