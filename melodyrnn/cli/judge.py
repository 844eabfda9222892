"""`melodyrnn judge`: generated music beside real music, in figures and a page of pictures."""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from melodyrnn.cli.extras import needing
from melodyrnn.cli.options.limits import limit_options, limits_of
from melodyrnn.cli.show.progress import progress_bar
from melodyrnn.cli.show.skipped import tell_skipped
from melodyrnn.cli.show.text import say
from melodyrnn.errors import count
from melodyrnn.files import check_writable

if TYPE_CHECKING:
    from melodyrnn.evaluation.judge import Beside, Comparison
    from melodyrnn.midi import Limits
    from melodyrnn.music import Song

MOST_TELLTALES = 3
LEAST_LOSS = 0.01  # of accuracy: a measure that loses less gives nothing away

EXAMPLES = """\b
Examples:
  melodyrnn judge generated_tunes real_tunes
  melodyrnn judge generated_tunes real_tunes --train training_tunes --page judged.png
  melodyrnn judge generated_tunes real_tunes --json"""


@click.command(epilog=EXAMPLES)
@click.argument("generated", type=click.Path(path_type=Path))
@click.argument("real", type=click.Path(path_type=Path))
@click.option("--train", type=click.Path(path_type=Path), help="Folder that the model was trained on, to find copies.")
@click.option("--page", type=click.Path(path_type=Path), help="Picture to draw: .png, .svg or .pdf.")
@click.option("--overwrite", is_flag=True, help="Replace a page that exists.")
@click.option("--json", "as_json", is_flag=True, help="Every measure as JSON.")
@limit_options()
def judge(
    generated: Path, real: Path, train: Path | None, page: Path | None, overwrite: bool, as_json: bool, **most: Any
) -> None:
    """Compare a folder of GENERATED music with a folder of REAL music of the same kind, at least 10 pieces.

    Each figure stands beside that of real music, measured in the same way with one half of the real pieces in the place
    of the generated ones. Use real pieces that the model was not trained on.
    """
    with needing("evaluate", "judging"):
        import matplotlib  # noqa: F401 - first, for others need it too

        from melodyrnn.evaluation.copying import KnownMelodies
        from melodyrnn.evaluation.judge import compare
        from melodyrnn.evaluation.page import check_format, draw_page
    from melodyrnn.midi import LIMITS

    if page is not None:
        check_format(page)
        check_writable([page], overwrite)
    limits, skipped = limits_of(most, LIMITS), list[tuple[str, str]]()
    new, true, known = (_songs(folder, skipped, limits) for folder in (generated, real, train))
    with progress_bar("Judging") as report:
        found = compare(true, new, KnownMelodies(known) if train else None, report)
    if page is not None:
        draw_page(page, generated.resolve().name, true, new, found)
    if as_json:
        named = [{"path": path, "reason": reason} for path, reason in skipped]
        click.echo(json.dumps({**found.as_json(), "skipped": named}, indent=1))
        return
    for line in _lines(found):
        say(line)
    if page is not None:
        say(f"{page}: the page of pictures")
    tell_skipped(skipped)


def _songs(folder: Path | None, skipped: list[tuple[str, str]], limits: "Limits") -> "list[Song]":
    """The songs of a folder that can be read; none where there is no folder."""
    from melodyrnn.corpus.folder import readable_songs
    from melodyrnn.midi.folder import midi_files

    if folder is None:
        return []
    with progress_bar(f"Reading {folder}") as report:
        return [song for _, song in readable_songs(midi_files(folder), skipped, report, limits)]


def _lines(found: "Comparison") -> list[str]:
    """The main figures, a line each, generated and real side by side."""
    rows: dict[str, Beside] = {
        "likeness of the notes (0 to 1)": found.mean_likeness,
        "told apart (0.5: by chance)": found.accuracy,
        "bars that repeat an earlier bar": found.form["exact_any"],
        "pieces that end on the tonic": found.form["ends_on_tonic"],
        "pieces that repeat one bar too often": found.loops,
        "pieces with too long a silence": found.silences,
        "pieces that run on": found.runs_on,
    }
    if found.longest_copies:
        rows["12-note runs that are copies"] = found.copied_share
        rows["longest copy, in notes"] = found.copied_longest_notes
    width = max(map(len, rows))
    generated, real = (int(number) for number in (found.pieces.generated, found.pieces.real))
    silent = f" ({found.silent} without notes)" if found.silent else ""
    lines = [
        f"{count(generated, 'generated piece')} beside {count(real, 'real one')}{silent}",
        f"{'':{width}}  generated   real",
        *(f"{name:{width}}  {_figure(pair.generated):>9}  {_figure(pair.real):>5}" for name, pair in rows.items()),
    ]
    telling = [name.replace("_", " ") for name, loss in found.telltales.items() if loss >= LEAST_LOSS][:MOST_TELLTALES]
    return [*lines, f"told apart most by: {', '.join(telling)}"] if telling else lines


def _figure(value: float) -> str:
    """Two places; a dash where there are too few pieces for a value."""
    return "-" if math.isnan(value) else f"{value:.2f}"
