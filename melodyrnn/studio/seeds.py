"""Music to go on from: uploads, samples and takes. Each is read in a process of its own before it is kept."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import anyio

from melodyrnn.errors import MidiFileError, StudioError
from melodyrnn.midi.worker import Worker
from melodyrnn.studio.body import too_large
from melodyrnn.studio.reading import LIMITS, view_task
from melodyrnn.studio.shelf import Shelf, shown_name
from melodyrnn.studio.view import Facts

MOST_SEEDS = 500
MOST_BYTES = 1_000_000_000  # of all seeds together
UPLOAD_SECONDS = 120.0
MOST_UPLOADS = 32  # at once: the others are told to come again


class Seeds(Shelf):
    """The seeds, and the process that reads them."""

    def __init__(self, folder: Path) -> None:
        super().__init__("seed", folder)
        self._worker, self._one_by_one = Worker(view_task()), asyncio.Lock()
        self._coming = self._bytes = 0

    async def add(self, name: str, chunks: AsyncIterator[bytes], **more: object) -> Facts:
        """Keep a file that comes in chunks. StudioError if it is too much, MidiFileError if it holds no music."""
        if len(self) + self._coming >= MOST_SEEDS or self._bytes > MOST_BYTES:
            raise StudioError(f"{len(self)} files are kept here: remove some first", 507)
        if self._coming >= MOST_UPLOADS:
            raise StudioError(f"busy: {MOST_UPLOADS} files are being read", 503)
        self._coming += 1
        path, name, size = self.new_path(), shown_name(name), 0
        try:
            with anyio.fail_after(UPLOAD_SECONDS), open(path, "wb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > LIMITS.file_bytes:
                        raise too_large(LIMITS.file_bytes)
                    file.write(chunk)
            async with self._one_by_one:
                (found,) = await asyncio.to_thread(self._worker.work, [path])
            if isinstance(found, MidiFileError):
                raise MidiFileError(str(found).replace(str(path), name))
        except TimeoutError:
            self.discard(path)
            raise StudioError(f"{name}: takes more than {UPLOAD_SECONDS:g} seconds to come", 408) from None
        except BaseException:
            self.discard(path)
            raise
        finally:
            self._coming -= 1
        self._bytes += size
        return self.put(path, {"name": name, "bytes": size, **found, **more})

    async def copy(self, source: Path, name: str, **more: object) -> Facts:
        """Keep a copy of a file of this machine."""

        async def chunks() -> AsyncIterator[bytes]:
            yield await asyncio.to_thread(source.read_bytes)

        return await self.add(name, chunks(), **more)

    def remove(self, name: str) -> None:
        """Remove one."""
        self._bytes -= int(self.facts(name)["bytes"])
        super().remove(name)

    def close(self) -> None:
        """End the process."""
        self._worker.stop()
