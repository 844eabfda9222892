"""Uploaded files, read in the process of `midi.worker`: one that hangs or takes too much memory ends that process only.

The process writes what there is to draw beside the file, as JSON, and tells the facts.
"""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import astuple
from functools import partial
from pathlib import Path
from typing import Any

from melodyrnn.errors import MelodyRnnError, MidiFileError
from melodyrnn.files import replacing
from melodyrnn.midi.limits import Limits
from melodyrnn.midi.seedfile import read_seed
from melodyrnn.midi.worker import Task, run
from melodyrnn.music.pulses import PULSES_PER_WHOLE
from melodyrnn.studio.view import Facts, facts_of, lists_of

MOST_BARS = 10_000
LIMITS = Limits(file_bytes=40_000_000, notes=250_000, length_pulses=MOST_BARS * PULSES_PER_WHOLE)


def view_task() -> Task[Facts]:
    """To read files, write beside them what there is to draw, and tell what there is to say of them."""
    return Task(__name__, [astuple(LIMITS)], LIMITS, _facts_from_bytes, partial(_views, limits=LIMITS))


def lists_path(path: Path) -> Path:
    """Where the lists of a file are: its notes, parts, bar lines."""
    return path.with_suffix(".json")


def main() -> None:
    """The program of `view_task`."""

    def viewer(numbers: Sequence[Any]) -> tuple[Limits, Callable[[Sequence[str]], bytes]]:
        limits = Limits(*numbers)
        return limits, lambda paths: json.dumps(
            [str(view) if isinstance(view, MidiFileError) else view for view in _views(paths, limits)]
        ).encode()

    run(viewer)


def _facts_from_bytes(frame: bytes) -> list[Facts | MidiFileError]:
    """ValueError where it is no such frame."""
    found = json.loads(frame)
    if not isinstance(found, list) or not all(isinstance(facts, str | dict) for facts in found):
        raise ValueError("not facts of files")
    return [MidiFileError(facts) if isinstance(facts, str) else facts for facts in found]


def _views(paths: Sequence[Path | str], limits: Limits) -> list[Facts | MidiFileError]:
    return [_view(Path(path), limits) for path in paths]


def _view(path: Path, limits: Limits) -> Facts | MidiFileError:
    try:
        file = read_seed(path, limits)
        write_lists(path, lists_of(file))
        return facts_of(file)
    except MelodyRnnError as error:
        return MidiFileError(str(error))
    except MemoryError:
        return MidiFileError(f"{path}: took more than {limits.memory_bytes >> 20} MB of memory to read")
    except Exception as error:  # noqa: BLE001 - any bytes may come from a page
        return MidiFileError(f"{path}: cannot be read ({type(error).__name__})")


def write_lists(path: Path, lists: Facts) -> None:
    """Write the lists beside a file."""
    with replacing(lists_path(path)) as beside, open(os.fspath(beside), "w", encoding="ascii") as file:
        json.dump(lists, file)
