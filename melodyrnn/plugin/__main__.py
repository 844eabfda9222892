"""The engine's process: `python -m melodyrnn.plugin --memory N`. The plugin starts it, and it ends with the plugin.

It prints nothing: what there is to say stands in the memory.
"""

import os
import signal
import sys
import threading
import time

from melodyrnn.errors import PluginError
from melodyrnn.generation.threads import one_thread
from melodyrnn.plugin.engine import Engine
from melodyrnn.plugin.memory import Memory
from melodyrnn.plugin.protocol import Status

BEAT_SECONDS = 0.05
LONGEST_STEP_SECONDS = 20.0  # longer than any step takes on a busy machine: then the heart stops
REST_SECONDS, LONGEST_REST_SECONDS = 0.001, 0.016  # between two looks at the memory: doubled while nothing comes
IGNORED = ("SIGINT", "SIGHUP")  # they are meant for the host
ARGUMENTS = 3


def main() -> int:
    """Compose until the plugin is gone. 0, or 1 if there is no such memory, or 2 for other arguments."""
    if len(sys.argv) != ARGUMENTS or sys.argv[1] != "--memory":
        return 2
    for name in IGNORED:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    threading.Thread(target=_end_with_plugin, daemon=True).start()
    try:
        with Memory(sys.argv[2]) as memory, one_thread():
            _run(memory)
    except PluginError:
        return 1
    return 0


def _run(memory: Memory) -> None:
    heart = Heart(memory)
    memory.attach()
    heart.start()
    try:
        engine, rest = Engine(memory), REST_SECONDS
        while True:
            heart.stepped = time.monotonic()
            if engine.step():
                rest = REST_SECONDS
            else:
                time.sleep(rest)
                rest = min(2 * rest, LONGEST_REST_SECONDS)
    except Exception as error:
        memory.say(Status.FAILED, f"the engine failed: {type(error).__name__}: {error}")
        raise


class Heart(threading.Thread):
    """Beats while the engine takes its steps, of which one may last longer than the plugin waits for a beat."""

    def __init__(self, memory: Memory) -> None:
        super().__init__(daemon=True)
        self.stepped = time.monotonic()
        self._memory = memory

    def run(self) -> None:
        """Beat until a step lasts too long."""
        while time.monotonic() < self.stepped + LONGEST_STEP_SECONDS:
            self._memory.beat()
            time.sleep(BEAT_SECONDS)


def _end_with_plugin() -> None:
    """End at once, whatever is being done, when the plugin's end of stdin is closed."""
    while os.read(0, 1):
        pass
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
