"""Whatever happens to the host, the song or the engine: what sounds is ended, and music comes again."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from pathlib import Path

import pytest
from plugin.conftest import PATTERN_ENGINE
from plugin.rolls import expected_starts, sounded, starts

from melodyrnn.plugin.build import build
from melodyrnn.plugin.bundle import BINARIES
from melodyrnn.plugin.host import Host, Transport
from melodyrnn.plugin.protocol import Status

BAR = 96000
PATIENCE_SECONDS = 20


def sounding(messages):
    """How many notes sound after messages."""
    balance = Counter()
    for _, data in messages:
        if data[0] & 0xF0 in (0x80, 0x90):
            balance[data[0] & 15, data[1]] += 1 if data[0] & 0xF0 == 0x90 else -1
    assert set(balance.values()) <= {0, 1}
    return sum(balance.values())


def in_a_chord(host):
    """Play until several notes sound -> the messages so far."""
    host.go(speed=1.0)
    messages = host.play(BAR + 2000, 500)
    assert sounding(messages) > 2
    return messages


def in_real_time(host, seconds, block=480):
    """Run blocks as a sound card asks for them."""
    messages, begun = [], time.monotonic()
    for number in range(round(seconds * host.rate / block)):
        wait = begun + number * block / host.rate - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        messages += host.run(block)
    return messages


def engine_process(host, other_than=None):
    """The number of the engine's process, which the pattern engine says in its text."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        host.run(64)
        said = host.text.partition("process ")[2]
        if host.status == Status.READY and said and int(said) != other_than:
            return int(said)
        time.sleep(0.01)
    pytest.fail(f"the engine does not start: {host.status!r}, {host.text!r}")


@pytest.mark.parametrize(
    "happens",
    [
        lambda host: host.go(speed=0.0),
        lambda host: host.go(bar=9, beat=2.0, speed=0.0),
        lambda host: host.go(speed=-1.0),
        lambda host: host.go(bpm=0.0),
        lambda host: host.go(bpm=float("nan")),
        lambda host: host.go(bpm=float("inf")),
        lambda host: host.go(bpm=-120.0),
        lambda host: host.go(speed=float("nan")),
        lambda host: host.set("enabled", 0),
    ],
    ids=[
        "stop",
        "locate",
        "backwards",
        "tempo 0",
        "tempo nan",
        "tempo inf",
        "tempo -120",
        "nan",
        "bypass",
    ],
)
def test_what_sounds_ends_in_the_first_frame_of_the_next_block(host, happens):
    messages = in_a_chord(host)
    start = host.frame
    happens(host)
    ends = host.run(256)
    assert {frame for frame, _ in ends} == {start}
    assert sounding([*messages, *ends]) == 0


def test_what_sounds_when_the_host_stops_running_blocks_ends_when_it_runs_them_again(host):
    messages = in_a_chord(host)
    host.go(speed=0.0)
    host.activate()
    assert sounding([*messages, *host.run(1)]) == 0


def test_panic_ends_everything_on_every_channel(host):
    messages = in_a_chord(host)
    host.set("panic", 1)
    panic = host.run(1)
    assert sounding([*messages, *panic]) == 0
    assert {data[0] & 15 for _, data in panic if data[0] & 0xF0 == 0xB0 and data[1] == 123} == set(range(16))
    host.set("panic", 0)
    assert host.run(1) == []


def test_bypassed_it_passes_on_what_comes_in_and_plays_nothing(host):
    host.set("enabled", 0)
    host.go(speed=1.0)
    keys = [(3, b"\x90\x40\x40"), (90, b"\xb0\x01\x05"), (99, b"\x80\x40\x00")]
    assert host.run(100, keys) == keys
    assert host.play(BAR) == []
    host.set("enabled", 1)
    assert len(host.play(BAR)) > 30


def test_what_is_no_whole_message_goes_nowhere(host):
    broken = (b"\x90\x40", b"\x40\x40\x40", b"\x90\x40\x90", b"\xc0\x05\x05", b"\xf0\x01\xf7", b"\xf4")
    assert host.run(64, [(0, data) for data in broken]) == []
    whole = [(64, b"\xc0\x05"), (65, b"\xe0\x00\x40"), (66, b"\xfa"), (67, b"\xf2\x01\x01")]
    assert host.run(64, [(frame - 64, data) for frame, data in whole]) == whole


