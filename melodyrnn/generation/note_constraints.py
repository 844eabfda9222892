"""The constraints that a caller puts on new notes."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from melodyrnn.encoding.events import DRUM
from melodyrnn.errors import OptionError
from melodyrnn.music.progression import Progression
from melodyrnn.music.scales import Key, Scale
from melodyrnn.options import DENSITY, HIGH, LOW, RANGE


@dataclass(frozen=True, slots=True)
class NoteConstraints:
    """Constraints on new notes. Drums are free of pitch limits and of `monophonic`.

    `low`, `high`, `key`: the melodic pitches allowed. `density` 2: twice as many notes as the seed has or, without one,
    as the model would play. `monophonic`: no part begins a note before its last one ends.
    `range` "seed": each part stays in the seed's register, with chords no larger than its own, and a kit plays the
    seed's sounds; "free": it does not. Where `low`, `high` and `key` leave a part nothing of its register, they decide.
    `chords`: those that new notes are steered to, bar by bar from the first new one on. OptionError for limits that
    leave no pitch, or no tone of one of the chords.
    """

    low: int = LOW.default
    high: int = HIGH.default
    key: Key | Scale | None = None
    density: float = DENSITY.default
    monophonic: bool = False
    range: str = RANGE.default
    chords: Progression | None = None

    def __post_init__(self) -> None:
        LOW.check(self.low)
        HIGH.check(self.high)
        DENSITY.check(self.density)
        if self.low > self.high:
            raise OptionError(f"pitches {self.low} to {self.high}: the lowest comes first")
        RANGE.check(self.range)
        if not self.pitches().any():
            raise OptionError(f"no pitch from {self.low} to {self.high} is in {self.key}")
        for chord in self.chords.chords if self.chords else ():
            if not (self.pitches() & np.isin(np.arange(DRUM) % 12, chord.pitch_classes)).any():
                within = f" and in {self.key}" if self.key else ""
                raise OptionError(f"chord {chord}: none of its tones is from {self.low} to {self.high}{within}")

    def pitches(self) -> npt.NDArray[np.bool_]:
        """(128,) which melodic pitches are allowed."""
        pitch = np.arange(DRUM)
        allowed = (pitch >= self.low) & (pitch <= self.high)
        return allowed if self.key is None else allowed & np.isin(pitch % 12, list(self.key.pitch_classes))
