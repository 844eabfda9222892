"""Held keys as the harmony to play in."""

from melodyrnn.music.scales import Harmony

TOGETHER_SECONDS = 0.5  # keys that go down within it of one another are of one chord


class HeldChord:
    """The chord held last: it stays when its keys come up, until another is held."""

    def __init__(self) -> None:
        self._down: dict[int, float] = {}  # keys that are down, and since when

    def key(self, pitch: int, velocity: int, at_seconds: float) -> Harmony | None:
        """A key moves; `velocity` 0 is up -> the chord now held, where that is another.

        A key that comes up while later ones are down was of the chord before: played legato, chords overlap.
        """
        if velocity:
            self._down[pitch] = at_seconds
            return self._chord()
        since = self._down.pop(pitch, at_seconds)
        latest = max(self._down.values(), default=since)
        if latest - since <= TOGETHER_SECONDS:
            return None
        self._down = dict.fromkeys(self._down, latest)  # a tone that is common to both is of the new one
        return self._chord()

    def release(self) -> None:
        """All keys count as up: what they were played on is gone. The chord stays."""
        self._down.clear()

    def _chord(self) -> Harmony:
        return Harmony(tuple(sorted({held % 12 for held in self._down})))
