"""From a folder of MIDI files to pieces ready to train on."""

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from melodyrnn.corpus.augmentation import AS_IT_IS, Preparation
from melodyrnn.corpus.cache import EncodedPiece, PieceCache
from melodyrnn.corpus.preparing import PREPARING_LIMITS, preparing_task
from melodyrnn.encoding.features import INPUT_COLUMN
from melodyrnn.encoding.matrices import FeatureMatrices
from melodyrnn.errors import MidiFileError, TrainingError
from melodyrnn.midi.folder import in_processes, midi_files, read_files
from melodyrnn.midi.limits import LIMITS, Limits
from melodyrnn.midi.worker import Found
from melodyrnn.music.song import Song


@dataclass(slots=True)
class Pieces:
    """The pieces of one folder, and the files left out with the reason."""

    pieces: list[EncodedPiece] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)

    @property
    def features(self) -> list[FeatureMatrices]:
        """The feature matrices of each piece."""
        return [piece.features for piece in self.pieces]

    @property
    def notes(self) -> int:
        """Notes of all pieces."""
        return sum(piece.notes for piece in self.pieces)

    @property
    def hours(self) -> float:
        """How long all pieces last, each at its own tempo."""
        return sum(piece.seconds for piece in self.pieces) / 3600

    def split(self, share: float) -> tuple["Pieces", "Pieces"]:
        """-> pieces to train on (and the list of skipped files), and about a `share` of them held out.

        At least one is, if not all are versions of one. Held out are the works whose digests are lowest: which ones
        they are depends on the music alone, not on names or order, and versions of one piece (the same melody, in
        whatever key) lie on the same side.
        """
        digests = [hashlib.sha256(piece.work).digest() for piece in self.pieces]
        if len(set(digests)) < 2:
            return self, Pieces()
        wanted = sorted(digests)[max(1, round(share * len(digests))) - 1]
        last = min(wanted, sorted(set(digests))[-2])  # some are left
        train = [piece for piece, digest in zip(self.pieces, digests, strict=True) if digest > last]
        held_out = [piece for piece, digest in zip(self.pieces, digests, strict=True) if digest <= last]
        return Pieces(train, self.skipped), Pieces(held_out)

    def first(self, notes: int) -> "Pieces":
        """Every k-th piece, so that about `notes` notes are left."""
        return Pieces(self.pieces[:: max(1, round(self.notes / notes))])


def read_pieces(
    folder: str | os.PathLike[str],
    style: int = 0,
    report: Callable[[float], None] | None = None,
    preparation: Preparation = AS_IT_IS,
    cache: PieceCache | None = None,
    limits: Limits = PREPARING_LIMITS,
) -> Pieces:
    """Read and encode every MIDI file below a folder, in order of name, those in the `cache` from there.

    A file that cannot be read is listed as skipped. `report` receives the part done, 0 to 1.
    """
    files = midi_files(folder)
    found: dict[Path, EncodedPiece] = {}
    entries: dict[Path, Path] = {}
    if cache:
        for path in files:
            entry = _entry(cache, path, preparation, limits)
            piece = cache.get(entry) if entry else None
            if piece and piece.notes <= limits.notes:
                found[path] = piece
            elif entry:
                entries[path] = entry
    rest = [path for path in files if path not in found]
    cached = len(found)
    if cached and report:
        report(cached / len(files))

    def tell(part: float) -> None:
        if report:
            report((cached + part * len(rest)) / len(files))

    skipped: list[tuple[str, str]] = []
    outcomes = in_processes(rest, preparing_task(preparation, limits))
    for path, piece in _usable(outcomes, len(rest), skipped, tell):
        found[path] = piece
        if cache and path in entries:
            cache.put(entries[path], piece)
    if cache:
        cache.prune()
    return Pieces([_in_style(found[path], style) for path in files if path in found], skipped)


def readable_songs(
    files: Sequence[Path],
    skipped: list[tuple[str, str]],
    report: Callable[[float], None] | None = None,
    limits: Limits = LIMITS,
) -> Iterator[tuple[Path, Song]]:
    """Every file with its song, in order; one that cannot be read goes into `skipped`, with the reason.

    `report` receives the part done, 0 to 1.
    """
    for path, (song, _) in _usable(read_files(files, limits), len(files), skipped, report):
        yield path, song


def _usable(
    outcomes: Iterable[tuple[Path, Found | MidiFileError]],
    count: int,
    skipped: list[tuple[str, str]],
    report: Callable[[float], None] | None,
) -> Iterator[tuple[Path, Found]]:
    for index, (path, found) in enumerate(outcomes):
        if isinstance(found, MidiFileError):
            skipped.append((str(path), str(found)))
        else:
            yield path, found
        if report:
            report((index + 1) / count)


def no_usable_file(folder: str | os.PathLike[str], skipped: Sequence[tuple[str, str]]) -> TrainingError:
    """The error for a folder of which every file was skipped."""
    return TrainingError(f"{folder}: 0 usable files of {len(skipped)}; the first: {skipped[0][1]}")


def _entry(cache: PieceCache, path: Path, preparation: Preparation, limits: Limits) -> Path | None:
    """Where the cache keeps the file's piece; None for what is not read anyway, which says why."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > limits.file_bytes:  # a pipe would be waited for
            return None
        return cache.path(path.read_bytes(), f"{preparation.name} of {limits.length_pulses} pulses at most")
    except (OSError, ValueError):
        return None


def _in_style(piece: EncodedPiece, style: int) -> EncodedPiece:
    if not style:
        return piece
    inputs = piece.features.inputs.copy()
    inputs[:, INPUT_COLUMN["style"]] = style
    return replace(piece, features=piece.features._replace(inputs=inputs))
