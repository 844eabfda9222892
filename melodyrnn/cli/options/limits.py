"""How much a MIDI file may ask for: the `--limits` option of every command that reads some."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

if TYPE_CHECKING:
    from melodyrnn.midi import Limits

Command = TypeVar("Command", bound=Callable[..., Any])


class Limit(NamedTuple):
    """One limit: its field of `Limits`, the most it may be, and the option that it was in version 0.1."""

    field: str
    most: int
    former: str


LIMITS = {
    "file-bytes": Limit("file_bytes", 2**44, "max_bytes"),
    "repair-bytes": Limit("repair_bytes", 2**44, "max_repair"),
    "notes": Limit("notes", 2**44, "max_notes"),
    "bars": Limit("length_pulses", 87_381, "max_bars"),  # of 4/4: the longest song there is
    "memory-mb": Limit("memory_bytes", 2**24, "max_memory"),
    "seconds": Limit("seconds", 2**31, "max_seconds"),
}
LIMIT_OPTIONS = ("limits", *(limit.former for limit in LIMITS.values()))  # the names of the options
IN_THIS_PROCESS = ("file-bytes", "repair-bytes", "notes", "bars")  # the others need a process that can be stopped
HELP = "Skip MIDI files over a limit, such as notes=9000,seconds=5. Names: {names}."
HELP_OF_ONE = "Refuse a MIDI file over a limit, such as notes=9000. Names: {names}."


def limit_options(names: Iterable[str] = LIMITS) -> Callable[[Command], Command]:
    """Adds `--limits` to a command, and out of sight the options that stood in its place in version 0.1."""
    names = tuple(names)

    def check(_: click.Context, __: click.Parameter, text: str | None) -> str | None:
        parse_limits(text or "", names)
        return text

    def add(command: Command) -> Command:
        for name in reversed(names):
            former = f"--{LIMITS[name].former.replace('_', '-')}"
            command = click.option(former, hidden=True, metavar=f"N  (now --limits {name}=N)")(command)
        text = (HELP if len(names) == len(LIMITS) else HELP_OF_ONE).format(names=", ".join(names))
        return click.option("--limits", metavar="NAME=N,...", callback=check, help=text)(command)

    return add


def parse_limits(text: str, names: Iterable[str] = LIMITS) -> dict[str, float]:
    """{"notes": 9000, "seconds": 5} for "notes=9000,seconds=5"; a usage error where it is anything else."""
    names, found = tuple(names), dict[str, float]()
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, _, number = (part.strip() for part in entry.partition("="))
        if name not in names:
            raise click.BadParameter(f"{entry!r}: must be NAME=N, with a name of {', '.join(names)}")
        value = float(number) if re.fullmatch(r"[0-9]+(\.[0-9]+)?", number) else 0.0
        if not 1 <= value <= LIMITS[name].most or (name != "seconds" and value != int(value)):
            raise click.BadParameter(f"{entry!r}: {name} must be {_number(name)}from 1 to {LIMITS[name].most}")
        found[name] = value if name == "seconds" else int(value)
    return found


def limits_of(asked: Mapping[str, Any], usual: "Limits") -> "Limits":
    """The usual limits, but for those that a command's options ask for."""
    from melodyrnn.music.pulses import PULSES_PER_WHOLE

    units = {"bars": PULSES_PER_WHOLE, "memory-mb": 1 << 20}
    former = [f"{name}={asked[kind.former]}" for name, kind in LIMITS.items() if asked.get(kind.former) is not None]
    wanted = parse_limits(",".join([*former, asked.get("limits") or ""]))
    changed: dict[str, Any] = {LIMITS[name].field: value * units.get(name, 1) for name, value in wanted.items()}
    return replace(usual, **changed)


def _number(name: str) -> str:
    return "" if name == "seconds" else "a whole number "
