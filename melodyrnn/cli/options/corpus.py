"""How a corpus is read and varied: the options that `train` and `tune` share, and their values."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from melodyrnn.errors import OptionError

if TYPE_CHECKING:
    from melodyrnn.corpus.augmentation import Augmentation, Preparation

HEARING = ("one_style", "held_out", "time", "velocity", "transpose", "jitter", "evenness")
Command = TypeVar("Command", bound=Callable[..., Any])

OPTIONS = (
    click.option("--one-style", is_flag=True, help="Take the folder as one style, whatever subfolders it has."),
    click.option(
        "--held-out",
        type=float,
        default=0.05,
        show_default=True,
        help="Share of pieces to validate on, not learned.",
    ),
    click.option(
        "--time",
        type=click.Choice(["beats", "seconds"]),
        default="beats",
        show_default=True,
        help="Grid of beats, whatever the tempo; or of seconds, for takes without a click.",
    ),
    click.option(
        "--velocity",
        type=click.Choice(["written", "level"]),
        default="written",
        show_default=True,
        help="Loudness as it is, or each part moved to the same median.",
    ),
    click.option(
        "--transpose/--no-transpose", default=True, show_default=True, help="Hear each piece in another key each time."
    ),
    click.option(
        "--jitter",
        type=click.IntRange(0, 6),
        default=0,
        show_default=True,
        help="Pulses by which notes begin earlier or later, anew each time.",
    ),
    click.option(
        "--evenness",
        type=click.FloatRange(0, 1),
        default=0.5,
        show_default=True,
        help="0: pieces count by their length; 1: long ones no more than usual ones.",
    ),
)


def hearing_options(command: Command) -> Command:
    """Add the options to a command."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def preparation_of(settings: Mapping[str, Any]) -> "Preparation":
    """What is done to each piece once."""
    from melodyrnn.corpus.augmentation import Preparation

    return Preparation(settings["time"], settings["velocity"])


def augmentation_of(settings: Mapping[str, Any]) -> "Augmentation":
    """What is done to each piece whenever it is heard."""
    from melodyrnn.corpus.augmentation import Augmentation

    return Augmentation(settings["transpose"], settings["jitter"])


def held_out_share(settings: Mapping[str, Any]) -> float:
    """OptionError unless something is held out and something is left."""
    share = float(settings["held_out"])
    if not 0 < share < 1:
        raise OptionError(f"held-out {share:g}: must be above 0 and below 1")
    return share
