"""Ports of our own at a real JACK server: what one process may connect to itself."""

import sys

HIMSELF = """
from melodyrnn.errors import PortError
from melodyrnn.ports.devices import open_input, open_output
heard = []
offered = open_input(None, "keys", lambda message, _: heard.append(message))
keyboard = open_output("keys")  # as a program does that plays on an input it offers
keyboard.send(bytes((0x90, 60, 90)))
keyboard.close()
offered.close()
out = open_output(None, "band")
try:
    open_input("band", None, lambda *_: None)
except PortError as error:
    print(heard, "band" in str(error).partition("there are ")[2])
out.close()
"""


def test_a_process_plays_on_its_own_input_and_does_not_listen_to_its_own_output(stage):
    ended = stage.command(sys.executable, "-c", HIMSELF)
    assert ended.stdout.strip() == f"{[bytes((0x90, 60, 90))]} False", ended.stderr
