"""What of a seed is likely to come again: bars that it has played before, and a progression of chords as a whole."""

import numpy as np

from melodyrnn.encoding.events import DRUM, END, FIELDS, METRE, REST, EventArray

CHORD_NOTES, CHORDS_SHARE = 3, 0.95  # of a progression: what is a chord, and how many of its notes are in one
PITCH, BARS = FIELDS.index("pitch"), FIELDS.index("bars")


def repetition(events: EventArray) -> float:
    """The part of a piece's second half, in bars of single parts, whose notes were in a bar of that part before.

    Notes are alike if place and pitch are. 0 to 1, and 0 for a piece of no notes.
    """
    notes = events[:, PITCH] < END
    bars = np.cumsum(events[:, BARS])[notes].tolist()
    contents: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for bar, (_, place, part, pitch, _, _) in zip(bars, events[notes].tolist(), strict=True):
        contents.setdefault((bar, part), []).append((place, pitch))
    known: dict[int, set[tuple[tuple[int, int], ...]]] = {}
    again = []
    for (bar, part), content in contents.items():
        before = known.setdefault(part, set())
        if 2 * bar > bars[-1]:
            again.append(tuple(content) in before)
        before.add(tuple(content))
    return sum(again) / max(1, len(again))


def is_progression(events: EventArray) -> bool:
    """Whether a piece is nothing but chords, in one metre: such a progression comes again from its beginning."""
    notes = events[:, PITCH] < END
    pitches = events[notes, PITCH]
    if not len(pitches) or (pitches >= DRUM).any() or np.isin(events[1:, PITCH], (METRE, REST)).any():
        return False
    onsets = np.column_stack([np.cumsum(events[:, BARS]), events[:, 1:PITCH]])[notes]  # bar, place, part
    _, chord, sizes = np.unique(onsets, axis=0, return_inverse=True, return_counts=True)
    return bool((sizes[chord.reshape(-1)] >= CHORD_NOTES).mean() >= CHORDS_SHARE)


def twice(events: EventArray) -> EventArray:
    """A piece in one metre, and its notes once more after an even number of bars."""
    bars = np.cumsum(events[:, BARS])
    first = int(np.flatnonzero(events[:, PITCH] < END)[0])
    length = int(bars[-1]) + 1
    again = events[first:].copy()
    again[0, BARS] = length + length % 2 + bars[first] - bars[-1]
    return np.concatenate([events, again])
