"""A program of its own that records what comes to ports of a JACK server. Run by the tests.

    python jack_recorder.py [--audio FILE=SOURCE] PORT[=SOURCE] ...

Offers recorder:PORT for MIDI, each, and connects it to the port SOURCE as soon as there is one. Prints "ready", and
then for each message a line: seconds of time.monotonic, the server's frame, PORT, the bytes. Sound goes to FILE: 32-bit
floats, from the frame on that the last line tells. Ends when its input does, or the server.
"""

import sys
import threading
import time
from collections import deque
from pathlib import Path

import jack

FRAME_BYTES = 4
ATTEMPTS = 3


def main() -> None:
    arguments = sys.argv[1:]
    sound = arguments[1].partition("=") if arguments[0] == "--audio" else None
    wanted = dict(argument.partition("=")[::2] for argument in arguments[2 if sound else 0 :])
    client = jack.Client("recorder", no_start_server=True)
    ports = [(client.midi_inports.register(name), name) for name in wanted]
    audio = client.inports.register("audio") if sound else None
    came: deque[tuple[float, int, str, bytes]] = deque()
    blocks: list[tuple[int, bytes]] = []
    ended = threading.Event()

    @client.set_process_callback
    def process(_: int) -> None:
        start, first = time.monotonic() - client.frames_since_cycle_start / client.samplerate, client.last_frame_time
        for port, name in ports:
            for offset, data in port.incoming_midi_events():
                came.append((start + offset / client.samplerate, first + offset, name, bytes(data)))
        if audio:
            blocks.append((first, bytes(audio.get_buffer())))

    @client.set_shutdown_callback
    def shutdown(*_: object) -> None:
        ended.set()

    def end_with_input() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=end_with_input, daemon=True).start()
    activate(client)
    if sound:
        client.connect(sound[2], audio)
    sys.stdout.write("ready\n")
    while True:
        done = ended.is_set()
        while came:
            seconds, frame, name, data = came.popleft()
            sys.stdout.write(f"{seconds:.6f} {frame} {name} {data.hex()}\n")
        sys.stdout.flush()
        if done:
            break
        for port, name in ports:
            source = wanted[name]
            if source and source in {p.name for p in client.get_ports(is_midi=True, is_output=True)}:
                client.connect(source, port)
                wanted[name] = ""
        time.sleep(0.01)
    if sound and blocks:
        write_sound(Path(sound[0]), blocks)


def activate(client: jack.Client) -> None:
    """On a busy machine JACK may find that its own thread did not start in a second."""
    for _ in range(ATTEMPTS - 1):
        try:
            return client.activate()
        except jack.JackError:
            continue
    return client.activate()


def write_sound(path: Path, blocks: list[tuple[int, bytes]]) -> None:
    """Write the blocks where their frames are, and silence where the server left some out."""
    first, (last, end) = blocks[0][0], blocks[-1]
    samples = bytearray((last - first) * FRAME_BYTES + len(end))
    for frame, block in blocks:
        at = (frame - first) * FRAME_BYTES
        samples[at : at + len(block)] = block
    path.write_bytes(samples)
    sys.stdout.write(f"sound from frame {first}\n")


main()
