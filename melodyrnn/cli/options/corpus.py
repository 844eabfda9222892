"""How a corpus is read and varied: the options that `train` and `tune` share, and their values."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from melodyrnn.cli.options.music import click_option
from melodyrnn.corpus.options import OPTIONS

if TYPE_CHECKING:
    from melodyrnn.corpus.augmentation import Augmentation, Preparation

HEARING = tuple(OPTIONS)  # the names of the settings
Command = TypeVar("Command", bound=Callable[..., Any])


def hearing_options(command: Command) -> Command:
    """Add the options to a command, each with its default."""
    for option in reversed(OPTIONS.values()):
        command = click_option(option, option.default)(command)
    return command


def preparation_of(settings: Mapping[str, Any]) -> "Preparation":
    """The changes made to each piece once."""
    from melodyrnn.corpus.augmentation import Preparation

    return Preparation(settings["time"], settings["velocity"])


def augmentation_of(settings: Mapping[str, Any]) -> "Augmentation":
    """The changes made to each piece whenever it is read."""
    from melodyrnn.corpus.augmentation import Augmentation

    return Augmentation(settings["transpose"], settings["jitter"])
