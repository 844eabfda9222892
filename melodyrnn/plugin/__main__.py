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
REST_SECONDS = 0.002  # between two looks at the memory
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
    memory.attach()
    memory.beat()
    beaten = time.monotonic()
    try:
        engine = Engine(memory)
        while True:
            worked = engine.step()
            if time.monotonic() - beaten > BEAT_SECONDS:
                memory.beat()
                beaten = time.monotonic()
            if not worked:
                time.sleep(REST_SECONDS)
    except Exception as error:
        memory.say(Status.FAILED, f"the engine failed: {type(error).__name__}: {error}")
        raise


def _end_with_plugin() -> None:
    """End at once, whatever is being done, when the plugin's end of stdin is closed."""
    while os.read(0, 1):
        pass
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
