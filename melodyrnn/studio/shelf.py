"""A shelf: MIDI files in a folder of the server's own, each with the facts of it, by an ID of the server's."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path

from melodyrnn.errors import StudioError, one_line
from melodyrnn.studio.reading import lists_path
from melodyrnn.studio.sound import sound_path
from melodyrnn.studio.view import Facts

LONGEST_NAME = 200


def shown_name(name: str) -> str:
    """A file's name as it is shown: its last part alone, on one line, and no longer than anyone reads."""
    return one_line(name.replace("\\", "/").rpartition("/")[2])[:LONGEST_NAME] or "untitled.mid"


class Shelf:
    """Things of one `kind`, "seed" or "take". An ID never becomes a path unless it is one of them."""

    def __init__(self, kind: str, folder: Path) -> None:
        self._kind, self._folder = kind, folder
        self._facts: dict[str, Facts] = {}
        folder.mkdir(parents=True)

    def __len__(self) -> int:
        return len(self._facts)

    def __iter__(self) -> Iterator[Facts]:
        return iter(self._facts.values())

    def __contains__(self, name: str) -> bool:
        return name in self._facts

    def new_path(self) -> Path:
        """Where a new file is to be written; the name is its ID."""
        return self._folder / f"{secrets.token_hex(8)}.mid"

    def put(self, path: Path, facts: Facts) -> Facts:
        """Keep the file at a new path -> the facts with its ID."""
        self._facts[path.stem] = found = {"id": path.stem, **facts}
        return found

    def discard(self, path: Path) -> None:
        """Remove what was written at a new path."""
        for each in (path, lists_path(path), sound_path(path)):
            each.unlink(missing_ok=True)

    def facts(self, name: str) -> Facts:
        """The facts of one, without its lists. StudioError if there is none."""
        if name not in self._facts:
            raise StudioError(f"there is no {self._kind} {shown_name(name)}", 404)
        return self._facts[name]

    def path(self, name: str) -> Path:
        """The file of one."""
        return self._folder / f"{self.facts(name)['id']}.mid"

    def whole(self, name: str) -> Facts:
        """The facts of one, with its lists."""
        return {**self.facts(name), **json.loads(lists_path(self.path(name)).read_bytes())}

    def change(self, name: str, /, **changes: object) -> Facts:
        """Other facts of one -> all of them."""
        self.facts(name).update(changes)
        return self.facts(name)

    def remove(self, name: str) -> None:
        """Remove one."""
        self.discard(self.path(name))
        del self._facts[name]
