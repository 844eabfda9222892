"""The studio: everything that it keeps and runs."""

from pathlib import Path
from typing import Any

from melodyrnn import __version__
from melodyrnn.studio.events import Events
from melodyrnn.studio.seeds import Seeds
from melodyrnn.studio.shelf import Shelf


class Studio:
    """What the calls work on. `scratch`: a folder for what is kept as long as the server runs."""

    def __init__(self, scratch: Path) -> None:
        self.events = Events()
        self.seeds, self.takes = Seeds(scratch / "seeds"), Shelf("take", scratch / "takes")

    def state(self) -> dict[str, Any]:
        """All there is, without notes: what a page needs that has just been opened."""
        return {
            "type": "state",
            "version": __version__,
            "seeds": list(self.seeds),
            "takes": list(self.takes),
            "jobs": [],
            "live": {"state": "stopped", "error": None},
            "training": {"state": "none"},
            "has_wav": False,
            "has_folder": False,
        }

    def close(self) -> None:
        """End every process."""
        self.seeds.close()
