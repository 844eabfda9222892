"""Bits to write down a performance beside its score: all the rest of a song on the 24-pulse grid, velocities in fours.

For every note of a score that is known as a whole, in its order: how much later than written it begins, how much longer
than written it is held, and how loud it is. Which contexts are worth their time is in docs/experiments/performance.md.
"""

from typing import NamedTuple

import numpy as np

from melodyrnn.arrays import Doubles, Ints
from melodyrnn.music.pulses import PULSES_PER_QUARTER
from melodyrnn.music.song import Song
from melodyrnn.performance.mixing import SMOOTH, Expert, mixture_bits
from melodyrnn.performance.player import Performance

VELOCITY_STEP, VELOCITIES = 4, 32
FARTHEST_ONSET, FARTHEST_END = 15, 49  # pulses from what is written; what is farther is written out
DRIFT_NOTES = 6
NEVER = -10_000


class Described(NamedTuple):
    """(n,) bits of each note's onset, duration and velocity, in the order of the score: onset, part, pitch."""

    onsets: Doubles
    durations: Doubles
    velocities: Doubles

    @property
    def total(self) -> float:
        """All bits together."""
        return float(sum(part.sum() for part in self))


class _Notes(NamedTuple):
    """Columns of all parts' notes together, (n,) each. `kit` is the sound on drums and -1 elsewhere."""

    onset: Ints
    part: Ints
    pitch: Ints
    length: Ints
    level: Ints
    kit: Ints
    place: Ints
    late: Ints
    longer: Ints
    velocity: Ints


def performance_bits(song: Song, score: Song, performance: Performance) -> Described:
    """A Song and what `separate` made of it -> bits of what the score leaves out."""
    notes = _columns(song, score, performance)
    if not len(notes.onset):
        return Described(np.zeros(0), np.zeros(0), np.zeros(0))
    onsets = _near(notes.late, FARTHEST_ONSET, 1.0, 0.1, _onset_experts(notes))
    durations = _near(notes.longer, FARTHEST_END, 4.0, 0.2, _duration_experts(notes))
    even = np.full(VELOCITIES, 1 / VELOCITIES)
    return Described(onsets, durations, mixture_bits(notes.velocity, _velocity_experts(notes), even, 0.5))


def _columns(song: Song, score: Song, performance: Performance) -> _Notes:
    rows = [np.zeros((0, 10), np.int64)]
    for part, (track, written, hand) in enumerate(zip(song.tracks, score.tracks, performance.hands, strict=True)):
        played, notes = track.array[hand.order], written.array
        kit = notes[:, 1] if track.is_drum else np.full(len(notes), -1)
        late, longer = played[:, 0] - notes[:, 0], played[:, 2] - notes[:, 2]
        velocity = (played[:, 3] - 1) // VELOCITY_STEP
        parts = np.full(len(notes), part)
        rows.append(np.column_stack([notes[:, 0], parts, *notes[:, 1:].T, kit, hand.places, late, longer, velocity]))
    table = np.concatenate(rows)
    return _Notes(*table[np.lexsort((table[:, 2], table[:, 1], table[:, 0]))].T)


def _near(values: Ints, farthest: int, spread: float, prior_counts: float, experts: list[Expert]) -> Doubles:
    """Bits of numbers that are mostly near 0; of what is as far as can be, the rest follows in Elias's gamma code."""
    symbols = np.clip(values, -farthest, farthest) + farthest
    prior = np.exp(-np.abs(np.arange(-farthest, farthest + 1)) / spread) + 1e-3
    prior[farthest] *= 3
    rest = np.maximum(1, np.abs(values) - farthest + 1)
    written_out = np.where(np.abs(values) >= farthest, 2 * np.floor(np.log2(rest)) + 1, 0)
    return mixture_bits(symbols, experts, prior / prior.sum(), prior_counts) + written_out


def _onset_experts(notes: _Notes) -> list[Expert]:
    part, kit, place, late = notes.part, notes.kit, notes.place, notes.late
    everywhere = np.zeros_like(part)
    together, any_together = _with_last(notes.onset, part), _with_last(notes.onset, everywhere)
    before = _last(part, late, 0)
    return [
        Expert(_context(everywhere)),
        Expert(_context(part, kit)),
        Expert(_context(part, kit, place)),
        Expert(_context(part, before, together, place % PULSES_PER_QUARTER)),
        Expert(_context(part, together), before, SMOOTH),
        Expert(_context(part), _last(_key(part, place), late, 0), SMOOTH),
        Expert(_context(any_together), _last(everywhere, late, 0), SMOOTH),
        Expert(_context(part, kit, place % PULSES_PER_QUARTER), _drift(late), SMOOTH),
    ]


def _drift(late: Ints) -> Ints:
    """(n,) -> how late the notes of all parts before each were, in the mean of the last few."""
    everywhere = np.zeros_like(late)
    ago = [_last(everywhere, late, 0, count) for count in range(1, DRIFT_NOTES + 1)]
    mean: Ints = np.rint(np.mean(ago, 0)).astype(np.int64)
    return mean


