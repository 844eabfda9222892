"""What other threads tell the player, and what it tells them."""

from typing import NamedTuple

from melodyrnn.live.wire.ports import OutputPort


class MidiIn(NamedTuple):
    """A MIDI message that came in, and when."""

    message: bytes
    at_seconds: float


class PortLost(NamedTuple):
    """The port is not there any more."""

    port: OutputPort


class PortFound(NamedTuple):
    """The port is there (again)."""

    port: OutputPort


class InputLost(NamedTuple):
    """An input is gone: what was held on it is not any more."""


class Notice(NamedTuple):
    """Something that a listener may want to know of, or that a take must tell to be made again: from which bar on."""

    bar: int
    text: str
