"""Lines of text as they are printed."""

import os
import sys
from contextlib import suppress

import click

from melodyrnn.errors import one_line


def say(line: str, *, err: bool = False) -> None:
    """Print one line, with what would move the cursor, or begin another line, told by its number."""
    click.echo(one_line(line), err=err)


def say_on(line: str) -> None:
    """As `say`, of work that goes on also when whoever reads has read enough: then nothing more is printed."""
    try:
        say(line)
    except BrokenPipeError:
        print_no_more()


def print_no_more() -> None:
    """Let what is still to be printed go nowhere, so that leaving does not fail at it once more."""
    with suppress(OSError):  # a stdout that is no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
