"""How likely a model finds given music, in bits per note. numpy only: no torch."""

import math
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from melodyrnn.corpus.folder import no_usable_file, readable_songs
from melodyrnn.encoding.events import FIELDS, EventArray
from melodyrnn.encoding.matrices import feature_matrices
from melodyrnn.evaluation.adapting import adapting_bits_of_pieces
from melodyrnn.evaluation.pieces import PERFORMED, are_notes, read_piece
from melodyrnn.files import safe_stem
from melodyrnn.generation import MusicModel
from melodyrnn.midi.folder import midi_files
from melodyrnn.midi.limits import LIMITS, Limits

PIECES_AT_ONCE = 32  # side by side in one pass, so that weights are read once for all of them
EVENTS_AT_ONCE = 100_000  # of all those pieces together, padding included: what bounds the memory
RESAMPLES, CONFIDENCE = 2000, 0.95


@dataclass(frozen=True, slots=True)
class FileLikelihood:
    """One file: its notes, and the bits of each field summed over all its events, signs, ties and the end included.

    `style` is the one it was heard as. `quarters`: notes and bits of the first quarter of its events, and so on. For a
    model that reads scores there are nine sums: the six of the score, and three of the performance that it leaves out.
    """

    path: str
    notes: int
    bits: tuple[float, ...]
    style: str = ""
    quarters: tuple[tuple[int, float], ...] = ()

    @property
    def bits_per_note(self) -> float:
        """All bits over the notes."""
        return sum(self.bits) / self.notes

    @property
    def parts(self) -> dict[str, float]:
        """Bits a note by field of the event."""
        return _by_name(np.array(self.bits) / self.notes)


