"""`melodyrnn plugin`: the plugin for hosts, installed, removed, found, and tried."""

import json
import shlex
from pathlib import Path
from typing import Any

import click

from melodyrnn.cli.show.text import say
from melodyrnn.errors import PluginError

EXAMPLES = """\b
Examples:
  melodyrnn plugin install
  melodyrnn plugin check
  melodyrnn plugin install --format clap --to ~/.clap"""

FORMAT = click.option(
    "--format", "form", type=click.Choice(["lv2", "clap"]), default="lv2", show_default=True, help="Kind of plugin."
)
TO = click.option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder of plugins.  [default: yours, which every host searches]",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@click.group(epilog=EXAMPLES, invoke_without_command=True)
@click.pass_context
def plugin(context: click.Context) -> None:
    """Install melodyrnn as a plugin that DAWs load (LV2, CLAP)."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@plugin.command(epilog="\b\nExamples:\n  melodyrnn plugin install\n  melodyrnn plugin install --format clap")
@FORMAT
@TO
def install(form: Any, to: Path | None) -> None:
    """Put the plugin where hosts look for plugins. It starts the Python that runs this command."""
    from melodyrnn.plugin import install as work

    say(f"installed {work.install(form, to)}")
    options = ["--format", form] * (form != "lv2") + (["--to", str(to)] if to else [])
    say(f"next: {shlex.join(['melodyrnn', 'plugin', 'check', *options])}")


@plugin.command(epilog="\b\nExample:\n  melodyrnn plugin uninstall")
@FORMAT
@TO
def uninstall(form: Any, to: Path | None) -> None:
    """Remove the plugin."""
    from melodyrnn.plugin import install as work

    removed = work.uninstall(form, to)
    if removed is None:
        raise PluginError(f"{work.place(form, to)}: no plugin is installed there")
    say(f"removed {removed}")


@plugin.command(epilog="\b\nExamples:\n  melodyrnn plugin where\n  melodyrnn plugin where --json")
@JSON
def where(as_json: bool) -> None:
    """Print where the plugin belongs, whether it is there, and in which folder CLAP finds model files of your own."""
    from melodyrnn.generation.library import own_models_folder
    from melodyrnn.plugin import install as work

    found = []
    for form in work.FORMATS:
        there, folder = work.find(form), work.place(form)
        found.append(
            {
                "format": form,
                "folder": str(folder),
                "installed": there is not None,
                "python": there.python if there else None,
            }
        )
        if not as_json:
            starts = f"installed, starts {there.python}" if there else "not installed"
            say(f"{form}: {folder} ({starts})")
    if as_json:
        click.echo(json.dumps({"plugins": found, "models": str(own_models_folder())}, indent=1))
    else:
        say(f"models: {own_models_folder()}")


@plugin.command(epilog="\b\nExamples:\n  melodyrnn plugin check\n  melodyrnn plugin check --json")
@FORMAT
@TO
@JSON
def check(form: Any, to: Path | None, as_json: bool) -> None:
    """Load the installed plugin as a host does, and play eight bars."""
    from melodyrnn.plugin import install as work

    found = work.check(form, to)
    if as_json:
        click.echo(json.dumps(found, indent=1))
        return
    say(f"{found['folder']}: {found['notes']} notes in {found['bars']} bars, each with its end")
    say(f"the engine was ready after {found['ready_seconds']} s: {found['says']}")