def test_a_key_that_was_passed_on_is_let_go_though_nothing_is_passed_on_any_more(host):
    assert host.run(64, [(0, b"\x90\x40\x40")]) == [(0, b"\x90\x40\x40")]
    host.set("through", 0)
    assert host.run(64, [(1, b"\x90\x41\x40"), (2, b"\x80\x41\x00"), (3, b"\x80\x40\x00")]) == [(67, b"\x80\x40\x00")]


def test_a_host_that_tells_no_transport_gets_no_music(new_host):
    host = new_host(tells="nothing")
    host.offline = True
    assert host.play(BAR, 4096) == []


def test_a_host_that_tells_no_bars_has_the_song_begin_at_its_first_frame(new_host):
    host = new_host(tells="frames")
    host.offline = True
    host.go(speed=1.0)
    played = sounded([*host.play(2 * BAR, 1000), *stopped(host)])
    assert starts(played) == list(expected_starts(0, 1, 0))


def stopped(host):
    """The messages of a block after a stop."""
    host.go(speed=0.0)
    return host.run(1)


def test_a_count_in_is_silent_and_the_song_begins_with_its_first_bar(host):
    host.go(speed=1.0, bar=-2)
    played = sounded([*host.play(3 * BAR, 777), *stopped(host)])
    assert starts(played) == list(expected_starts(0, 0, 2 * BAR))


