"""Chords as musicians write them: "Am", "F#m7b5", "C/E". One table names the qualities."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from melodyrnn.errors import OptionError
from melodyrnn.music.pitch_classes import NOTE, pitch_class
from melodyrnn.music.pitches import pitch_class_name
from melodyrnn.music.scales import Key

# Semitones above the root, and the ways to write it; the first is how it is printed.
QUALITIES: dict[tuple[int, ...], tuple[str, ...]] = {
    (0, 4, 7): ("", "M", "maj", "major"),
    (0, 3, 7): ("m", "-", "min", "mi", "minor"),
    (0, 3, 6): ("dim", "°", "o"),
    (0, 4, 8): ("aug", "+", "#5"),
    (0, 7): ("5", "no3"),
    (0, 2, 7): ("sus2",),
    (0, 5, 7): ("sus4", "sus"),
    (0, 4, 7, 9): ("6", "maj6", "M6"),
    (0, 3, 7, 9): ("m6", "-6", "min6"),
    (0, 4, 7, 10): ("7", "dom7"),
    (0, 4, 7, 11): ("maj7", "M7", "ma7", "j7", "Δ", "Δ7", "^", "^7"),
    (0, 3, 7, 10): ("m7", "-7", "min7", "mi7"),
    (0, 3, 7, 11): ("mmaj7", "mM7", "minmaj7", "-maj7", "-M7", "-Δ7", "-^7"),
    (0, 3, 6, 9): ("dim7", "°7", "o7"),
    (0, 3, 6, 10): ("m7b5", "ø", "ø7", "h7", "-7b5", "min7b5", "hdim7"),
    (0, 4, 8, 10): ("7#5", "aug7", "+7", "7+"),
    (0, 4, 8, 11): ("maj7#5", "M7#5", "augmaj7", "+maj7"),
    (0, 4, 6, 10): ("7b5",),
    (0, 5, 7, 10): ("7sus4", "7sus"),
    (0, 2, 4, 7): ("add9", "add2", "2"),
    (0, 2, 3, 7): ("madd9", "madd2", "-add9"),
    (0, 4, 5, 7): ("add11", "add4"),
    (0, 2, 4, 7, 9): ("6/9", "69"),
    (0, 2, 3, 7, 9): ("m6/9", "m69", "-69"),
    (0, 2, 4, 7, 10): ("9",),
    (0, 2, 4, 7, 11): ("maj9", "M9", "Δ9", "^9"),
    (0, 2, 3, 7, 10): ("m9", "-9", "min9"),
    (0, 2, 3, 7, 11): ("mmaj9", "mM9"),
    (0, 1, 4, 7, 10): ("7b9",),
    (0, 3, 4, 7, 10): ("7#9",),
    (0, 2, 5, 7, 10): ("9sus4", "9sus", "11"),
    (0, 4, 6, 7, 10): ("7#11",),
    (0, 2, 3, 5, 7, 10): ("m11", "-11", "min11"),
    (0, 2, 4, 7, 9, 10): ("13",),
    (0, 2, 4, 7, 9, 11): ("maj13", "M13", "^13"),
    (0, 2, 3, 7, 9, 10): ("m13", "-13", "min13"),
    (0, 1, 3, 4, 8, 10): ("7alt", "alt"),
}
_NAMED = {name: intervals for intervals, names in QUALITIES.items() for name in names}
_OTHER_SIGNS = str.maketrans("♯♭º∆", "#b°Δ", "(), ")

# What may follow a quality: a tone altered, added, left out, or in place of the third: "7b9", "m7-5", "9sus4", "6no5".
_CHANGE = re.compile(r"([b#+-])(5|9|11|13)|(add|no|omit)([b#]?)(2|3|4|5|6|9|11|13)|sus(2|4)?")
_QUALITY = re.compile(rf"({'|'.join(map(re.escape, sorted(_NAMED, key=len, reverse=True)))})((?:{_CHANGE.pattern})*)")
_DEGREES = {"2": 2, "4": 5, "5": 7, "6": 9, "9": 2, "11": 5, "13": 9}  # semitones above the root
_SIGNS = {"": 0, "b": -1, "-": -1, "#": 1, "+": 1}
_THIRDS = {3, 4}


def _intervals(quality: str) -> tuple[int, ...] | None:
    """The tones of a quality in semitones above the root, or None if it is none."""
    if quality in _NAMED:
        return _NAMED[quality]
    match = _QUALITY.fullmatch(quality)
    if match is None:
        return None
    tones = set(_NAMED[match[1]])
    for sign, altered, verb, verb_sign, degree, suspended in _CHANGE.findall(match[2]):
        if altered:
            tones = tones - {_DEGREES[altered]} | {_DEGREES[altered] + _SIGNS[sign]}
        elif not verb:
            tones = tones - _THIRDS | {_DEGREES[suspended or "4"]}
        elif degree == "3":
            tones -= _THIRDS
        elif verb == "add":
            tones.add(_DEGREES[degree] + _SIGNS[verb_sign])
        else:
            tones.discard(_DEGREES[degree])
    return tuple(sorted(tones))


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord: its root, the semitones of its tones above the root, 0 first, and the lowest note, as pitch classes."""

    root: int
    intervals: tuple[int, ...]
    bass: int

    @classmethod
    def parse(cls, text: str) -> "Chord":
        """The chord that "Am", "G7", "F#m7(b5)" or, with another lowest note, "C/E" names. OptionError for others."""
        match = re.fullmatch(f"({NOTE})(.*?)(?:/({NOTE}))?", text.strip())
        intervals = _intervals(match[2].translate(_OTHER_SIGNS)) if match else None
        if match is None or intervals is None:
            legal = 'must be a root A to G, # or b if need be, and a quality, like "Am", "F#m7b5", "Bbmaj7" or "C/E"'
            raise OptionError(f"chord {text!a}: {legal}")
        root = pitch_class(match[1])
        return cls(root, intervals, pitch_class(match[3]) if match[3] else root)

    @classmethod
    def of_pitches(cls, pitches: Iterable[int]) -> "Chord":
        """The chord of these MIDI pitches, at least one: as the table names it, the lowest note its root if that fits.

        Where the table has no name for it, its root is the lowest note.
        """
        held = sorted(pitches)
        classes = list(dict.fromkeys(pitch % 12 for pitch in held))
        ways = [(root, tuple(sorted((each - root) % 12 for each in classes))) for root in classes]
        root, intervals = next((way for way in ways if way[1] in QUALITIES), ways[0])
        return cls(root, intervals, classes[0])

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """Its tones from the root up; then the lowest note, if that is none of them."""
        return tuple(dict.fromkeys([*((self.root + interval) % 12 for interval in self.intervals), self.bass]))

    @property
    def triad(self) -> "Chord":
        """Its root, third and fifth, or what stands for them, over the same lowest note."""
        thirds = [each for each in self.intervals if each in (3, 4)]
        thirds = thirds or [each for each in self.intervals if each in (2, 5)]
        fifths = [each for each in self.intervals if each in (6, 7, 8)]
        return Chord(self.root, (0, *thirds[:1], *fifths[:1]), self.bass)

    def name(self, key: Key | None = None) -> str:
        """As musicians write it, spelled as in a key; the notes alone where it has no name."""
        names = QUALITIES.get(self.intervals)
        if names is None:
            return "+".join(pitch_class_name(each, key) for each in self.pitch_classes)
        over = "" if self.bass == self.root else f"/{pitch_class_name(self.bass, key)}"
        return f"{pitch_class_name(self.root, key)}{names[0]}{over}"

    def __str__(self) -> str:
        return self.name()
