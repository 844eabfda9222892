"""How much a MIDI file may ask for: the options that every command has that reads some."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from melodyrnn.midi import Limits

MOST_BARS, MOST_MEGABYTES = 87_381, 2**24  # the longest song there is, and more memory than any machine has
Command = TypeVar("Command", bound=Callable[..., Any])

OPTIONS: dict[str, tuple[click.IntRange | click.FloatRange, str, str]] = {
    "max_bytes": (click.IntRange(1), "N", "Skip larger files.  [10000000]"),
    "max_repair": (click.IntRange(1), "N", "Skip larger damaged files.  [4000000]"),
    "max_notes": (click.IntRange(1), "N", "Skip files of more notes.  [1000000]"),
    "max_bars": (click.IntRange(1, MOST_BARS), "N", "Skip files longer than N bars of 4/4.  [87381]"),
    "max_memory": (click.IntRange(1, MOST_MEGABYTES), "MB", "Skip files that take more.  [381]"),
    "max_seconds": (click.FloatRange(1), "N", "Skip files that take longer.  [20]"),
}
IN_THIS_PROCESS = ("max_bytes", "max_repair", "max_notes", "max_bars")  # those that hold in any


def limit_options(names: Iterable[str] = OPTIONS, *, listed: bool = True) -> Callable[[Command], Command]:
    """Adds the options to a command. Where its help has other things to list, it tells of them in a sentence."""

    def add(command: Command) -> Command:
        for name, kind, unit, text in reversed([(name, *OPTIONS[name]) for name in names]):
            flag = f"--{name.replace('_', '-')}"
            command = click.option(flag, type=kind, metavar=unit, help=text, hidden=not listed)(command)
        return command

    return add


def limits_of(asked: Mapping[str, Any], usual: "Limits") -> "Limits":
    """The usual limits, but for those that were asked for."""
    from melodyrnn.music.pulses import PULSES_PER_WHOLE

    units = {
        "max_bytes": ("file_bytes", 1),
        "max_repair": ("repair_bytes", 1),
        "max_notes": ("notes", 1),
        "max_bars": ("length_pulses", PULSES_PER_WHOLE),
        "max_memory": ("memory_bytes", 1 << 20),
        "max_seconds": ("seconds", 1),
    }
    most = {limit: asked[name] * unit for name, (limit, unit) in units.items() if asked.get(name) is not None}
    return replace(usual, **most)
