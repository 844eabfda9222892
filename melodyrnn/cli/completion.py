"""`melodyrnn completion`: the lines that make a shell complete commands, options and files."""

import os
import sys

import click
from click.shell_completion import get_completion_class

VARIABLE = "_MELODYRNN_COMPLETE"  # with which the shell asks what comes next
SHELLS = ("bash", "zsh", "fish")


@click.command(
    epilog="\b\nExamples:\n"
    "  melodyrnn completion bash\n  echo 'eval \"$(melodyrnn completion zsh)\"' >> ~/.zshrc\n"
    "  melodyrnn completion fish > ~/.config/fish/completions/melodyrnn.fish"
)
@click.argument("shell", type=click.Choice(SHELLS, case_sensitive=False), required=False)
def completion(shell: str | None) -> None:
    """Print the lines that let a shell complete melodyrnn's commands, options and files.

    For bash, put eval "$(melodyrnn completion bash)" into ~/.bashrc; for zsh, the same with zsh into ~/.zshrc. Without
    a name, the lines are for the shell in use.
    """
    name = shell or os.path.basename(os.environ.get("SHELL", ""))
    kind = get_completion_class(name) if name in SHELLS else None
    if kind is None:
        raise click.UsageError(f"name the shell: one of {', '.join(SHELLS)}")
    made = kind(click.Command("melodyrnn"), {}, "melodyrnn", VARIABLE)
    click.echo(made.source_template % made.source_vars())


def complete(commands: click.Command) -> bool:
    """Answer a shell that asks what comes next. True if one did."""
    name = os.environ.get(VARIABLE, "").removesuffix("_complete")
    kind = get_completion_class(name) if name in SHELLS else None
    if kind is None:
        return False
    sys.stdout.write(kind(commands, {}, "melodyrnn", VARIABLE).complete() + "\n")
    return True
