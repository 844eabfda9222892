"""A piece as a model reads it, and bits of what that leaves out of the file, so that all bits of a note are counted."""

from typing import NamedTuple

import numpy as np

from melodyrnn.arrays import Bools, Doubles
from melodyrnn.encoding.events import END, FIELDS, PARTS, EventArray, encode
from melodyrnn.music.song import Song
from melodyrnn.performance import separate
from melodyrnn.performance.description import performance_bits

PERFORMED = ("lateness", "held", "loudness")  # of a note beside the score: its onset, its duration, its velocity


class Piece(NamedTuple):
    """(n, 6) events. `performed`: (n, 3) bits of what they leave out of each note, or (n, 0) if that is nothing."""

    events: EventArray
    notes: int
    performed: Doubles


def read_piece(song: Song, *, as_score: bool) -> Piece:
    """A Song as it was played, or as a score and the bits of its performance."""
    if not as_score:
        sequence = encode(song)
        return Piece(sequence.events, sequence.note_count, np.zeros((len(sequence.events), 0)))
    song = Song(song.tracks[:PARTS], song.tempos, song.time_signatures, song.length_pulses)
    score, performance = separate(song)
    sequence = encode(score)
    performed = np.zeros((len(sequence.events), len(PERFORMED)))
    performed[are_notes(sequence.events)] = np.stack(performance_bits(song, score, performance), 1)
    return Piece(sequence.events, sequence.note_count, performed)


def are_notes(events: EventArray) -> Bools:
    """Which of (n, 6) events are notes, and neither signs nor ties."""
    pitches, velocities = (events[:, FIELDS.index(name)] for name in ("pitch", "velocity"))
    notes: Bools = (pitches < END) & (velocities > 0)
    return notes
