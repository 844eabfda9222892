"""Keys and scales: their names, and the pitch classes they allow."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from melodyrnn.errors import OptionError
from melodyrnn.music.pitch_classes import FLATS, NOTE, PITCH_NAMES, SHARPS, pitch_class


class Mode(NamedTuple):
    """A row of MODES: the scale in semitones above the tonic; how far above the tonic the major key lies whose key
    signature it has; and other names.
    """

    steps: tuple[int, ...]
    relative_major: int
    aliases: tuple[str, ...] = ()


MODES = {
    "major": Mode((0, 2, 4, 5, 7, 9, 11), 0, ("", "maj", "ionian")),
    "minor": Mode((0, 2, 3, 5, 7, 8, 10), 3, ("min", "natural minor", "aeolian")),
    "dorian": Mode((0, 2, 3, 5, 7, 9, 10), 10),
    "phrygian": Mode((0, 1, 3, 5, 7, 8, 10), 8),
    "lydian": Mode((0, 2, 4, 6, 7, 9, 11), 7),
    "mixolydian": Mode((0, 2, 4, 5, 7, 9, 10), 5),
    "locrian": Mode((0, 1, 3, 5, 6, 8, 10), 1),
    "harmonic minor": Mode((0, 2, 3, 5, 7, 8, 11), 3),
    "melodic minor": Mode((0, 2, 3, 5, 7, 9, 11), 3, ("jazz minor",)),
    "major pentatonic": Mode((0, 2, 4, 7, 9), 0, ("pentatonic",)),
    "minor pentatonic": Mode((0, 3, 5, 7, 10), 3),
    "blues": Mode((0, 3, 5, 6, 7, 10), 3, ("minor blues",)),
    "major blues": Mode((0, 2, 3, 4, 7, 9), 0),
    "whole tone": Mode((0, 2, 4, 6, 8, 10), 0),
}
_NAMED = {name: mode for mode, row in MODES.items() for name in (mode, *row.aliases)}
_LEGAL = (
    f'a tonic A to G, # or b if need be, and {", ".join(list(MODES)[:-1])} or whole tone, like "F# minor"; '
    'or notes, like "C D Eb G A"'
)


@dataclass(frozen=True, slots=True)
class Key:
    """A tonic, as a pitch class from 0 for C to 11 for B, and a mode: a name in MODES."""

    tonic: int
    mode: str

    def __post_init__(self) -> None:
        if not 0 <= self.tonic <= 11 or self.mode not in MODES:
            raise OptionError(f"key {self.tonic} {self.mode}: the tonic must be 0 to 11, the mode {', '.join(MODES)}")

    @classmethod
    def parse(cls, text: str) -> "Key":
        """The key that "D minor", "F# dorian", "Bbm" or "C" names. OptionError for anything else."""
        match = re.fullmatch(r"([A-Ga-g][#b♯♭]?)[ -]*([A-Za-z]*(?:[ -]+[A-Za-z]+)?)", text.strip())
        ending = re.sub("[ -]+", " ", match[2]) if match else ""
        mode = {"M": "major", "m": "minor"}.get(ending, _NAMED.get(ending.lower()))
        if match is None or mode is None:
            raise OptionError(f"key {text!a}: must be {_LEGAL}")
        return cls(pitch_class(match[1].capitalize()), mode)

    @classmethod
    def of_signature(cls, sharps: int, mode: str) -> "Key":
        """The key of a signature of so many sharps, or minus so many flats."""
        return cls((7 * sharps - MODES[mode].relative_major) % 12, mode)

    def __str__(self) -> str:
        """The tonic is named as the key signature with the fewer sharps or flats writes it."""
        sharp = self.sharps > 0 and (self.tonic, self.sharps) != (3, 6)  # E flat rather than D sharp minor
        return f"{(SHARPS if sharp else FLATS).get(self.tonic, PITCH_NAMES[self.tonic])} {self.mode}"

    @property
    def sharps(self) -> int:
        """How many sharps its key signature has, -5 to 6; below 0, flats."""
        major = self.tonic + MODES[self.mode].relative_major
        return (7 * major + 5) % 12 - 5

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """The pitch classes of the scale, from the tonic up."""
        return tuple((self.tonic + step) % 12 for step in MODES[self.mode].steps)


@dataclass(frozen=True, slots=True)
class Scale:
    """The pitch classes of notes that a user names, in the order given."""

    pitch_classes: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> "Scale":
        """The scale of notes like "C D Eb G A". OptionError for anything else."""
        names = [name.capitalize() for name in re.split(r"[\s,]+", text.strip())]
        if not all(re.fullmatch(NOTE, name) for name in names):
            raise OptionError(f"key {text!a}: must be {_LEGAL}")
        return cls(tuple(dict.fromkeys(map(pitch_class, names))))

    def __str__(self) -> str:
        return " ".join(PITCH_NAMES[each] for each in self.pitch_classes)


def parse_key(text: str) -> Key | Scale:
    """The key that a text names, or the scale of the notes that it lists. OptionError for anything else."""
    try:
        return Key.parse(text)
    except OptionError:
        return Scale.parse(text)
