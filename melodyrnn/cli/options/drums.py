"""The options that declare tracks of a file to be drums or not, where reading it gets that wrong."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def drums_options(command: Command) -> Command:
    """--drums and --not-drums, as `drums` and `not_drums`: tuples of names or numbers of tracks."""
    for option in (
        click.option("--not-drums", multiple=True, metavar="TRACK", help="Read this track as melody. May be repeated."),
        click.option(
            "--drums",
            multiple=True,
            metavar="TRACK",
            help="Read this track as drums: its name, or its number from 1. May be repeated.",
        ),
    ):
        command = option(command)
    return command
