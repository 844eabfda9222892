"""What a page sends is played into a port, each message at its time, and nothing sounds on."""

import json
import threading

import pytest
from starlette.websockets import WebSocketDisconnect

from melodyrnn import messages
from melodyrnn.errors import StudioError
from melodyrnn.live.testing import FakeClock, FakePort, sounding
from melodyrnn.messages import note_off, note_on
from melodyrnn.studio import port as port_module
from melodyrnn.studio import relay
from melodyrnn.studio.port import checked

HOST = {"host": "127.0.0.1:8765"}


def send(now, *timed):
    return {"now": now, "send": [[seconds, [*message]] for seconds, message in timed]}


class Slow(FakeClock):
    """A clock that stands at four seconds until something changes."""

    def wait_until(self, seconds, wake):
        if seconds > 4.0:
            wake.wait(30)
        else:
            super().wait_until(seconds, wake)


class Stopping(FakePort):
    """A port at which something happens once so many messages have come."""

    def __init__(self, clock, count, then):
        super().__init__(clock)
        self._count, self._then = count, then

    def send(self, message):
        super().send(message)
        if len(self.sent) == self._count:
            threading.Thread(target=self._then).start()


def relayed(*said, count, then="end"):
    """What a port gets of some lines; after `count` messages the input ends, or a line comes and then it ends."""
    clock = Slow()

    def finish():
        if then != "end":
            one.obey(then)
        one.end()

    sent = Stopping(clock, count, finish)
    one = relay.Relay(sent, clock)
    for line in said:
        one.obey(line)
    one.run()
    return sent.sent


def test_messages_leave_at_their_times_by_the_clock_of_the_page():
    sent = relayed(send(100.0, (100.5, note_on(0, 60, 90)), (101.0, note_off(0, 60))), count=2)
    assert sent[:2] == [(0.5, note_on(0, 60, 90)), (1.0, note_off(0, 60))]


def test_a_message_that_is_long_on_its_way_moves_no_other():
    clock = FakeClock()
    sent = Stopping(clock, 2, lambda: one.end())
    one = relay.Relay(sent, clock)
    one.obey(send(100.0, (101.0, note_on(0, 60, 90))))
    clock.advance_to(0.8)
    one.obey(send(100.5, (101.5, note_off(0, 60))))  # sent half a second later, and came 0.3 s late
    one.run()
    assert [seconds for seconds, _ in sent.sent[:2]] == [1.0, 1.5]


def test_of_one_time_notes_end_before_others_begin():
    again = send(
        0.0, (1.0, note_on(0, 60, 90)), (2.0, note_on(0, 60, 80)), (2.0, note_off(0, 60)), (3.0, note_off(0, 60))
    )
    sent = relayed(again, count=4)
    assert [message for _, message in sent[:4]] == [
        note_on(0, 60, 90),
        note_off(0, 60),
        note_on(0, 60, 80),
        note_off(0, 60),
    ]


@pytest.mark.parametrize("then", ["end", {"stop": True}, {"panic": True}])
def test_nothing_sounds_on_and_nothing_more_comes(then):
    chord = [(1.0, note_on(channel, 60 + channel, 90)) for channel in (0, 9)]
    sent = relayed(send(0.0, *chord, (5.0, note_on(0, 72, 90))), count=2, then=then)
    assert sounding(sent) == set()
    assert note_on(0, 72, 90) not in [message for _, message in sent]
    silent = {message[0] & 15 for _, message in sent if message[0] & 0xF0 == messages.CONTROL}
    assert silent == (set(messages.CHANNELS) if then == {"panic": True} else {0, 9})


def test_a_port_that_is_lost_is_told():
    told, lost = [], FakePort(FakeClock(), "synth")
    lost.lose()
    lines = ['{"now": 0, "send": [[0, [144, 60, 90]]]}']
    hold = threading.Event()

    def waiting():
        yield from lines
        hold.wait(30)

    relay.play(lost, FakeClock(), waiting(), told.append)
    hold.set()
    assert told == [{"type": "port", "port": "synth"}, {"type": "failed", "error": "synth: the port is lost"}]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        "[" * 100_000,
        "null",
        "{}",
        '{"stop": 1, "now": 0}',
        '{"now": 0, "send": [[0, [144, 60, 90]]], "more": 1}',
        '{"now": NaN, "send": []}',
        '{"now": 0, "send": [[11, [144, 60, 90]]]}',
        '{"now": 0, "send": [[-11, [144, 60, 90]]]}',
        '{"now": 0, "send": [[0, [144, 60]]]}',
        '{"now": 0, "send": [[0, [144, 60, 128]]]}',
        '{"now": 0, "send": [[0, [144, 60, 900]]]}',
        '{"now": 0, "send": [[0, [144, true, 90]]]}',
        '{"now": 0, "send": [[0, [240, 1, 247]]]}',
        '{"now": 0, "send": [[0, [248]]]}',
        '{"now": 0, "send": [[0, []]]}',
        '{"now": 0, "send": [[0]]}',
        '{"now": 0, "send": [7]}',
        '{"now": 0, "send": [' + ",".join(["[0, [144, 60, 90]]"] * 1001) + "]}",
    ],
)
def test_what_is_no_music_is_refused(text):
    with pytest.raises(StudioError):
        checked(text)


@pytest.mark.parametrize("asked", [{"stop": True}, {"panic": True}, send(3.5, (3.6, note_on(0, 60, 90)))])
def test_what_is_music_is_passed_on(asked):
    assert checked(json.dumps(asked)) == asked


def test_a_port_that_there_is_not_is_refused_in_one_line(client):
    with client.websocket_connect("/api/port?port=no such port", headers=HOST) as socket:
        told = socket.receive_json()
        assert told["type"] == "failed"
        assert "\n" not in told["error"]
        with pytest.raises(WebSocketDisconnect):
            socket.receive_json()


def test_a_page_of_another_site_gets_no_port(client):
    headers = {**HOST, "origin": "http://elsewhere.example"}
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/api/port?virtual=x", headers=headers):
        pass


def test_so_many_pages_have_ports_and_no_more(client, monkeypatch):
    monkeypatch.setattr(port_module, "MOST_OPEN", 0)
    with client.websocket_connect("/api/port", headers=HOST) as socket:
        assert socket.receive_json()["error"] == "busy: 0 pages play into ports"
        with pytest.raises(WebSocketDisconnect):
            socket.receive_json()
