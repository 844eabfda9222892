"""`melodyrnn models`: the models at hand."""

import json
import math
from pathlib import Path
from typing import Any

import click

from melodyrnn.cli.show.text import say


@click.command(
    epilog="\b\nExamples:\n  melodyrnn models\n  melodyrnn models mine.safetensors\n  melodyrnn models --json"
)
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print all facts as JSON.")
def models(files: tuple[Path, ...], as_json: bool) -> None:
    """List the included models, or those in files: styles, size, training data, licences."""
    from melodyrnn.api import shipped_models
    from melodyrnn.model.modelfile import read_model

    found: list[dict[str, Any]] = []
    for name, path in [(file.stem, file) for file in files] or shipped_models().items():
        model = read_model(path)
        config = model.config
        found.append(
            {
                "name": name,
                "path": str(path),
                "styles": model.styles,
                "cell": config.cell,
                "layers": config.layers,
                "hidden": config.hidden,
                "parameters": sum(math.prod(shape) for shape in config.shapes().values()),
                "bytes": path.stat().st_size,
                "about": model.about,
            }
        )
    if as_json:
        click.echo(json.dumps({"models": found}, indent=1))
        return
    for facts in found:
        size = f"{facts['layers']} x {facts['hidden']} {facts['cell']}, {facts['parameters']:,} parameters"
        say(f"{facts['name']}: {', '.join(facts['styles'])} ({size}, {facts['bytes'] / 1e6:.1f} MB)")
        for title, value in facts["about"].items():
            _tell(title, value, indent=2)


def _tell(title: str, value: object, indent: int) -> None:
    """A fact about a model on a line, or what it consists of on a line each."""
    label = f"{'':{indent}}{title.replace('_', ' ')}:"
    if isinstance(value, dict):
        say(label)
        for name, part in value.items():
            _tell(str(name), part, indent + 2)
    elif isinstance(value, list):
        say(f"{label} {', '.join(map(str, value))}")
    else:
        say(f"{label} {value}")
