"""A program of ours in a process of its own, which tells what happens as lines of JSON, and may be told some.

It is started as a plain program, as `midi.worker` is, and can be killed at any time.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any

from melodyrnn.midi.worker import START

LONGEST_LINE_BYTES = 16_000_000
PATIENCE_SECONDS = 5.0  # for a program that was asked to end
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
Message = dict[str, Any]


def module(name: str) -> list[str]:
    """The command that runs `main` of a module of this package."""
    return [sys.executable, "-c", START, name, *sys.path]


class Program:
    """A running process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, command: Sequence[str]) -> "Program":
        """Start it."""
        return cls(
            await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=LONGEST_LINE_BYTES,
                env={**os.environ, **ONE_THREAD},
                start_new_session=True,  # Ctrl-C is for the server, which then ends its programs
            )
        )

    def tell(self, message: Message) -> None:
        """Send a message to it."""
        if self._process.stdin is not None:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")

    async def messages(self) -> AsyncIterator[Message]:
        """What it tells, until it ends. Lines that are no messages are left out."""
        out = self._process.stdout
        while out is not None and (line := await out.readline()):
            with suppress(ValueError):
                message = json.loads(line)
                if isinstance(message, dict):
                    yield message

    @property
    def has_ended(self) -> bool:
        """Whether the process is over."""
        return self._process.returncode is not None

    async def kill(self) -> None:
        """End it at once."""
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def end(self) -> None:
        """Let it end what it does; if it takes too long, end it."""
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), PATIENCE_SECONDS)
        except (TimeoutError, asyncio.TimeoutError):
            await self.kill()
