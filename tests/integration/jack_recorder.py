"""A program of its own that records what comes to MIDI ports of a JACK server. Run by the tests.

    python jack_recorder.py PORT[=SOURCE] ...

Offers recorder:PORT for each, and connects it to the port SOURCE as soon as there is one. Prints "ready", and then for
each message a line: seconds of time.monotonic, PORT, the bytes. Ends when its input does, or the server.
"""

import sys
import threading
import time
from collections import deque

import jack


def main() -> None:
    wanted = dict(argument.partition("=")[::2] for argument in sys.argv[1:])
    client = jack.Client("recorder", no_start_server=True)
    ports = [(client.midi_inports.register(name), name) for name in wanted]
    came: deque[tuple[float, str, bytes]] = deque()
    ended = threading.Event()

    @client.set_process_callback
    def process(_: int) -> None:
        start = time.monotonic() - client.frames_since_cycle_start / client.samplerate
        for port, name in ports:
            for frame, data in port.incoming_midi_events():
                came.append((start + frame / client.samplerate, name, bytes(data)))

    @client.set_shutdown_callback
    def shutdown(*_: object) -> None:
        ended.set()

    def end_with_input() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=end_with_input, daemon=True).start()
    client.activate()
    print("ready", flush=True)
    while True:
        done = ended.is_set()
        while came:
            seconds, name, data = came.popleft()
            print(f"{seconds:.6f} {name} {data.hex()}")
        sys.stdout.flush()
        if done:
            return
        for port, name in ports:
            source = wanted[name]
            if source and source in {p.name for p in client.get_ports(is_midi=True, is_output=True)}:
                client.connect(source, port)
                wanted[name] = ""
        time.sleep(0.01)


main()
