"""Kinds of parts that can be added to a song, with the register, density and chords that are usual for each.

Registers are about from the 5th to the 95th percentile of a part's pitches, densities its onsets in a bar of 4/4,
lengths the median of its notes: all in the median of the parts of that kind in hand-written loops, POP909, Nottingham,
Mutopia and OpenScore Lieder (validation pieces: 14 kits, 27 basses, 163 parts of chords, 50 melodies, 3 pads, 5 string
parts).
"""

import re
from dataclasses import dataclass, replace

import numpy as np

from melodyrnn.encoding.events import DRUM, PLACES
from melodyrnn.errors import OptionError
from melodyrnn.generation.bounds import REGISTER_SEMITONES, SHORT_RANGE_NOTES, PartBounds
from melodyrnn.generation.terms.step import Expected
from melodyrnn.music.general_midi import INSTRUMENTS
from melodyrnn.music.pulses import PULSES_PER_QUARTER, PULSES_PER_WHOLE
from melodyrnn.music.song import Song, Track
from melodyrnn.options import ADD

ON_BEAT, OFF_BEAT, SIXTEENTH = 0.5, 0.15, 0.1  # how often a note begins there, beside the busiest place of the others
RARE = 0.05  # of the onsets at their busiest place: a place with fewer is an accident
KIT = (36, 38, 42, 46, 49, 51)  # kick, snare, closed and open hi-hat, crash, ride


@dataclass(frozen=True, slots=True)
class PartKind:
    """What is usual for a part: its instrument, lowest and highest pitch, onsets in a bar of 4/4, the length of a note
    in quarters, how many notes begin together.
    """

    name: str
    program: int
    low: int
    high: int
    onsets_a_bar: float
    quarters: float
    chord: int
    is_drum: bool = False

    @classmethod
    def parse(cls, text: str) -> "PartKind":
        """The kind of that name, or the part that "Name:program" describes, by General MIDI's number or name.

        OptionError for anything else.
        """
        if text.strip().lower() in KINDS:
            return KINDS[text.strip().lower()]
        name, colon, instrument = text.rpartition(":")
        program = _program(instrument) if colon else None
        if program is None or not name.strip():
            legal = f'{", ".join(KINDS)}, or "Name:program", such as "Viola:41"'
            raise OptionError(f"{ADD} {text!a}: must be {legal}")
        kind = next((kind for programs, kind in FAMILIES if program in programs), "melody")
        return replace(KINDS[kind], name=name.strip(), program=program)

    @property
    def track(self) -> Track:
        """A track of it without notes."""
        return Track([], self.program, self.is_drum, self.name[:1].upper() + self.name[1:])

    @property
    def bounds(self) -> PartBounds:
        """The bounds of its notes."""
        bounds = PartBounds(self.is_drum)
        inner = (self.low + REGISTER_SEMITONES, self.high - REGISTER_SEMITONES)
        bounds.pitches = frozenset(DRUM + pitch for pitch in KIT) if self.is_drum else frozenset(inner)
        bounds.notes, bounds.chord, bounds.voices = SHORT_RANGE_NOTES, self.chord + (self.chord > 1), self.chord
        return bounds

    def beside(self, song: Song) -> Expected:
        """What is usual for it in a song: it begins notes where the others do, and on the beats and halves of them."""
        places = np.zeros(PLACES)
        for beat in range(0, PLACES, PULSES_PER_QUARTER):
            places[[beat, beat + PULSES_PER_QUARTER // 2]] += ON_BEAT, OFF_BEAT
            if self.is_drum:
                places[[beat + PULSES_PER_QUARTER // 4, beat + 3 * PULSES_PER_QUARTER // 4]] += SIXTEENTH
        onsets = np.unique(np.concatenate([np.zeros(0, np.int64), *(track.array[:, 0] for track in song.tracks)]))
        theirs = np.bincount(song.bar_lines.positions(onsets)[1] % PLACES, minlength=PLACES).astype(np.float64)
        theirs[theirs < RARE * theirs.max(initial=0)] = 0
        places += theirs / max(theirs.max(initial=0), 1)
        return Expected(self.onsets_a_bar / PULSES_PER_WHOLE, self.quarters * PULSES_PER_QUARTER, self.chord, places)


KINDS = {
    kind.name: kind
    for kind in (
        PartKind("bass", 33, 28, 52, 3.5, 0.75, 1),
        PartKind("drums", 0, 36, 51, 10, 0.25, 1, is_drum=True),
        PartKind("chords", 0, 48, 72, 2.5, 1.5, 3),
        PartKind("melody", 73, 60, 81, 3.5, 0.625, 1),
        PartKind("pad", 89, 52, 72, 0.75, 4, 3),
        PartKind("strings", 48, 55, 81, 2, 1, 2),
    )
}
FAMILIES: tuple[tuple[range, str], ...] = (
    (range(32), "chords"),
    (range(32, 40), "bass"),
    (range(43, 44), "bass"),
    (range(40, 56), "strings"),
    (range(88, 96), "pad"),
)  # programs, and the kind that a part of them is


def _program(text: str) -> int | None:
    """The program of a number from 0 to 127 or of an instrument's name; None where there is none."""
    if re.fullmatch(r"\s*[0-9]{1,3}\s*", text):
        return int(text) if int(text) < len(INSTRUMENTS) else None
    names = [name.lower() for name in INSTRUMENTS]
    return names.index(text.strip().lower()) if text.strip().lower() in names else None
