"""Held keys as the harmony to play in."""

from melodyrnn.music.scales import Harmony


class HeldChord:
    """The chord held last: it stays when the keys come up, until another is held."""

    def __init__(self) -> None:
        self._down: set[int] = set()

    def key(self, pitch: int, velocity: int) -> Harmony | None:
        """A key moves; `velocity` 0 is up -> the chord now held, where a key was added to it."""
        if not velocity:
            self._down.discard(pitch)
            return None
        self._down.add(pitch)
        return Harmony(tuple(sorted({held % 12 for held in self._down})))
