"""How to play, as far as it can change while playing."""

from dataclasses import dataclass, field, replace

from melodyrnn.errors import OptionError
from melodyrnn.generation import Sampling
from melodyrnn.music.scales import Harmony, Key

MOST_OCTAVES = 4


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds from some bar on.

    `register_octaves`: melodic notes sound so many octaves higher (below 0: lower) than the model draws them, so that
    the parts of a piece keep their distance. `loudness`: velocities are multiplied by it.
    """

    style: str
    sampling: Sampling = field(default_factory=Sampling)
    register_octaves: int = 0
    loudness: float = 1.0

    def __post_init__(self) -> None:
        if not -MOST_OCTAVES <= self.register_octaves <= MOST_OCTAVES:
            raise OptionError(f"register {self.register_octaves}: must be -{MOST_OCTAVES} to {MOST_OCTAVES} octaves")
        if not 0 < self.loudness <= 10:
            raise OptionError(f"velocity {self.loudness:g}: must be above 0 and at most 10; 1 is as drawn")

    def with_density(self, density: float) -> "Settings":
        """The same, denser or sparser."""
        return replace(self, sampling=replace(self.sampling, wishes=replace(self.sampling.wishes, density=density)))

    def with_key(self, key: Key | Harmony | None) -> "Settings":
        """The same in another key or to a chord; as before, where the range asked for has none of its pitches."""
        try:
            return replace(self, sampling=replace(self.sampling, wishes=replace(self.sampling.wishes, key=key)))
        except OptionError:
            return self

    def with_temperature(self, temperature: float) -> "Settings":
        """The same, bolder or tamer."""
        return replace(self, sampling=replace(self.sampling, temperature=temperature))
