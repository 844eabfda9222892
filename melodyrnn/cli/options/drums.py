"""The options that declare tracks of a file to be drums or not, where reading it gets that wrong."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def drums_options(command: Command) -> Command:
    """--drums and --not-drums, as `drums` and `not_drums`: tuples of names or numbers of tracks."""
    for option in (
        click.option(
            "--not-drums", multiple=True, metavar="TRACK", help="This track is no kit. More than once for more."
        ),
        click.option("--drums", multiple=True, metavar="TRACK", help="This track, by name or number from 1, is a kit."),
    ):
        command = option(command)
    return command
