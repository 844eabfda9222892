"""Signals that end a command which plays: what it began is ended first."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ENDING_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


@contextmanager
def ending_on_signals(end: Callable[[], object]) -> Iterator[None]:
    """Meanwhile Ctrl-C, a polite kill and a closed terminal call `end`; then the handlers before are back.

    `end` must take no lock: the thread that it interrupts may hold it just then.
    """
    numbers = [getattr(signal, name) for name in ENDING_SIGNALS if hasattr(signal, name)]
    before = {number: signal.signal(number, lambda *_: end()) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)  # None: not set by Python
