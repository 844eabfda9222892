"""How far music is while it is made: a listener hears of it for the time of a `with`.

    with listening(ear):
        continue_song(...)

A take is known by its random seed: several may be drawn side by side.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from melodyrnn.arrays import Doubles
from melodyrnn.music.song import Track


class Listener(Protocol):
    """Whoever waits for the music. It may raise an exception to end the work."""

    def learned(self, part: float) -> None:
        """The seed is learned so far, 0 to 1."""

    def drawn(
        self, random_seed: int, tracks: Sequence[Track], played: Sequence[tuple[Doubles, Doubles]], until_pulse: int
    ) -> None:
        """A take has come to a bar line. `tracks`: its new notes before it; `played`: their exact onsets and durations.

        The music that comes may still change how they are played, not which they are.
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
