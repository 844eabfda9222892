"""`melodyrnn studio`: what keeps it from starting is told in one line."""

import socket
import sys

import pytest

pytest.importorskip("uvicorn", reason="the studio needs the extra studio")


def test_without_its_libraries_it_says_what_to_install(run, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("melodyrnn.studio.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    ended = run("studio", "--no-browser")
    assert ended.exit_code == 1
    assert ended.err == 'error: the studio needs uvicorn: pip install "melodyrnn[studio]"\n'


def test_a_port_that_is_taken_is_told(run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run("studio", "--no-browser", "--port", port)
    assert ended.exit_code == 1
    assert ended.err.startswith(f"error: 127.0.0.1, port {port}: cannot be served")
    assert "--port" in ended.err


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--host", "example.org"), "host example.org: must be an address, such as 127.0.0.1"),
        (("--host", "203.0.113.7"), "203.0.113.7, port 8765: cannot be served"),
        (("--folder", "nowhere"), "nowhere: no such folder"),
    ],
)
def test_what_cannot_be_served_is_told(run, options, reason):
    ended = run("studio", "--no-browser", *options)
    assert ended.exit_code == 1
    assert ended.err.startswith(f"error: {reason}")
    assert ended.err.count("\n") == 1
