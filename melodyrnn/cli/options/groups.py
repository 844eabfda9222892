"""`--help` that lists options in groups: those of the table of options by its rows, the others as the command says."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from melodyrnn.options import OPTIONS

OTHER = "Other"


class Grouped(click.Command):
    """A command whose help has a section for each group.

    `groups`: the titles in their order, each with the names of the options that belong there and are not in the table.
    """

    def __init__(self, *arguments: Any, groups: Mapping[str, Sequence[str]], **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self._groups = groups

    def group_of(self, parameter: click.Parameter) -> str:
        """The title under which an option is listed: `OTHER` where neither the command nor the table knows it."""
        name = parameter.name or ""
        named = [title for title, names in self._groups.items() if name in names]
        return named[0] if named else OPTIONS[name].group if name in OPTIONS else OTHER

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """A section for each group that has an option."""
        sections: dict[str, list[tuple[str, str]]] = {title: [] for title in (*self._groups, OTHER)}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                sections[self.group_of(parameter)].append(record)
        for title, records in sections.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)
