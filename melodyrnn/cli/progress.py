"""Progress of long work: a bar on a terminal, nothing in a pipe."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import click


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[float], None]]:
    """Gives a function to be told the part that is done, 0 to 1."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=1.0)
        yield lambda part: bar.update(task, completed=part)


def say(line: str) -> None:
    """Print a line of work that goes on, also where whoever reads has read enough: then nothing more is printed."""
    try:
        click.echo(line)
    except BrokenPipeError:
        print_no_more()


def print_no_more() -> None:
    """Let what is still to be printed go nowhere, so that leaving does not fail at it once more."""
    with suppress(OSError):  # a stdout that is no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
