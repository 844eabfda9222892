"""`melodyrnn train`: a model of your own from a folder of MIDI files."""

from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from melodyrnn.cli.extras import needing
from melodyrnn.cli.options.corpus import augmentation_of, hearing_options, preparation_of
from melodyrnn.cli.options.limits import LIMIT_OPTIONS, limit_options, limits_of
from melodyrnn.cli.options.renamed import renamed
from melodyrnn.cli.options.training import SETTINGS, config_of, kept_settings, options_of, read_base, with_defaults
from melodyrnn.cli.show import json_lines
from melodyrnn.cli.show.progress import progress_bar
from melodyrnn.cli.show.text import say_on
from melodyrnn.cli.show.training import reporting, tell_corpus
from melodyrnn.errors import OptionError, OutputError, TrainingError
from melodyrnn.files import check_writable

if TYPE_CHECKING:
    from melodyrnn.corpus.styles import Corpus
    from melodyrnn.model.modelfile import Model
    from melodyrnn.training.distributed import Team
    from melodyrnn.training.trainer import Trainer, TrainingOptions

EXAMPLES = """\b
Examples:
  melodyrnn train my_tunes -o mine.safetensors
  melodyrnn train my_tunes -o mine.safetensors --resume
  melodyrnn train my_tunes -o mine.safetensors --from folk
  melodyrnn generate --model mine.safetensors --seed song.mid"""