@dataclass(frozen=True, slots=True)
class Likelihood:
    """A model's bits for a folder, file by file in order of name; `skipped` are (path, reason)."""

    files: tuple[FileLikelihood, ...]
    skipped: tuple[tuple[str, str], ...] = field(default=())

    @property
    def notes(self) -> int:
        """Notes of all files."""
        return sum(file.notes for file in self.files)

    @property
    def styles(self) -> dict[str, "Likelihood"]:
        """The files of each style by themselves, in order of the styles' names."""
        names = sorted({file.style for file in self.files})
        return {name: Likelihood(tuple(file for file in self.files if file.style == name)) for name in names}

    @property
    def parts(self) -> dict[str, float]:
        """Bits a note by field of the event."""
        totals = np.sum([file.bits for file in self.files], axis=0) / self.notes
        return _by_name(totals)

    @property
    def bits_per_note(self) -> float:
        """All bits of all files over all notes."""
        return sum(self.parts.values())

    @property
    def quarters(self) -> tuple[float, ...]:
        """Bits a note of the first quarter of each file's events, and so on; NaN where there is no note."""
        notes, bits = np.sum([file.quarters for file in self.files], axis=0).T
        return tuple((bits / np.where(notes > 0, notes, np.nan)).tolist())

    @property
    def interval(self) -> tuple[float, float] | None:
        """Between which bits per note the music these files stand for lies, at 95 percent; None for a single file.

        The percentile bootstrap (Efron, *Bootstrap methods: another look at the jackknife*, 1979) over files, since
        notes of one file are alike: files are drawn anew, with replacement, 2000 times, always the same way.
        """
        count = len(self.files)
        if count < 2:
            return None
        notes = np.array([file.notes for file in self.files], np.float64)
        bits = np.array([sum(file.bits) for file in self.files])
        rng = np.random.default_rng(0)
        times = np.stack([np.bincount(rng.integers(0, count, count), minlength=count) for _ in range(RESAMPLES)])
        low, high = np.quantile(times @ bits / (times @ notes), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
        return float(low), float(high)


def evaluate_folder(
    model: MusicModel,
    folder: str | os.PathLike[str],
    style: str | None = None,
    report: Callable[[float], None] | None = None,
    limits: Limits = LIMITS,
    *,
    adapt: bool = False,
) -> Likelihood:
    """Bits per note of every MIDI file below `folder`, in the given style, or each in that of its folder.

    That is the subfolder it lies in or below, as in training, else the folder itself, if the model has a style of that
    name; else it is the model's first. A model that reads scores is given scores, and the bits of their performances
    are counted as well. A file that cannot be read is listed as skipped. `report` receives the part done, 0 to 1. With
    `adapt` the model learns each file as it goes, from what it has scored before. TrainingError where the folder holds
    no usable file, OptionError for a style that the model does not know.
    """
    if style:
        model.style_number(style)
    skipped: list[tuple[str, str]] = []
    songs = readable_songs(midi_files(folder), skipped, None, limits)
    files = [(str(path), read_piece(song, as_score=model.reads_scores)) for path, song in songs]
    if not files:
        raise no_usable_file(folder, skipped)
    styles = [style or style_of(path, folder, model.styles) for path, _ in files]
    numbers = [model.style_number(name) for name in styles]
    score = adapting_bits_of_pieces if adapt else bits_of_pieces
    bits = dict(score(model, [piece.events for _, piece in files], numbers, report))
    found = []
    for index, ((path, piece), name) in enumerate(zip(files, styles, strict=True)):
        of = np.concatenate([bits[index], piece.performed], 1)
        found.append(FileLikelihood(path, piece.notes, tuple(of.sum(0).tolist()), name, by_quarter(piece.events, of)))
    return Likelihood(tuple(found), tuple(skipped))


def _by_name(bits: npt.NDArray[np.float64]) -> dict[str, float]:
    return dict(zip((*FIELDS, *PERFORMED), bits.tolist(), strict=False))


def by_quarter(events: EventArray, bits: npt.NDArray[np.float64]) -> tuple[tuple[int, float], ...]:
    """Of (n, 6) events and their bits, the notes and the bits of the first quarter of the events, and so on."""
    quarters = zip(np.array_split(are_notes(events), 4), np.array_split(bits, 4), strict=True)
    return tuple((int(of_notes.sum()), float(of_bits.sum())) for of_notes, of_bits in quarters)


def style_of(path: str | os.PathLike[str], folder: str | os.PathLike[str], styles: Sequence[str]) -> str:
    """Of the `styles` that of a file below `folder`, by the name of the subfolder or folder; else the first."""
    subfolder = Path(path).relative_to(folder).parts[0]
    names = map(safe_stem, (subfolder, os.path.basename(os.path.abspath(folder))))
    return next((name for name in names if name in styles), styles[0])


def bits_of_pieces(
    model: MusicModel,
    pieces: Sequence[EventArray],
    styles: Sequence[int],
    report: Callable[[float], None] | None = None,
) -> Iterator[tuple[int, npt.NDArray[np.float64]]]:
    """Pieces of (n, 6) events, each with the number of its style -> its number and (n, 6) bits, the longest first.

    Pieces of like length go through side by side. `report` receives the part done, 0 to 1.
    """
    order = sorted(range(len(pieces)), key=lambda index: -len(pieces[index]))
    total, done, first = sum(map(len, pieces)), 0, 0
    while first < len(order):
        longest = len(pieces[order[first]])
        group = order[first : first + min(PIECES_AT_ONCE, max(1, EVENTS_AT_ONCE // longest))]
        first += len(group)
        padded = []
        for index in group:
            piece = model.selection(feature_matrices(pieces[index], styles[index]))
            padded.append([np.pad(array, ((0, longest - len(array)), (0, 0))) for array in piece])
        inputs, dense, features, events = (np.stack(arrays, 1) for arrays in zip(*padded, strict=True))
        nats = model.nll(inputs, dense, features, events)
        for stream, index in enumerate(group):
            yield index, nats[: len(pieces[index]), stream].astype(np.float64) / math.log(2)
        done += sum(len(pieces[index]) for index in group)
        if report:
            report(done / total)
