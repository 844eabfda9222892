"""The pitched parts of a loop: bass, chords, pad, arpeggio, lead and riff, each a pattern that follows the chords."""

from collections.abc import Iterable, Sequence

import numpy as np

from melodyrnn.corpus.arrangement import without_overlaps
from melodyrnn.corpus.loops.drums import PLAIN
from melodyrnn.corpus.loops.frame import (
    EIGHTH_PULSES,
    SIXTEENTH_PULSES,
    Frame,
    Rng,
    draw_durations,
    draw_grid,
    draw_patterns,
    draw_rhythm,
)
from melodyrnn.music.song import Track

# General MIDI programs that play each kind of part.
PROGRAMS = {
    "bass": (32, 33, 34, 36, 38, 39, 43, 0, 58),
    "chords": (0, 1, 4, 5, 7, 16, 18, 24, 25, 27, 29, 30, 48, 61, 81, 90),
    "pad": (48, 49, 50, 52, 88, 89, 90, 91, 92, 94, 95, 16, 19),
    "arpeggio": (0, 6, 11, 12, 24, 25, 46, 80, 81, 82, 84, 88, 98),
    "lead": (0, 4, 11, 40, 52, 56, 65, 68, 71, 73, 75, 79, 80, 81, 85, 22, 26, 30),
    "riff": (7, 25, 27, 28, 29, 30, 36, 38, 48, 80, 81, 87),
}
BASS_STEPS = {  # over the chord's root
    "root": (0, 0, 0, 0, 0, 0, 7),
    "octave": (0, 7, 0, 7, 4),
    "fifth": (0, 0, 4, 4, 7),
    "walk": (0, 1, 2, 4, 5, -1, 2, 6),
    "line": (0, 0, 2, 4, 6, 1, -1, -2, 7),
}
BASS_STYLES = ("root", "root", "octave", "fifth", "walk", "line")
VOICINGS = (  # chance, steps over the root
    (0.34, (0, 2, 4, 6, 8)),
    (0.51, (0, 2, 4, 7, 9)),
    (0.08, (0, 4, 7, 11, 14)),
    (0.07, (0, 3, 4, 7, 10)),
)
ARPEGGIOS = ((0, 2, 4, 7), (0, 2, 4, 7), (0, 2, 4, 7), (0, 4, 7, 9), (0, 2, 4, 6))
MELODY_STEPS = (-3, -2, -1, -1, 0, 0, 1, 1, 2, 4)
LONGEST_TIED_BARS = 3


def _track(rng: Rng, kind: str, notes: Iterable[tuple[int, int, int]]) -> list[Track]:
    """A track of (onset, pitch, duration), those in the range of MIDI, none sounding into the next of its pitch."""
    legal = [(onset, pitch, duration, PLAIN) for onset, pitch, duration in sorted(notes) if 0 <= pitch <= 127]
    array = without_overlaps(np.array(legal, np.int64).reshape(-1, 4))
    return [Track(array, int(rng.choice(PROGRAMS[kind])), False, kind.title())]


def _sometimes(rng: Rng, most: float, chance: float) -> float:
    """How often a part strays from its pattern: in some pieces never, else up to `most`."""
    return most * rng.random() if rng.random() < chance else 0.0


def _above(frame: Frame, low: int, degree: int, step: int) -> int:
    """A pitch `step` steps over the chord's root, the root in the octave that begins at the C at or below `low`."""
    root = frame.semitones(degree)
    return low // 12 * 12 + root % 12 + frame.semitones(degree + step) - root


def draw_bass(rng: Rng, frame: Frame) -> list[Track]:
    """Roots, octaves, fifths, a walk or a line, below the other parts."""
    low, style = int(rng.choice([24, 24, 24, 36])), str(rng.choice(BASS_STYLES))
    grid, density, syncopation = draw_grid(rng, frame), rng.uniform(0.3, 0.95), 0.7 * rng.random()
    gate = float(rng.choice([0.5, 1.0, 1.0]))

    def draw() -> tuple[list[int], list[int], list[int]]:
        onsets = draw_rhythm(rng, frame, density, grid, syncopation)
        if style == "walk":
            onsets = list(range(0, frame.bar_pulses, frame.beat_pulses))
        steps = [0 if i == 0 and rng.random() < 0.9 else int(rng.choice(BASS_STEPS[style])) for i in range(len(onsets))]
        return onsets, steps, draw_durations(rng, frame, onsets, gate)

    notes, strays = [], _sometimes(rng, 0.2, 0.6)
    for bar, pattern in enumerate(draw_patterns(rng, frame, draw, 0.35)):
        for place, step, duration in zip(*pattern, strict=True):
            moved = int(rng.choice(BASS_STEPS["line"])) if rng.random() < strays else step
            pitch = low + frame.semitones(frame.degree_at(bar, place) + moved) % 24
            notes.append((bar * frame.bar_pulses + place, pitch, duration))
    return _track(rng, "bass", notes)


