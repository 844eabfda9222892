"""Options that are given twice where one value counts: an error, since click takes the last and drops the others."""

from collections import Counter
from collections.abc import Sequence

import click


def given_twice(name: str, times: int) -> click.UsageError:
    """The error for an option that is given so many times."""
    return click.UsageError(f"{name}: given {times} times; only one can be followed")


def check_given_once(command: click.Command, arguments: Sequence[str]) -> None:
    """A usage error where an option that has one value is given twice. A flag may come twice, if it is not turned off.

    Arguments that the command does not take are left to its own parser.
    """
    context = click.Context(command, ignore_unknown_options=True, resilient_parsing=True)
    try:
        _, rest, order = command.make_parser(context).parse_args([*arguments])
    except click.UsageError:
        return
    below = command.get_command(context, rest[0]) if isinstance(command, click.Group) and rest else None
    if below is not None:
        check_given_once(below, rest[1:])
    given = Counter(each for each in order if isinstance(each, click.Option))
    for option, times in given.items():
        single = not (option.multiple or option.count or (option.is_flag and not option.secondary_opts))
        if single and times > 1:
            names = " and ".join(filter(None, (option.opts[0], *option.secondary_opts[:1])))
            raise given_twice(names, times)