@click.command(epilog=EXAMPLES)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Model file to write.")
@click.option("--from", "base", metavar="MODEL", help="Start from a model: an included model, or a model file.")
@click.option(
    "--valid", type=click.Path(path_type=Path), help="Folder to validate on. Default: 1 piece in 20 held out."
)
@click.option("--minutes", type=float, help="Length of the run. Default: 60, or 10 with --from.")
@click.option(
    "--events",
    type=click.IntRange(0),
    default=0,
    help="Length in events, instead of minutes: such a run can be repeated exactly.",
)
@click.option(
    "--patience",
    type=click.IntRange(0),
    default=5,
    show_default=True,
    help="Stop after this many validations (of 20) without improvement; 0: never.",
)
@click.option(
    "--cell", type=click.Choice(["gru", "lstm", "rnn"]), default="gru", show_default=True, help="Recurrent cell."
)
@click.option("--hidden", type=click.IntRange(2, 4096), default=384, show_default=True, help="Units in each layer.")
@click.option("--layers", type=click.IntRange(1, 16), default=2, show_default=True, help="Recurrent layers.")
@click.option(
    "--optimizer",
    type=click.Choice(["adamw", "cautious", "adam", "sgd", "rmsprop"]),
    default="adamw",
    show_default=True,
    help="Optimizer.",
)
@click.option("--learning-rate", type=float, help="Highest learning rate. Default: depends on the optimizer.")
@click.option("--dropout", type=float, default=0.1, show_default=True, help="Dropout probability.")
@renamed(
    "--batch-size",
    "--streams",
    type=click.IntRange(1, 1024),
    default=16,
    show_default=True,
    help="Pieces trained on side by side.",
)
@renamed(
    "--bptt",
    "--window",
    type=click.IntRange(1, 4096),
    default=48,
    show_default=True,
    help="Events between two updates.",
)
@hearing_options
@click.option(
    "--random-seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Seed for initial weights and order of pieces.",
)
@click.option("--device", help="cpu, cuda, cuda:1 ... Default: a GPU if there is one.")
@click.option(
    "--precision", type=click.Choice(["float32", "bf16", "fp16"]), help="Default: float32 on a CPU, bf16 on a GPU."
)
@click.option(
    "--compile", is_flag=True, help="Use torch.compile: faster in runs of an hour or more. Needs a C++ compiler."
)
@click.option("--threads", type=click.IntRange(1, 256), default=1, show_default=True, help="Processor threads.")
@click.option("--log", type=click.Path(path_type=Path), help="Folder for a TensorBoard log.")
@click.option("--resume", is_flag=True, help="Continue from the checkpoint beside the output.")
@click.option("--overwrite", is_flag=True, help="Replace the model and checkpoint if they exist.")
@click.option("--json", "as_json", is_flag=True, help="Print what happens as lines of JSON.")
@limit_options()
@click.pass_context
def train(
    context: click.Context,
    /,
    folder: Path,
    output: Path,
    valid: Path | None,
    device: str | None,
    threads: int,
    log: Path | None,
    resume: bool,
    overwrite: bool,
    as_json: bool,
    **settings: Any,
) -> None:
    """Train a model on a folder of MIDI files; its subfolders become styles.

    Ctrl-C ends the run early: it writes the best model so far, and a checkpoint from which --resume continues with the
    same options. A picture of the loss is beside the model. Under torchrun, many processes share the work. MIDI files
    of more than 250,000 notes or 10,922 bars of 4/4, or that take longer than 120 seconds, are skipped: --limits
    changes that.
    """
    most = {name: settings.pop(name) for name in LIMIT_OPTIONS}
    with needing("train", "training"):
        import matplotlib  # noqa: F401

        from melodyrnn.corpus.styles import folder_name
        from melodyrnn.training.curves import EventLog
        from melodyrnn.training.devices import choose_device
        from melodyrnn.training.distributed import joined
        from melodyrnn.training.interruption import stopped_by_signals
        from melodyrnn.training.run import check_numbers

    given = {name for name in SETTINGS if context.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    with joined(choose_device(device)) as team:
        checkpoint = _checkpoint(output, resume, overwrite)
        settings["streams"] *= team.size
        if resume:
            settings, base = kept_settings(checkpoint, settings, given)
        else:
            base = read_base(settings["base"]) if settings["base"] else None
            settings = with_defaults(settings, given, base, team.device)
        options = options_of(settings)
        check_numbers(settings["streams"], settings["window"], settings["dropout"], settings["evenness"], threads)
        if settings["streams"] % team.size:
            raise OptionError(f"batch size {settings['streams']} does not divide among {team.size} processes")
        event_log = EventLog(log) if log and team.leads else None
        corpus = _read(folder, valid, settings, most, team, base, as_json)
        trainer = _trainer(corpus, settings, options, base, checkpoint, team, threads)
        if resume:
            trainer.resume()
            if team.leads and (trainer.fraction == 1 or trainer.out_of_patience):
                say_on(f"{checkpoint}: this run has ended; to train its model for longer, use --from {output}")
        elif base:
            trainer.validate()  # so that what comes out is never worse than what went in
        about: dict[str, Any] = {
            "trained_on": folder_name(folder),
            "notes": sum(p.notes for p in corpus.train.values()),
        }
        if base:
            about["started_from"] = {"model": Path(settings["base"]).name, **base.about}  # no path: models are shared
        try:
            telling = json_lines.telling(trainer) if as_json else reporting(trainer, settings, event_log)
            with telling as report, stopped_by_signals(trainer):
                finished = trainer.run(report)
        except (TrainingError, OutputError):
            if team.leads and trainer.best:
                with suppress(OutputError):  # the disk may be full: what is said is what came first
                    _write(trainer, corpus.styles, about, output, as_json)
            raise
        finally:
            if event_log:
                event_log.close()
        if team.leads:
            _write(trainer, corpus.styles, about, output, as_json)
            if not as_json:
                _tell_end(trainer)
    if not finished:
        raise KeyboardInterrupt


def _checkpoint(output: Path, resume: bool, overwrite: bool) -> Path:
    """The checkpoint beside the output. OutputError where something is in the way or cannot be written."""
    check_writable([output], overwrite or resume)
    picture = output.with_suffix(".png")
    if picture == output:
        raise OutputError(f"{output}: this name is taken by the picture; choose another, such as mine.safetensors")
    check_writable([picture], overwrite or resume)
    checkpoint = output.with_name(f"{output.stem}.checkpoint.safetensors")
    if resume and not checkpoint.is_file():
        raise TrainingError(f"{checkpoint}: no such checkpoint to resume from")
    if checkpoint.exists() and not (resume or overwrite):
        raise OutputError(f"{checkpoint}: already exists; continue from it with --resume, or add --overwrite")
    return checkpoint


def _read(
    folder: Path,
    valid: Path | None,
    settings: Mapping[str, Any],
    most: Mapping[str, Any],
    team: "Team",
    base: "Model | None",
    as_json: bool,
) -> "Corpus":
    """Read both folders, and say what they hold."""
    from melodyrnn.corpus.cache import PieceCache
    from melodyrnn.corpus.preparing import PREPARING_LIMITS
    from melodyrnn.corpus.styles import read_corpus

    cache = PieceCache()
    bar = nullcontext(json_lines.telling_part("reading")) if as_json else progress_bar("Reading")
    with team.leader_first(), bar as report:
        corpus = read_corpus(
            folder,
            valid,
            lambda _, part: report(part),
            preparation_of(settings),
            settings["held_out"],
            cache,
            known=base.styles if base else (),
            limits=limits_of(most, PREPARING_LIMITS),
            one_style=settings["one_style"],
        )
    if team.leads:
        json_lines.tell_corpus(corpus) if as_json else tell_corpus(corpus)
        if cache.problem and not as_json:
            say_on(cache.problem)
    team.check_same("its music", corpus.fingerprint)
    return corpus


def _trainer(
    corpus: "Corpus",
    settings: Mapping[str, Any],
    options: "TrainingOptions",
    base: "Model | None",
    checkpoint: Path,
    team: "Team",
    threads: int,
) -> "Trainer":
    from melodyrnn.training.fine_tuning import starting_weights
    from melodyrnn.training.run import make_trainer

    return make_trainer(
        corpus,
        config_of(settings, base),
        options,
        checkpoint,
        settings["streams"] // team.size,
        settings["window"],
        settings["dropout"],
        settings["random_seed"],
        threads=threads,
        augmentation=augmentation_of(settings),
        evenness=settings["evenness"],
        start=starting_weights(base, corpus.styles) if base else None,
        team=team,
        settings=settings,
        compiled=settings["compile"],
    )


def _write(trainer: "Trainer", styles: tuple[str, ...], about: Mapping[str, Any], output: Path, as_json: bool) -> None:
    """The model, the picture of its curve, and a line about them."""
    from melodyrnn.generation.steering import merged_constants
    from melodyrnn.model.modelfile import write_model
    from melodyrnn.training.curves import draw_curve
    from melodyrnn.training.run import model_of

    p = trainer.progress
    write_model(replace(model_of(trainer, styles, about), steering=merged_constants({})), output, overwrite=True)
    draw_curve(p.history, output.with_suffix(".png"))
    if as_json:
        json_lines.tell("written", path=str(output), bits=p.best if p.history else None, events=p.events)
        return
    best = f"{p.best:.3f} bits per note" if p.history else "not validated yet"
    say_on(f"{output}: {best}, {p.events} events in {p.seconds / 60:.1f} minutes")


def _tell_end(trainer: "Trainer") -> None:
    """Why it ended before its time, and how to go on."""
    if trainer.out_of_patience:
        say_on(f"ended early: no improvement in {trainer.options.patience} validations")
    elif trainer.fraction < 1:
        say_on(f"{trainer.checkpoint}: --resume continues from here")
