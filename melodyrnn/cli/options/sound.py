"""The option of every command that makes sound."""

from pathlib import Path

import click

soundfont_option = click.option(
    "--soundfont",
    type=click.Path(path_type=Path),
    help="Sound font (.sf2, .sf3) to play with.  [default: that of MELODYRNN_SOUNDFONT, or one that is found]",
)
