"""The file that a search is kept in: a SQLite database of Optuna's, with trials of one music and one kind."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import optuna
from optuna.exceptions import StorageInternalError
from optuna.pruners import MedianPruner
from optuna.samplers import TPESampler
from optuna.storages import RDBStorage
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from melodyrnn.errors import OutputError, TrainingError

STUDY = "melodyrnn"
FIRST_TRIALS = 5  # chosen by chance, and never given up
FIRST_VALIDATIONS = 2  # of any trial: too early to give it up


def open_study_file(
    path: Path, facts: Mapping[str, Any], told: Callable[[str, Any], str], random_seed: int
) -> optuna.Study:
    """The study of that file, or a new one. TrainingError where it is none, or one of other `facts`, as `told`.

    Where a new one cannot be made, nothing is left.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    is_new = not path.exists()
    try:
        study = optuna.create_study(
            storage=_storage(path),
            study_name=STUDY,
            load_if_exists=True,
            pruner=MedianPruner(n_startup_trials=FIRST_TRIALS, n_warmup_steps=FIRST_VALIDATIONS + 1),
        )
        kept = study.user_attrs
        for name, fact in facts.items():
            if kept.get(name, fact) != fact:
                differ = f"a search with {told(name, kept[name])}, not {told(name, fact)}"
                raise TrainingError(f"{path}: {differ}; give another file")
        for name in facts.keys() - kept.keys():
            study.set_user_attr(name, facts[name])
        seed = random_seed + len(study.trials)  # not the same draws again
        study.sampler = TPESampler(n_startup_trials=FIRST_TRIALS, seed=seed)
    except TrainingError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the database library may say of a file that is none of its own
        if is_new:
            path.unlink(missing_ok=True)
        raise TrainingError(f"{path}: cannot be opened as a search ({_cause(error):.100})") from None
    return study


@contextmanager
def kept_in(path: Path) -> Iterator[None]:
    """OutputError where the file of a search cannot be written any more, as on a full disk."""
    try:
        yield
    except (StorageInternalError, SQLAlchemyError) as error:
        reason = f"{_cause(error):.100}"
        raise OutputError(f"{path}: cannot be written ({reason}); the trials that had ended are in it") from None


def _storage(path: Path) -> RDBStorage:
    """Opened by its path, whatever characters that has: in a URL some would mean something."""
    return RDBStorage("sqlite://", {"creator": lambda: _connect(path), "poolclass": NullPool})


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, check_same_thread=False)


def _cause(error: BaseException) -> str:
    """The text of the innermost error: the outer ones quote SQL statements."""
    while error.__cause__ is not None:
        error = error.__cause__
    return " ".join(str(error).split())
