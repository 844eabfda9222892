"""Timing on this machine: how late a message is sent, and how long the model takes for a note."""

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median, quantiles
from typing import Any

from melodyrnn.generation import MusicModel, Sampling
from melodyrnn.generation.generator import Generator
from melodyrnn.generation.threads import one_thread
from melodyrnn.live.session import SWITCH_SECONDS
from melodyrnn.live.time.clock import SystemClock

STEP_SECONDS = 0.01
EVENTS = 300


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Median, 99th percentile and greatest of some times, in milliseconds."""
    late = quantiles(seconds, n=100, method="inclusive")[98] if len(seconds) > 1 else seconds[0]
    middle, most = median(seconds), max(seconds)
    return {name: round(1000 * value, 4) for name, value in (("median_ms", middle), ("p99_ms", late), ("max_ms", most))}


def lateness(send: Callable[[], None], seconds: float) -> dict[str, float]:
    """Call `send` every hundredth of a second, as live playing would -> how late it was done each time."""
    clock, never, late = SystemClock(), threading.Event(), []
    start = clock.now() + STEP_SECONDS
    for step in range(int(seconds / STEP_SECONDS)):
        deadline = start + step * STEP_SECONDS
        clock.wait_until(deadline, never)
        send()
        late.append(clock.now() - deadline)
    return spread(late)


def event_seconds(model: MusicModel) -> list[float]:
    """How long the model takes for each of some events, from nothing: drawing one, and taking it in."""
    generator, times = Generator(model, 0, Sampling(), 0), []
    with one_thread():
        for _ in range(EVENTS):
            start = time.perf_counter()
            generator.push(generator.next_event())
            times.append(time.perf_counter() - start)
    return times


@contextlib.contextmanager
def load(model: MusicModel) -> Iterator[None]:
    """Meanwhile the model draws notes as fast as it can, and another process keeps a core busy."""
    stopping = threading.Event()

    def compose() -> None:
        generator = Generator(model, 0, Sampling(), 1)
        while not stopping.is_set():
            generator.push(generator.next_event())

    composing = threading.Thread(target=compose, daemon=True)
    interval = sys.getswitchinterval()
    with one_thread(), busy_process():
        sys.setswitchinterval(SWITCH_SECONDS)
        composing.start()
        try:
            yield
        finally:
            stopping.set()
            composing.join()
            sys.setswitchinterval(interval)


@contextlib.contextmanager
def busy_process() -> Iterator[subprocess.Popen[Any]]:
    """Another process that keeps a core busy. It ends when this one does."""
    ends_with_us = "import threading,sys,os\nthreading.Thread(target=lambda:(sys.stdin.read(),os._exit(0))).start()\n"
    process = subprocess.Popen([sys.executable, "-c", f"{ends_with_us}while True: pass"], stdin=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdin:
            process.stdin.close()
