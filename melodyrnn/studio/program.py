"""A program of ours in a process of its own, which tells what happens as lines of JSON, and may be told some.

It is started as a plain program, as `midi.worker` is, and can be killed at any time.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

from melodyrnn.errors import one_line
from melodyrnn.midi.worker import START
from melodyrnn.studio.telling import Message

LONGEST_LINE_BYTES = 16_000_000
LAST_LINE_BYTES = 4096
PATIENCE_SECONDS = 5.0  # for a program that was asked to end
COMMAND = (
    "import sys; paths = int(sys.argv[1]) + 2; sys.path[:] = sys.argv[2:paths]; "
    "from melodyrnn.cli.main import main; main(sys.argv[paths:])"
)
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def module(name: str) -> list[str]:
    """The command that runs `main` of a module of this package."""
    return [sys.executable, "-c", START, name, *sys.path]


def command(*arguments: str) -> list[str]:
    """The command `melodyrnn ARGUMENTS`, run by this interpreter, from whatever folder."""
    return [sys.executable, "-c", COMMAND, str(len(sys.path)), *sys.path, *arguments]


class Program:
    """A running process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._last_line = b""
        self._reading = asyncio.create_task(self._read_errors())

    async def _read_errors(self) -> None:
        """Keep the last line that it prints as an error, and let none stand in its way."""
        while self._process.stderr is not None and (data := await self._process.stderr.read(LAST_LINE_BYTES)):
            self._last_line = (self._last_line + data)[-LAST_LINE_BYTES:]

    async def error(self) -> str:
        """The last line that it printed as an error, once it has ended."""
        await self._reading
        lines = self._last_line.decode(errors="replace").splitlines() or [""]
        return one_line(lines[-1].removeprefix("error: "))

    def interrupt(self) -> None:
        """Ask it to stop, and to keep what it has."""
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)

    @classmethod
    async def start(cls, command: Sequence[str]) -> "Program":
        """Start it."""
        return cls(
            await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
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

    async def output(self) -> bytes:
        """All that it prints."""
        return b"" if self._process.stdout is None else await self._process.stdout.read()

    @property
    def has_ended(self) -> bool:
        """Whether the process is over."""
        return self._process.returncode is not None

    @property
    def exit_code(self) -> int | None:
        """Once it is over: 0 if it ended by itself and well."""
        return self._process.returncode

    async def kill(self) -> None:
        """End it at once."""
        if not self.has_ended:
            with suppress(ProcessLookupError, PermissionError):
                if sys.platform == "win32":
                    self._process.kill()
                else:
                    os.killpg(self._process.pid, signal.SIGKILL)  # and what it has started
        await self._process.wait()
        await self._reading

    async def end(self) -> None:
        """Say that nothing more comes, and let it end what it does; if that takes too long, end it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), PATIENCE_SECONDS)
        except (TimeoutError, asyncio.TimeoutError):
            await self.kill()
