"""What is being made: each job waits for a process that makes music, and tells the pages how far it is."""

import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from melodyrnn.errors import OptionError, StudioError
from melodyrnn.generation import Request
from melodyrnn.studio.composers import Composers
from melodyrnn.studio.events import Events
from melodyrnn.studio.seeds import Seeds
from melodyrnn.studio.shelf import Shelf
from melodyrnn.studio.telling import Message
from melodyrnn.studio.view import Facts

MOST_JOBS = 8  # at once, waiting ones too
MOST_AT_ONCE = 32  # takes of one job
MOST_ENDED = 32  # that are remembered
MOST_TAKES = 1000
ENDED = ("done", "refused", "cancelled")
USUAL = Request()
LEARNING = ("stay", "model", "style", "from_bar", "to_bar", "replace")  # the options on which it depends
TOLD = ("state", "progress", "seconds_left")


def learns_as_usual(request: Request) -> bool:
    """Whether a seed that was learned ahead is known for this request."""
    return all(getattr(request, name) == getattr(USUAL, name) for name in LEARNING)


class Jobs:
    """The jobs, and the takes that they make."""

    def __init__(self, events: Events, seeds: Seeds, takes: Shelf) -> None:
        self._events, self._seeds, self._takes = events, seeds, takes
        self._composers = Composers()
        self._jobs: dict[str, Facts] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._preparing: asyncio.Task[None] | None = None
        self._learning = self._next_seed = ""  # the seed that is learned ahead, and the next to be

    async def start(self) -> None:
        """Start the processes."""
        await self._composers.start()

    async def close(self) -> None:
        """End everything."""
        tasks = [*self._tasks.values(), *filter(None, [self._preparing])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._composers.close()

    def __iter__(self) -> Iterator[Facts]:
        return iter(self._jobs.values())

    def get(self, name: str) -> Facts:
        """A job. StudioError if there is none."""
        if name not in self._jobs:
            raise StudioError("there is no such job", 404)
        return self._jobs[name]

    def add(self, seed: str | None, shown: dict[str, Any], options: dict[str, Any], request: Request) -> Facts:
        """Begin a job. `shown`: its options as the page may see them; `request`: what they make.

        StudioError if too many are there.
        """
        if request.takes > MOST_AT_ONCE:
            raise OptionError(f"takes {request.takes}: at most {MOST_AT_ONCE} can be made here at once")
        if len(self._tasks) >= MOST_JOBS:
            raise StudioError(f"busy: {MOST_JOBS} jobs wait; try again when one is done", 503)
        name = secrets.token_hex(8)
        job: Facts = {
            "id": name,
            "seed": seed,
            "options": shown,
            "state": "waiting",
            "progress": None,
            "seconds_left": None,
            "takes": [],
            "error": None,
        }
        self._jobs[name] = job
        source = None if seed is None else self._seeds.path(seed)
        asked = {
            "do": "generate",
            "seed_path": None if source is None else str(source),
            "seed_name": None if seed is None else self._seeds.facts(seed)["name"],
            "options": options,
            "paths": [str(self._takes.new_path()) for _ in range(request.best or request.takes)],
        }
        is_known_soon = seed is not None and seed == self._learning and learns_as_usual(request)
        self._tasks[name] = asyncio.create_task(self._run(job, asked, is_known_soon))
        self._tell(job)
        return job

    async def cancel(self, name: str) -> None:
        """End a job, whatever it is doing. Takes that it has made stay."""
        self.get(name)
        task = self._tasks.get(name)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
            if self.get(name)["seed"] in self._seeds:
                self.prepare(self.get(name)["seed"])  # the process that knew it has ended

    def prepare(self, seed: str) -> None:
        """Learn a seed before it is asked for, if nothing else is to be done. Of several the last counts."""
        self._next_seed = seed
        if self._preparing is None or self._preparing.done():
            self._preparing = asyncio.create_task(self._prepare())

    async def _prepare(self) -> None:
        while self._next_seed in self._seeds and not self._tasks:
            seed, self._next_seed = self._next_seed, ""
            path, name = self._seeds.path(seed), self._seeds.facts(seed)["name"]
            asked = {"do": "prepare", "seed_path": str(path), "seed_name": name}
            self._learning = seed
            try:
                async with self._composers.one(seed) as composer:
                    async for message in composer.do(asked):
                        for job in self._jobs.values():
                            if job["state"] == "waiting" and job["seed"] == seed and message.get("state") == "learning":
                                self._tell({**job, **message})
            finally:
                self._learning = ""

    async def _run(self, job: Facts, asked: Message, is_known_soon: bool) -> None:
        outcome: Message = {"state": "cancelled"}
        try:
            if is_known_soon and self._preparing is not None:
                await asyncio.wait([self._preparing])
            async with self._composers.one(job["seed"]) as composer:
                if job["seed"] is not None and job["seed"] not in self._seeds:
                    outcome = {"state": "refused", "error": "the file to go on from was removed"}
                    return
                async for message in composer.do(asked):
                    if "end" in message:
                        error = message["error"]
                        outcome = {"state": "refused" if error else "done", "error": error}
                    else:
                        self._take_in(job, message)
        except OSError as error:
            outcome = {"state": "refused", "error": f"no process can be started ({error.strerror})"}
        finally:
            for path in map(Path, asked["paths"]):
                if path.stem not in self._takes:
                    self._takes.discard(path)
            del self._tasks[job["id"]]
            job.update(progress=None, seconds_left=None, **outcome)
            self._forget()
            self._tell(job)

    def _take_in(self, job: Facts, message: Message) -> None:
        if "take" in message:
            self._keep(job, message["take"], Path(message["path"]))
        elif "bars" in message:
            self._events.tell({"type": "bars", "job": job["id"], **message["bars"]})
        else:
            job.update({name: message.get(name) for name in TOLD})
            self._tell(job)

    def _keep(self, job: Facts, take: Facts, path: Path) -> None:
        """Put a take on the shelf; if it is full, the oldest without a star goes."""
        if len(self._takes) >= MOST_TAKES:
            oldest = next((each for each in self._takes if not each["starred"]), next(iter(self._takes)))
            self.remove_take(oldest["id"])
        stem = Path(self._seeds.facts(job["seed"])["name"]).stem if job["seed"] in self._seeds else take["style"]
        facts = self._takes.put(
            path,
            {
                "name": f"{stem}-{secrets.token_hex(2)}.mid",
                "seed": job["seed"],
                "job": job["id"],
                "starred": False,
                "options": job["options"],
                **take,
            },
        )
        job["takes"].append(facts["id"])
        self._events.tell({"type": "take", "take": facts})

    def remove_take(self, name: str) -> None:
        """Remove a take."""
        self._takes.remove(name)
        self._events.tell({"type": "take_removed", "id": name})

    def change_take(self, name: str, /, **changes: object) -> Facts:
        """Another name or star -> the facts."""
        facts = self._takes.change(name, **changes)
        self._events.tell({"type": "take", "take": facts})
        return facts

    def _forget(self) -> None:
        """Of the jobs that have ended, all but the last."""
        ended = [name for name, job in self._jobs.items() if job["state"] in ENDED]
        for name in ended[:-MOST_ENDED]:
            del self._jobs[name]

    def _tell(self, job: Facts) -> None:
        self._events.tell({"type": "job", "job": job})
