"""`melodyrnn live`: stream into a port without end."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from melodyrnn.cli.options.groups import Grouped
from melodyrnn.cli.options.music import music_options

if TYPE_CHECKING:
    pass

MOST_BARS_ANSWERED = 64

EXAMPLES = """\b
Examples:
  melodyrnn live --virtual melodyrnn --tempo 100
  melodyrnn live --port fluid --style chorale --record take.mid
  melodyrnn live --virtual melodyrnn --clock external
  melodyrnn live --port fluid --input Keystation --respond pause
  melodyrnn live --input "nanoKONTROL" --learn --controls knobs.toml"""

GROUPS = {
    "Ports and time": ("port", "virtual", "keys", "clock", "clock_port", "clock_only", "look_ahead"),
    "What to do": ("respond", "reading", "harmony"),
    "How it sounds": (),
    "Bounds": (),
    "Controllers": ("controls", "learn"),
    "Files": ("seed", "record", "overwrite"),
}


def parse_answers(text: str) -> int | str:
    """How many bars to listen and to answer, 1 to 64, or "pause". A usage error if it is neither."""
    if text == "pause":
        return text
    if not text.isdecimal() or not 1 <= int(text) <= MOST_BARS_ANSWERED:
        raise click.BadParameter(f"{text!r} must be 1 to {MOST_BARS_ANSWERED} bars, or pause")
    return int(text)


@click.command(cls=Grouped, groups=GROUPS, epilog=EXAMPLES)
@click.option(
    "--port", metavar="NAME", help="Play into this port; part of its name is enough. `melodyrnn ports` lists the ports."
)
@click.option("--virtual", metavar="NAME", help="Create a port of this name, which a DAW can listen to.")
@click.option("--input", "keys", metavar="PORT", help="Receive keys, controllers and clock from this port.")
@click.option(
    "--clock",
    type=click.Choice(["internal", "external", "send"]),
    default="internal",
    show_default=True,
    help="internal: own tempo. external: follow another program's clock and transport. send: also send a clock.",
)
@click.option(
    "--clock-port", metavar="NAME", help="With --clock send: send the clock to this port, not to that of the notes."
)
@click.option(
    "--clock-only", is_flag=True, help="With --clock send: leave out Start, Stop, Continue and Song Position."
)
@click.option(
    "--respond",
    type=parse_answers,
    metavar="BARS|pause",
    help="Answer what you play: listen and answer for so many bars each, or answer at each pause.",
)
@click.option(
    "--reading",
    type=click.Choice(["played", "quantized"]),
    default="played",
    show_default=True,
    help="How to quantize what you play: to 1/24 of a quarter note, or to sixteenths and triplets.",
)
@click.option("--harmony", is_flag=True, help="New notes follow the chord that you held last.")
@click.option("--seed", type=click.Path(path_type=Path), help="MIDI file to continue. Default: start from nothing.")
@click.option("--with-seed/--without-seed", default=False, help="Play the seed first.  [default: without]")
@click.option("--bars", type=click.IntRange(min=1), help="Number of bars to play.  [default: endless]")
@music_options("live")
@click.option("--record", type=click.Path(path_type=Path), help="Write the music to this MIDI file, after every bar.")
@click.option("--overwrite", is_flag=True, help="Replace the --record file if it exists.")
@click.option(
    "--controls", type=click.Path(path_type=Path), help="TOML file that assigns the controllers of the input."
)
@click.option("--learn", is_flag=True, help="Write the --controls file: move each controller when its name is shown.")
@click.option(
    "--look-ahead",
    type=click.IntRange(12, 9600),
    default=192,
    show_default=True,
    help="How far ahead to compose, in 24ths of a quarter note.",
)
def live(
    port: str | None,
    virtual: str | None,
    keys: str | None,
    controls: Path | None,
    learn: bool,
    clock_port: str | None,
    **asked: Any,
) -> None:
    """Play into a DAW or synthesizer without end, in time, and answer what you play. Ctrl-C ends it."""
    _check(port, virtual, keys, controls, learn, clock_port, asked)
    from melodyrnn.cli.options.controls import learn_controls, load_controls

    if learn and keys and controls:
        from melodyrnn.ports.devices import open_input

        learn_controls(partial(open_input, keys, None), controls, asked["overwrite"])
        return
    from melodyrnn.cli.playing import play
    from melodyrnn.stage import live_ports

    table = () if controls is None else load_controls(controls)
    play(asked, table, live_ports(port, virtual, keys, asked["clock"], clock_port))


def _check(
    port: str | None,
    virtual: str | None,
    keys: str | None,
    controls: Path | None,
    learn: bool,
    clock_port: str | None,
    asked: dict[str, Any],
) -> None:
    """A usage error for options that do not fit each other."""
    if learn:
        if keys is None or controls is None:
            raise click.UsageError("--learn needs --input PORT and --controls FILE")
        return
    if (port is None) == (virtual is None):
        raise click.UsageError(
            "give a port to play into: --port NAME (`melodyrnn ports` lists them), or --virtual NAME to create one"
        )
    for option, given in {"--clock-port": clock_port, "--clock-only": asked["clock_only"]}.items():
        if given and asked["clock"] != "send":
            raise click.UsageError(f"{option} needs --clock send")
    if asked["with_seed"] and (asked["seed"] is None or asked["respond"] is not None):
        raise click.UsageError("--with-seed needs --seed, and excludes --respond")
    listens = {"--respond": asked["respond"] is not None, "--harmony": asked["harmony"], "--controls": controls}
    for option, wanted in listens.items():
        if wanted and keys is None and virtual is None:
            raise click.UsageError(f"{option} needs --input PORT")
    if asked["harmony"] and asked["respond"] is not None:
        raise click.UsageError("--harmony and --respond exclude each other")
