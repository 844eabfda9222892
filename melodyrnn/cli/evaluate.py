"""`melodyrnn evaluate`: how likely a model finds a folder of music."""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from melodyrnn.cli.options.limits import limit_options, limits_of
from melodyrnn.cli.show.skipped import tell_skipped
from melodyrnn.cli.show.text import say
from melodyrnn.errors import count

if TYPE_CHECKING:
    from melodyrnn.evaluation.likelihood import Likelihood

EXAMPLES = """\b
Examples:
  melodyrnn evaluate folk my_tunes
  melodyrnn evaluate mine.safetensors my_tunes --json
  melodyrnn evaluate song my_tunes --adapt"""


@click.command(epilog=EXAMPLES)
@click.argument("model", metavar="MODEL")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--style", help="Score all files as this style. Default: by folder, see above.")
@click.option(
    "--adapt", is_flag=True, help="Learn each file while scoring it. Each note is scored before it is learned."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, with each file.")
@limit_options()
def evaluate(model: str, folder: Path, style: str | None, adapt: bool, as_json: bool, **most: Any) -> None:
    """Measure how well a model predicts a folder of MIDI files, in bits per note: fewer is better.

    MODEL is a model file, an included model, or one of its styles. If it names a style, all files are scored as that
    style. Otherwise each file is scored as the style that its subfolder, or FOLDER, is named after; other files are
    scored as the model's first style.
    """
    from melodyrnn.api import choose_model
    from melodyrnn.cli.show.progress import progress_bar
    from melodyrnn.evaluation.likelihood import evaluate_folder
    from melodyrnn.midi import LIMITS

    limits = limits_of(most, LIMITS)
    player, chosen = choose_model(model, style)
    named = style is not None or model in player.styles
    with progress_bar("Evaluating") as report:
        found = evaluate_folder(player, folder, chosen if named else None, report, limits, adapt=adapt)
    by_style = found.styles
    if as_json:
        result = {
            "model": player.name,
            "adapt": adapt,
            "style": next(iter(by_style)) if len(by_style) == 1 else None,
            "bits_per_note": round(found.bits_per_note, 4),
            "interval": found.interval and [round(end, 4) for end in found.interval],
            "parts": _rounded(found.parts),
            "quarters": _rounded_list(found.quarters),
            "notes": found.notes,
            "styles": {
                name: {
                    "bits_per_note": round(part.bits_per_note, 4),
                    "parts": _rounded(part.parts),
                    "quarters": _rounded_list(part.quarters),
                    "notes": part.notes,
                    "files": len(part.files),
                }
                for name, part in by_style.items()
            },
            "files": [
                {
                    "path": file.path,
                    "style": file.style,
                    "notes": file.notes,
                    "bits_per_note": round(file.bits_per_note, 4),
                    "parts": _rounded(file.parts),
                }
                for file in found.files
            ],
            "skipped": [{"path": path, "reason": reason} for path, reason in found.skipped],
        }
        click.echo(json.dumps(result, indent=1))
        return
    parts = ", ".join(f"{name} {bits:.3f}" for name, bits in found.parts.items())
    say(f"{found.bits_per_note:.3f} bits per note ({parts})")
    quarters = " ".join(f"{bits:.3f}" for bits in found.quarters)
    say(f"{quarters} by quarter of a piece")
    if found.interval:
        low, high = found.interval
        say(f"{low:.3f} to {high:.3f} with 95% confidence, by bootstrap over files")
    say(f"{_heard(found)}, as {', '.join(by_style)}, by {player.name}")
    if len(by_style) > 1:
        for name, part in by_style.items():
            say(f"{name}: {part.bits_per_note:.3f} bits per note, {_heard(part)}")
    tell_skipped(found.skipped)


def _heard(part: "Likelihood") -> str:
    return f"{count(part.notes, 'note')} in {count(len(part.files), 'file')}"


def _rounded(parts: dict[str, float]) -> dict[str, float]:
    return {name: round(bits, 4) for name, bits in parts.items()}


def _rounded_list(values: tuple[float, ...]) -> list[float | None]:
    return [None if math.isnan(value) else round(value, 4) for value in values]
