"""A search for how to train on a given folder, with Optuna: learning rate, optimizer, cell, width, dropout.

Each trial is a short training run that differs from the others only in these. The next is chosen by those before it (a
tree of Parzen estimators: Bergstra et al., *Algorithms for hyper-parameter optimization*, 2011), and one that at a
validation does worse than half of those before did there is given up. Trials are kept in a SQLite file as they end, so
that a search goes on where it stopped.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import Trial, TrialState

from melodyrnn.corpus.augmentation import AUGMENTATION, Augmentation
from melodyrnn.corpus.options import EVENNESS
from melodyrnn.corpus.styles import Corpus
from melodyrnn.errors import TrainingError
from melodyrnn.files import replacing
from melodyrnn.training.interruption import calling_on_signals
from melodyrnn.training.optimizers import OPTIMIZERS
from melodyrnn.training.recipe import music_config
from melodyrnn.training.run import check_numbers, make_trainer
from melodyrnn.training.study import open_study_file
from melodyrnn.training.trainer import Progress, TrainingOptions

MUSIC = "music"  # what the trials of a study are of: its attribute of this name
LEARNING_RATES = (0.1, 5.0)  # times what measured best for the optimizer
WIDTHS = (128, 256, 384, 512)
MOST_DROPOUT = 0.4
STOPPED = "stopped"  # an attribute of a trial
COLUMNS = ("optimizer", "learning_rate", "cell", "hidden", "dropout")


@dataclass(frozen=True, slots=True)
class Search:
    """The settings of a search: each trial's length in minutes (or in events), its layers, and how music is read."""

    minutes: float = 2.0
    events: int = 0
    layers: int = 1
    validations: int = 8
    threads: int = 1
    random_seed: int = 0
    augmentation: Augmentation = AUGMENTATION
    evenness: float = EVENNESS.default

    def __post_init__(self) -> None:
        self.options("adamw", 1.0)  # says what is wrong before the work
        check_numbers(1, 1, 0.0, self.evenness, self.threads)

    def options(self, optimizer: str, learning_rate: float) -> TrainingOptions:
        """Of a trial. OptionError for a length that is none."""
        return TrainingOptions(
            minutes=self.minutes,
            events=self.events,
            optimizer=optimizer,
            learning_rate=learning_rate,
            warmup_events=10_000,
            validations=self.validations,
        )

    @property
    def length(self) -> str:
        """How long a trial is: those of one study are alike."""
        return f"{self.events} events" if self.events else f"{self.minutes:g} minutes"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A trial that has ended: its bits per note (of one given up, the last), and what it was trained with."""

    number: int
    state: str  # "complete", "pruned", "stopped" or "failed"
    bits_per_note: float
    settings: Mapping[str, Any]
    curve: Mapping[int, float]  # bits per note at each validation, counted from 1


def open_study(path: Path, corpus: Corpus, search: Search) -> optuna.Study:
    """The study of that file, or a new one.

    TrainingError where it is none, or is of other music, or its trials are not like those of this search.
    """
    facts = {
        MUSIC: corpus.fingerprint,
        "styles": ", ".join(corpus.styles),
        "length": search.length,
        "layers": search.layers,
        "transposition": search.augmentation.transpose,
        "jitter": search.augmentation.jitter_pulses,
        "evenness": search.evenness,
    }
    return open_study_file(path, facts, _told, search.random_seed)


def run_trials(
    study: optuna.Study,
    corpus: Corpus,
    search: Search,
    trials: int,
    report: Callable[[Outcome], None] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> bool:
    """Add so many trials to the study -> False if Ctrl-C or SIGTERM stopped it, after a window of a trial.

    One whose loss is no number has failed, and the search goes on.
    """
    stopping = False

    def stop() -> None:
        nonlocal stopping
        stopping = True

    def objective(trial: Trial) -> float:
        try:
            return _train(trial, corpus, search, clock, lambda: stopping)
        except (_StoppedError, KeyboardInterrupt):
            trial.set_user_attr(STOPPED, True)
            raise

    def tell(study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
        if report:
            report(_outcome(trial))
        if stopping:
            study.stop()

    with calling_on_signals(stop):
        study.optimize(objective, n_trials=trials, catch=(TrainingError, _StoppedError), callbacks=[tell])
    return not stopping


def outcomes(study: optuna.Study) -> list[Outcome]:
    """Every trial that has ended, the best first, then those given up, those stopped, and those that failed."""
    order = {"complete": 0, "pruned": 1, "stopped": 2, "failed": 3}
    found = [_outcome(trial) for trial in study.trials if trial.state.is_finished()]
    return sorted(found, key=lambda outcome: (order[outcome.state], outcome.bits_per_note, outcome.number))


def draw_outcomes(found: list[Outcome], path: Path) -> None:
    """A PNG: each setting against bits per note, and every trial's curve. OutputError if it cannot be written."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 6.5), layout="constrained")
    panels = figure.subplots(2, 3).flat
    shown = [outcome for outcome in found if math.isfinite(outcome.bits_per_note)]
    complete = [outcome.state == "complete" for outcome in shown]
    for axes, name in zip(panels, COLUMNS, strict=False):
        for kept, marker, label in ((True, "o", "complete"), (False, "x", "given up")):
            some = [o for o, is_complete in zip(shown, complete, strict=True) if is_complete == kept]
            values = [o.settings[name] for o in some]
            axes.plot(values, [o.bits_per_note for o in some], marker, label=label)
        axes.set(xlabel=name.replace("_", " "), ylabel="bits per note")
        if name == "learning_rate":
            axes.set_xscale("log")
        axes.grid(alpha=0.3)
    last = figure.axes[-1]
    for outcome in shown:
        last.plot(list(outcome.curve), list(outcome.curve.values()), linewidth=2 if outcome is shown[0] else 0.8)
    last.set(xlabel="validation", ylabel="bits per note")
    last.grid(alpha=0.3)
    figure.axes[0].legend()
    with replacing(path) as beside:
        figure.savefig(beside, format="png", dpi=110)


