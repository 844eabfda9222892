"""The ports of this machine for pages: what a page sends on a WebSocket is played into one, by a process of its own."""

import json
import math
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any

import anyio
from starlette.websockets import WebSocket, WebSocketDisconnect

from melodyrnn.errors import StudioError
from melodyrnn.messages import SYSTEM_EXCLUSIVE, is_whole
from melodyrnn.studio.program import Program, module
from melodyrnn.studio.telling import Message

MOST_OPEN = 4
MOST_BYTES, MOST_MESSAGES = 100_000, 1000  # of one text
MOST_AHEAD_SECONDS = 10.0
POLICY_VIOLATION, TRY_AGAIN_LATER, FAILED = 1008, 1013, 1011
MOST_REASON = 120  # letters of the reason with which a WebSocket is closed


class PortsOfPages:
    """At most MOST_OPEN at once."""

    def __init__(self) -> None:
        self._open = 0

    async def serve(self, websocket: WebSocket) -> None:
        """Open the port that the query names, and play what comes until the page leaves; then every note is ended."""
        await websocket.accept()
        if self._open >= MOST_OPEN:
            await websocket.send_json({"type": "failed", "error": f"busy: {MOST_OPEN} pages play into ports"})
            await websocket.close(TRY_AGAIN_LATER)
            return
        self._open += 1
        try:
            program = await Program.start(module("melodyrnn.studio.relay"))
            try:
                program.tell({name: websocket.query_params.get(name) for name in ("port", "virtual")})
                await _until_one_ends(_told(program, websocket), _played(program, websocket))
            finally:
                with anyio.CancelScope(shield=True):
                    await program.end()
        except OSError as error:
            await websocket.close(FAILED, f"no process can be started ({error.strerror})")
        finally:
            self._open -= 1


async def _until_one_ends(*works: Awaitable[object]) -> None:
    async with anyio.create_task_group() as group:

        async def run(work: Awaitable[object]) -> None:
            await work
            group.cancel_scope.cancel()

        for work in works:
            group.start_soon(run, work)


async def _told(program: Program, websocket: WebSocket) -> None:
    """Pass on what the process tells, until it ends."""
    with suppress(WebSocketDisconnect, RuntimeError):  # the page has left
        async for message in program.messages():
            await websocket.send_json(message)
        await websocket.close(FAILED, "the port is closed")


async def _played(program: Program, websocket: WebSocket) -> None:
    """Pass on what the page sends, until it leaves or sends what is none of it."""
    try:
        while True:
            program.tell(checked(await websocket.receive_text()))
    except StudioError as error:
        with suppress(WebSocketDisconnect, RuntimeError):
            await websocket.close(POLICY_VIOLATION, str(error)[:MOST_REASON])
    except (WebSocketDisconnect, KeyError):  # it has left, or has sent bytes
        return


def checked(text: str) -> Message:
    """What a page says, as the process takes it. StudioError for anything else."""
    if len(text) > MOST_BYTES:
        raise StudioError(f"more than {MOST_BYTES} letters at once", 413)
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise StudioError("what is sent must be JSON", 400) from None
    if said in ({"stop": True}, {"panic": True}):
        return dict(said)
    if not isinstance(said, dict) or {*said} != {"now", "send"} or not isinstance(said["send"], list):
        raise StudioError('what is sent must be {"now", "send"}, {"stop": true} or {"panic": true}', 400)
    if len(said["send"]) > MOST_MESSAGES:
        raise StudioError(f"more than {MOST_MESSAGES} messages at once", 413)
    now = said["now"]
    if not _is_time(now) or not all(_is_timed(each, now) for each in said["send"]):
        raise StudioError("send: must be [[seconds, [bytes of a channel message]], ...], at most 10 s ahead", 400)
    return said


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_timed(each: Any, now: float) -> bool:
    """Whether it is a time and a whole message of a channel."""
    if not isinstance(each, list) or len(each) != 2 or not _is_time(each[0]) or not isinstance(each[1], list):
        return False
    if abs(each[0] - now) > MOST_AHEAD_SECONDS or not all(type(byte) is int and 0 <= byte < 256 for byte in each[1]):
        return False
    message = bytes(each[1])
    return is_whole(message) and message[0] < SYSTEM_EXCLUSIVE
