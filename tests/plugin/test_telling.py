"""What the plugin tells its engine: where the song is, what comes in, what is asked for, and from which bar on."""

import ast
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from melodyrnn.plugin.host import Host, Transport
from melodyrnn.plugin.parameters import NUMBERS, PARAMETERS
from melodyrnn.plugin.protocol import TransportFlag

RECORDING_ENGINE = Path(__file__).with_name("recording_engine.py")
BAR, PULSE = 96000, 1000  # frames at 120 bpm and 48 kHz
EVERY_BAR = -(1 << 31)
PATIENCE_SECONDS = 20


class Told(NamedTuple):
    """A record as the engine received it."""

    kind: str
    generation: int
    bar: int
    flags: int
    pulse: float
    value: float
    number: int
    numerator: int
    denominator: int
    data: str
    wanted_from: int
    model: str
    state: bytes


@pytest.fixture
def log(bundle, tmp_path):
    """The file to which the engine writes."""
    file = tmp_path / "told"
    file.touch()
    (bundle / "engine").write_text(f"{sys.executable}\n{RECORDING_ENGINE}\n{file}\n")
    return file


@pytest.fixture
def host(log, new_host):
    """A host whose plugin answers each pulse, with an engine that knows all there is to know."""
    host = new_host()
    host.offline = True
    host.set("respond", 5)
    told_after(host, log, "TRANSPORT")
    host.run(1)
    host.run(1)
    return host


def told(log):
    """The records so far."""
    return [Told(*ast.literal_eval(line)) for line in log.read_text().splitlines()]


def told_after(host, log, kind, count=1):
    """The records once there are so many of a kind."""
    until = time.monotonic() + PATIENCE_SECONDS
    while sum(record.kind == kind for record in told(log)) < count:
        assert time.monotonic() < until, log.read_text()
        host.run(1)
        time.sleep(0.002)
    return told(log)


def settled(host, log, happens):
    """The records that follow from what happens, up to a message that is sent after it."""
    before = len(told(log))
    happens()
    host.run(1, [(0, b"\xb0\x77\x01")])
    until = time.monotonic() + PATIENCE_SECONDS
    while not any(record.data == "b0770100" for record in told(log)[before:]):
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.002)
    return [record for record in told(log)[before:] if record.data != "b0770100"]


def test_an_engine_is_told_all_when_it_comes(host, log):
    first = told(log)
    assert first[0].kind == "SYNC"
    values = {record.number: record.value for record in first if record.kind == "PARAMETER"}
    expected = {n: p.default for n, p in enumerate(PARAMETERS) if p.kind != "button"} | {NUMBERS["respond"]: 5}
    assert values == pytest.approx(expected)
    place = next(record for record in first if record.kind == "TRANSPORT")
    assert (place.bar, place.pulse, place.value, place.numerator, place.denominator) == (0, 0, 120, 4, 4)
    assert {record.wanted_from for record in first[: len(PARAMETERS)]} == {EVERY_BAR}


