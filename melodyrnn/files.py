"""How every file of ours is written: beside its place, then renamed, so that it is there whole or not at all."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A new path beside `target` to write to; at the end it takes `target`'s place. OSError as the system gives it.

    Where anything goes wrong, also an interruption, `target` stays what it was and nothing is left beside it.
    """
    beside = target.with_name(f".melodyrnn-{secrets.token_hex(8)}.part")  # short, so that it fits where `target` does
    try:
        yield beside
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
