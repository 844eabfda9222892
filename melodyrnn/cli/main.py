"""The way in: which commands there are, and what becomes of an error."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from melodyrnn import __version__
from melodyrnn.cli.completion import complete
from melodyrnn.cli.options.repeated import check_given_once
from melodyrnn.cli.show.text import print_no_more, say
from melodyrnn.cli.suggestions import no_such_command, no_such_option
from melodyrnn.errors import MelodyRnnError, OptionError
from melodyrnn.options import on_command_line

COMMANDS = (
    "generate",
    "live",
    "studio",
    "plugin",
    "adapt",
    "train",
    "tune",
    "evaluate",
    "judge",
    "inspect",
    "plot",
    "play",
    "models",
    "ports",
    "doctor",
    "completion",
)
INTERRUPTED = 130  # what a shell says of a program that Ctrl-C ended


class Commands(click.Group):
    """The commands, each loaded from the file of its name when it is asked for."""

    def list_commands(self, _: click.Context) -> list[str]:
        """In the order in which they are most likely to be wanted."""
        return list(COMMANDS)

    def get_command(self, _: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"melodyrnn.cli.{cmd_name}"), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, but that the error names the commands there are."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            raise click.UsageError(no_such_command(args[0], COMMANDS))
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None:
            check_given_once(command, rest)
        return name, command, rest


@click.command(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nExamples:\n  melodyrnn generate song.mid -o longer.mid\n  melodyrnn generate --help",
)
@click.version_option(__version__, message="melodyrnn %(version)s")
@click.pass_context
def commands(context: click.Context) -> None:
    """Continue MIDI files with a recurrent neural network, play live, and train models on your own music."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command, and leave with its exit code: 0, 1 the work failed, 2 the call was wrong, 130 interrupted."""
    sys.stdout, sys.stderr = (stream or open(os.devnull, "w", encoding="utf-8") for stream in (sys.stdout, sys.stderr))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a file name may hold what the terminal cannot show
    sys.exit(_run(sys.argv[1:] if arguments is None else arguments))


def _run(arguments: Sequence[str]) -> int:
    try:
        if complete(commands):
            return 0
        with commands.make_context("melodyrnn", list(arguments)) as context:
            commands.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.NoSuchOption as error:
        return _fail(no_such_option(error), error.exit_code)
    except click.ClickException as error:
        return _fail(" ".join(error.format_message().split()), error.exit_code)
    except OptionError as error:
        return _fail(error.spelled(on_command_line), error.exit_code)
    except MelodyRnnError as error:
        return _fail(str(error), error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        return _fail("interrupted", INTERRUPTED)
    except BrokenPipeError:  # whoever read our output has read enough
        print_no_more()
        return 1
    except OSError as error:  # such as a disk that is full, or a folder that may not be read
        print_no_more()
        where = f"{error.filename}: " if error.filename else ""
        return _fail(f"{where}{error.strerror or error}", 1)
    return 0


def _fail(message: str, exit_code: int) -> int:
    say(f"error: {message}", err=True)
    return exit_code
