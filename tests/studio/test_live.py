"""Live playing on the page: what it shows is what the port was sent, and wrong calls play nothing."""

import threading

import pytest

from melodyrnn import messages
from melodyrnn.errors import PortError
from melodyrnn.live.testing import FakeClock, FakePort, sounding
from melodyrnn.midi import read_song
from melodyrnn.ports import devices
from melodyrnn.studio import playing
from melodyrnn.studio.calls.live import BUTTONS

OPTIONS = {
    "clock": "internal",
    "clock_only": False,
    "reading": "played",
    "harmony": False,
    "look_ahead": 192,
    "with_seed": False,
    "style": "drums",
    "tempo": 1000,
    "random_seed": 4,
}


@pytest.fixture
def port(monkeypatch):
    made = FakePort(FakeClock(), "synth")
    monkeypatch.setattr(devices, "open_output", lambda *_: made)
    return made


class Page:
    """What a session told, and the lines that it gets once it has told that notes were sent."""

    def __init__(self, *lines: str) -> None:
        self.told, self._lines = [], lines
        self.seed = None
        self._sent, self._over = threading.Event(), threading.Event()

    def play(self, tmp_path, **options) -> list[dict]:
        """Play -> what it told."""
        asked = {
            "options": {**OPTIONS, **options},
            "ports": {"port": "synth", "virtual": None, "input": None},
            "seed_path": self.seed and str(self.seed),
            "seed_name": self.seed and self.seed.name,
            "record": str(tmp_path / "live.mid"),
        }
        try:
            playing.play(asked, self, self._hear)
        finally:
            self._over.set()
        return self.told

    def _hear(self, message: dict) -> None:
        self.told.append(message)
        if message["type"] == "sent":
            self._sent.set()

    def __iter__(self):
        self._sent.wait(60)
        yield from self._lines
        if not self._lines:
            self._over.wait(60)


def test_the_page_is_told_exactly_what_was_sent(port, tmp_path):
    told = Page().play(tmp_path, bars=4)
    sent = [message for message in told if message["type"] == "sent"]
    begun = [(note[1], note[3], note[4]) for message in sent for note in message["notes"]]
    ended = [(note[1], note[2]) for message in sent for note in message["ended"]]
    out = [message for _, message in port.sent]
    assert begun == [(m[1], m[2], m[0] & 15) for m in out if m[0] & 0xF0 == messages.NOTE_ON]
    assert ended == [(m[1], m[0] & 15) for m in out if m[0] & 0xF0 == messages.NOTE_OFF]
    assert begun
    assert sounding(port.sent) == set()
    assert read_song(tmp_path / "live.mid").note_count == len(begun)


def test_the_file_has_the_names_of_the_parts_that_it_goes_on_from(port, tmp_path, midi_samples):
    page = Page()
    page.seed = midi_samples / "minuet_in_g.mid"
    page.play(tmp_path, bars=2, style="any", stay=0)
    assert {track.name for track in read_song(tmp_path / "live.mid").tracks} <= {"Right hand", "Left hand"}


def test_it_shows_where_it_is_and_what_is_composed_ahead(port, tmp_path):
    told = Page().play(tmp_path, bars=4)
    live = [message["live"] for message in told if message["type"] == "live"]
    assert (live[0]["state"], live[0]["port"], live[0]["bpm"], live[0]["bar_pulses"]) == ("playing", "synth", 1000, 96)
    assert 0 < live[-1]["notes_sent"] <= sum(len(message["notes"]) for message in told if message["type"] == "sent")
    ahead = [message for message in told if message["type"] == "ahead"]
    assert any(message["notes"] for message in ahead)
    assert max(message["until_pulse"] for message in ahead) >= 4 * 96


def test_buttons_and_knobs_act_and_the_end_of_its_input_ends_it(port, tmp_path):
    page = Page('{"knobs": {"tempo": 600, "style": "polka"}}\n', '{"press": "panic", "bars": 4}\n')
    told = page.play(tmp_path)
    assert sounding(port.sent) == set()
    reports = [message["text"] for message in told if message["type"] == "report"]
    assert any(text.startswith("style 'polka': must be one of") for text in reports)
    assert any("tempo 600" in text for text in reports)
    assert any("panic" in text for text in reports)


def test_a_port_that_is_not_there_is_an_error(tmp_path, monkeypatch):
    def nowhere(*_):
        raise PortError("no port called synth")

    monkeypatch.setattr(devices, "open_output", nowhere)
    with pytest.raises(PortError):
        Page().play(tmp_path)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({}, "port: give a port"),
        ({"port": "a", "virtual": "b"}, "port: give a port"),
        ({"port": "a", "clock": "sundial"}, "clock 'sundial'"),
        ({"port": "a", "respond": 4}, "need an input"),
        ({"port": "a", "input": "b", "respond": 65}, "respond 65: must be 1 to 64"),
        ({"port": "a", "input": "b", "respond": "now"}, "respond 'now'"),
        ({"port": "a", "input": "b", "respond": 2, "harmony": True}, "exclude each other"),
        ({"port": "a", "with_seed": True}, "with_seed needs a seed"),
        ({"port": "a", "options": {"bars": 4}}, "'bars' is no option of live playing"),
        ({"port": "a", "options": {"tempo": 1}}, "tempo 1: must be 10 to 1000"),
        ({"port": "a", "options": {"metre": 3}}, "metre: must be like 3/4"),
        ({"port": "a", "options": {"model": "/etc/passwd"}}, "model '/etc/passwd'"),
        ({"port": 5}, "port: must be string or null"),
    ],
)
def test_a_wrong_call_plays_nothing(client, asked, reason):
    answer = client.post("/api/live", json=asked)
    assert answer.status_code == 400
    assert reason in answer.json()["error"]
    assert client.get("/api/state").json()["live"]["state"] == "stopped"


def test_a_port_that_nobody_has_is_told_in_one_line(client):
    answer = client.post("/api/live", json={"port": "no such port", "options": {"style": "drums"}})
    assert answer.status_code == 409
    assert client.get("/api/state").json()["live"] == {"state": "stopped", "error": answer.json()["error"]}


@pytest.mark.parametrize(
    ("path", "asked", "status"),
    [
        ("knobs", {"density": 200}, 400),
        ("knobs", {"volume": 1}, 400),
        ("knobs", {"density": True}, 400),
        ("knobs", {"style": "nope"}, 400),
        ("knobs", {"style": "folk"}, 409),
        ("knobs", {"density": 2}, 409),
        ("press", {}, 400),
        ("press", {"button": "eject"}, 400),
        ("press", {"button": "again", "bars": 65}, 400),
        *(("press", {"button": button}, 409) for button in BUTTONS),
    ],
)
def test_knobs_and_buttons_have_ranges_and_need_a_session(client, path, asked, status):
    answer = client.post(f"/api/live/{path}", json=asked)
    assert answer.status_code == status
    assert list(answer.json()) == ["error"]


def test_stopping_what_does_not_play_is_no_error(client):
    assert client.delete("/api/live").status_code == 204
    assert client.get("/api/live/take.mid").status_code == 404
