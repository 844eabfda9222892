"""Playing known music into a port: absolute deadlines, and no note left on any way out."""

from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.errors import PortError
from melodyrnn.live.playback import LEAD_SECONDS, play_messages
from melodyrnn.live.testing import FakeClock, FakePort
from melodyrnn.messages import note_off, note_on, program

TUNE = [
    (0.0, program(0, 40)),
    (0.0, note_on(0, 60, 80)),
    (0.0, note_on(9, 36, 80)),
    (0.5, note_off(0, 60)),
    (0.5, note_on(0, 64, 70)),
    (0.5, note_on(9, 36, 0)),
    (1.25, note_off(0, 64)),
]


def sounding(sent):
    """The notes that began and did not end; one of velocity 0 is an end."""
    keys = set()
    for _, message in sent:
        if message[0] & 0xE0 == 0x80:
            begins = message[0] & 0xF0 == 0x90 and message[2]
            (keys.add if begins else keys.discard)((message[0] & 15, message[1]))
    return keys


def test_every_message_leaves_at_its_time():
    clock = FakeClock(7.0)
    port = FakePort(clock)
    assert play_messages(TUNE, port, clock, Event()) == 3
    sent = port.sent[: len(TUNE)]
    assert [message for _, message in sent] == [message for _, message in TUNE]
    assert [at - 7.0 - LEAD_SECONDS for at, _ in sent] == pytest.approx([seconds for seconds, _ in TUNE])
    assert sounding(port.sent) == set()


class Interruption(BaseException):
    """As Ctrl-C is."""


@given(st.integers(0, len(TUNE) - 1), st.sampled_from(["stop", "interrupt"]))
def test_wherever_it_is_ended_no_note_is_left(place, how):
    clock, stopping = FakeClock(), Event()
    port = FakePort(clock)

    def messages():
        yield from TUNE[:place]
        if how == "interrupt":
            raise Interruption
        stopping.set()
        yield TUNE[place]

    if how == "interrupt":
        with pytest.raises(Interruption):
            play_messages(messages(), port, clock, stopping)
    else:
        play_messages(messages(), port, clock, stopping)
    assert sounding(port.sent) == set()


def test_a_lost_port_is_an_error_in_one_line():
    clock = FakeClock()
    port = FakePort(clock, "synth")

    def messages():
        yield TUNE[0]
        port.lose()
        yield from TUNE[1:]

    with pytest.raises(PortError, match=r"^synth: the port is lost$"):
        play_messages(messages(), port, clock, Event())
