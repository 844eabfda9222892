"""Training and adapting: the commands `train` and `adapt`, run as a program that tells how far it is.

Both write beside the models, where no page sees it; what is whole is then put among them.
"""

import asyncio
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from melodyrnn.errors import OutputError, StudioError
from melodyrnn.files import replacing, safe_stem
from melodyrnn.studio.events import Events
from melodyrnn.studio.models import SUFFIX
from melodyrnn.studio.program import Program, command
from melodyrnn.studio.telling import Message
from melodyrnn.studio.view import Facts

WORKING = ("reading", "learning")
NOTHING: Facts = {
    "state": "none",
    "kind": None,
    "name": None,
    "progress": None,
    "seconds_left": None,
    "read": None,
    "notes": None,
    "skipped": [],
    "curve": [],
    "error": None,
}
MOST_SKIPPED = 200  # that are told one by one


class Training:
    """At most one at a time. `scratch`: a folder for it alone; the state outlives the page that began it."""

    def __init__(self, events: Events, scratch: Path) -> None:
        self._events, self._scratch = events, scratch
        self.facts: Facts = dict(NOTHING)
        self._program: Program | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_stopped = False
        self._hidden: tuple[Path, ...] = ()  # folders that no line shows

    async def start(self, kind: str, target: Path, music: Path | Sequence[tuple[Path, str]], more: list[str]) -> Facts:
        """Begin. `music`: a folder, or files with their names. StudioError if one runs already."""
        if self.facts["state"] in WORKING:
            raise StudioError("it learns already: stop it first", 409)
        self._is_stopped = False
        self._become({**NOTHING, "state": "reading", "kind": kind, "name": target.stem})
        try:
            output = await asyncio.to_thread(self._prepare, music)
            folder = music if isinstance(music, Path) else self._scratch / "music"
            self._hidden = (folder, self._scratch)
            what = [str(folder)] if kind == "train" else [str(path) for path in sorted(folder.iterdir())]
            self._program = await Program.start(command(kind, *what, "-o", str(output), "--json", *more))
        except OSError as error:
            self._become({**self.facts, "state": "refused", "error": f"cannot be begun ({error.strerror})"})
            raise StudioError(self.facts["error"], 503) from None
        self._task = asyncio.create_task(self._run(self._program, output, target))
        return self.facts

    async def stop(self) -> None:
        """End it; training keeps the best model so far."""
        if self._program is not None and self._task is not None:
            self._is_stopped = True
            self._program.interrupt()
            await self._task

    async def close(self) -> None:
        """End it at once."""
        if self._program is not None:
            await self._program.kill()
        if self._task is not None:
            await self._task

    def _prepare(self, music: Path | Sequence[tuple[Path, str]]) -> Path:
        """An empty folder with the files by their names -> where the model is to be written."""
        shutil.rmtree(self._scratch, ignore_errors=True)
        (self._scratch / "music").mkdir(parents=True)
        for number, (path, name) in enumerate([] if isinstance(music, Path) else music, 1):
            stem = safe_stem(Path(name).stem)
            target = self._scratch / "music" / f"{stem}.mid"
            shutil.copyfile(path, target.with_stem(f"{stem}-{number}") if target.exists() else target)
        return self._scratch / f"model{SUFFIX}"

    async def _run(self, program: Program, output: Path, target: Path) -> None:
        async for message in program.messages():
            self._take_in(message)
        await program.end()
        self._program = None
        error = None
        if output.is_file():
            try:
                await asyncio.to_thread(_put, output, target)
            except (OutputError, OSError) as failed:
                error = str(failed).replace(str(target.parent) + os.sep, "")
        else:
            error = self._shown(await program.error()) or "it ended without a model"
        state = "stopped" if self._is_stopped else "refused" if error else "done"
        self._become({**self.facts, "state": state, "error": None if self._is_stopped else error, "seconds_left": None})

    def _take_in(self, message: Message) -> None:
        event = message.get("event")
        facts = dict(self.facts)
        if event == "reading":
            facts["progress"] = message["part"]
        elif event == "read":
            skipped = [
                {"name": Path(each["path"]).name, "reason": self._shown(each["reason"])} for each in message["skipped"]
            ]
            facts.update(
                state="learning",
                progress=None,
                read=message["pieces"],
                notes=message["notes"],
                skipped=skipped[:MOST_SKIPPED],
            )
        elif event == "progress":
            facts.update(state="learning", progress=message["part"], seconds_left=message.get("seconds_left"))
        elif event == "validated":
            row = {name: message[name] for name in ("events", "minutes", "bits", "training_bits")}
            facts["curve"] = [*facts["curve"], row]
        self._become(facts)

    def _shown(self, text: str) -> str:
        """A line without the folders, which the page did not name."""
        for folder in self._hidden:
            text = text.replace(f"{folder}{os.sep}", "").replace(f"{folder}", "the folder")
        return text

    def _become(self, facts: Facts) -> None:
        self.facts = facts
        self._events.tell({"type": "training", "training": facts})


def _put(output: Path, target: Path) -> None:
    """Put a model among the others, whole or not at all."""
    with replacing(target) as beside:
        shutil.copyfile(output, beside)
