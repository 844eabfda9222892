"""The app that answers the calls and serves the page."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from melodyrnn.errors import (
    MelodyRnnError,
    MidiFileError,
    ModelFileError,
    OptionError,
    PortError,
    SoundError,
    StudioError,
)
from melodyrnn.studio.calls import generate, live, seeds, train
from melodyrnn.studio.calls.call import Call, openapi
from melodyrnn.studio.guard import Guard
from melodyrnn.studio.studio import Studio

LONGEST_REASON = 500  # letters: a wrong value may be of any length
PAGE = Path(__file__).with_name("page")
STATUSES: tuple[tuple[type[MelodyRnnError], int], ...] = (
    (OptionError, 400),
    (MidiFileError, 422),
    (ModelFileError, 422),
    (PortError, 409),
    (SoundError, 409),
)
HEADERS = {
    503: {"Retry-After": "2"},
    408: {"Connection": "close"},
    413: {"Connection": "close"},
}  # close: what still comes is not taken


async def get_state(studio: Studio, _: Request) -> dict[str, Any]:
    """All there is."""
    return studio.state()


CALLS: tuple[Call, ...] = (
    Call("GET", "/api/state", "All there is, without notes.", get_state),
    *seeds.CALLS,
    *generate.CALLS,
    *live.CALLS,
    *train.CALLS,
)


def app(hosts: frozenset[str] | None, token: str | None, own_models: Path, folder: Path | None = None) -> ASGIApp:
    """The studio as an ASGI app. `hosts` and `token`: see Guard; `own_models` and `folder`: see Studio."""
    running: list[Studio] = []

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        with tempfile.TemporaryDirectory(prefix="melodyrnn-studio-") as scratch:
            async with Studio(Path(scratch), own_models, folder) as studio:
                running.append(studio)
                yield

    async def listen(websocket: WebSocket) -> None:
        await running[0].events.serve(websocket, running[0].state)

    async def play(websocket: WebSocket) -> None:
        await running[0].ports.serve(websocket)

    async def describe(_: Request) -> Response:
        return JSONResponse(openapi(CALLS))

    routes: list[BaseRoute] = [
        Route(call.path, _endpoint(call, running), methods=[call.method], name=f"{call.method} {call.path}")
        for call in CALLS
    ]
    routes += [
        Route("/openapi.json", describe),
        WebSocketRoute("/api/events", listen),
        WebSocketRoute("/api/port", play),
        Mount("/", StaticFiles(directory=PAGE, html=True)),
    ]
    handlers = {MelodyRnnError: _refused, HTTPException: _not_found, ClientDisconnect: _left, Exception: _failed}
    return Guard(Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers), hosts, token)


def _endpoint(call: Call, running: list[Studio]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        given = await call.answer(running[0], request)
        if given is None:
            return Response(status_code=204)
        return given if isinstance(given, Response) else JSONResponse(given, call.status)

    return answer


def _refused(_: Request, error: Exception) -> Response:
    """One of our errors as JSON, with the status of its kind."""
    status = next((status for kind, status in STATUSES if isinstance(error, kind)), 500)
    if isinstance(error, StudioError):
        status = error.status
    reason = str(error)
    short = reason if len(reason) <= LONGEST_REASON else f"{reason[:LONGEST_REASON]} …"
    return JSONResponse({"error": short}, status, HEADERS.get(status))


def _not_found(request: Request, error: Exception) -> Response:
    """Of a path or method that there is not."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    reason = "no such call or page" if status == 404 else "there is no such method for this call"
    return JSONResponse({"error": f"{request.method} {request.url.path}: {reason}"}, status)


def _left(_: Request, __: Exception) -> Response:
    """Of who has broken off: nobody reads it."""
    return Response(status_code=400)


def _failed(_: Request, error: Exception) -> Response:
    """Of a fault of ours: its kind alone is told, the rest is in the server's log."""
    return JSONResponse({"error": f"the studio failed ({type(error).__name__})"}, 500)
