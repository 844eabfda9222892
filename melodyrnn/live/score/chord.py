"""The chord that a player holds."""

from melodyrnn.music.chords import Chord

TOGETHER_SECONDS = 0.5  # keys that go down within it are of one chord
OVERLAP_SECONDS = 1.0  # how long chords overlap that are played legato


class HeldChord:
    """The chord held last. It stays when its keys come up, until another is held."""

    def __init__(self) -> None:
        self._down: dict[int, float] = {}  # keys that are down, and since when

    def key(self, pitch: int, velocity: int, at_seconds: float) -> Chord | None:
        """A key moves; `velocity` 0 is up -> the chord now held, if it is another.

        Played legato, chords overlap: a key that comes up soon after later ones went down belongs to the chord before.
        One that comes up later is common to both.
        """
        if velocity:
            self._down[pitch] = at_seconds
            return self._chord()
        since = self._down.pop(pitch, at_seconds)
        latest = max(self._down.values(), default=since)
        overlapped = latest - since > TOGETHER_SECONDS and at_seconds - latest < OVERLAP_SECONDS
        return self._chord() if overlapped else None

    def release(self) -> None:
        """All keys count as up: their keyboard is gone. The chord stays."""
        self._down.clear()

    def _chord(self) -> Chord:
        return Chord.of_pitches(self._down)
