"""Which job waits for what: with processes that do as they are told, and no music."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from melodyrnn.generation import Request
from melodyrnn.studio import jobs as jobs_module
from melodyrnn.studio.jobs import Jobs
from melodyrnn.studio.shelf import Shelf

SEED = "5eed"


class Script:
    """Processes that learn until they may go on, and write down what they were asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.may_go_on = asyncio.Event()

    @asynccontextmanager
    async def one(self, _):
        yield self

    async def do(self, asked):
        self.asked.append(asked["do"])
        if asked["do"] == "prepare":
            yield {"state": "learning", "progress": 0.5, "seconds_left": 1.0}
            await self.may_go_on.wait()
        yield {"end": True, "error": None}


class Told:
    """What the pages were told of jobs."""

    def __init__(self) -> None:
        self.states: list[str] = []

    def tell(self, message) -> None:
        if message["type"] == "job":
            self.states.append(message["job"]["state"])


@pytest.fixture
def seeds(tmp_path):
    shelf = Shelf("seed", tmp_path / "seeds")
    shelf.put(tmp_path / "seeds" / f"{SEED}.mid", {"name": "song.mid"})
    return shelf


def run(seeds, tmp_path, monkeypatch, options) -> tuple[list[str], list[str], list[str]]:
    """A seed is learned, and meanwhile music is asked for -> what is asked before and after, and what is told."""

    async def work():
        script, told = Script(), Told()
        monkeypatch.setattr(jobs_module, "Composers", lambda: script)
        jobs = Jobs(told, seeds, Shelf("take", tmp_path / "takes"))
        jobs.prepare(SEED)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        job = jobs.add(SEED, options, options, Request.of(options))
        for _ in range(9):
            await asyncio.sleep(0)
        before = [*script.asked]
        script.may_go_on.set()
        while job["state"] != "done":
            await asyncio.sleep(0)
        return before, script.asked, told.states

    return asyncio.run(asyncio.wait_for(work(), 30))


def test_music_for_a_seed_that_is_just_being_learned_waits_for_that(seeds, tmp_path, monkeypatch):
    before, after, told = run(seeds, tmp_path, monkeypatch, {"bars": 4})
    assert before == ["prepare"]
    assert after == ["prepare", "generate"]
    assert told[-1] == "done"


@pytest.mark.parametrize("options", [{"stay": 0}, {"model": "folk"}, {"replace": "1-2"}, {"from_bar": 2}])
def test_music_that_needs_another_learning_does_not_wait(seeds, tmp_path, monkeypatch, options):
    before, _, _ = run(seeds, tmp_path, monkeypatch, options)
    assert before == ["prepare", "generate"]
