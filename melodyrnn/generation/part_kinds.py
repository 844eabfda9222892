"""Kinds of parts that can be added to a song, with the register, density and chords that are usual for each.

Registers are about from the 5th to the 95th percentile of a part's pitches, lengths about the median of its notes: in
the median of the parts of that kind in hand-written loops, POP909, Nottingham, Mutopia and OpenScore Lieder (validation
pieces: 14 kits, 27 basses, 163 parts of chords, 50 melodies, 3 pads, 5 string parts). Densities are onsets in a bar of
4/4, about the middle of the medians of these sets and of the OpenScore String Quartets (training pieces): of basses 3.3
to 4.6, of chords 1.7 to 7.5, of melodies 3.4 to 6.1.
"""

import re
from dataclasses import dataclass, replace

import numpy as np

from melodyrnn.arrays import Ints
from melodyrnn.encoding.events import DRUM, PLACES
from melodyrnn.errors import OptionError
from melodyrnn.generation.bounds import REGISTER_SEMITONES, SHORT_RANGE_NOTES, PartBounds
from melodyrnn.generation.note_constraints import NoteConstraints
from melodyrnn.generation.terms.step import Expected
from melodyrnn.music.general_midi import INSTRUMENTS
from melodyrnn.music.pulses import PULSES_PER_QUARTER, PULSES_PER_WHOLE
from melodyrnn.music.song import Song, Track
from melodyrnn.options import ADD

FIRST, ON_BEAT, OFF_BEAT, SIXTEENTH = (
    0.5,
    0.5,
    0.15,
    0.1,
)  # how often a note begins there, beside the busiest place of the others
RARE = 0.05  # of the onsets at their busiest place: a place with fewer is an accident
LEAD_SEMITONES, HIGHEST_LEAD = -2, 67  # where a lead's range begins: beside the highest of the others, and at most
CHORD_SEMITONES = 3  # the notes of a chord are at least so far apart
MOST_STROKES = 3  # together
KIT = (36, 38, 42, 46, 49, 51)  # kick, snare, closed and open hi-hat, crash, ride


