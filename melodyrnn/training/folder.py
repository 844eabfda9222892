"""From a folder of MIDI files to pieces ready to train on."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from melodyrnn.errors import MidiFileError, TrainingError
from melodyrnn.midi.folder import midi_files, read_files
from melodyrnn.music.context import Rows, rows, transposed
from melodyrnn.music.events import DRUM, EventSequence, encode

LOWEST_SHIFT, HIGHEST_SHIFT = -5, 6  # semitones: with these, every piece is heard in all twelve keys


@dataclass(slots=True)
class Pieces:
    """The pieces of one folder, how many notes they hold, and the files left out with the reason."""

    rows: list[Rows] = field(default_factory=list)
    note_counts: list[int] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)

    @property
    def notes(self) -> int:
        """Notes of all pieces."""
        return sum(self.note_counts)

    def _chosen(self, indices: Iterable[int]) -> "Pieces":
        indices = list(indices)
        return Pieces([self.rows[i] for i in indices], [self.note_counts[i] for i in indices])

    def split(self, share: float) -> tuple["Pieces", "Pieces"]:
        """-> pieces to train on (and the list of skipped files), and those whose content hashes lowest, held out."""
        digests = [hashlib.sha256(piece.events.tobytes()).digest() for piece in self.rows]
        if len(set(digests)) < 2:
            raise TrainingError(
                "one piece only: training needs at least two different ones, one of them to be held out"
            )
        wanted = sorted(digests)[max(1, round(share * len(digests))) - 1]
        last = min(wanted, sorted(set(digests))[-2])  # copies of a piece lie on the same side, and some are left
        held_out = [digest <= last for digest in digests]
        train = self._chosen(i for i, held in enumerate(held_out) if not held)
        train.skipped = self.skipped
        return train, self._chosen(i for i, held in enumerate(held_out) if held)

    def first(self, notes: int) -> "Pieces":
        """Every k-th piece, so that about `notes` notes are left."""
        return self._chosen(range(0, len(self.rows), max(1, round(self.notes / notes))))


def read_pieces(
    folder: str | os.PathLike[str], style: int = 0, report: Callable[[float], None] | None = None
) -> Pieces:
    """Read and encode a folder. A file that cannot be read is listed as skipped; TrainingError if that leaves none."""
    pieces = Pieces()
    for _, sequence in encoded_files(folder, pieces.skipped, report):
        pieces.rows.append(rows(sequence.events, style))
        pieces.note_counts.append(sequence.note_count)
    return pieces


def encoded_files(
    folder: str | os.PathLike[str], skipped: list[tuple[str, str]], report: Callable[[float], None] | None = None
) -> Iterator[tuple[str, EventSequence]]:
    """Every MIDI file below `folder` with its events; one that cannot be read goes into `skipped`, with the reason.

    `report` is told the part done, 0 to 1. TrainingError at the end if there was none to give.
    """
    files = midi_files(folder)
    for index, (path, reading) in enumerate(read_files(files)):
        if isinstance(reading, MidiFileError):
            skipped.append((str(path), str(reading)))
        else:
            yield str(path), encode(reading[0])
        if report:
            report((index + 1) / len(files))
    if len(skipped) == len(files):
        raise TrainingError(f"{folder}: 0 usable files of {len(files)}; the first: {skipped[0][1]}")


def choose_shift(piece: Rows, rng: np.random.Generator) -> int:
    """Semitones to transpose by, uniform over what keeps the piece's pitches within 0 to 127."""
    melodic = piece.events[piece.events[:, 3] < DRUM, 3]
    if not len(melodic):
        return 0
    low, high = max(LOWEST_SHIFT, -int(melodic.min())), min(HIGHEST_SHIFT, 127 - int(melodic.max()))
    return int(rng.integers(low, high + 1))


def shift(piece: Rows, semitones: int) -> Rows:
    """The piece, transposed."""
    return transposed(piece, semitones) if semitones else piece
