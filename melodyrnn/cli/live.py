"""`melodyrnn live`: stream into a port without end."""

import secrets
import signal
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from melodyrnn.cli.pitches import parse_pitch
from melodyrnn.errors import OptionError

if TYPE_CHECKING:
    from melodyrnn.live.ports import OpenInput
    from melodyrnn.live.session import Session
    from melodyrnn.music import TimeSignature

MOST_BARS_ANSWERED = 64

EXAMPLES = """\b
Examples:
  melodyrnn live --virtual melodyrnn --tempo 100
  melodyrnn live --port "FLUID Synth" --style chorale --record take.mid
  melodyrnn live --virtual melodyrnn --clock external
  melodyrnn live --port "FLUID Synth" --input "Keystation" --respond pause
  melodyrnn live --input "nanoKONTROL" --learn --controls knobs.toml"""


def parse_answers(text: str) -> int:
    """How many bars to listen and to answer, 1 to 64; 0 for "pause". A usage error if it is neither."""
    if text == "pause":
        return 0
    if not text.isdecimal() or not 1 <= int(text) <= MOST_BARS_ANSWERED:
        raise click.BadParameter(f"{text!r} must be 1 to {MOST_BARS_ANSWERED} bars, or pause")
    return int(text)


@click.command(epilog=EXAMPLES)
@click.option("--port", metavar="NAME", help="Play into this port. `melodyrnn ports` lists them.")
@click.option("--virtual", metavar="NAME", help="Offer a port of this name, for a DAW to listen to.")
@click.option("--input", "keys", metavar="PORT", help="Listen to this port: keys, controllers, another's clock.")
@click.option(
    "--clock",
    type=click.Choice(["internal", "external", "send"]),
    default="internal",
    show_default=True,
    help="Keep the time; follow the clock, start, stop and position of the input; or keep the time and send them.",
)
@click.option(
    "--respond", type=Answers(), help="Answer what is played on the input: after so many bars, or at a pause."
)
@click.option(
    "--reading",
    type=click.Choice(["played", "quantized"]),
    default="played",
    show_default=True,
    help="How what is played is heard: to the nearest 24th of a beat, or to sixteenths and triplets.",
)
@click.option("--harmony", is_flag=True, help="Keep to the pitches of the chord last held on the input.")
@click.option("--seed", type=click.Path(path_type=Path), help="MIDI file to go on from. Without one, from nothing.")
@click.option("--bars", type=click.IntRange(min=1), help="End after so many bars.  [default: never]")
@click.option("--style", help="One of the model's styles. Default: the one the seed sounds most like, or the first.")
@click.option("--model", metavar="NAME|FILE", help="A shipped model, or a model file.  [default: melodyrnn]")
@click.option("--temperature", type=float, help="How bold: 0 always the likeliest, to 10.  [default: 1, as learned]")
@click.option("--top-p", type=float, help="Draw from the likeliest that hold this much probability.  [default: 0.95]")
@click.option("--random-seed", type=click.IntRange(min=0), help="Same number, same music. Default: a new one, printed.")
@click.option("--tempo", type=float, help="Beats (quarter notes) a minute.  [default: the seed's, or 120]")
@click.option("--metre", metavar="N/D", help="Such as 3/4.  [default: the seed's, or 4/4]")
@click.option("--key", help='Notes stay in this key, such as "D minor".')
@click.option("--low", type=parse_pitch, metavar="PITCH", help="Lowest pitch, as a name or MIDI number (C4 is 60).")
@click.option("--high", type=parse_pitch, metavar="PITCH", help="Highest pitch.")
@click.option("--density", type=float, help="Above 1 more notes, below 1 fewer: 0.1 to 10.  [default: 1]")
@click.option("--monophonic", is_flag=True, help="One note at a time.")
@click.option("--record", type=click.Path(path_type=Path), help="MIDI file to take down what is played, bar by bar.")
@click.option("--overwrite", is_flag=True, help="Replace the file to record to where it exists.")
@click.option("--controls", type=click.Path(path_type=Path), help="TOML file: which controllers of the input do what.")
@click.option("--learn", is_flag=True, help="Move the controllers one after the other to write the --controls file.")
@click.option(
    "--look-ahead",
    type=click.IntRange(12, 9600),
    default=192,
    show_default=True,
    help="How far ahead to compose, in 24ths of a beat.",
)
def live(
    port: str | None, virtual: str | None, keys: str | None, controls: Path | None, learn: bool, **asked: Any
) -> None:
    """Play without end into a DAW or synthesizer, in time. Ctrl-C ends it. Controllers change the bars to come."""
    from melodyrnn.cli.controltable import learn_controls, load_controls

    if learn:
        if keys is None or controls is None:
            raise click.UsageError("--learn needs --input PORT to listen to, and --controls FILE to write")
        learn_controls(_input(keys), controls, asked["overwrite"])
        return
    if (port is None) == (virtual is None):
        raise click.UsageError("play where? --port NAME (`melodyrnn ports` lists them), or --virtual NAME to offer one")
    needs = [f"--{name}" for name in ("respond", "harmony") if asked[name] not in (None, False)]
    needs += ["--controls"] * (controls is not None)
    if needs and keys is None and virtual is None:
        raise click.UsageError(f"{needs[0]} needs --input PORT to listen to")
    if asked["harmony"] and asked["respond"] is not None:
        raise click.UsageError("--harmony and --respond exclude each other: one hears chords, the other phrases")
    table = () if controls is None else load_controls(controls)
    inputs = [_input(name) for name in (keys,) if name is not None]
    inputs += [_input(name, virtual=True) for name in (virtual,) if name is not None]
    if asked["clock"] == "external" and port is not None and not inputs:
        inputs = [_input(port)]
    _play(port or virtual or "", virtual is not None, inputs, table, asked)


