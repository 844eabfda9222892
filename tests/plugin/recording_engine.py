"""An engine that writes down what the plugin tells it, a line each, and sends empty bars: `... FILE --memory N`."""

import os
import sys
import threading
import time

from melodyrnn.plugin.memory import Memory
from melodyrnn.plugin.protocol import Kind, Status


def main() -> None:
    """Write until stdin ends."""
    threading.Thread(target=lambda: (os.read(0, 1), os._exit(0)), daemon=True).start()
    with Memory(sys.argv[-1]) as memory, open(sys.argv[1], "a", encoding="utf-8") as file:
        memory.say(Status.READY, "recording")
        memory.save(b"saved by the engine")
        memory.attach()
        while True:
            memory.beat()
            for record in memory.receive():
                values = [Kind(record.kind).name, *record[1:9], record.data.hex(), record.wanted_from, *memory.given()]
                file.write(f"{values!r}\n")
                file.flush()
                if record.kind in (Kind.TRANSPORT, Kind.POSITION) and record.bar >= 0:
                    for bar in range(record.bar, record.bar + 3):
                        metre = record.numerator, record.denominator
                        memory.send_bar(record.generation, bar, metre, (), keep=True)
            memory.answer()
            time.sleep(0.001)


if __name__ == "__main__":
    main()
