"""Live playing: one process that plays, and what it told last."""

import asyncio
from pathlib import Path
from typing import Any

from melodyrnn.errors import PortError, StudioError
from melodyrnn.studio.events import Events
from melodyrnn.studio.program import Program, module
from melodyrnn.studio.telling import Message
from melodyrnn.studio.view import Facts

STOPPED = {"state": "stopped", "error": None}
STARTING_SECONDS = 60.0


class Live:
    """At most one session at a time. `take`: the file that it writes after every bar."""

    def __init__(self, events: Events, take: Path) -> None:
        self.take, self._events = take, events
        self.facts: Facts = dict(STOPPED)
        self._program: Program | None = None
        self._listening: asyncio.Task[None] | None = None
        self._playing = asyncio.Event()  # it plays, or has failed
        self._is_stopping = False

    async def start(self, asked: Message) -> Facts:
        """Begin. StudioError if it plays already, PortError and others as the session raises them.

        It may be stopped before it plays: then it is stopped.
        """
        if self.facts["state"] != "stopped":
            raise StudioError("it plays already: stop it first", 409)
        self.take.unlink(missing_ok=True)
        self._playing.clear()
        self._is_stopping = False
        self._become({"state": "starting", "error": None})
        try:
            self._program = await Program.start(module("melodyrnn.studio.playing"))
        except OSError as error:
            self._become(dict(STOPPED))
            raise StudioError(f"no process can be started ({error.strerror})", 503) from None
        self._program.tell({**asked, "record": str(self.take)})
        self._listening = asyncio.create_task(self._listen(self._program))
        if self._is_stopping:
            await self._program.kill()
        try:
            await asyncio.wait_for(self._playing.wait(), STARTING_SECONDS)
        except (TimeoutError, asyncio.TimeoutError):
            await self._program.kill()
            raise PortError("the ports do not answer") from None
        if self.facts["error"]:
            raise PortError(self.facts["error"])
        return self.facts

    async def stop(self) -> None:
        """End it, if it plays: every note that sounds is ended."""
        self._is_stopping = True
        if self._program is None or self._listening is None:
            return
        if self.facts["state"] == "starting":
            await self._program.kill()  # nothing sounds yet
        else:
            await self._program.end()
        await self._listening

    def tell(self, message: dict[str, Any]) -> None:
        """Turn a knob or press a button. StudioError if nothing plays."""
        if self._program is None:
            raise StudioError("nothing plays: start it first", 409)
        self._program.tell(message)

    async def _listen(self, program: Program) -> None:
        error = None
        async for message in program.messages():
            if message["type"] == "failed":
                error = message["error"]
            elif message["type"] == "live":
                self.facts = message["live"]
                self._playing.set()
            if message["type"] != "failed":
                self._events.tell(message)
        await program.end()
        if error is None and program.exit_code and not self._is_stopping:
            error = "the process that plays has ended: start it again"
        self._program = None
        self._become({"state": "stopped", "error": error})
        self._playing.set()

    def _become(self, facts: Facts) -> None:
        self.facts = facts
        self._events.tell({"type": "live", "live": facts})