def _input(name: str, virtual: bool = False) -> "OpenInput":
    from melodyrnn.midi.ports import open_input

    return partial(open_input, name, virtual=virtual)


def _play(name: str, virtual: bool, inputs: "list[OpenInput]", table: Any, asked: dict[str, Any]) -> None:
    from melodyrnn import __version__, api
    from melodyrnn.cli.stagedisplay import Display
    from melodyrnn.cli.targets import check_writable, unused
    from melodyrnn.generation import Sampling, Wishes
    from melodyrnn.generation.continuation import one_thread
    from melodyrnn.live.clock import SystemClock
    from melodyrnn.live.composer import ModelComposer
    from melodyrnn.live.controls import Controls
    from melodyrnn.live.dialogue import Dialogue
    from melodyrnn.live.endless import Endless
    from melodyrnn.live.follower import ExternalTransport
    from melodyrnn.live.keeper import Keeper
    from melodyrnn.live.phrases import as_played, quantized
    from melodyrnn.live.player import Player
    from melodyrnn.live.session import Session
    from melodyrnn.live.settings import Settings
    from melodyrnn.live.transport import InternalTransport
    from melodyrnn.live.worker import Worker
    from melodyrnn.midi.ports import open_output
    from melodyrnn.midi.takes import Take
    from melodyrnn.music.scales import Key

    record = asked["record"]
    if record is not None:
        check_writable([record], asked["overwrite"])
    seed = api.load_seed(asked["seed"])
    model, style = api.choose_model(asked["model"] or api.DEFAULT_MODEL, asked["style"])
    style = style or api.default_style(model, seed)
    given = {option: value for option, value in asked.items() if value is not None}
    wishes = Wishes(
        key=Key.parse(asked["key"]) if asked["key"] else None,
        **{wish: given[wish] for wish in ("low", "high", "density", "monophonic") if wish in given},
    )
    sampling = Sampling(wishes=wishes, **{s: given[s] for s in ("temperature", "top_p") if s in given})
    settings = Settings(style, sampling)
    bpm = asked["tempo"] or (seed.tempos[-1].bpm if seed else 120.0)
    if not 10 <= bpm <= 1000:
        raise OptionError(f"tempo {bpm:g}: must be 10 to 1000 bpm")
    random_seed = secrets.randbelow(1_000_000) if asked["random_seed"] is None else asked["random_seed"]
    models = lru_cache(maxsize=None)(lambda name: api.specialist(model, name))
    metre = parse_metre(asked["metre"]) if asked["metre"] else None

    with one_thread():
        composer = ModelComposer(models, settings, random_seed, metre, seed)
        bars = composer.bar_pulses
        reading = quantized if asked["reading"] == "quantized" else as_played
        respond = asked["respond"]
        part = Endless(bars) if respond is None else Dialogue(bars, settings, respond or None, reading)
        follows, sends = asked["clock"] == "external", asked["clock"] == "send"
        transport = ExternalTransport(bpm) if follows else InternalTransport(bpm)
        open_port = partial(open_output, name, virtual=virtual)
        port, worker = open_port(), Worker(composer)
        player = Player(
            port, transport, worker, part, settings, bars, Controls(table, model.styles), sends,
            look_ahead_pulses=asked["look_ahead"], last_bar=asked["bars"], harmony=asked["harmony"],
        )  # fmt: skip
        about = {
            "melodyrnn": __version__,
            "model": model.name,
            "options": {o: str(v) if isinstance(v, Path) else v for o, v in given.items()} | {"style": style},
            "random_seed": random_seed,
        }
        take = Take(composer.metre, about)

        def keep() -> str:
            target = unused("melodyrnn-kept", 1)[0]
            take.write(target)
            return str(target)

        write = (lambda: None) if record is None else partial(take.write, record)
        with Display(player, f"random seed {random_seed}") as display:
            keeper = Keeper(player, open_port, port, inputs, take, write, keep, display.say)
            session = Session(SystemClock(), player, worker, keeper)
            with_signals(session)
            session.run(display.show)
    display.sum_up(None if record is None else str(record))


def parse_metre(text: str) -> "TimeSignature":
    """The metre that "3/4" names. OptionError for anything else."""
    from melodyrnn.music import TimeSignature

    numerator, _, denominator = text.partition("/")
    if not (numerator.isdecimal() and denominator.isdecimal()):
        raise OptionError(f"metre {text!r}: must be like 3/4")
    return TimeSignature(0, int(numerator), int(denominator))


def with_signals(session: "Session") -> None:
    """Let Ctrl-C, a polite kill and a closed terminal end the session as it should end."""
    stop: Callable[[int, Any], None] = lambda *_: session.stop()  # noqa: E731
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)
