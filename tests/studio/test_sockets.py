"""The server over real sockets, which say and leave unsaid what no browser would."""

import asyncio
import base64
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from melodyrnn.studio import events as events_module
from melodyrnn.studio import seeds
from melodyrnn.studio.app import app
from melodyrnn.studio.events import Events
from melodyrnn.studio.server import server_of

SECONDS = 30


@contextmanager
def serving(make: Callable[[int], object]) -> Iterator[int]:
    """A server in a thread, of the app that is made for its port -> the port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        server = server_of(make(port))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield port
        finally:
            server.should_exit = True
            thread.join(SECONDS)
            assert not thread.is_alive()


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    models = tmp_path_factory.mktemp("models")
    with serving(lambda port: app(frozenset({f"127.0.0.1:{port}"}), None, models)) as port:
        yield port


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), SECONDS)


def answer(sock: socket.socket) -> tuple[int, dict]:
    """The status of an answer, and its JSON."""
    data = b""
    while chunk := sock.recv(65536):
        data += chunk
        head, _, body = data.partition(b"\r\n\r\n")
        length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        if length and len(body) >= int(length[0].split(b":")[1]):
            break
    return int(data.split()[1]), json.loads(body)


def head(port: int, request: str, **headers: object) -> bytes:
    lines = [
        f"{request} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def test_a_gigabyte_is_refused_before_it_is_sent(port):
    with connected(port) as sock:
        sock.sendall(head(port, "POST /api/seeds?name=big.mid", Content_Length=10**9) + b"MThd" * 1000)
        assert answer(sock) == (413, {"error": "too much is sent: at most 40 MB at once"})


def test_a_body_without_a_length_is_cut_off_at_the_limit(port):
    chunk = b"100000\r\n" + bytes(1 << 20) + b"\r\n"
    with connected(port) as sock:
        sock.sendall(head(port, "POST /api/seeds?name=big.mid", Transfer_Encoding="chunked"))
        try:
            for _ in range(1000):
                sock.sendall(chunk)
        except OSError:
            pass  # it was closed before all was sent
        else:
            pytest.fail("a gigabyte was taken")


def test_an_upload_that_does_not_come_is_given_up(port, monkeypatch):
    monkeypatch.setattr(seeds, "UPLOAD_SECONDS", 0.1)
    with connected(port) as sock:
        sock.sendall(head(port, "POST /api/seeds?name=slow.mid", Content_Length=100) + b"MThd")
        status, said = answer(sock)
    assert (status, said["error"].partition(":")[0]) == (408, "slow.mid")


def test_json_has_a_limit_of_its_own(port):
    with connected(port) as sock:
        sock.sendall(head(port, "POST /api/generate", Content_Length=2_000_000))
        assert answer(sock)[0] == 413


@pytest.mark.parametrize(
    "path", ["/../../../../etc/passwd", "/..%2f..%2f..%2fetc/passwd", "/page/../app.py", "//etc/passwd"]
)
def test_no_path_leads_out_of_the_page(port, path):
    with connected(port) as sock:
        sock.sendall(head(port, f"GET {path}"))
        assert answer(sock)[0] == 404


@pytest.mark.parametrize("line", [b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: \r\n\r\n", b"\0\xff\r\n\r\n"])
def test_a_request_without_a_host_gets_nothing(port, line):
    with connected(port) as sock:
        sock.sendall(line)
        assert sock.recv(20).split()[1] in (b"400", b"403")


def handshake(port: int, path: str) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    return head(
        port, f"GET {path}", Upgrade="websocket", Connection="Upgrade", Sec_WebSocket_Key=key, Sec_WebSocket_Version=13
    )


def test_a_page_that_does_not_read_is_cut_off_and_the_others_go_on(monkeypatch):
    monkeypatch.setattr(events_module, "PATIENCE_SECONDS", 0.1)
    events, loops = Events(), []

    async def listen(websocket):
        loops.append(asyncio.get_running_loop())
        await events.serve(websocket, lambda: {"type": "state"})

    with serving(lambda _: Starlette(routes=[WebSocketRoute("/", listen)])) as port, connected(port) as silent:
        silent.sendall(handshake(port, "/"))
        assert b"101" in silent.recv(20)
        for _ in range(2 * events_module.MOST_WAITING):
            told = threading.Event()
            loops[0].call_soon_threadsafe(lambda told=told: (events.tell({"text": "x" * 50_000}), told.set()))
            assert told.wait(SECONDS)
        with connected(port) as other:
            other.sendall(handshake(port, "/"))
            assert b"101" in other.recv(20)
            alone = threading.Event()
            watched = iter(lambda: len(events), 1)
            threading.Thread(target=lambda: (list(watched), alone.set()), daemon=True).start()
            assert alone.wait(SECONDS)


def test_more_pages_than_can_be_served_are_told_to_come_again(monkeypatch, port):
    monkeypatch.setattr(events_module, "MOST_PAGES", 1)
    with connected(port) as first, connected(port) as second:
        first.sendall(handshake(port, "/api/events"))
        assert b"101" in first.recv(20)
        second.sendall(handshake(port, "/api/events"))
        assert b"403" in second.recv(20)


def test_a_page_that_sends_too_much_is_cut_off(port):
    with connected(port) as sock:
        sock.sendall(handshake(port, "/api/events"))
        assert b"101" in sock.recv(20)
        frame = b"\x82\xff" + (10**8).to_bytes(8, "big") + bytes(4)
        with suppress(ConnectionError):  # it may be closed before all is sent
            sock.sendall(frame + bytes(100_000))
            while sock.recv(65536):
                pass
