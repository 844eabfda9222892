"""How far music is while it is made: a listener hears of it for the time of a `with`.

    with listening(ear):
        continue_song(...)

A take is known by its random seed: several may be drawn side by side.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, Protocol

from melodyrnn.arrays import Doubles, Ints
from melodyrnn.music.song import NoteArray, Song

Told = ParamSpec("Told")
QUIET = 9  # times as long as it took to tell is it quiet then


class SoFar(Protocol):
    """A take as far as it is made: what a Continuation, which it will be, says of itself."""

    @property
    def song(self) -> Song:
        """All of it, the seed too."""

    @property
    def new_notes(self) -> tuple[NoteArray, ...]:
        """For each track its (n, 4) new notes."""

    @property
    def played(self) -> tuple[tuple[Doubles, Doubles], ...]:
        """For each track (n,) exact onsets and durations of the new notes, in pulses."""

    @property
    def replaced(self) -> tuple[Ints, ...]:
        """For each track the numbers of the given notes that go; empty where none do."""

    @property
    def sections(self) -> tuple[tuple[str, int, int], ...]:
        """Of a form: the letter of each section, its first bar, how many it has."""


class Listener(Protocol):
    """Whoever waits for the music. It may raise an exception to end the work."""

    def learned(self, part: float) -> None:
        """The seed is learned so far: 0 when that begins, 1 when it is done."""

    def drawn(self, random_seed: int, made: SoFar, known_until: int, until_pulse: int) -> None:
        """A take has come to a bar line, at `until_pulse`. `made`: the take as it is now.

        Its new notes before `known_until` will be those of the whole take; the music that comes may still change how
        they are played. The later ones are a draft, which another may replace.
        """


_LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Meanwhile `listener` hears of what is made on this thread."""
    before = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(before)


def listener() -> Listener | None:
    """Who listens now, if anyone does."""
    return _LISTENER.get()


def sparingly(tell: Callable[Told, None]) -> Callable[Told, None]:
    """The same function, but it does nothing where it would take more than a tenth of the time."""
    quiet_until = 0.0

    @wraps(tell)
    def maybe_tell(*args: Told.args, **kwargs: Told.kwargs) -> None:
        nonlocal quiet_until
        begun = time.monotonic()
        if begun >= quiet_until:
            tell(*args, **kwargs)
            quiet_until = time.monotonic() + QUIET * (time.monotonic() - begun)

    return maybe_tell
