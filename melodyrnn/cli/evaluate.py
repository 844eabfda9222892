"""`melodyrnn evaluate`: how likely a model finds a folder of music."""

import json
from pathlib import Path
from typing import Any

import click

from melodyrnn.cli.counts import count
from melodyrnn.cli.limits import limit_options, limits_of
from melodyrnn.cli.lines import say

EXAMPLES = """\b
Examples:
  melodyrnn evaluate folk my_tunes
  melodyrnn evaluate mine.safetensors my_tunes --json"""


@click.command(epilog=EXAMPLES)
@click.argument("model", metavar="MODEL")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--style", help="Hear the music as this style. Default: the one MODEL names, or the model's first.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, file by file.")
@limit_options(listed=False)
def evaluate(model: str, folder: Path, style: str | None, as_json: bool, **most: Any) -> None:
    """Measure how well a model predicts a folder of MIDI files, in bits per note: fewer is better.

    MODEL is a model file, a shipped model, or one of its styles. What a MIDI file may ask for is limited, by the
    --max-... options of `inspect`.
    """
    from melodyrnn.api import choose_model
    from melodyrnn.cli.progress import progress_bar
    from melodyrnn.evaluation.likelihood import evaluate_folder
    from melodyrnn.midi import LIMITS

    limits = limits_of(most, LIMITS)
    player, style = choose_model(model, style)
    with progress_bar("Evaluating") as report:
        found = evaluate_folder(player, folder, style, report, limits)
    if as_json:
        result = {
            "model": player.name,
            "style": style,
            "bits_per_note": round(found.bits_per_note, 4),
            "interval": found.interval and [round(end, 4) for end in found.interval],
            "parts": _rounded(found.parts),
            "notes": found.notes,
            "files": [
                {
                    "path": file.path,
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
    if found.interval:
        low, high = found.interval
        say(f"{low:.3f} to {high:.3f} with 95% confidence, files drawn anew")
    say(f"{count(found.notes, 'note')} in {count(len(found.files), 'file')}, as {style}, by {player.name}")
    for _, reason in found.skipped:
        say(f"skipped {reason}")


def _rounded(parts: dict[str, float]) -> dict[str, float]:
    return {name: round(bits, 4) for name, bits in parts.items()}
