"""`melodyrnn tune`: a search for the learning rate, optimizer, cell, width and dropout that suit a folder."""

import json
import math
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from melodyrnn.cli.extras import needing
from melodyrnn.cli.options.corpus import augmentation_of, hearing_options, preparation_of
from melodyrnn.cli.options.limits import limit_options, limits_of
from melodyrnn.cli.show.progress import progress_bar
from melodyrnn.cli.show.text import say_on
from melodyrnn.errors import OutputError, count
from melodyrnn.files import check_writable

if TYPE_CHECKING:
    from melodyrnn.corpus.styles import Corpus
    from melodyrnn.training.tuning import Outcome

EXAMPLES = """\b
Examples:
  melodyrnn tune my_tunes -o search.sqlite --trials 20 --minutes 3
  melodyrnn tune my_tunes -o search.sqlite --trials 10 --minutes 3    (adds to the same search)"""


@click.command(epilog=EXAMPLES)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="File that keeps the search.")
@click.option("--trials", type=click.IntRange(1), default=20, show_default=True, help="Number of trials to add.")
@click.option("--minutes", type=float, default=3.0, show_default=True, help="Length of each trial.")
@click.option("--events", type=click.IntRange(0), default=0, help="Length of each trial in events, instead of minutes.")
@click.option("--layers", type=click.IntRange(1, 16), default=1, show_default=True, help="Recurrent layers.")
@click.option(
    "--valid", type=click.Path(path_type=Path), help="Folder to validate on. Default: 1 piece in 20 held out."
)
@hearing_options
@click.option(
    "--random-seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed for weights and choices."
)
@click.option("--threads", type=click.IntRange(1, 256), default=1, show_default=True, help="Processor threads.")
@click.option("--json", "as_json", is_flag=True, help="Print every trial as JSON.")
@limit_options()
@click.pass_context
def tune(
    context: click.Context,
    /,
    folder: Path,
    output: Path,
    trials: int,
    minutes: float,
    events: int,
    layers: int,
    valid: Path | None,
    random_seed: int,
    threads: int,
    as_json: bool,
    **settings: Any,
) -> None:
    """Train many small models for a short time each, to find good settings for a folder of MIDI files.

    Bad trials are stopped early. The search is kept in a SQLite file: the same command adds trials to it. At the end,
    or after Ctrl-C, it prints a table and the `train` command of the best trial, and draws a picture beside the file.
    """
    with needing("train", "tuning"):
        from melodyrnn.training.study import kept_in
        from melodyrnn.training.tuning import Search, draw_outcomes, open_study, outcomes, run_trials

    picture = output.with_suffix(".png")
    if picture == output:
        raise OutputError(f"{output}: this name is taken by the picture; choose another, such as search.sqlite")
    check_writable([output, picture], overwrite=True)
    chosen = {"valid": valid, **settings}
    given = {name: chosen[name] for name in chosen if context.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    search = Search(
        minutes,
        events,
        layers,
        threads=threads,
        random_seed=random_seed,
        augmentation=augmentation_of(settings),
        evenness=settings["evenness"],
    )
    corpus = _read(folder, valid, settings, as_json)
    study = open_study(output, corpus, search)
    tell = None if as_json else lambda outcome: say_on(_line(outcome))
    with kept_in(output):
        try:
            finished = run_trials(study, corpus, search, trials, tell)
        except KeyboardInterrupt:
            finished = False
        found = outcomes(study)
    if found:
        draw_outcomes(found, picture)
    if as_json:
        click.echo(json.dumps({"trials": [_plain(outcome) for outcome in found]}, indent=1))
    else:
        say_on("")
        say_on(f"the search {output} holds {count(len(found), 'trial')}, the best first:")
        for outcome in found:
            say_on(_line(outcome))
        if found and found[0].state == "complete":
            for line in (f"{picture}: the effect of each setting", "", _command(folder, found[0], layers, given)):
                say_on(line)
    if not finished:
        raise KeyboardInterrupt


def _read(folder: Path, valid: Path | None, settings: dict[str, Any], quiet: bool) -> "Corpus":
    from melodyrnn.cli.show.training import tell_corpus
    from melodyrnn.corpus.cache import PieceCache
    from melodyrnn.corpus.preparing import PREPARING_LIMITS
    from melodyrnn.corpus.styles import read_corpus

    preparation, share = preparation_of(settings), settings["held_out"]
    with progress_bar("Reading") as report:
        corpus = read_corpus(
            folder,
            valid,
            lambda _, part: report(part),
            preparation,
            share,
            PieceCache(),
            limits=limits_of(settings, PREPARING_LIMITS),
            one_style=settings["one_style"],
        )
    if not quiet:
        tell_corpus(corpus)
    return corpus


def _line(outcome: "Outcome") -> str:
    bits = f"{outcome.bits_per_note:.3f} bits per note" if math.isfinite(outcome.bits_per_note) else "no number"
    settings = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in outcome.settings.items())
    return f"trial {outcome.number:3d}  {outcome.state:8s}  {bits}  ({settings})"


def _plain(outcome: "Outcome") -> dict[str, Any]:
    bits = round(outcome.bits_per_note, 4) if math.isfinite(outcome.bits_per_note) else None
    return {"number": outcome.number, "state": outcome.state, "bits_per_note": bits, **outcome.settings}


def _command(folder: Path, best: "Outcome", layers: int, given: Mapping[str, Any]) -> str:
    """To train as the best was; `given` are the options by which its music was read and heard."""
    words = ["melodyrnn", "train", str(folder), "-o", "mine.safetensors", "--layers", str(layers)]
    for name, value in {**best.settings, **given}.items():
        option = name.replace("_", "-")
        if isinstance(value, bool):
            words.append(f"--{option}" if value else f"--no-{option}")
        else:
            words += [f"--{option}", f"{value:g}" if isinstance(value, float) else str(value)]
    return shlex.join(words)