@dataclass(frozen=True, slots=True)
class PartKind:
    """What is usual for a part: its instrument, lowest and highest pitch, onsets in a bar of 4/4, the length of a note
    in quarters, how many notes begin together.

    `repeat_nats`, `chord_share`: as Expected says. `sounds`: of a kit. `is_bass`: it plays roots where chords begin.
    `holds`: it holds each chord until the next. `leads`: it lies above the others.
    """

    name: str
    program: int
    low: int
    high: int
    onsets_a_bar: float
    quarters: float
    chord: int
    repeat_nats: float = 0.0
    chord_share: float = 1.0
    is_drum: bool = False
    sounds: tuple[int, ...] = ()
    is_bass: bool = False
    holds: bool = False
    leads: bool = False

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

    @classmethod
    def of(cls, track: Track, pulses: int) -> "PartKind":
        """What was usual for a part that has all its notes in so many pulses."""
        notes = track.array
        begun = len(np.unique(notes[:, 0]))
        return cls(
            track.name,
            track.program,
            int(notes[:, 1].min()),
            int(notes[:, 1].max()),
            begun * PULSES_PER_WHOLE / pulses,
            float(np.median(notes[:, 2])) / PULSES_PER_QUARTER,
            round(len(notes) / begun),
            is_drum=track.is_drum,
            sounds=tuple(np.unique(notes[:, 1]).tolist()),
        )

    @property
    def track(self) -> Track:
        """A track of it without notes."""
        return Track([], self.program, self.is_drum, self.name[:1].upper() + self.name[1:])

    @property
    def bounds(self) -> PartBounds:
        """The bounds of its notes."""
        bounds = PartBounds(self.is_drum)
        inner = (self.low + REGISTER_SEMITONES, self.high - REGISTER_SEMITONES)
        bounds.pitches = frozenset(DRUM + pitch for pitch in self.sounds) if self.is_drum else frozenset(inner)
        bounds.notes, bounds.chord, bounds.voices = (
            SHORT_RANGE_NOTES,
            MOST_STROKES if self.is_drum else self.chord,
            self.chord,
        )
        return bounds

    def among(self, song: Song) -> "PartKind":
        """The kind in that song: one that leads lies above what sounds there, if there is room."""
        tops = highest_of_beats(song)
        if not self.leads or not len(tops):
            return self
        low = min(max(self.low, int(np.median(tops)) + LEAD_SEMITONES), HIGHEST_LEAD)
        return replace(self, low=low, high=low + self.high - self.low)

    def beside(self, song: Song, constraints: NoteConstraints, part: int) -> Expected:
        """What is usual for it in a song: it begins notes where the others do, and on the beats and halves of them.

        `constraints` may ask for a range and a density of it, as the part of that number.
        """
        places = np.zeros(PLACES)
        for beat in range(0, PLACES, PULSES_PER_QUARTER):
            places[[beat, beat + PULSES_PER_QUARTER // 2]] += ON_BEAT, OFF_BEAT
            if self.is_drum:
                places[[beat + PULSES_PER_QUARTER // 4, beat + 3 * PULSES_PER_QUARTER // 4]] += SIXTEENTH
        places[0] += FIRST
        onsets = np.unique(np.concatenate([np.zeros(0, np.int64), *(track.array[:, 0] for track in song.tracks)]))
        theirs = np.bincount(song.bar_lines.positions(onsets)[1] % PLACES, minlength=PLACES).astype(np.float64)
        theirs[theirs < RARE * theirs.max(initial=0)] = 0
        places += theirs / max(theirs.max(initial=0), 1)
        denser = max(1.0, constraints.density) * dict(constraints.part_densities).get(part, 1.0)
        allowed = np.flatnonzero(constraints.pitches(part))
        inside = allowed[(allowed >= self.low) & (allowed <= self.high)]
        pitches = allowed if constraints.has_range(part) or not len(inside) else inside
        return Expected(
            self.onsets_a_bar * denser / PULSES_PER_WHOLE,
            self.quarters * PULSES_PER_QUARTER,
            self.chord,
            places,
            int(pitches[0]),
            None if self.is_drum else int(pitches[-1]),
            CHORD_SEMITONES,
            self.repeat_nats,
            self.chord_share,
            self.is_bass,
        )


KINDS = {
    kind.name: kind
    for kind in (
        PartKind("bass", 33, 28, 52, 4, 1, 1, repeat_nats=1, is_bass=True),
        PartKind("drums", 0, 36, 51, 10, 0.25, 1, is_drum=True, sounds=KIT),
        PartKind("chords", 0, 48, 72, 4, 1, 3),
        PartKind("melody", 73, 60, 81, 4.5, 0.75, 1, repeat_nats=2, chord_share=0.5, leads=True),
        PartKind("pad", 89, 52, 72, 0.75, 4, 3, holds=True),
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


def highest_of_beats(song: Song) -> Ints:
    """The highest pitch of the melodic parts that sounds in each quarter in which any does."""
    notes = np.concatenate([np.zeros((0, 4), np.int64), *(t.array for t in song.tracks if not t.is_drum)])
    first, last = notes[:, 0] // PULSES_PER_QUARTER, (notes[:, 0] + notes[:, 2] - 1) // PULSES_PER_QUARTER
    highest = np.full(int(last.max(initial=-1)) + 1, -1)
    for start, end, pitch in zip(first.tolist(), last.tolist(), notes[:, 1].tolist(), strict=True):
        np.maximum(highest[start : end + 1], pitch, out=highest[start : end + 1])
    return highest[highest >= 0]


def _program(text: str) -> int | None:
    """The program of a number from 0 to 127 or of an instrument's name; None where there is none."""
    if re.fullmatch(r"\s*[0-9]{1,3}\s*", text):
        return int(text) if int(text) < len(INSTRUMENTS) else None
    names = [name.lower() for name in INSTRUMENTS]
    return names.index(text.strip().lower()) if text.strip().lower() in names else None