def _told(name: str, fact: Any) -> str:
    """A fact of a search by the option that says it."""
    if name == "transposition":
        return "--transpose" if fact else "--no-transpose"
    if name == "length":
        number, unit = str(fact).split()
        return f"--{unit} {number}"
    return f"{name} {fact}" if name in (MUSIC, "styles") else f"--{name} {fact:g}"


class _StoppedError(Exception):
    """The search is to end, and this trial with it."""


def _train(
    trial: Trial, corpus: Corpus, search: Search, clock: Callable[[], float], stopping: Callable[[], bool]
) -> float:
    optimizer = trial.suggest_categorical("optimizer", list(OPTIMIZERS))
    factor = trial.suggest_float("rate_factor", *LEARNING_RATES, log=True)
    cell = trial.suggest_categorical("cell", ["gru", "lstm", "rnn"])
    hidden = trial.suggest_categorical("hidden", list(WIDTHS))
    dropout = trial.suggest_float("dropout", 0.0, MOST_DROPOUT, step=0.05)
    trainer = make_trainer(
        corpus,
        music_config(cell, hidden, search.layers, hidden // 2),
        search.options(optimizer, factor * OPTIMIZERS[optimizer][1]),
        None,
        dropout=dropout,
        random_seed=search.random_seed,
        threads=search.threads,
        augmentation=search.augmentation,
        evenness=search.evenness,
        clock=clock,
    )
    told = 0

    def report(progress: Progress, _: float) -> None:
        nonlocal told
        if stopping():
            raise _StoppedError
        if len(progress.history) > told:
            told = len(progress.history)
            trial.report(progress.history[-1]["mean"], told)
            if trial.should_prune():
                raise optuna.TrialPruned

    trainer.run(report)
    return trainer.progress.best


def _outcome(trial: optuna.trial.FrozenTrial) -> Outcome:
    states = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned"}
    curve = dict(sorted(trial.intermediate_values.items()))
    bits = trial.value if trial.value is not None else next(reversed(curve.values()), math.nan)
    settings = dict(trial.params)
    state = STOPPED if trial.user_attrs.get(STOPPED) else states.get(trial.state, "failed")
    factor = settings.pop("rate_factor", math.nan)
    if "optimizer" in settings:
        settings["learning_rate"] = float(f"{factor * OPTIMIZERS[settings['optimizer']][1]:.2g}")
    if "dropout" in settings:
        settings["dropout"] = round(settings["dropout"], 2)
    return Outcome(trial.number, state, bits, settings, curve)
