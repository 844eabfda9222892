"""How to play, as far as it can change while playing."""

from dataclasses import dataclass, field, replace
from typing import Any

from melodyrnn.errors import OptionError
from melodyrnn.generation import Sampling
from melodyrnn.music.chords import Chord
from melodyrnn.music.progression import Progression
from melodyrnn.music.scales import Key, Scale
from melodyrnn.options import REGISTER, VELOCITY


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings from some bar on.

    `register_octaves`: melodic notes sound so many octaves higher (below 0: lower) than the model draws them, so that
    the parts of a piece keep their distance. `loudness`: velocities are multiplied by it.
    """

    style: str
    sampling: Sampling = field(default_factory=Sampling)
    register_octaves: int = 0
    loudness: float = 1.0

    def __post_init__(self) -> None:
        REGISTER.check(self.register_octaves)
        VELOCITY.check(self.loudness)

    def with_density(self, density: float) -> "Settings":
        """The same, denser or sparser."""
        return self._constrained(density=density)

    def with_key(self, key: Key | Scale | None) -> "Settings":
        """The same in another key; as before, where the limits asked for leave none of its pitches."""
        return self._where_legal(key=key)

    def with_chord(self, chord: Chord) -> "Settings":
        """The same to this chord alone; as before, where the limits asked for leave none of its tones."""
        return self._where_legal(chords=Progression(((chord,),)))

    def _where_legal(self, **changes: Any) -> "Settings":
        try:
            return self._constrained(**changes)
        except OptionError:
            return self

    def _constrained(self, **changes: Any) -> "Settings":
        constraints = replace(self.sampling.constraints, **changes)
        return replace(self, sampling=replace(self.sampling, constraints=constraints))

    def with_temperature(self, temperature: float) -> "Settings":
        """The same, bolder or tamer."""
        return replace(self, sampling=replace(self.sampling, temperature=temperature))
