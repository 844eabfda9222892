"""Which sections a Song has, found from its notes: stretches of some bars, of which some come again.

A piece is cut into stretches of one length, and stretches that are alike get one letter. Of the lengths that phrases
have, the one is taken with which the piece is told in the fewest bars: each letter's once, and each section's letter.
"""

from typing import NamedTuple

import numpy as np

from melodyrnn.arrays import Doubles
from melodyrnn.music.pulses import PULSES_PER_QUARTER
from melodyrnn.music.song import Song

LENGTHS = (4, 8, 12)  # bars
ALIKE = 0.6  # the share of notes that two stretches have in common, on average over their bars
MOST_NEW = (
    0.75  # the share of sections that may have a letter of their own: in others it is chance that one comes again
)
MOST_BARS = 200  # of longer pieces none is looked for: the time grows with its square
SIXTEENTH_PULSES = PULSES_PER_QUARTER // 4
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
Bar = frozenset[tuple[int, int, int]]  # track, sixteenth, pitch of each note that begins in it


class Section(NamedTuple):
    """A letter, the first bar, from 0, and how many bars."""

    letter: str
    first_bar: int
    bars: int


def found_form(song: Song) -> tuple[Section, ...]:
    """The sections of a song, in order; none where too little of four bars or more comes again."""
    if song.bars > MOST_BARS:
        return ()
    bars = _bars(song)
    first = _first_bar(song)
    alike = _alike(bars)
    found = [_cut(alike, first, length) for length in LENGTHS if len(bars) - first >= 2 * length]
    repeating = [each for each in found if len({section.letter for section in each}) <= MOST_NEW * len(each)]
    return min(repeating, key=_told_in, default=())


def _told_in(sections: tuple[Section, ...]) -> int:
    """How many bars, and letters, tell them all."""
    return sum({each.letter: each.bars for each in reversed(sections)}.values()) + len(sections)


def _first_bar(song: Song) -> int:
    """The bar with which the first section begins: not one of a pickup alone."""
    onsets = [int(track.array[:, 0].min()) for track in song.tracks if len(track)]
    lines = song.bar_lines
    if song.bars < 2 or not onsets:
        return 0
    is_short = lines.start(1) < lines.start(2) - lines.start(1)
    return int(is_short or 2 * min(onsets) >= lines.start(1))


def _bars(song: Song) -> list[Bar]:
    lines = song.bar_lines
    found: list[set[tuple[int, int, int]]] = [set() for _ in range(song.bars)]
    for number, track in enumerate(song.tracks):
        bars, places = lines.positions(track.array[:, 0])
        sixteenths = (places + SIXTEENTH_PULSES // 2) // SIXTEENTH_PULSES
        rows = zip(bars.tolist(), sixteenths.tolist(), track.array[:, 1].tolist(), strict=True)
        for bar, sixteenth, pitch in rows:
            found[min(bar, song.bars - 1)].add((number, sixteenth, pitch))
    return [frozenset(bar) for bar in found]


def _alike(bars: list[Bar]) -> Doubles:
    """(bars, bars) the share of notes that two bars have in common; 1 for two that are empty."""
    alike = np.eye(len(bars))
    for one, notes in enumerate(bars):
        for other in range(one):
            union = len(notes | bars[other])
            alike[one, other] = alike[other, one] = len(notes & bars[other]) / union if union else 1.0
    return alike


def _cut(alike: Doubles, first: int, length: int) -> tuple[Section, ...]:
    """Stretches of so many bars, and a last one of those that are left; each has the letter of the first it is like."""
    found, of_letter = list[Section](), list[int]()
    for start in range(first, len(alike), length):
        bars = min(length, len(alike) - start)
        like = [float(alike[np.arange(bars) + start, np.arange(bars) + other].mean()) for other in of_letter]
        letter = int(np.argmax(like)) if like and max(like) >= ALIKE else len(of_letter)
        if letter == len(of_letter):
            of_letter.append(start)
        if letter >= len(LETTERS):
            return ()
        found.append(Section(LETTERS[letter], start, bars))
    return tuple(found)
