"""The frame that all parts of a loop share: bars, a scale, and a progression of chords."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from melodyrnn.music.pulses import PULSES_PER_QUARTER

Rng = np.random.Generator
PatternT = TypeVar("PatternT")

SIXTEENTH_PULSES = PULSES_PER_QUARTER // 4
EIGHTH_PULSES = PULSES_PER_QUARTER // 2
DOTTED_QUARTER_PULSES = 3 * EIGHTH_PULSES

SCALES = (  # chance, semitones over the tonic
    (0.27, (0, 2, 4, 5, 7, 9, 11)),  # major
    (0.33, (0, 2, 3, 5, 7, 8, 10)),  # natural minor
    (0.15, (0, 2, 3, 5, 7, 9, 10)),  # dorian
    (0.09, (0, 2, 4, 5, 7, 9, 10)),  # mixolydian
    (0.06, (0, 1, 3, 5, 7, 8, 10)),  # phrygian
    (0.06, (0, 2, 3, 5, 7, 8, 11)),  # harmonic minor
    (0.04, (0, 2, 4, 6, 7, 9, 11)),  # lydian
)
TIME_SIGNATURES = (  # chance, numerator, denominator
    (0.74, 4, 4),
    (0.07, 3, 4),
    (0.06, 6, 8),
    (0.05, 7, 8),
    (0.03, 5, 4),
    (0.02, 2, 4),
    (0.02, 12, 8),
    (0.01, 9, 8),
)
PROGRESSIONS: tuple[tuple[int, ...], ...] = (  # degrees of the scale from 0, one a chord
    (0, 4, 5, 3), (0, 5, 3, 4), (5, 3, 0, 4), (0, 3, 4, 3), (0, 6, 5, 6), (0, 5, 2, 6), (0, 3, 0, 4), (1, 4, 0, 0),
    (0, 0, 3, 3), (0, 6, 3, 0), (0, 2, 3, 4), (5, 4, 3, 4), (0, 0, 0, 0), (0, 3, 5, 4), (2, 5, 1, 4), (0, 4, 1, 4),
    (0, 0, 3, 0, 4, 3, 0, 4), (0, 4, 5, 2, 3, 0, 3, 4), (0, 1), (0, 3), (0, 6), (0, 4), (0, 5), (0,),
)  # fmt: skip
LENGTHS_BARS = (12, 16, 16, 16, 20, 24, 32, 40)
DEGREES_DRAWN = (0, 0, 1, 2, 3, 3, 4, 4, 5, 5, 6)  # of a progression that is in no table


@dataclass(frozen=True, slots=True)
class Frame:
    """Bars and beats in pulses; `chords[bar]` lists (place, degree) of the chords of that bar; `phrase` in bars."""

    bars: int
    bar_pulses: int
    beat_pulses: int
    tonic: int
    scale: tuple[int, ...]
    chords: tuple[tuple[tuple[int, int], ...], ...]
    phrase: int

    @property
    def is_compound(self) -> bool:
        """Whether a beat is a dotted quarter."""
        return self.beat_pulses == DOTTED_QUARTER_PULSES

    def degree_at(self, bar: int, place: int) -> int:
        """The degree of the chord at a place of a bar."""
        return [degree for start, degree in self.chords[bar] if start <= place][-1]

    def semitones(self, step: int) -> int:
        """Steps of the scale over the tonic -> semitones over the C below it."""
        octave, index = divmod(step, len(self.scale))
        return 12 * octave + self.scale[index] + self.tonic


def draw_frame(rng: Rng, numerator: int, denominator: int) -> Frame:
    """A random frame in a time signature."""
    bar = numerator * 4 * PULSES_PER_QUARTER // denominator
    compound = numerator % 3 == 0
    beat = PULSES_PER_QUARTER if denominator == 4 else DOTTED_QUARTER_PULSES if compound else EIGHTH_PULSES
    bars = int(rng.choice(LENGTHS_BARS))
    scale = SCALES[rng.choice(len(SCALES), p=[chance for chance, _ in SCALES])][1]
    phrase = int(rng.choice([4, 4, 4, 8, 2]))
    return Frame(bars, bar, beat, int(rng.integers(12)), scale, _draw_chords(rng, bars, bar // beat, beat), phrase)


def _draw_chords(rng: Rng, bars: int, beats: int, beat_pulses: int) -> tuple[tuple[tuple[int, int], ...], ...]:
    """One or two progressions, a chord a bar, two bars or half a bar, in sections that follow one another."""
    chosen = [PROGRESSIONS[rng.integers(len(PROGRESSIONS))] for _ in range(1 + (rng.random() < 0.35))]
    if rng.random() < 0.3:
        chosen[0] = tuple(int(degree) for degree in rng.choice(DEGREES_DRAWN, size=int(rng.choice([2, 4, 4, 8]))))
    bars_per_chord = int(rng.choice([1, 1, 1, 2]))
    two_per_bar = bars_per_chord == 1 and beats >= 4 and rng.random() < 0.25
    rows: list[tuple[tuple[int, int], ...]] = []
    section = 0
    while len(rows) < bars:
        progression = chosen[section % len(chosen)]
        length = max(4, len(progression) * bars_per_chord // (1 + two_per_bar)) * int(rng.choice([1, 2]))
        for index in range(length):
            if two_per_bar:
                first, second = (progression[(2 * index + half) % len(progression)] for half in (0, 1))
                rows.append(((0, first), (beats // 2 * beat_pulses, second)))
            else:
                rows.append(((0, progression[index // bars_per_chord % len(progression)]),))
        section += len(rows) >= 8
    return tuple(rows[:bars])


def draw_grid(rng: Rng, frame: Frame) -> int:
    """The pulses between the places that a part may play on."""
    if frame.is_compound:
        return EIGHTH_PULSES
    return int(rng.choice([24, 12, 6, 8], p=[0.1, 0.4, 0.45, 0.05]))


def draw_rhythm(rng: Rng, frame: Frame, density: float, grid: int, syncopation: float) -> list[int]:
    """The onsets of one bar, at least one: strong places are likelier, the less so the more syncopation."""
    onsets = []
    for place in range(0, frame.bar_pulses, grid):
        on_beat, on_eighth = place % frame.beat_pulses == 0, place % EIGHTH_PULSES == 0
        strength = 1.0 if place == 0 else 0.75 if on_beat else 0.4 if on_eighth else 0.25
        if rng.random() < 1.6 * density * (strength * (1 - syncopation) + 0.45 * syncopation):
            onsets.append(place)
    return onsets or [0]


def draw_durations(rng: Rng, frame: Frame, onsets: list[int], gate: float) -> list[int]:
    """How long the notes of one bar last: up to the next onset, or a share `gate` of that in sixteenths."""
    ends = [*onsets[1:], frame.bar_pulses + (onsets[0] if rng.random() < 0.3 else 0)]
    durations = []
    for start, end in zip(onsets, ends, strict=True):
        room = max(SIXTEENTH_PULSES // 2, end - start)
        if gate < 1 and room > SIXTEENTH_PULSES:
            room = max(SIXTEENTH_PULSES, round(room * gate / SIXTEENTH_PULSES) * SIXTEENTH_PULSES)
        durations.append(room)
    return durations


def draw_patterns(rng: Rng, frame: Frame, draw: Callable[[], PatternT], change: float) -> list[PatternT]:
    """A pattern for each bar: a cycle of one, two or four; at each phrase one of them changes with chance `change`."""
    cycle = int(rng.choice([1, 1, 2, 2, 4]))
    patterns = [draw() for _ in range(cycle)]
    result = []
    for bar in range(frame.bars):
        if bar and bar % frame.phrase == 0 and rng.random() < change:
            patterns[int(rng.integers(cycle))] = draw()
        result.append(patterns[bar % cycle])
    return result
