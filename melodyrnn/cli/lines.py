"""How every line of text is printed: names of files, tracks, styles and ports in it may hold anything."""

import click

from melodyrnn.errors import one_line


def say(line: str, *, err: bool = False) -> None:
    """Print one line, with what would move the cursor, or begin another line, told by its number."""
    click.echo(one_line(line), err=err)
