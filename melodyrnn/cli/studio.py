"""`melodyrnn studio`: a page to see, hear and steer."""

from pathlib import Path

import click

from melodyrnn.cli.extras import needing
from melodyrnn.cli.show.text import say
from melodyrnn.errors import StudioError

EXAMPLES = """\b
Examples:
  melodyrnn studio
  melodyrnn studio --port 9000 --no-browser"""


@click.command(epilog=EXAMPLES)
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="Port; 0: a free one.")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Address to listen on. On one that other machines reach, the link holds a token.",
)
@click.option("--folder", type=click.Path(path_type=Path), help="Folder of MIDI files that the page may train on.")
@click.option(
    "--models",
    type=click.Path(path_type=Path),
    help="Folder of the models that are trained on the page. Default: one in the user's data folder.",
)
@click.option("--browser/--no-browser", default=True, help="Open the page in the browser (the default), or not.")
def studio(port: int, host: str, folder: Path | None, models: Path | None, browser: bool) -> None:
    """Open a page that shows, plays and steers the music. Other programs can use its calls too: /openapi.json."""
    with needing("studio", "the studio"):
        from melodyrnn.generation.library import own_models_folder
        from melodyrnn.studio.server import serve
    if folder is not None and not folder.is_dir():
        raise StudioError(f"{folder}: no such folder")
    serve(port, host, models or own_models_folder(), folder, say, browser)
