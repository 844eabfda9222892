"""The processes that make music: as many as can work at once, warm, and replaced when one is stopped."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from melodyrnn.studio.program import Program, module
from melodyrnn.studio.telling import Message

MOST_AT_ONCE = 2


class Composers:
    """A process that knows a seed goes on with it, if it is free."""

    def __init__(self) -> None:
        self._free: list[_Composer] = []
        self._all: set[_Composer] = set()
        self._is_free = asyncio.Semaphore(MOST_AT_ONCE)

    async def start(self) -> None:
        """Start the processes. They are warm a moment later."""
        for _ in range(MOST_AT_ONCE):
            await self._add()

    async def _add(self) -> None:
        composer = _Composer(await Program.start(module("melodyrnn.studio.composing")))
        self._free.append(composer)
        self._all.add(composer)

    @asynccontextmanager
    async def one(self, seed: str | None) -> AsyncIterator["_Composer"]:
        """A process that is free, or will be. If it is left before it is done it is stopped, and another started."""
        async with self._is_free:
            if not self._free:  # one could not be started again
                await self._add()
            composer = min(self._free, key=lambda each: (each.seed != seed, each.seed is not None))
            self._free.remove(composer)
            if composer.program.has_ended:  # something else ended it, while it had nothing to do
                self._all.discard(composer)
                await self._add()
                composer = self._free.pop()
            composer.seed = seed or composer.seed
            try:
                yield composer
            finally:
                if composer.is_busy or composer.program.has_ended:
                    self._all.discard(composer)
                    await composer.program.kill()
                    await self._add()
                else:
                    self._free.append(composer)

    async def close(self) -> None:
        """End all."""
        await asyncio.gather(*(composer.program.kill() for composer in self._all))


class _Composer:
    """One of them. `seed`: the ID of that which it knows best."""

    def __init__(self, program: Program) -> None:
        self.program, self.is_busy = program, False
        self.seed: str | None = None

    async def do(self, asked: Message) -> AsyncIterator[Message]:
        """What it tells while it does what is asked; the last says {"end": true}."""
        self.is_busy = True
        self.program.tell(asked)
        async for message in self.program.messages():
            if "end" in message:
                self.is_busy = False
                yield message
                return
            if "ready" not in message:
                yield message
        yield {"end": True, "error": "the process that makes music ended; try again"}
