"""From exact onsets to places on the musical grid, with swing and micro-timing taken out.

A part's onsets are explained in the shortest way (minimum description length, J. Rissanen, 1978). Each quarter note,
counted from its bar line, is divided in one of five ways; which way costs nats, and so does how far each note is from
its place. The way that all quarters swing, and how loosely the part is played, are chosen once for the part.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from melodyrnn.arrays import Bools, Doubles, Ints
from melodyrnn.music.metre import BarLines
from melodyrnn.music.pulses import PULSES_PER_QUARTER

# How a quarter note is divided: places in pulses. Sixteenths, triplets, their halves, and all of these together.
SIXTEENTHS, TRIPLETS, SEXTUPLETS, THIRTY_SECONDS, MIXED = range(5)
DIVISIONS = (
    (0, 6, 12, 18, 24),
    (0, 8, 16, 24),
    (0, 4, 8, 12, 16, 20, 24),
    (0, 3, 6, 9, 12, 15, 18, 21, 24),
    (0, 2, 3, 4, 6, 8, 9, 10, 12, 14, 15, 16, 18, 20, 21, 22, 24),
)
DIVISION_NATS = np.array([0.2, 2.5, 4.0, 4.0, 7.0])  # before a part shows which ways it divides
WRITTEN = np.isin(np.arange(PULSES_PER_QUARTER), [0, 3, 4, 6, 8, 9, 12, 15, 16, 18, 20, 21])  # as notation has them
WRITTEN_SHARE = 0.75  # of its onsets, from which a part counts as written rather than played
EXACT_PULSES = 0.06  # a tick of a file lies no farther from a place that is meant

EIGHTHS, HALF_BEATS = 24, 12  # pulses of the pair that swings: two eighths, two sixteenths
SWINGS = (
    (EIGHTHS, 0.5),
    *((EIGHTHS, share) for share in np.arange(0.53, 0.671, 0.01).tolist()),
    *((HALF_BEATS, share) for share in np.arange(0.53, 0.671, 0.01).tolist()),
)
SWING_NATS = 6.0  # for any swing at all
SWUNG_NATS = 4.0  # for triplets where pairs swing: they need a middle note to be believed
SPREADS = (0.06, 0.15, 0.3, 0.5, 0.8, 1.2)  # pulses: how loosely a part may be played
FARTHEST_NATS = 12.0  # what a stray note costs at most
BINS_PER_PULSE = 10
BINS = PULSES_PER_QUARTER * BINS_PER_PULSE
SONG_NOTES = 8.0  # the other parts' swing counts as much as so many notes of the part
SHIFTS = tuple(k for k in range(-3 * BINS_PER_PULSE, 3 * BINS_PER_PULSE) if abs(k) >= BINS_PER_PULSE / 2)  # bins
SHIFT_NATS, SHIFT_NATS_PER_NOTE = 12.0, 0.2  # for music that is late or early as a whole


class Grid(NamedTuple):
    """One part on the grid: (n,) places in pulses, how the quarter of each is divided, and the swing that was found."""

    onsets: Ints
    divisions: Ints
    swing: "Swing"


class Swing(NamedTuple):
    """Of a pair of `pair_pulses` the first lasts `share`. 0.5 is straight."""

    pair_pulses: int
    share: float

    def warped(self, places: npt.ArrayLike) -> Doubles:
        """Places in a quarter, 0 to 24 pulses -> when they sound. Thirty-seconds swing, triplets do not."""
        places = np.asarray(places, float)
        pair = places // self.pair_pulses
        within = places / self.pair_pulses - pair
        swung = np.where(within < 0.5, within * 2 * self.share, self.share + (within - 0.5) * 2 * (1 - self.share))
        moved: Doubles = np.where(places % 3 == 0, (pair + swung) * self.pair_pulses, places)
        return moved


STRAIGHT = Swing(EIGHTHS, 0.5)


def quarters_of(lines: BarLines, pulses: npt.NDArray[np.floating] | Ints) -> Ints:
    """(n,) times in pulses -> where their quarter notes begin, counted from the bar line."""
    whole = np.floor(np.maximum(pulses, 0)).astype(np.int64)
    _, places = lines.positions(whole)
    return whole - places % PULSES_PER_QUARTER


def warp(lines: BarLines, swing: Swing, pulses: Ints) -> Doubles:
    """(n,) pulses on the grid -> when they sound if nothing but swing moves them."""
    starts = quarters_of(lines, pulses)
    return starts + swing.warped(pulses - starts)


def on_musical_grid(lines: BarLines, parts: list[Doubles]) -> list[Grid]:
    """For each part (n,) exact onsets in pulses -> its Grid."""
    shift = _shift_pulses(lines, parts)
    parts = [np.maximum(0, onsets - shift) for onsets in parts]
    starts = [quarters_of(lines, onsets) for onsets in parts]
    offsets = [np.clip(onsets - start, 0, PULSES_PER_QUARTER) for onsets, start in zip(parts, starts, strict=True)]
    costs = [_swing_nats(_counts(offset)) for offset in offsets]
    weight = min(1.0, SONG_NOTES / max(1, sum(len(onsets) for onsets in parts)))
    shared = weight * np.sum([cost.min(1, keepdims=True) for cost in costs], 0)
    made = []
    for onsets, start, offset, cost in zip(parts, starts, offsets, costs, strict=True):
        index, spread = np.unravel_index(np.argmin(cost + shared), cost.shape)
        places, divisions = _places(start, offset, int(index), int(spread))
        made.append(_unmoved(lines, onsets, Grid(start + places, divisions, Swing(*SWINGS[index]))))
    return made


def _shift_pulses(lines: BarLines, parts: list[Doubles]) -> float:
    """How late the music is as a whole, where that says much more than that it is on time; 0 if it is written."""
    onsets = np.concatenate([np.zeros(0), *parts])
    if not len(onsets) or _is_written(lines, onsets).mean() >= WRITTEN_SHARE:
        return 0.0
    counts = _counts(onsets - quarters_of(lines, onsets))
    circle = counts[:-1] + np.eye(1, BINS)[0] * counts[-1]
    shifted = np.stack([np.append(np.roll(circle, -shift), 0) for shift in SHIFTS], 1)
    costs = _swing_nats(shifted).min((0, 1))
    best = int(costs.argmin())
    gain = _swing_nats(counts).min() - costs[best]
    return SHIFTS[best] / BINS_PER_PULSE if gain > SHIFT_NATS + SHIFT_NATS_PER_NOTE * len(onsets) else 0.0


def _is_written(lines: BarLines, onsets: Doubles) -> Bools:
    """Which of (n,) onsets are just where notation has places. A lone fifth of eight thirty-seconds is rather swing."""
    rounded = np.floor(onsets + 0.5).astype(np.int64)
    starts = quarters_of(lines, rounded)
    within = rounded - starts
    written: Bools = (np.abs(onsets - rounded) <= EXACT_PULSES) & WRITTEN[within]
    written &= ~((within == 15) & _alone(starts, within))
    return written


def _unmoved(lines: BarLines, onsets: Doubles, grid: Grid) -> Grid:
    """The Grid, but in a part that is written (rather than played) what is on a place stays, and so do tuplets."""
    starts = quarters_of(lines, grid.onsets)
    straight = grid.onsets - starts
    swung = grid.swing.warped(straight)
    written = _is_written(lines, onsets)
    swings = ~written & (np.abs(swung - straight) > EXACT_PULSES) & (np.abs(onsets - starts - swung) <= 0.5)
    if swings.all() or written[~swings].mean() < WRITTEN_SHARE:
        return grid
    tuplets = _in_tuplet(lines, onsets, ~written & ~swings, 2) | _in_tuplet(lines, onsets, ~written, 3)
    stays = written | tuplets
    swings &= ~tuplets
    rounded = np.floor(onsets + 0.5).astype(np.int64)
    return Grid(np.where(stays, rounded, grid.onsets), grid.divisions, grid.swing if swings.any() else STRAIGHT)


def _in_tuplet(lines: BarLines, onsets: Doubles, strays: Bools, fewest: int) -> Bools:
    """Which notes are in quarters where strays are off the sixteenths by at least so many different amounts."""
    starts = quarters_of(lines, onsets)
    off = np.floor((onsets + 3) % 6 / EXACT_PULSES / 4).astype(np.int64)
    kinds = np.unique(np.column_stack([starts, off])[strays], axis=0)[:, 0]
    quarters, counts = np.unique(kinds, return_counts=True)
    return np.isin(starts, quarters[counts >= fewest])


def _alone(starts: Ints, within: Ints) -> Bools:
    """Which notes have no other off the beat in their quarter that says it is divided in thirty-seconds."""
    _, index = np.unique(starts, return_inverse=True)
    others = np.bincount(index, np.isin(within, [3, 6, 9, 12, 18, 21]))
    alone: Bools = others[index] == 0
    return alone


@lru_cache(maxsize=1)
def _tables() -> tuple[Doubles, Ints]:
    """(swings, spreads, divisions, bins) nats of a note there, and (swings, divisions, bins) its nearest place."""
    centres = np.arange(BINS + 1) / BINS_PER_PULSE
    nats = np.empty((len(SWINGS), len(SPREADS), len(DIVISIONS), BINS + 1))
    nearest = np.empty((len(SWINGS), len(DIVISIONS), BINS + 1), np.int64)
    spreads = np.array(SPREADS)[:, None]
    for i, swing in enumerate(SWINGS):
        for j, division in enumerate(DIVISIONS):
            far = np.abs(centres[:, None] - Swing(*swing).warped(division))
            nearest[i, j] = np.array(division)[far.argmin(1)]
            off = np.minimum((far.min(1) / spreads) ** 2 / 2, FARTHEST_NATS)
            nats[i, :, j] = off + np.log(spreads) + np.log(len(division) - 1)
    return nats, nearest


@lru_cache(maxsize=1)
def _alone_nats() -> Doubles:
    """(swings, spreads, bins) nats of a note that has its quarter for itself."""
    nats, _ = _tables()
    alone: Doubles = (nats + DIVISION_NATS[:, None] / 2).min(2)
    return alone


def _counts(offsets: Doubles) -> Doubles:
    """(n,) places in their quarter -> (bins,) how many are there."""
    bins = np.rint(offsets * BINS_PER_PULSE).astype(np.int64)
    return np.bincount(bins, minlength=BINS + 1).astype(float)


def _swing_nats(counts: Doubles) -> Doubles:
    """(bins, ...) notes -> (swings, spreads, ...) nats of all, each note dividing its quarter for itself."""
    total: Doubles = _alone_nats() @ counts
    total[1:] += SWING_NATS
    return total


def _places(starts: Ints, offsets: Doubles, swing: int, spread: int) -> tuple[Ints, Ints]:
    """-> (n,) places in pulses after `starts`, and the division of the quarter of each note."""
    nats, nearest = _tables()
    bins = np.rint(offsets * BINS_PER_PULSE).astype(np.int64)
    quarters, index = np.unique(starts, return_inverse=True)
    by_note = nats[swing, spread][:, bins]
    by_quarter = np.stack([np.bincount(index, row, len(quarters)) for row in by_note], 1)
    prior = DIVISION_NATS.copy()
    pair, share = SWINGS[swing]
    if share > 0.5:
        prior[TRIPLETS if pair == EIGHTHS else SEXTUPLETS] += SWUNG_NATS
    division = (by_quarter + prior).argmin(1)
    shares = (np.bincount(division, minlength=len(DIVISIONS)) + 4 * np.exp(-prior)) / (len(quarters) + 4)
    division = (by_quarter - np.log(shares)).argmin(1)[index]
    return nearest[swing, division, bins], division
