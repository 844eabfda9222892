"""Who plays, and how boldly: the options that `generate` and `live` share."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

OPTIONS = (
    click.option(
        "--style",
        help="folk, chorale, song, drums, or a style of --model. Default: the one the seed sounds most like, or folk.",
    ),
    click.option(
        "--model", metavar="NAME|FILE", help="A model file, or a shipped model. Default: the shipped one of the style."
    ),
    click.option(
        "--temperature", type=float, help="How bold: 0 always the likeliest, to 10.  [default: 1, as learned]"
    ),
    click.option(
        "--top-p", type=float, help="Draw from the likeliest that hold this much probability.  [default: 0.95]"
    ),
)


def playing_options(command: Command) -> Command:
    """Add the options to a command."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command
