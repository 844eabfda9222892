"""From how long keys are held to the lengths of notes, with gate (staccato, legato) taken out."""

import numpy as np

from melodyrnn.arrays import Bools, Doubles, Ints
from melodyrnn.music.metre import BarLines
from melodyrnn.music.pulses import PULSES_PER_QUARTER
from melodyrnn.performance.grid import DIVISIONS, MIXED, SEXTUPLETS, Grid, quarters_of, warp

# A note lasts until the part's next onset (or a later one) where its end is so near to it that both are meant as one:
# the end may come late by this share of the length and a little, or early by this share and a little.
LATE_SHARE, LATE_PULSES = 0.05, 0.3
EARLY_SHARE, EARLY_PULSES = 0.12, 0.2
FARTHEST = 2.0  # times that
# Else it ends on the grid: at the next place, or the one before if it ends so little after that. How little is drawn
# where a part has fewest ends, so that one way of holding notes does not come out as two lengths.
USUAL_SLACK_PULSES = 0.9
SHORT_PULSES = 9.0
SLACK_PULSES, SHORT_SLACK_PULSES = (0.7, 2.0), (0.2, 1.4)  # the most and least, for notes longer and shorter than that
SLACK_BINS = 10  # a pulse
DRUM_PULSES = 1  # a drum is struck, not held
ENDS = tuple(np.array(division if i != MIXED else DIVISIONS[SEXTUPLETS]) for i, division in enumerate(DIVISIONS))


def musical_lengths(lines: BarLines, grid: Grid, onsets: Doubles, durations: Doubles, pitches: Ints) -> Ints:
    """A pitched part's exact onsets and durations in pulses and its places -> (n,) lengths in pulses, 1 or more.

    No note reaches past the next one of its pitch.
    """
    if not len(onsets):
        return np.zeros(0, np.int64)
    lengths, met = _until_onset(grid.onsets, onsets, durations)
    lengths = np.where(met, lengths, _until_place(lines, grid, durations, ~met))
    following = _next_of_pitch(grid.onsets, pitches)
    shortened: Ints = np.maximum(1, np.minimum(lengths, following - grid.onsets))
    return shortened


def _until_onset(places: Ints, onsets: Doubles, durations: Doubles) -> tuple[Ints, Bools]:
    """-> (n,) lengths until the onset of the part that is nearest to the end, and whether it is near enough."""
    given = np.unique(places)
    heard = np.full(len(given), np.inf)
    np.minimum.at(heard, np.searchsorted(given, places), onsets)
    heard = np.maximum.accumulate(heard)
    ends = onsets + durations
    own = np.searchsorted(given, places)
    after = np.searchsorted(heard, ends)
    best, cost = np.zeros(len(places), np.int64), np.full(len(places), np.inf)
    for candidate in (after - 1, after):
        legal = (candidate > own) & (candidate < len(given))
        index = np.where(legal, candidate, 0)
        length = np.maximum(heard[index] - onsets, 0.1)
        late = (ends - heard[index]) / (LATE_SHARE * length + LATE_PULSES)
        early = (heard[index] - ends) / (EARLY_SHARE * length + EARLY_PULSES)
        new = np.where(legal, np.maximum(late, early), np.inf)
        best = np.where(new < cost, given[index] - places, best)
        cost = np.minimum(cost, new)
    return best, cost <= FARTHEST


def _until_place(lines: BarLines, grid: Grid, durations: Doubles, asked: Bools) -> Ints:
    """-> (n,) lengths until the end of the part of the quarter in which the note ends, itself without lateness."""
    ends = warp(lines, grid.swing, grid.onsets) + durations
    short = durations < SHORT_PULSES
    slack = np.where(short, _slack(ends[asked & short], SHORT_SLACK_PULSES), _slack(ends[asked & ~short], SLACK_PULSES))
    quarters = quarters_of(lines, grid.onsets)
    divided = dict(zip(quarters.tolist(), grid.divisions.tolist(), strict=True))
    starts = quarters_of(lines, ends - slack)
    lengths = np.zeros(len(ends), np.int64)
    divisions = np.array([divided.get(start, 0) for start in starts.tolist()])
    for division in np.unique(divisions):
        here = divisions == division
        places = ENDS[division]
        heard = grid.swing.warped(places)
        index = np.searchsorted(heard, (ends - slack - starts)[here])
        lengths[here] = starts[here] + places[np.minimum(index, len(places) - 1)] - grid.onsets[here]
    shortest = PULSES_PER_QUARTER // 4
    return np.where(lengths > 0, lengths, shortest)


def _slack(ends: Doubles, legal: tuple[float, float]) -> float:
    """How long after a sixteenth an end still belongs to it: where fewest end, and as usual where there are several."""
    cuts = np.arange(round(legal[0] * SLACK_BINS), round(legal[1] * SLACK_BINS) + 1)
    bins = np.bincount(np.rint(ends % 6 * SLACK_BINS).astype(np.int64), minlength=6 * SLACK_BINS + 1)
    near = np.convolve(bins, np.ones(5), "same")[cuts]
    best = np.lexsort((np.abs(cuts - USUAL_SLACK_PULSES * SLACK_BINS), near))[0]
    return float(cuts[best]) / SLACK_BINS


def _next_of_pitch(places: Ints, pitches: Ints) -> Ints:
    """(n,) -> where the next note of the same pitch begins that does not begin together with it, or far away."""
    order = np.lexsort((places, pitches))
    sorted_places, sorted_pitches = places[order], pitches[order]
    last = np.append((sorted_pitches[1:] != sorted_pitches[:-1]) | (sorted_places[1:] != sorted_places[:-1]), True)
    index = np.flatnonzero(last)[np.cumsum(np.append(False, last[:-1]))]  # the last note that begins together with it
    following = np.full(len(places), np.iinfo(np.int64).max)
    more = np.append(sorted_pitches[1:] == sorted_pitches[:-1], False)[index]
    following[order] = np.where(more, sorted_places[np.minimum(index + 1, len(places) - 1)], following[order])
    return following
