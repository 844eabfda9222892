"""The constraints that a caller puts on new notes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from melodyrnn.encoding.events import DRUM
from melodyrnn.errors import OptionError
from melodyrnn.music.pitches import pitch_name
from melodyrnn.music.progression import Progression
from melodyrnn.music.scales import Key, Scale
from melodyrnn.options import DENSITY, HIGH, LOW, RANGE

MOST_PART_DENSITY = 4.0  # times the notes that are usual for an added part


@dataclass(frozen=True, slots=True)
class NoteConstraints:
    """Constraints on new notes. Drums are free of pitch limits and of `monophonic`.

    `low`, `high`, `key`: the melodic pitches allowed. `density` 2: twice as many notes as the seed has or, without one,
    as the model would play. `monophonic`: no part begins a note before its last one ends.
    `range` "seed": each part stays in the seed's register, with chords no larger than its own, and a kit plays the
    seed's sounds; "free": it does not. Where `low`, `high` and `key` leave a part nothing of its register, they decide.
    `chords`: those that new notes are steered to, bar by bar from the first new one on.
    `part_ranges`: a part's lowest and highest pitch, in place of the seed's register. `part_densities`: how many notes
    a part has beside those in the seed, at most as many, or beside what is usual for an added one. Both by the part's
    number, from 0.
    OptionError for limits that leave no pitch, or no tone of one of the chords.
    """

    low: int = LOW.default
    high: int = HIGH.default
    key: Key | Scale | None = None
    density: float = DENSITY.default
    monophonic: bool = False
    range: str = RANGE.default
    chords: Progression | None = None
    part_ranges: tuple[tuple[int, int, int], ...] = ()
    part_densities: tuple[tuple[int, float], ...] = ()

    def __post_init__(self) -> None:
        LOW.check(self.low)
        HIGH.check(self.high)
        DENSITY.check(self.density)
        if self.low > self.high:
            raise OptionError(f"pitches {_span(self.low, self.high)}: the lowest comes first")
        RANGE.check(self.range)
        if not self.pitches().any():
            raise OptionError(f"no pitch from {_span(self.low, self.high)} is in {self.key}")
        for part, low, high in self.part_ranges:
            if low > high:
                raise OptionError(f"part {part + 1}, pitches {_span(low, high)}: the lowest comes first")
            if not self.pitches(part).any():
                within = f" in {self.key}" if self.key else ""
                raise OptionError(
                    f"part {part + 1}: no pitch from {_span(low, high)} is from {_span(self.low, self.high)}{within}"
                )
        for part, density in self.part_densities:
            if not DENSITY.range[0] <= density <= MOST_PART_DENSITY:
                legal = f"{DENSITY.range[0]:g} to {MOST_PART_DENSITY:g}"
                raise OptionError(f"density of part {part + 1}, {density:g}: must be {legal}")
        for chord in self.chords.chords if self.chords else ():
            if not (self.pitches() & np.isin(np.arange(DRUM) % 12, chord.pitch_classes)).any():
                within = f" and in {self.key}" if self.key else ""
                raise OptionError(f"chord {chord}: none of its tones is from {_span(self.low, self.high)}{within}")

    def has_range(self, part: int) -> bool:
        """Whether a part's lowest and highest pitch are asked for."""
        return any(part == other for other, _, _ in self.part_ranges)

    def of_parts(self, parts: Sequence[int]) -> "NoteConstraints":
        """The same where the parts have other numbers: that of `parts[0]` is now 0, and so on."""
        numbers = {part: number for number, part in enumerate(parts)}
        ranges = tuple((numbers[part], low, high) for part, low, high in self.part_ranges)
        densities = tuple((numbers[part], density) for part, density in self.part_densities)
        return replace(self, part_ranges=ranges, part_densities=densities)

    def pitches(self, part: int | None = None) -> npt.NDArray[np.bool_]:
        """(128,) which melodic pitches are allowed, in a part, or in one of which nothing is asked."""
        pitch = np.arange(DRUM)
        allowed = (pitch >= self.low) & (pitch <= self.high)
        for other, low, high in self.part_ranges:
            if other == part:
                allowed &= (pitch >= low) & (pitch <= high)
        return allowed if self.key is None else allowed & np.isin(pitch % 12, list(self.key.pitch_classes))


def _span(low: int, high: int) -> str:
    """The lowest and highest pitch by name, for an error."""
    return f"{pitch_name(low)} to {pitch_name(high)}"
