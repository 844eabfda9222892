"""Varying a passage: a share of its beats is made anew, each in one part, and all others stay note for note."""

from collections.abc import Iterator
from dataclasses import replace

from melodyrnn.generation.gap import Cell, Gap
from melodyrnn.generation.random_numbers import RandomNumbers
from melodyrnn.music.metre import BarLines
from melodyrnn.music.pulses import PULSES_PER_WHOLE
from melodyrnn.music.song import Song

VARIED_BEATS = 4  # the first key of the random numbers that choose them, after the random seed


def varied(gap: Gap, song: Song, vary: float, random_seed: int, *keys: int) -> Gap:
    """The gap with that share of its beats, chosen at random: none for 0, all for 1, and at least one in between.

    Beats in which a part begins no note are chosen last.
    """
    beats = list(_beats(gap, song.bar_lines))
    count = round(vary * len(beats)) if vary in (0, 1) else max(1, round(vary * len(beats)))
    numbers = RandomNumbers(random_seed, VARIED_BEATS, *keys)
    drawn = sorted(beats, key=lambda beat: (_is_empty(beat, song), numbers.random()))[:count]
    return replace(gap, cells=tuple(sorted(drawn)))


def _is_empty(beat: Cell, song: Song) -> bool:
    onsets = song.tracks[beat.part].array[:, 0]
    return not ((onsets >= beat.start) & (onsets < beat.end)).any()


def _beats(gap: Gap, lines: BarLines) -> Iterator[Cell]:
    """Every beat of each part of a gap. A beat is a note of the time signature's denominator."""
    start = gap.start
    while start < gap.end:
        line = lines.start(lines.position(start)[0])
        beat = PULSES_PER_WHOLE // lines.signature_at(start).denominator
        after = min(line + (start - line) // beat * beat + beat, lines.next_line(start + 1), gap.end)
        yield from (Cell(part, start, after) for part in gap.parts)
        start = after
