"""The server of the studio: one socket, one process, until Ctrl-C."""

import ipaddress
import secrets
import socket
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from melodyrnn.errors import StudioError
from melodyrnn.studio.app import app

LOOPBACK = "127.0.0.1"
LONGEST_MESSAGE_BYTES = 65_536  # that a page may send over its WebSocket
MOST_CONNECTIONS = 256
LAST_SECONDS = 2  # for requests that run when it ends


def serve(
    port: int, host: str, own_models: Path, folder: Path | None, report: Callable[[str], None], open_browser: bool
) -> None:
    """Serve until it is interrupted. `report` takes the line with the link. StudioError if the port cannot be had.

    Port 0 is a free one. `own_models` and `folder`: see Studio. On another address than this
    machine's own a link with a token is needed.
    """
    listening = _listening(host, port)
    port = listening.getsockname()[1]
    is_own = ipaddress.ip_address(host).is_loopback
    token = None if is_own else secrets.token_urlsafe(16)
    names = frozenset(f"{name}:{port}" for name in (LOOPBACK, "localhost", "[::1]", host))
    shown = f"[{host}]" if ":" in host else host
    link = f"http://{shown}:{port}/{f'?token={token}' if token else ''}"
    server = server_of(app(names if is_own else None, token, own_models, folder))
    report(f"the studio is at {link} (Ctrl-C ends it)")
    if open_browser:
        webbrowser.open(link)
    with suppress(KeyboardInterrupt):
        server.run([listening])


def server_of(served: ASGIApp) -> uvicorn.Server:
    """The server of an app, with limits on what a page may send."""
    return uvicorn.Server(
        uvicorn.Config(
            served,
            log_level="warning",
            ws="websockets-sansio",
            limit_concurrency=MOST_CONNECTIONS,
            ws_max_size=LONGEST_MESSAGE_BYTES,
            timeout_graceful_shutdown=LAST_SECONDS,
            server_header=False,
        )
    )


def _listening(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET
    except ValueError:
        raise StudioError(f"host {host}: must be an address, such as {LOOPBACK}") from None
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen()
    except (OSError, OverflowError) as error:
        listening.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise StudioError(f"{host}, port {port}: cannot be served ({reason}); give another port with --port") from None
    return listening