@pytest.mark.parametrize("metre", [{"numerator": 0}, {"denominator": 0}, {"numerator": -3}, {"denominator": 1000}])
def test_a_time_signature_that_cannot_be_leaves_the_one_before(host, metre):
    host.go(speed=1.0)
    messages = host.play(BAR // 2)
    there = Transport(beat=2.0, speed=1.0, **metre)
    messages += host.run(BAR // 2, jumps=[(0, there)])
    host.transport = Transport(bar=1, speed=1.0)
    assert starts(sounded([*messages, *stopped(host)])) == list(expected_starts(0, 0, 0))


def test_an_absurd_place_is_survived(host):
    for place in (Transport(bar=1 << 40, speed=1.0), Transport(beat=1e300, speed=1.0), Transport(bar=-(1 << 40))):
        host.run(64, jumps=[(5, place)])
    host.go(speed=1.0, bar=0, beat=0.0, bpm=120.0)
    start = host.frame
    played = sounded([*host.play(BAR), *stopped(host)])
    assert starts(played) == list(expected_starts(0, 0, start))


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
def test_when_the_engine_dies_in_a_chord_nothing_hangs_and_the_music_goes_on(new_host, sent):
    host = new_host()
    process = engine_process(host)
    in_real_time(host, 0.3)
    host.go(speed=1.0, bpm=240.0)
    start = host.frame
    messages = in_real_time(host, 0.3)
    assert sounding(messages) > 0
    os.kill(process, sent)
    messages += in_real_time(host, 4.2)
    played = [*messages, *stopped(host)]
    assert engine_process(host, other_than=process) != process
    assert [note for note in starts(sounded(played)) if note[0] < start + 2 * BAR] == list(
        expected_starts(0, 3, start, bpm=240)
    )


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
@pytest.mark.parametrize(
    ("happens", "ends"),
    [
        (lambda host: host.go(bar=90, beat=0.0), "at once"),
        (lambda host: host.go(bar=2, beat=0.0, numerator=3), "at once"),
        (lambda host: host.set("part", 5), "by itself"),
    ],
    ids=["goes where nothing is composed", "another metre", "a parameter"],
)
def test_when_the_engine_is_dead_and_other_music_is_wanted_it_is_silent_until_another_engine_plays(
    new_host, sent, happens, ends
):
    host = new_host()
    process = engine_process(host)
    in_real_time(host, 0.3)
    host.go(speed=1.0)
    messages = in_real_time(host, 0.3)
    os.kill(process, sent)
    happens(host)
    block = host.run(480)
    assert sounding(messages) > 2
    messages += block
    assert (sounding(messages) == 0) == (ends == "at once")
    until = time.monotonic() + PATIENCE_SECONDS
    while host.status != Status.READY or f"process {process}" in host.text:
        assert time.monotonic() < until
        messages += in_real_time(host, 0.1)
    more = in_real_time(host, 1.0)
    assert any(data[0] & 0xF0 == 0x90 for _, data in more)
    assert sounding([*messages, *more, *stopped(host)]) == 0


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
def test_when_the_engine_dies_before_it_has_composed_anything_another_one_plays(new_host, sent):
    host = new_host()
    host.go(speed=1.0)
    until = time.monotonic() + PATIENCE_SECONDS
    while "process" not in host.text:
        assert time.monotonic() < until
        time.sleep(0.001)
    process = int(host.text.partition("process ")[2])
    os.kill(process, sent)
    assert host.run(480) == []
    assert engine_process(host, other_than=process) != process
    played = in_real_time(host, 1.0)
    assert any(data[0] & 0xF0 == 0x90 for _, data in played)
    assert sounding([*played, *stopped(host)]) == 0


def test_without_an_engine_it_says_so_is_silent_and_makes_no_export_wait(bundle):
    (bundle / "engine").unlink()
    with Host(bundle) as host:
        host.offline = True
        host.go(speed=1.0)
        begun = time.monotonic()
        while host.status != Status.NO_ENGINE:
            host.run(64)
            assert time.monotonic() < begun + PATIENCE_SECONDS
        assert host.play(10 * BAR) == []
        assert "melodyrnn plugin install" in host.text
    (bundle / "engine").write_text("/no/such/program\n")
    with Host(bundle) as host:
        host.offline = True
        host.go(speed=1.0)
        host.play(BAR)
        assert host.status == Status.NO_ENGINE


def test_an_engine_that_always_dies_is_tried_again_ever_more_seldom_and_hangs_nothing(bundle, tmp_path):
    log = tmp_path / "starts"
    (bundle / "engine").write_text(f"{sys.executable}\n-c\nopen({str(log)!r}, 'a').write('x')\n")
    with Host(bundle) as host:
        host.go(speed=1.0)
        assert in_real_time(host, 1.5) == []
    assert 2 <= len(log.read_text()) <= 6


def test_the_engine_ends_with_the_plugin_and_with_the_hosts_process(bundle, new_host):
    host = new_host()
    process = engine_process(host)
    host.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    program = textwrap.dedent(
        f"""
        import time
        from pathlib import Path
        from melodyrnn.plugin.host import Host
        host = Host(Path({str(bundle)!r}))
        while not host.text.startswith("process"):
            host.run(64)
            time.sleep(0.01)
        print(host.text, flush=True)
        time.sleep(60)
        """
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        process = int(running.stdout.readline().split()[1])
        running.kill()
    until = time.monotonic() + PATIENCE_SECONDS
    while Path(f"/proc/{process}").exists() and "Z" not in Path(f"/proc/{process}/stat").read_text().split()[2]:
        assert time.monotonic() < until
        time.sleep(0.01)


LATE_ENGINE = PATTERN_ENGINE.read_text().replace(
    "            if at is not None:",
    """            if at is not None and at.flags:
                asked = asked or time.monotonic()
                if "tells" in sys.argv:
                    memory.tell_progress()
            if asked and "tells" in sys.argv and time.monotonic() > asked + 1.5:""",
)
LATE_ENGINE = LATE_ENGINE.replace("        while True:\n", "        asked = 0.0\n        while True:\n")


@pytest.mark.parametrize("tells", ["tells", "is quiet"])
def test_an_export_waits_while_the_engine_composes_and_no_longer(bundle, tmp_path, tells):
    """With a plugin that waits for half a second, and an engine whose music comes after one and a half, or never."""
    build(bundle / BINARIES["lv2"], ["-DPATIENCE_SECONDS=0.5"])
    late = tmp_path / "late.py"
    late.write_text(LATE_ENGINE)
    (bundle / "engine").write_text(f"{sys.executable}\n{late}\n{tells}\n")
    with Host(bundle) as host:
        engine_process(host)
        host.offline = True
        host.go(speed=1.0)
        begun = time.monotonic()
        assert (sounding(host.play(BAR // 2)) > 0) == (tells == "tells")
        assert time.monotonic() < begun + PATIENCE_SECONDS
