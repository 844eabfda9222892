"""Processes that die, or are stopped before they begin: the studio goes on, and says what happened."""

import asyncio
import sys

import pytest

from melodyrnn.errors import StudioError
from melodyrnn.studio import composers as composers_module
from melodyrnn.studio import jobs as jobs_module
from melodyrnn.studio import live as live_module
from melodyrnn.studio.composers import Composers
from melodyrnn.studio.jobs import Jobs
from melodyrnn.studio.live import Live
from melodyrnn.studio.shelf import Shelf

OBEDIENT = """
import sys
print('{"ready": true}', flush=True)
for line in sys.stdin:
    print('{"end": true, "error": null}', flush=True)
"""
SILENT = "import sys; sys.stdin.read()"
DYING = """
import os, sys
sys.stdin.readline()
print('{"type": "live", "live": {"state": "playing", "error": null}}', flush=True)
os._exit(3)
"""


class Told:
    """What the pages were told."""

    def __init__(self) -> None:
        self.live = []

    def tell(self, message) -> None:
        if message["type"] == "live":
            self.live.append((message["live"]["state"], message["live"]["error"]))


def running(program):
    return lambda _: [sys.executable, "-c", program]


def within(work):
    return asyncio.run(asyncio.wait_for(work, 60))


def test_a_process_that_died_while_it_had_nothing_to_do_is_replaced(monkeypatch):
    monkeypatch.setattr(composers_module, "module", running(OBEDIENT))

    async def work():
        composers = Composers()
        await composers.start()
        for composer in [*composers._free]:
            await composer.program.kill()
        ends = []
        for _ in range(3):
            async with composers.one(None) as composer:
                ends += [message["error"] async for message in composer.do({"do": "generate"}) if "end" in message]
        await composers.close()
        return ends

    assert within(work()) == [None, None, None]


def test_a_job_whose_seed_is_removed_while_it_waits_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(composers_module, "module", running(OBEDIENT))
    seeds = Shelf("seed", tmp_path / "seeds")
    seeds.put(tmp_path / "seeds" / "abc.mid", {"name": "song.mid"})

    async def work():
        jobs = Jobs(Told(), seeds, Shelf("take", tmp_path / "takes"))
        await jobs.start()
        job = jobs.add("abc", {}, {}, jobs_module.Request())
        seeds.remove("abc")
        while job["state"] == "waiting":
            await asyncio.sleep(0.01)
        await jobs.close()
        return job["state"], job["error"]

    assert within(work()) == ("refused", "the file to go on from was removed")


@pytest.mark.parametrize("turns", [0, 1, 2, 50])
def test_live_playing_can_be_stopped_before_it_plays(tmp_path, monkeypatch, turns):
    monkeypatch.setattr(live_module, "module", running(SILENT))

    async def work():
        told = Told()
        live = Live(told, tmp_path / "live.mid")
        starting = asyncio.create_task(live.start({}))
        for _ in range(1 + turns):
            await asyncio.sleep(0)
        await live.stop()
        facts = await starting
        return facts["state"], told.live[-1]

    assert within(work()) == ("stopped", ("stopped", None))


def test_a_process_that_dies_while_it_plays_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(live_module, "module", running(DYING))

    async def work():
        told = Told()
        live = Live(told, tmp_path / "live.mid")
        await live.start({})
        while live.facts["state"] != "stopped":
            await asyncio.sleep(0.01)
        with pytest.raises(StudioError):
            live.tell({"knobs": {}})
        return told.live[-1]

    assert within(work()) == ("stopped", "the process that plays has ended: start it again")
