"""Options that have a new name: the former one still works, and `--help` does not list it."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


class Renamed(click.Option):
    """An option whose last name is the former one."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """As click has it, without the former name."""
        names, self.opts = self.opts, self.opts[:-1]
        try:
            return super().get_help_record(ctx)
        finally:
            self.opts = names

    def get_error_hint(self, _: click.Context | None) -> str:
        """The new name, as click quotes names in errors."""
        return f"'{self.opts[0]}'"


def renamed(name: str, former: str, **attributes: Any) -> Callable[[Command], Command]:
    """A click option called `name`; its value has the former name, by which checkpoints keep it."""
    return click.option(name, former, former.removeprefix("--").replace("-", "_"), cls=Renamed, **attributes)
