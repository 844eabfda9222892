"""The engine's process: it starts, plays, prints nothing, and ends with the plugin, however that ends."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from melodyrnn.plugin.protocol import Status
from melodyrnn.plugin.testing import HEADER, EngineProcess, FakePlugin

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the memory is passed as a file descriptor")
ROOT = Path(__file__).parents[2]
SECONDS = 60

# A host that starts an engine, says its process number, and waits to be killed.
HOST = """
import time
from melodyrnn.plugin.testing import EngineProcess
plugin = EngineProcess(random_seed=1)
plugin.start()
plugin.settle()
print(plugin.process.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def plugin(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    plugin = EngineProcess(random_seed=1)
    yield plugin
    plugin.process.kill()
    plugin.process.communicate()


def ends(pid: int) -> bool:
    """Whether a process that is no child of this one has ended, within a while."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    return False


def test_it_plays_as_the_engine_in_this_process_does_and_prints_nothing(plugin):
    plugin.start()
    plugin.roll_to(2)
    same = FakePlugin(random_seed=1)
    same.start()
    same.roll_to(2)
    assert plugin.notes(range(2)) == same.notes(range(2))
    assert any(plugin.notes(range(2)))
    assert plugin.status == Status.READY
    beats = plugin.beats()
    until = time.monotonic() + SECONDS
    while plugin.beats() < beats + 3 and time.monotonic() < until:
        time.sleep(0.01)
    assert plugin.beats() >= beats + 3
    assert plugin.close() == (0, b"")


def test_it_ignores_what_the_host_is_interrupted_by(plugin):
    plugin.start()
    for number in (signal.SIGINT, signal.SIGHUP):
        plugin.process.send_signal(number)
    plugin.settle()
    assert plugin.process.poll() is None
    assert plugin.close() == (0, b"")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="/proc tells whether a process has ended")
def test_it_ends_when_the_host_is_killed(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    host = subprocess.Popen([sys.executable, "-c", HOST], stdout=subprocess.PIPE, text=True)
    try:
        pid = int(host.stdout.readline())
        assert Path(f"/proc/{pid}").is_dir()
    finally:
        host.kill()
        host.communicate()
    assert ends(pid)


@pytest.mark.parametrize("arguments", [(), ("--memory",), ("--mem", "3"), ("--memory", "3", "4")])
def test_other_arguments_are_refused(arguments, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    run = subprocess.run(
        [sys.executable, "-m", "melodyrnn.plugin", *arguments], stdin=subprocess.PIPE, capture_output=True, check=False
    )
    assert (run.returncode, run.stdout, run.stderr) == (2, b"", b"")


@pytest.mark.parametrize("field", HEADER)
def test_a_memory_of_another_version_is_left_alone(field, monkeypatch):
    monkeypatch.setitem(HEADER, field, 77)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setattr(EngineProcess, "_wait_for_engine", lambda self: self.process.wait(SECONDS))
    plugin = EngineProcess()
    assert plugin.close() == (1, b"")
    assert not plugin.bars
    assert plugin.status == (Status.STARTING if field == "magic" else Status.WRONG_VERSION)


def test_the_engine_asks_for_no_heavy_library():
    code = "import sys, json, melodyrnn.plugin.engine; print(json.dumps([*sys.modules]))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=ROOT)
    loaded = {name.partition(".")[0] for name in json.loads(run.stdout)}
    assert loaded & {"torch", "scipy", "matplotlib", "pandas", "click", "rich", "pretty_midi", "rtmidi"} == set()
