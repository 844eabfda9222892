"""What happens, told to every page that is open: each has a queue of its own, and none can hold up the others."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import anyio
from starlette.websockets import WebSocket, WebSocketDisconnect

MOST_PAGES = 64
MOST_WAITING = 512  # messages of one page; a page that does not read is cut off
PATIENCE_SECONDS = 2.0
TRY_AGAIN_LATER = 1013


class _Page:
    def __init__(self) -> None:
        self.messages: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self.is_behind = asyncio.Event()


class Events:
    """The pages that listen. For the thread of the server's event loop."""

    def __init__(self) -> None:
        self._pages: set[_Page] = set()

    def __len__(self) -> int:
        return len(self._pages)

    def tell(self, message: dict[str, Any]) -> None:
        """Send a message to every page. It never waits."""
        text = json.dumps(message)
        for page in self._pages:
            try:
                page.messages.put_nowait(text)
            except asyncio.QueueFull:
                page.is_behind.set()

    async def serve(self, websocket: WebSocket, state: Callable[[], dict[str, Any]]) -> None:
        """Tell one page the state, and then all that happens, until it leaves or falls behind."""
        if len(self._pages) >= MOST_PAGES:
            await websocket.close(TRY_AGAIN_LATER, f"{MOST_PAGES} pages are open")
            return
        await websocket.accept()
        page = _Page()
        page.messages.put_nowait(json.dumps(state()))
        self._pages.add(page)
        try:
            async with anyio.create_task_group() as group:

                async def until_done(work: Awaitable[object]) -> None:
                    await work
                    group.cancel_scope.cancel()

                for work in (self._send(websocket, page), self._listen(websocket), page.is_behind.wait()):
                    group.start_soon(until_done, work)
        finally:
            self._pages.discard(page)
        if page.is_behind.is_set():
            with anyio.move_on_after(PATIENCE_SECONDS), suppress(WebSocketDisconnect, RuntimeError):
                await websocket.close(TRY_AGAIN_LATER, "the page does not read")

    @staticmethod
    async def _send(websocket: WebSocket, page: _Page) -> None:
        with suppress(WebSocketDisconnect):  # it has left, and nobody has heard of it yet
            while True:
                await websocket.send_text(await page.messages.get())

    @staticmethod
    async def _listen(websocket: WebSocket) -> None:
        """What a page sends means nothing here; that it leaves does."""
        while (await websocket.receive())["type"] != "websocket.disconnect":
            pass
