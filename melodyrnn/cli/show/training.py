"""The output of `train`: a bar on a terminal, and everywhere a line for each validation."""

import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from melodyrnn.cli.show.skipped import tell_beside, tell_skipped
from melodyrnn.cli.show.text import say_on
from melodyrnn.errors import count, one_line

if TYPE_CHECKING:
    from melodyrnn.corpus.styles import Corpus
    from melodyrnn.training.curves import EventLog
    from melodyrnn.training.trainer import Progress, Trainer


def tell_corpus(corpus: "Corpus") -> None:
    """Print the pieces that were read, and the files that were not, with reasons."""
    for style, pieces in corpus.train.items():
        held_out = corpus.held_out[style]
        validated = f"validated on {count(len(held_out.pieces), 'piece')}, {count(held_out.notes, 'note')}"
        say_on(
            f"{style}: {count(len(pieces.pieces), 'piece')}, {count(pieces.notes, 'note')}, {pieces.hours:.1f} hours; "
            f"{validated if held_out.pieces else 'not validated: too few pieces'}; "
            f"{count(len(pieces.skipped) + len(held_out.skipped), 'file')} skipped"
        )
        tell_skipped([*pieces.skipped, *held_out.skipped])
    tell_beside(corpus.beside)
    tell_skipped(corpus.skipped)


BAR, SHORTEST_BAR = 24, 8  # columns
BESIDE = 6  # columns of the percentage, and of what parts it and the bar from the text


@contextmanager
def reporting(
    trainer: "Trainer", settings: Mapping[str, Any], event_log: "EventLog | None"
) -> "Iterator[Callable[[Progress, float], None]]":
    """Say what begins, then give a function to be told of each window. Only the leading process speaks."""
    if not trainer.team.leads:
        yield lambda *_: None
        return
    if trainer.fraction < 1 and not trainer.out_of_patience:
        say_on(_plan(trainer, settings))
    told = len(trainer.progress.history)
    if told and not trainer.progress.events:  # the model it starts from
        say_on(f"{0:4.0%}  {_bits(trainer.progress.history[-1])}")

    def tell(progress: "Progress", part: float, show: Callable[[str], Any]) -> None:
        nonlocal told
        if problem := event_log.report(trainer) if event_log else "":
            show(problem)
        if len(progress.history) > told:
            told = len(progress.history)
            show(one_line(f"{part:4.0%}  {_bits(progress.history[-1])}"))

    if not sys.stdout.isatty():
        yield lambda progress, part: tell(progress, part, say_on)
        return
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    drawn = BarColumn(bar_width=BAR)
    with Bar(TextColumn("{task.percentage:3.0f}%"), drawn, TextColumn("{task.description}")) as bar:
        task = bar.add_task("first window", total=1.0)

        def report(progress: "Progress", part: float) -> None:
            drawn.bar_width, standing = fitted(standings(trainer), bar.console.width)
            bar.update(task, completed=part, description=standing)
            tell(progress, part, partial(bar.console.print, markup=False, highlight=False))

        yield report


def _plan(trainer: "Trainer", settings: Mapping[str, Any]) -> str:
    options, team = trainer.options, trainer.team
    length = count(options.events, "event") if options.events else count(options.minutes, "minute")
    network = f"{settings['layers']} x {settings['hidden']} {settings['cell']}"
    start = f"from {settings['base']}, " if settings["base"] else ""
    processes = f", {team.size} processes" if team.size > 1 else ""
    there = f"; {trainer.fraction:.0%} is done" if trainer.progress.events else ""
    return (
        f"training a {network} {start}for {length} on {team.device}{processes} with {options.optimizer} at "
        f"{options.learning_rate:g}{there}; Ctrl-C ends it early and keeps the best"
    )


def fitted(texts: Sequence[str], width: int) -> tuple[int, str]:
    """Of ever shorter texts, the first that leaves room for a bar, and how wide that is; or the last."""
    for text in texts:
        if (room := width - BESIDE - len(text)) >= SHORTEST_BAR:
            return min(BAR, room), text
    return max(0, min(BAR, width - BESIDE - len(texts[-1]))), texts[-1]


def standings(trainer: "Trainer") -> tuple[str, ...]:
    """Bits per note in training and held out, speed, time left: in words, and shorter."""
    p = trainer.progress
    held_out = f"{p.history[-1]['mean']:.3f}" if p.history else "-"
    speed = p.events * trainer.notes_per_event / max(p.seconds, 1e-9)
    minutes, seconds = divmod(round(trainer.seconds_left), 60)
    training, left = f"{trainer.training_bits():.3f}", f"{minutes}:{seconds:02} left"
    return (
        f"bits per note: {training} training, {held_out} held out; {speed:,.0f} notes/s; {left}",
        f"{training} bits, {held_out} held out; {speed:,.0f} notes/s; {left}",
        f"{training}, held out {held_out}; {speed:.0f}/s; {left}",
    )


def _bits(validation: dict[str, Any]) -> str:
    styles = ", ".join(f"{style} {bits:.3f}" for style, bits in validation["bits_per_note"].items())
    training = validation["training"]
    heard = f"{training:.3f} in training" if math.isfinite(training) else "before training"
    return f"{validation['mean']:.3f} bits per note ({styles}); {heard}"
