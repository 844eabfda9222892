"""How much a MIDI file may ask for: the options that every command has that reads some."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from melodyrnn.midi import Limits

MOST_BARS, MOST_MEGABYTES = 87_381, 2**24  # the longest song there is, and more memory than any machine has
Command = TypeVar("Command", bound=Callable[..., Any])

OPTIONS = (
    click.option("--max-bytes", type=click.IntRange(1), metavar="N", help="Skip larger files.  [10000000]"),
    click.option("--max-repair", type=click.IntRange(1), metavar="N", help="Skip larger damaged files.  [4000000]"),
    click.option("--max-notes", type=click.IntRange(1), metavar="N", help="Skip files of more notes.  [1000000]"),
    click.option(
        "--max-bars",
        type=click.IntRange(1, MOST_BARS),
        metavar="N",
        help="Skip files longer than N bars of 4/4.  [87381]",
    ),
    click.option(
        "--max-memory", type=click.IntRange(1, MOST_MEGABYTES), metavar="MB", help="Skip files that take more.  [381]"
    ),
    click.option("--max-seconds", type=click.FloatRange(1), metavar="N", help="Skip files that take longer.  [20]"),
)


def limit_options(command: Command) -> Command:
    """Add the options to a command."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


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
    most = {limit: asked[name] * unit for name, (limit, unit) in units.items() if asked[name] is not None}
    return replace(usual, **most)
