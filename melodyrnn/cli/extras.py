"""Libraries that only some commands need: where one is missing, the error names the command that installs it."""

from collections.abc import Iterator
from contextlib import contextmanager

from melodyrnn.errors import MelodyRnnError

LIBRARIES = {
    "train": ("torch", "matplotlib", "optuna"),
    "evaluate": ("matplotlib", "muspy", "sklearn"),
    "studio": ("starlette", "uvicorn", "websockets"),
}  # by the extra that has them, as they are imported


@contextmanager
def needing(extra: str, work: str) -> Iterator[None]:
    """Around the imports of a command. MelodyRnnError where a library of the extra is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library not in LIBRARIES[extra]:
            raise
        raise MelodyRnnError(f'{work} needs {library}: pip install "melodyrnn[{extra}]"') from None
