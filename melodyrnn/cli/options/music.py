"""The options of generating music on the command line: a command has those that the table gives it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from melodyrnn.cli.options.repeated import given_twice
from melodyrnn.errors import OptionError
from melodyrnn.options import BARS, OPTIONS, Option, on_command_line

Command = TypeVar("Command", bound=Callable[..., Any])


def pitch(text: str) -> int:
    """The MIDI number of a pitch; a usage error where it is none."""
    from melodyrnn.music.pitches import parse_pitch  # here: `--help` need not wait for numpy

    try:
        return parse_pitch(text)
    except OptionError as error:
        raise click.UsageError(error.spelled(on_command_line)) from None


def chords(text: str) -> str:
    """The chords themselves, or, where it is the name of a file, what that holds; a usage error if it is no text."""
    path = Path(text)
    if len(text) > LONGEST_FILE_NAME or not path.is_file():
        return text
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_CHORD_SHEET).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no text in UTF-8"
        raise click.UsageError(f"{text}: cannot be read ({reason})") from None


TYPES: dict[str, Callable[[str], Any]] = {
    "pitch": pitch,
    "chords": chords,
    **dict.fromkeys(("key", "metre", "form", "passage", "part", "name", "names"), str),
}
LONGEST_FILE_NAME, LARGEST_CHORD_SHEET = 255, 100_000  # bytes
METAVARS = {
    "chords": "CHORDS|FILE",
    "bars": f"INTEGER|{BARS.word}",
    "from_bar": "BAR",
    "to_bar": "BAR",
    "number": "NUMBER",
    "whole": "INTEGER",
    "metre": "N/D",
    "choice": None,  # the choices
    "model": "NAME|FILE",
    "passage": "BARS",
    "names": "NAME",
    "add": "PART",
}  # by kind, or by name


def styles_from(_: click.Context, __: click.Parameter, typed: str) -> list[str]:
    """The shipped styles that begin so, for a shell that completes them."""
    from melodyrnn.generation.library import shipped_styles

    return [style for style in shipped_styles() if style.startswith(typed.lower())]


def models_from(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
    """The shipped models that begin so; where none does, files."""
    from melodyrnn.generation.library import shipped_models

    found = [CompletionItem(name) for name in shipped_models() if name.startswith(typed)]
    return found or [CompletionItem(typed, type="file")]


COMPLETED = {"style": styles_from, "model": models_from}


def number_of(option: Option[Any]) -> Callable[[str], float | str]:
    """A function from text to a number or word that is legal for the option; else it gives a usage error."""

    def number(text: str) -> float | str:
        if option.word and text.lower() == option.word:
            return option.word
        try:
            value = float(text) if option.kind == "number" else int(text)
        except ValueError:
            legal = f"{option.legal}, or {option.word}" if option.word else option.legal
            raise click.BadParameter(f"{text!r}: must be {legal}") from None
        try:
            option.check(value)
        except OptionError as error:
            raise click.UsageError(error.spelled(on_command_line)) from None
        return value

    return number


def music_options(command_name: str) -> Callable[[Command], Command]:
    """Adds to a command the options that it has in the table, each None (a flag: its default) where it is not given."""

    def add(command: Command) -> Command:
        for option in reversed([option for option in OPTIONS.values() if command_name in option.where]):
            if option.by_part and command_name in OPTIONS[option.by_part].where:
                command = option_by_part(option, OPTIONS[option.by_part])(command)
            elif option.kind != "parts":
                command = click_option(option, option.default if option.kind == "flag" else None)(command)
        return command

    return add


def click_option(option: Option[Any], default: Any) -> Callable[[Command], Command]:
    """A row of a table as an option of a command."""
    flag = on_command_line(option.name)
    if option.kind == "flag":
        flags = f"{flag}/--{option.off.replace('_', '-')}" if option.off else flag
        return click.option(flags, is_flag=True, default=default, help=_help(option))
    return click.option(
        flag,
        type=click.Choice(option.choices) if option.choices else TYPES.get(option.kind) or number_of(option),
        metavar=METAVARS.get(option.name) or METAVARS.get(option.kind, option.kind.upper()),
        default=default,
        multiple=option.kind == "names",
        help=_help(option),
        shell_complete=COMPLETED.get(option.name),
    )


def option_by_part(option: Option[Any], by_part: Option[Any]) -> Callable[[Command], Command]:
    """Two rows of a table as one option of a command: a value for all, and PART=VALUE for one part, again and again."""

    def value_of(text: str) -> Any:
        if "=" in text:
            return text
        return click.Choice(option.choices)(text) if option.choices else number_of(option)(text)

    def split(context: click.Context, _: click.Parameter, values: tuple[Any, ...]) -> Any:
        named = tuple(value for value in values if isinstance(value, str) and "=" in value)
        context.params[by_part.name] = named or None
        plain = [value for value in values if value not in named]
        if len(plain) > 1:
            raise given_twice(on_command_line(option.name), len(plain))
        return plain[0] if plain else None

    parts, values = by_part.help.removesuffix(".").split(": ", 1)
    return click.option(
        on_command_line(option.name),
        type=value_of,
        metavar=f"{METAVARS.get(option.kind) or '|'.join(option.choices)}|{parts}",
        default=None,
        multiple=True,
        callback=split,
        help=f"{_help(option)} {parts}: {values}.",
    )


def _help(option: Option[Any]) -> str:
    """The help of the table, with the legal numbers and what holds where the option is not given."""
    text, default = option.help, option.otherwise
    if option.kind == "number" or (option.kind == "whole" and option.high is not None):
        text = f"{text} {'; '.join(filter(None, (option.legal, option.note))).capitalize()}."
    if not default and option.kind in ("number", "whole", "choice") and option.default is not None:
        default = option.default if option.choices else f"{option.default:g}"
    return f"{text}  [default: {default}]" if default else text
