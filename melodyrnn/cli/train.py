"""`melodyrnn train`: a model of your own from a folder of MIDI files."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from melodyrnn.errors import OutputError, TrainingError

if TYPE_CHECKING:
    from melodyrnn.training.run import Corpus
    from melodyrnn.training.trainer import Progress

EXAMPLES = """\b
Examples:
  melodyrnn train my_tunes -o mine.safetensors --minutes 60
  melodyrnn train my_tunes -o mine.safetensors --minutes 60 --resume
  melodyrnn generate --model mine.safetensors --seed song.mid"""


@click.command(epilog=EXAMPLES)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Model file to write.")
@click.option(
    "--valid", type=click.Path(path_type=Path), help="Folder to validate on. Default: 1 piece in 20 held out."
)
@click.option("--minutes", type=float, default=60, show_default=True, help="How long to train.")
@click.option(
    "--cell", type=click.Choice(["gru", "lstm", "rnn"]), default="gru", show_default=True, help="Kind of cell."
)
@click.option("--hidden", type=click.IntRange(2, 4096), default=512, show_default=True, help="Units of a layer.")
@click.option("--layers", type=click.IntRange(1, 16), default=2, show_default=True, help="Recurrent layers.")
@click.option("--learning-rate", type=float, default=2e-3, show_default=True, help="Of AdamW, at its highest.")
@click.option("--dropout", type=float, default=0.1, show_default=True, help="Part of the units left out at random.")
@click.option(
    "--streams", type=click.IntRange(1, 1024), default=16, show_default=True, help="Pieces heard side by side."
)
@click.option(
    "--window", type=click.IntRange(1, 4096), default=48, show_default=True, help="Events between two updates."
)
@click.option("--random-seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of weights and order.")
@click.option("--threads", type=click.IntRange(1, 256), default=1, show_default=True, help="Processor threads.")
@click.option("--resume", is_flag=True, help="Go on from the checkpoint beside the output.")
@click.option("--overwrite", is_flag=True, help="Replace a model and a checkpoint that exist.")
def train(
    folder: Path,
    output: Path,
    valid: Path | None,
    minutes: float,
    cell: str,
    hidden: int,
    layers: int,
    learning_rate: float,
    dropout: float,
    streams: int,
    window: int,
    random_seed: int,
    threads: int,
    resume: bool,
    overwrite: bool,
) -> None:
    """Train a model on a folder of MIDI files; its subfolders become styles.

    Ctrl-C ends it early: the best model so far is written, and a checkpoint from which --resume goes on.
    """
    try:
        from melodyrnn.model.modelfile import write_model
        from melodyrnn.training.recipe import music_config
        from melodyrnn.training.run import make_trainer, model_of
        from melodyrnn.training.trainer import TrainingOptions
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise TrainingError('training needs torch: pip install "melodyrnn[train]"') from None

    checkpoint = _checkpoint(output, resume, overwrite)
    options = TrainingOptions(minutes=minutes, learning_rate=learning_rate)
    config = music_config(cell, hidden, layers, hidden // 2)
    corpus = _read(folder, valid)
    trainer = make_trainer(corpus, config, options, checkpoint, streams, window, dropout, random_seed, threads=threads)
    if resume:
        trainer.resume()
    interrupted = False
    try:
        with _reporting(corpus) as report:
            trainer.run(report)
    except KeyboardInterrupt:
        interrupted = True
    about = {"trained_on": str(folder.resolve().name), "notes": sum(p.notes for p in corpus.train.values())}
    write_model(model_of(trainer, tuple(corpus.train), about), output, overwrite=True)
    best = f"{trainer.progress.best:.3f} bits per note" if trainer.progress.history else "not validated yet"
    click.echo(f"{output}: {best}, {trainer.progress.events} events in {trainer.progress.seconds / 60:.1f} minutes")
    if interrupted:
        click.echo(f"{checkpoint}: where --resume goes on")
        raise KeyboardInterrupt


def _checkpoint(output: Path, resume: bool, overwrite: bool) -> Path:
    """The checkpoint beside the output. OutputError where either is in the way or cannot be written."""
    from melodyrnn.cli.targets import check_writable

    check_writable([output], overwrite or resume)
    checkpoint = output.with_name(f"{output.stem}.checkpoint.safetensors")
    if resume and not checkpoint.is_file():
        raise TrainingError(f"{checkpoint}: no such checkpoint to resume from")
    if checkpoint.exists() and not (resume or overwrite):
        raise OutputError(f"{checkpoint}: already exists; go on from it with --resume, or add --overwrite")
    return checkpoint


def _read(folder: Path, valid: Path | None) -> "Corpus":
    """Read both folders, and say what they hold."""
    from melodyrnn.cli.progress import progress_bar
    from melodyrnn.training.run import read_corpus

    with progress_bar("Reading") as report:
        corpus = read_corpus(folder, valid, lambda _, part: report(part))
    for style, pieces in corpus.train.items():
        held_out = corpus.held_out[style]
        click.echo(
            f"{style}: {len(pieces.rows)} pieces, {pieces.notes} notes; "
            f"validated on {len(held_out.rows)} pieces, {held_out.notes} notes"
        )
        for _, reason in [*pieces.skipped, *held_out.skipped]:
            click.echo(f"skipped {reason}")
    return corpus


@contextmanager
def _reporting(corpus: "Corpus") -> "Iterator[Callable[[Progress, float], None]]":
    """A bar on a terminal; and everywhere a line for each validation."""
    notes = sum(pieces.notes for pieces in corpus.train.values())
    notes_an_event = notes / sum(len(piece.events) for pieces in corpus.train.values() for piece in pieces.rows)
    told = 0

    def tell(progress: "Progress", part: float, say: Callable[[str], Any]) -> None:
        nonlocal told
        if len(progress.history) > told:
            told = len(progress.history)
            say(f"{part:4.0%}  {_bits(progress.history[-1])}")

    if not sys.stdout.isatty():
        yield lambda progress, part: tell(progress, part, click.echo)
        return
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = [
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f}%"),
        TimeRemainingColumn(),
    ]
    with Bar(*columns) as bar:
        task = bar.add_task("Training", total=1.0)

        def report(progress: "Progress", part: float) -> None:
            speed = progress.events * notes_an_event / max(progress.seconds, 1e-9)
            best = f"{progress.best:.3f} bits per note, " if progress.history else ""
            bar.update(task, completed=part, description=f"{best}{speed:,.0f} notes/s")
            tell(progress, part, bar.console.print)

        yield report


def _bits(validation: dict[str, Any]) -> str:
    styles = ", ".join(f"{style} {bits:.3f}" for style, bits in validation["bits_per_note"].items())
    return f"{validation['mean']:.3f} bits per note ({styles})"