def test_keys_are_stamped_with_the_place_of_their_frame(host, log):
    keys = [(PULSE * 5 // 2, b"\x90\x3c\x40"), (BAR + 12 * PULSE, b"\x80\x3c\x00"), (BAR + 13 * PULSE, b"\xc1\x07")]

    def play():
        host.go(speed=1.0, bar=2, beat=0.0)
        host.run(BAR + 20 * PULSE, keys)

    received = [record for record in settled(host, log, play) if record.kind == "MIDI"]
    assert [(r.bar, pytest.approx(r.pulse), r.data) for r in received] == [
        (2, 2.5, "903c4000"),
        (3, 12.0, "803c0000"),
        (3, 13.0, "c1070000"),
    ]


@pytest.mark.parametrize("block", [64, 1000, 8192])
def test_each_pulse_is_told_once_and_in_order(host, log, block):
    def play():
        host.go(speed=1.0, bar=1, beat=3.0)
        host.play(48 * PULSE + 10, block)
        host.go(speed=0.0)

    places = [(r.bar, round(r.pulse, 3)) for r in settled(host, log, play) if r.kind == "POSITION"]
    assert places == [(1, pulse) for pulse in range(72, 96)] + [(2, pulse) for pulse in range(25)]


def test_start_stop_and_jump_are_told(host, log):
    def play():
        host.go(speed=1.0, bar=4, beat=1.0)
        host.run(64)
        host.go(bpm=90.0)
        host.run(64)
        host.go(bar=9, beat=0.0, numerator=3)
        host.run(64)
        host.go(speed=0.0)

    rows = [(r.bar, r.value, r.numerator, r.flags & ~TransportFlag.OFFLINE) for r in settled(host, log, play)
            if r.kind == "TRANSPORT"]  # fmt: skip
    rolls, jumps = TransportFlag.ROLLING, TransportFlag.ROLLING | TransportFlag.JUMP
    assert rows == [(4, 120, 4, jumps), (4, 90, 4, rolls), (9, 90, 3, jumps), (9, 90, 3, 0)]


@pytest.mark.parametrize(("pulse", "bars"), [(0, 1), (50, 1), (89, 1), (91, 2), (95, 2)])
def test_a_parameter_holds_from_the_next_bar_line_that_is_not_near(host, log, pulse, bars):
    host.go(speed=1.0, bar=3, beat=pulse / 24)
    host.run(1)
    changed = settled(host, log, lambda: host.set("temperature", 0.5))
    generation = told(log)[-1].generation
    row = next(record for record in changed if record.kind == "PARAMETER")
    assert (row.number, row.value) == (NUMBERS["temperature"], 0.5)
    assert (row.wanted_from, row.generation) == (3 + bars, generation)


def test_what_changes_no_note_asks_for_no_other_bars(host, log):
    generation = told(log)[-1].generation

    def change():
        host.set("through", 0)
        host.set("keep", 1)
        host.run(1)
        host.set("keep", 0)

    rows = [record for record in settled(host, log, change) if record.kind == "PARAMETER"]
    assert [(row.number, row.value) for row in rows] == [(NUMBERS["keep"], 1), (NUMBERS["through"], 0)]
    assert {row.generation for row in rows} == {generation}
    assert {row.wanted_from for row in rows} == {EVERY_BAR}


def test_a_state_and_a_model_are_given_and_saved_again(host, log, bundle):
    saved = host.save()
    assert saved["urn:melodyrnn:plugin#state"][1] == b"saved by the engine"
    given = {
        "urn:melodyrnn:plugin#state": (saved["urn:melodyrnn:plugin#state"][0], b"of a project"),
        "urn:melodyrnn:plugin#model": ("http://lv2plug.in/ns/ext/atom#Path", b"/music/mine.safetensors\0"),
    }
    rows = settled(host, log, lambda: host.restore(given))
    assert ("GIVEN", "/music/mine.safetensors", b"of a project") in {(r.kind, r.model, r.state) for r in rows}
    assert host.save() == given
    rows = settled(host, log, lambda: host.run(1, model="/music/other.safetensors"))
    assert ("GIVEN", "/music/other.safetensors", b"of a project") in {(r.kind, r.model, r.state) for r in rows}


def test_a_state_that_is_too_long_or_a_name_without_an_end_is_refused(host):
    before = host.save()
    chunk, path = "http://lv2plug.in/ns/ext/atom#Chunk", "http://lv2plug.in/ns/ext/atom#Path"
    host.restore({"urn:melodyrnn:plugin#model": (path, b"x" * 2000 + b"\0")})
    host.restore(
        {"urn:melodyrnn:plugin#model": (path, b"no end"), "urn:melodyrnn:plugin#state": (chunk, bytes(70_000))}
    )
    assert "urn:melodyrnn:plugin#model" not in host.save()
    assert before


def test_a_model_whose_name_is_too_long_is_one_that_is_missing(host, log):
    rows = settled(host, log, lambda: host.run(1, model="x" * 5000))
    assert [row.model for row in rows if row.kind == "GIVEN"] == ["x" * 1023]


def test_an_engine_that_reads_nothing_for_long_is_told_all_again(log, bundle, tmp_path):
    slow = tmp_path / "slow.py"
    text = RECORDING_ENGINE.read_text().replace("memory.attach()", "memory.attach(); time.sleep(0.9)")
    slow.write_text(text)
    (bundle / "engine").write_text(f"{sys.executable}\n{slow}\n{log}\n")
    with Host(bundle) as host:
        until = time.monotonic() + PATIENCE_SECONDS
        while host.text != "recording":
            assert time.monotonic() < until
            time.sleep(0.001)
        host.run(64)
        for number in range(6000):  # more than the ring holds
            host.run(64, [(0, bytes((0x90, number % 128, 64)))], jumps=[(1, Transport(bar=number % 7))])
        rows = told_after(host, log, "SYNC", 2)
    assert sum(row.kind == "MIDI" for row in rows) < 6000