def _draw_voicing(rng: Rng, sizes: Sequence[int]) -> tuple[int, ...]:
    return VOICINGS[rng.choice(len(VOICINGS), p=[chance for chance, _ in VOICINGS])][1][: int(rng.choice(sizes))]


def _voiced(frame: Frame, degree: int, voicing: Sequence[int], low: int, led: bool) -> list[int]:
    """A chord's pitches from `low` on. With `led` every tone takes its nearest octave: voices move little."""
    if not led:
        return [_above(frame, low, degree, step) for step in voicing]
    pitches = [frame.semitones(degree + step) for step in voicing]
    return sorted({low + (pitch - low) % 12 + 12 * (i > 3) for i, pitch in enumerate(pitches)})


def draw_chords(rng: Rng, frame: Frame) -> list[Track]:
    """Chords on a rhythm, short or held, at times on the off-beats only."""
    low, led, voicing = int(rng.integers(48, 66)), rng.random() < 0.7, _draw_voicing(rng, [2, 3, 3, 3, 4, 4])
    grid, density, syncopation = draw_grid(rng, frame), rng.uniform(0.2, 0.8), rng.random()
    gate, offbeat = float(rng.choice([0.34, 0.5, 1.0, 1.0])), rng.random() < 0.2

    def draw() -> tuple[list[int], list[int]]:
        onsets = draw_rhythm(rng, frame, density, grid, syncopation)
        if offbeat:
            onsets = list(range(frame.beat_pulses // 2, frame.bar_pulses, frame.beat_pulses))
        return onsets, draw_durations(rng, frame, onsets, gate)

    notes, strays = [], _sometimes(rng, 0.25, 0.6)
    for bar, pattern in enumerate(draw_patterns(rng, frame, draw, 0.45)):
        for place, duration in zip(*pattern, strict=True):
            pitches = _voiced(frame, frame.degree_at(bar, place), voicing, low, led)
            if len(pitches) > 2 and rng.random() < strays:
                pitches = pitches[1:] if rng.random() < 0.5 else [*pitches, pitches[0] + 12]
            notes += [(bar * frame.bar_pulses + place, pitch, duration) for pitch in pitches]
    return _track(rng, "chords", notes)


def draw_pad(rng: Rng, frame: Frame) -> list[Track]:
    """Held chords that change with the progression; at times a tone that stays is tied over."""
    low, led, voicing = int(rng.integers(43, 64)), rng.random() < 0.8, _draw_voicing(rng, [2, 3, 3, 4, 4])
    tied = rng.random() < 0.3
    notes: list[tuple[int, int, int]] = []
    sounding: dict[int, int] = {}  # by pitch, which note it is
    for bar in range(frame.bars):
        places = [place for place, _ in frame.chords[bar]]
        for place, end in zip(places, [*places[1:], frame.bar_pulses], strict=True):
            onset = bar * frame.bar_pulses + place
            for pitch in _voiced(frame, frame.degree_at(bar, place), voicing, low, led):
                before = notes[sounding[pitch]] if tied and pitch in sounding else None
                longest = LONGEST_TIED_BARS * frame.bar_pulses
                if before and before[0] + before[2] == onset and before[2] + end - place <= longest:
                    notes[sounding[pitch]] = (before[0], pitch, before[2] + end - place)
                else:
                    sounding[pitch] = len(notes)
                    notes.append((onset, pitch, end - place))
    return _track(rng, "pad", notes)


def draw_arpeggio(rng: Rng, frame: Frame) -> list[Track]:
    """Chord tones one after the other, up, down, both or in any order, at times with holes."""
    low, steps = int(rng.integers(40, 72)), ARPEGGIOS[rng.integers(len(ARPEGGIOS))]
    grid = EIGHTH_PULSES if frame.is_compound else int(rng.choice([6, 6, 12, 12, 8]))
    length, gate = int(rng.choice([3, 4, 4, 6, 8])), int(rng.choice([1, 1, 2]))
    holes, runs_on = _sometimes(rng, 0.3, 0.4), rng.random() < 0.3

    def draw() -> tuple[list[int], list[int]]:
        shape = rng.choice(["up", "down", "both", "any"])
        cycle = {"up": (0, 1, 2, 3), "down": (3, 2, 1, 0), "both": (0, 1, 2, 3, 2, 1)}
        order = [cycle[shape][i % len(cycle[shape])] if shape in cycle else int(rng.integers(4)) for i in range(length)]
        return order, [place for place in range(0, frame.bar_pulses, grid) if rng.random() >= holes]

    notes, strays = [], _sometimes(rng, 0.12, 0.6)
    for bar, (order, places) in enumerate(draw_patterns(rng, frame, draw, 0.3)):
        for place in places:
            onset = bar * frame.bar_pulses + place
            step = steps[order[(onset if runs_on else place) // grid % length]]
            if rng.random() < strays:
                step += int(rng.choice([-1, 1, 7]))
            notes.append((onset, _above(frame, low, frame.degree_at(bar, place), step), grid * gate))
    return _track(rng, "arpeggio", notes)


Motif = list[tuple[int, int, int]]  # place, steps over the tonic, duration


def _draw_motif(rng: Rng, frame: Frame, density: float, grid: int, start: int) -> Motif:
    """One bar of a walk on the scale, or of silence."""
    if rng.random() < 0.08:
        return []
    onsets = draw_rhythm(rng, frame, density, grid, 0.6 * rng.random())
    durations = draw_durations(rng, frame, onsets, float(rng.choice([0.7, 1.0, 1.0])))
    motif, step = [], start
    for place, duration in zip(onsets, durations, strict=True):
        step += int(rng.choice(MELODY_STEPS)) - (step > 9) + (step < -3)
        motif.append((place, step, duration))
    return motif


def _with_other_pitches(rng: Rng, motif: Motif) -> Motif:
    step, result = int(rng.integers(7)), []
    for place, _, duration in motif:
        step += int(rng.choice([-2, -1, -1, 0, 1, 1, 2]))
        result.append((place, step, duration))
    return result


def draw_lead(rng: Rng, frame: Frame) -> list[Track]:
    """A melody of a few motifs that come back moved, with other pitches, or give way to new ones."""
    low, grid, density = int(rng.choice([60, 60, 72, 48])), draw_grid(rng, frame), rng.uniform(0.2, 0.7)
    motifs = [_draw_motif(rng, frame, density, grid, int(rng.integers(7))) for _ in range(int(rng.choice([2, 3, 4])))]
    fresh, notes = rng.uniform(0.1, 0.9), []
    for bar in range(frame.bars):
        index, move, chance = bar % len(motifs), 0, rng.random()
        motif = motifs[index]
        if chance < fresh:
            again = rng.random() < 0.6
            motif = (
                _with_other_pitches(rng, motif)
                if again
                else _draw_motif(rng, frame, density, grid, int(rng.integers(7)))
            )
            if rng.random() < 0.3:
                motifs[index] = motif
        elif chance < fresh + 0.15:
            move = int(rng.choice([-2, -1, 1, 2]))
        for place, drawn, duration in motif:
            step = drawn + move
            if place % frame.beat_pulses == 0 and rng.random() < 0.5:
                step = _nearest_chord_tone(frame.degree_at(bar, place), step)
            notes.append((bar * frame.bar_pulses + place, low + frame.semitones(step), duration))
    if rng.random() < 0.15:
        notes += [(onset, pitch + int(rng.choice([12, -12])), duration) for onset, pitch, duration in notes]
    return _track(rng, "lead", notes)


def _nearest_chord_tone(degree: int, step: int) -> int:
    tones = [degree + tone + 7 * octave for tone in (0, 2, 4) for octave in (-1, 0, 1)]
    return min(tones, key=lambda tone: abs(tone - step))


def draw_riff(rng: Rng, frame: Frame) -> list[Track]:
    """An ostinato that stays where it is or moves with the chords, at times in fifths."""
    low, grid = int(rng.choice([40, 45, 52, 60])), draw_grid(rng, frame)
    follows, in_fifths = rng.random() < 0.5, rng.random() < 0.3
    density = rng.uniform(0.4, 0.9)
    bars = [_draw_motif(rng, frame, density, grid, 0) for _ in range(int(rng.choice([1, 2, 2, 4])))]
    notes = []
    for bar in range(frame.bars):
        if bar and bar % frame.phrase == 0 and rng.random() < 0.25:
            bars[int(rng.integers(len(bars)))] = _draw_motif(rng, frame, density, grid, 0)
        for place, drawn, duration in bars[bar % len(bars)]:
            step = drawn + (int(rng.choice([-1, 1])) if rng.random() < 0.03 else 0)
            pitch = low + frame.semitones(step + (frame.degree_at(bar, place) if follows else 0))
            onset = bar * frame.bar_pulses + place
            notes.append((onset, pitch, max(SIXTEENTH_PULSES // 2, duration)))
            if in_fifths:
                notes.append((onset, pitch + 7, duration))
    return _track(rng, "riff", notes)
