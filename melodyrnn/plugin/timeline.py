"""What the host and its player have told of the song: from which bar on which time signature, and which chord.

It is kept when the song goes elsewhere: a bar is composed in what was told of it, whichever way the song came there.
"""

from collections.abc import Mapping

from melodyrnn.live.time.bars import Bars
from melodyrnn.music.chords import Chord
from melodyrnn.music.metre import COMMON_TIME, TimeSignature


class Timeline:
    """Bars count from 0. `metres` and `chords`: what was told, by the bar from which on it holds.

    `bars`: where the bar lines lie.
    """

    def __init__(
        self, metres: Mapping[int, TimeSignature] | None = None, chords: Mapping[int, Chord] | None = None
    ) -> None:
        self.metres, self.chords = dict(metres or {}), dict(chords or {})
        self.bars = Bars(COMMON_TIME.bar_pulses)
        self._draw_lines()

    def _draw_lines(self) -> None:
        for bar in sorted({0, *self.metres}):
            self.bars.change(bar, self.metre(bar).bar_pulses)

    def metre(self, bar: int) -> TimeSignature:
        """The time signature of a bar: that told last before it, or the first that was told of a later one; or 4/4."""
        told = max((known for known in self.metres if known <= bar), default=min(self.metres, default=None))
        return COMMON_TIME if told is None else self.metres[told]

    def tell_metre(self, bar: int, metre: TimeSignature) -> int | None:
        """A bar has this time signature -> the first bar that has another one now than it was thought to have."""
        first = 0 if bar < min(self.metres, default=bar + 1) else bar
        was = self.metre(bar)
        if not self.metres or was != metre:
            self.metres[bar] = metre
            self._draw_lines()
        return None if was == metre else first

    def chord(self, bar: int) -> Chord | None:
        """The chord that a bar is steered to: that told last before it, if any."""
        told = max((known for known in self.chords if known <= bar), default=None)
        return None if told is None else self.chords[told]

    def tell_chord(self, bar: int, chord: Chord) -> bool:
        """A bar and those after it are steered to a chord -> whether that is another one than was thought."""
        was = self.chord(bar)
        if was != chord:
            self.chords[bar] = chord
        return was != chord
