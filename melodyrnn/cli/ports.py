"""`melodyrnn ports`: the MIDI ports of this machine."""

import json

import click

from melodyrnn.cli.show.text import say


@click.command(epilog="\b\nExamples:\n  melodyrnn ports\n  melodyrnn ports --json")
@click.option("--json", "as_json", is_flag=True, help="Print the names as JSON.")
def ports(as_json: bool) -> None:
    """List the MIDI ports of this machine: inputs to receive from, outputs to play into.

    Without a MIDI system, --json still prints JSON, with the error in it; the exit code is 1.
    """
    from melodyrnn.errors import PortError
    from melodyrnn.ports.devices import port_names, system_name

    try:
        system, found = system_name(), port_names()
    except PortError as error:
        if as_json:
            click.echo(json.dumps({"system": None, "inputs": [], "outputs": [], "error": str(error)}, indent=1))
        raise
    if as_json:
        click.echo(json.dumps({"system": system, **found._asdict()}, indent=1))
        return
    say(f"system: {system}")
    for kind, names in found._asdict().items():
        say(f"{kind}: {'' if names else 'none'}".rstrip())
        for name in names:
            say(f"  {name}")
