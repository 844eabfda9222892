"""Signals that end a run: after the present window, so that where it stands is a place to go on from."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from melodyrnn.errors import TrainingError
from melodyrnn.training.trainer import Trainer


@contextmanager
def calling_on_signals(stop: Callable[[], None], once: bool = False) -> Iterator[dict[int, Any]]:
    """Meanwhile Ctrl-C and SIGTERM call `stop`. A second one acts at once, as it did before, or, `once`, never.

    Gives the handlers that there were, and that will be there again.
    """
    if threading.current_thread() is not threading.main_thread():
        yield {}  # signals are the main thread's alone
        return

    def act(number: int, _: object) -> None:
        stop()
        if once:
            before.update(dict.fromkeys(before, signal.SIG_IGN))
        else:
            signal.signal(number, before[number])

    before: dict[int, Any] = {int(number): signal.signal(number, act) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield before
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def stopped_by_signals(trainer: Trainer) -> Iterator[None]:
    """Meanwhile Ctrl-C and SIGTERM call `trainer.stop`. One alone ends at once where there comes a second.

    Under a launcher there always comes one: it passes on what the terminal has sent to all processes already.
    """
    together = trainer.team.size > 1
    with calling_on_signals(trainer.stop, once=together) as before:
        try:
            yield
        except TrainingError:
            if together:  # the launcher now ends all processes; this one leaves by itself, and says why
                before[signal.SIGTERM] = signal.SIG_IGN
            raise
