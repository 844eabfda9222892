"""The messages that other threads send to the player, and those that it leaves for them."""

from typing import NamedTuple, TypeAlias

from melodyrnn.live.wire.controls import Chosen, Pressed, Turned
from melodyrnn.live.wire.line import Line
from melodyrnn.live.wire.ports import OutputPort


class MidiIn(NamedTuple):
    """A MIDI message that came in, and when."""

    message: bytes
    at_seconds: float


class PortLost(NamedTuple):
    """The port of a line is not there any more."""

    line: Line
    port: OutputPort


class PortFound(NamedTuple):
    """The port of a line is there again."""

    line: Line
    port: OutputPort


class InputLost(NamedTuple):
    """An input is gone: keys held on it are not held any more."""


Posted: TypeAlias = MidiIn | PortLost | PortFound | InputLost | Turned | Pressed | Chosen
"""Everything that may be posted to a player. The last three come from a page; controllers send theirs as MidiIn."""


class Notice(NamedTuple):
    """A change, from a bar on: for the user, and for a take to be made again."""

    bar: int
    text: str
