"""The studio: everything that it keeps and runs."""

import asyncio
from pathlib import Path
from typing import Any

from melodyrnn import __version__
from melodyrnn.studio.events import Events
from melodyrnn.studio.jobs import Jobs
from melodyrnn.studio.live import Live
from melodyrnn.studio.models import Models
from melodyrnn.studio.port import PortsOfPages
from melodyrnn.studio.seeds import Seeds
from melodyrnn.studio.shelf import Shelf
from melodyrnn.studio.sound import Sound, has_sound
from melodyrnn.studio.training import Training


class Studio:
    """What the calls work on.

    `scratch`: a folder for what is kept as long as the server runs; `own_models`: that of models trained here;
    `folder`: one of MIDI files to train on, if there is one.
    """

    def __init__(self, scratch: Path, own_models: Path, folder: Path | None) -> None:
        self.folder = folder
        self.events = Events()
        self.seeds, self.takes = Seeds(scratch / "seeds"), Shelf("take", scratch / "takes")
        self.models = Models(own_models)
        self.live = Live(self.events, scratch / "live.mid")
        self.ports = PortsOfPages()
        self.sound, self.has_sound = Sound(), has_sound()
        self.training = Training(self.events, scratch / "training")
        self.jobs = Jobs(self.events, self.seeds, self.takes)

    async def __aenter__(self) -> "Studio":
        await self.jobs.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.live.stop()
        await self.training.close()
        await self.jobs.close()
        await asyncio.to_thread(self.seeds.close)

    def state(self) -> dict[str, Any]:
        """All there is, without lists: what a page needs that has just been opened."""
        return {
            "type": "state",
            "version": __version__,
            "seeds": list(self.seeds),
            "takes": list(self.takes),
            "jobs": list(self.jobs),
            "live": self.live.facts,
            "training": self.training.facts,
            "has_wav": self.has_sound,
            "has_folder": self.folder is not None,
        }