def _duration_experts(notes: _Notes) -> list[Expert]:
    part, pitch, place, length, longer = notes.part, notes.pitch, notes.place, notes.length, notes.longer
    before = _last(part, longer, 0)
    together = _with_last(notes.onset, part)
    chord = together * (1 + (_last(part, length, 0) == length))
    of_length = _last(_key(part, length, notes.kit), longer, 0)
    at_place, known_place = _last_known(_key(part, length, place), longer, of_length)
    again, known_again = _last_known(_key(_phrase(notes), length), longer, before)
    until_next = np.clip(_until_next(notes.onset, part) - length, -FARTHEST_END, FARTHEST_END)
    until_same = np.clip(_until_next(notes.onset, _key(part, pitch)) - length, 0, 13)
    return [
        Expert(_context(part, before, chord)),
        Expert(_context(part, together), of_length, SMOOTH),
        Expert(_context(part, known_place), at_place),
        Expert(_context(part, known_again), again),
        Expert(_context(part, until_next)),
        Expert(_context(part, until_next, length), 0, SMOOTH),
        Expert(_context(part, until_same, length)),
        Expert(_context(part, place, length)),
        Expert(_context(part, pitch, length)),
        Expert(_context(part, pitch, place, length)),
    ]


def _velocity_experts(notes: _Notes) -> list[Expert]:
    part, pitch, place, velocity = notes.part, notes.pitch, notes.place, notes.velocity
    everywhere, level, kit = np.zeros_like(part), notes.level, notes.kit
    middle = VELOCITIES // 2
    before, before_that = _last(part, velocity, middle), _last(part, velocity, middle, 2)
    together, any_together = _with_last(notes.onset, part), _with_last(notes.onset, everywhere)
    interval = np.clip(pitch - _last(part, pitch, 60), -12, 12)
    of_pitch, _ = _last_known(_key(part, pitch), velocity, before)
    of_place, _ = _last_known(_key(part, place), velocity, before)
    of_both, known_both = _last_known(_key(part, place, pitch), velocity, of_place)
    again, known_again = _last_known(_phrase(notes), velocity, before)
    top = _is_top(notes)
    return [
        Expert(_context(part, level, kit), 0, SMOOTH),
        Expert(_context(part, pitch, level), 0, SMOOTH),
        Expert(_context(part, top, place % PULSES_PER_QUARTER), 0, SMOOTH),
        Expert(_context(part, np.minimum(notes.length + notes.longer, 30)), 0, SMOOTH),
        Expert(_context(part, together, kit), before),
        Expert(_context(together, interval), before, SMOOTH),
        Expert(_context(part, together, top, np.minimum(notes.length, 25) // 6), before, SMOOTH),
        Expert(_context(any_together), _last(everywhere, velocity, middle), SMOOTH),
        Expert(_context(part, together, level), of_pitch, SMOOTH),
        Expert(_context(part, known_both, level), of_both),
        Expert(_context(part, known_again), again),
        Expert(_context(part, before, before_that, together)),
        Expert(_context(part, before, place)),
    ]


def _context(*columns: Ints) -> Ints:
    return np.column_stack(columns)


def _key(*columns: Ints) -> Ints:
    """(n,) columns -> (n,) one number for each combination of them."""
    return np.unique(np.column_stack(columns), axis=0, return_inverse=True)[1].reshape(-1)


def _last(key: Ints, values: Ints, default: int, ago: int = 1) -> Ints:
    """(n,) -> the value that stood last (or `ago` times before) with the same key."""
    order = np.argsort(key, kind="stable")
    found = np.full(len(key), default)
    same = key[order][ago:] == key[order][:-ago]
    found[order[ago:][same]] = values[order[:-ago][same]]
    return found


def _last_known(key: Ints, values: Ints, otherwise: Ints) -> tuple[Ints, Ints]:
    """-> the last value with the same key, or `otherwise`, and whether there is one."""
    found = _last(key, values, NEVER)
    known = found != NEVER
    return np.where(known, found, otherwise), known.astype(np.int64)


def _with_last(onsets: Ints, key: Ints) -> Ints:
    """Whether a note begins together with the last one of the same key: 1 or 0."""
    together: Ints = (_last(key, onsets, NEVER) == onsets).astype(np.int64)
    return together


def _until_next(onsets: Ints, key: Ints) -> Ints:
    """(n,) -> pulses until a later note with the same key begins; very many if none does."""
    keys, index = np.unique(np.column_stack([key, onsets]), axis=0, return_inverse=True)
    gaps = np.full(len(keys), -NEVER)
    same = keys[1:, 0] == keys[:-1, 0]
    gaps[:-1][same] = (keys[1:, 1] - keys[:-1, 1])[same]
    return gaps[index.reshape(-1)]


def _phrase(notes: _Notes) -> Ints:
    """(n,) one number for each kind of note after the same two notes of its part at the same place."""
    ago = [_last(notes.part, notes.pitch, NEVER, count) for count in (1, 2)]
    return _key(notes.part, notes.pitch, notes.place, *ago)


def _is_top(notes: _Notes) -> Ints:
    """Whether a note is the highest of those that begin together in its part: 1 or 0."""
    chord = _key(notes.part, notes.onset)
    highest = np.zeros(int(chord.max()) + 1, np.int64)
    np.maximum.at(highest, chord, notes.pitch)
    top: Ints = (highest[chord] == notes.pitch).astype(np.int64)
    return top
