"""The `--controls` option: a TOML file that says which controller does what, read, or written by moving them."""

import queue
import sys
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from melodyrnn import messages
from melodyrnn.cli.show.text import say
from melodyrnn.errors import MelodyRnnError, OptionError, count
from melodyrnn.files import check_writable, replacing
from melodyrnn.live.wire.controls import NAMES, Control, read_controls
from melodyrnn.live.wire.ports import OpenInput

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LARGEST_TABLE = 100_000  # bytes
LEARN_SECONDS = 10.0  # for each control; one that nothing is moved for is left out


def load_controls(path: Path) -> tuple[Control, ...]:
    """The controls that a file names. OptionError says what is wrong in it, and where."""
    try:
        if path.exists() and not path.is_file():
            raise OptionError("is no file")  # a pipe might never end
        with path.open("rb") as file:
            data = file.read(LARGEST_TABLE + 1)
        if len(data) > LARGEST_TABLE:
            raise OptionError(f"larger than {LARGEST_TABLE:,} bytes, the limit of a table of controls")
        return read_controls(tomllib.loads(data.decode("utf-8")))
    except OSError as error:
        raise OptionError(f"{path}: cannot be read ({error.strerror or error})") from None
    except (UnicodeDecodeError, RecursionError):
        raise OptionError(f"{path}: not a TOML file in UTF-8") from None
    except (ValueError, OptionError) as error:  # no TOML, or no control of ours
        raise OptionError(f"{path}: {error}") from None


def learn_controls(open_input: OpenInput, path: Path, overwrite: bool) -> None:
    """Ask for one controller after the other, and write what was moved."""
    check_writable([path], overwrite)
    heard: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    port = open_input(lambda message, _: heard.put(message))
    try:
        learned = choose_controllers(heard, LEARN_SECONDS)
    finally:
        port.close()
    if not learned:
        raise MelodyRnnError(f"{port.name}: no controller was moved; nothing was written")
    with replacing(path) as beside:
        beside.write_text(as_toml(learned), "utf-8")
    say(f"{path}: {count(len(learned), 'control')}")


def choose_controllers(
    heard: "queue.SimpleQueue[bytes]", seconds: float, say: Callable[[str], None] = say
) -> list[Control]:
    """The first controller that is moved when a control is asked for, and was not taken before, is that control.

    Ctrl-C ends the asking.
    """
    learned: list[Control] = []
    with suppress(KeyboardInterrupt):
        for name in NAMES:
            say(f"{name}: move its controller, or wait {seconds:g} seconds for the next; Ctrl-C writes those so far")
            moved = _moved(heard, seconds, {(control.channel, control.controller) for control in learned})
            if moved is None:
                say("  left out")
            else:
                channel, controller = moved
                learned.append(Control(name, controller, channel))
                say(f"  controller {controller} on channel {channel + 1}")
    return learned


def _moved(
    heard: "queue.SimpleQueue[bytes]", seconds: float, taken: Collection[tuple[int | None, int]]
) -> tuple[int, int] | None:
    """(channel, number) of the controller that is moved within so many seconds; others may be heard meanwhile."""
    until = time.monotonic() + seconds
    with suppress(queue.Empty):
        while True:
            message = heard.get(timeout=max(until - time.monotonic(), 0))
            if messages.is_whole(message) and message[0] & 0xF0 == messages.CONTROL:
                moved = message[0] & 15, message[1]
                if moved not in taken:
                    return moved
    return None


def as_toml(controls: list[Control]) -> str:
    """The table as it is written to a file; ranges are left to be added by hand."""
    head = "# Which controller does what in `melodyrnn live`. A range may be added: low = 0.5, high = 2\n"
    entries = [
        f"\n[{control.name}]\ncontroller = {control.controller}\nchannel = {(control.channel or 0) + 1}\n"
        for control in controls
    ]
    return head + "".join(entries)
