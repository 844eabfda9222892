"""The music of a run, by style: subfolders are styles, and some pieces of each are held out to validate on."""

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from melodyrnn.corpus.augmentation import AS_IT_IS, Preparation
from melodyrnn.corpus.cache import PieceCache
from melodyrnn.corpus.folder import Pieces, no_usable_file, read_pieces
from melodyrnn.corpus.options import HELD_OUT
from melodyrnn.corpus.preparing import PREPARING_LIMITS
from melodyrnn.encoding.features import STYLES
from melodyrnn.errors import MidiFileError, TrainingError
from melodyrnn.files import safe_stem
from melodyrnn.midi.folder import midi_files
from melodyrnn.midi.limits import LIMITS, Limits
from melodyrnn.midi.worker import reading_of


@dataclass(frozen=True, slots=True)
class Corpus:
    """Pieces to train on and pieces to validate on, by style: of a style that has too few, none are held out."""

    train: Mapping[str, Pieces]
    held_out: Mapping[str, Pieces]
    styles: tuple[str, ...] = ()  # in order of their numbers; those of a model to start from come first
    skipped: tuple[tuple[str, str], ...] = ()  # files of no style that cannot be used, with the reason
    beside: tuple[str, ...] = ()  # files of no style that lie beside the folders of styles

    @property
    def notes_per_event(self) -> float:
        """Notes an event, as training hears them; less than 1, for some events are signs and ties."""
        parts = {
            name: pieces.notes / sum(len(p.events) for p in pieces.features) for name, pieces in self.train.items()
        }
        return sum(share * parts[name] for name, share in self.shares().items())

    @property
    def fingerprint(self) -> str:
        """How many pieces there are, and a hash of them and of their order."""
        digest = hashlib.sha256()
        for pieces in (*self.train.values(), *self.held_out.values()):
            for piece in pieces.features:
                digest.update(piece.events.tobytes())
        count = sum(len(pieces.features) for pieces in self.train.values())
        return f"{count} pieces ({digest.hexdigest()[:12]})"

    def shares(self) -> dict[str, float]:
        """The part of training each style gets: by the square root of its events, so that small styles are heard."""
        roots = {name: sum(len(piece.events) for piece in p.features) ** 0.5 for name, p in self.train.items()}
        return {name: root / sum(roots.values()) for name, root in roots.items()}


def style_folders(folder: Path, one_style: bool = False) -> dict[str, Path]:
    """Subfolders with MIDI files are styles; without any, or if told so, the folder is one style of its own name.

    A style has the name of its folder, in which what cannot stand in every file's name is `_`. TrainingError where
    there are too many, or two of one name.
    """
    midi_files(folder)
    found: dict[str, Path] = {}
    for sub in [] if one_style else sorted(folder.iterdir()):
        if os.path.isdir(sub) and _has_midi(sub):
            name = safe_stem(sub.name)
            if name in found:
                raise TrainingError(f"{sub}: makes a style {name}, as {found[name]} does: give it another name")
            found[name] = sub
    if len(found) > STYLES:
        most = f"{len(found)} subfolders make {len(found)} styles; at most {STYLES}"
        raise TrainingError(f"{folder}: {most}: add --one-style to take the whole folder as one")
    return found or {safe_stem(folder_name(folder)): folder}


def folder_name(folder: Path) -> str:
    """The name it was called by, also where that is a link; of `.` the name of the folder it stands for."""
    return os.path.basename(os.path.abspath(folder))


def _has_midi(folder: Path) -> bool:
    try:
        return any(os.path.isfile(path) and os.access(path, os.R_OK) for path in midi_files(folder))
    except MidiFileError:
        return False


def read_corpus(
    folder: Path,
    validate_on: Path | None,
    report: Callable[[str, float], None] | None = None,
    preparation: Preparation = AS_IT_IS,
    held_out_share: float = HELD_OUT.default,
    cache: PieceCache | None = None,
    known: Sequence[str] = (),
    one_style: bool = False,
    limits: Limits = PREPARING_LIMITS,
) -> Corpus:
    """Read a folder of styles; hold some pieces of each out, or read those of `validate_on`, with the same styles.

    Styles that are `known` to the model to start from have the numbers they have there; new ones come after them. A
    style of which no file can be used is left out. Where there are several, one with a single piece, or without a
    folder of its name in `validate_on`, is trained on and not validated. TrainingError where nothing is left to train
    or to validate on, or where there are too many styles.
    """
    folders = style_folders(folder, one_style)
    most = len({*known, *folders})
    if most > STYLES:
        add = "" if len(folders) == 1 else ": add --one-style to take the whole folder as one"
        raise TrainingError(f"{folder}: with the {len(known)} styles there are, {most}; at most {STYLES}{add}")
    valid_folders = {} if validate_on is None else _valid_folders(validate_on, folders)
    train: dict[str, Pieces] = {}
    held_out: dict[str, Pieces] = {}
    styles, (skipped, beside) = list(known), _outside(folder, folders)
    for name, path in folders.items():
        number = styles.index(name) if name in styles else len(styles)
        pieces = read_pieces(path, number, partial(report, name) if report else None, preparation, cache, limits)
        if not pieces.pieces:
            skipped += pieces.skipped
            continue
        if number == len(styles):
            styles.append(name)
        if validate_on is None:
            train[name], held_out[name] = pieces.split(held_out_share)
        else:
            below = valid_folders.get(name)
            train[name] = pieces
            held_out[name] = read_pieces(below, number, None, preparation, cache, limits) if below else Pieces()
    if not train:
        raise TrainingError(f"{no_usable_file(folder, skipped)}{_left_out(beside)}")
    if not any(pieces.pieces for pieces in held_out.values()):
        if validate_on is not None:
            raise no_usable_file(validate_on, [entry for pieces in held_out.values() for entry in pieces.skipped])
        skipped += [entry for pieces in train.values() for entry in pieces.skipped]
        raise _nothing_to_hold_out(folder, len(train), skipped, beside)
    return Corpus(train, held_out, tuple(styles), tuple(skipped), tuple(beside))


def _valid_folders(validate_on: Path, folders: Mapping[str, Path]) -> dict[str, Path]:
    """Where each style is validated: in the folder of its name; a single style in the whole, if there is none."""
    midi_files(validate_on)
    found = {style: validate_on / path.name for style, path in folders.items() if _has_midi(validate_on / path.name)}
    if not found and len(folders) == 1:
        return dict.fromkeys(folders, validate_on)
    if not found:
        names = ", ".join(folders)
        wanted = f"a folder for each style is needed, to validate it on: {names}"
        raise TrainingError(f"{validate_on}: {wanted}; or add --one-style")
    return found


def _outside(folder: Path, folders: Mapping[str, Path]) -> tuple[list[tuple[str, str]], list[str]]:
    """The files that are of no style: those that may not be read, with the reason, and those beside the folders."""
    skipped: list[tuple[str, str]] = []
    beside: list[str] = []
    for path in [] if folder in folders.values() else midi_files(folder):
        if not any(path.is_relative_to(style) for style in folders.values()):
            unread = None if path.parent == folder else reading_of(path, LIMITS)
            if isinstance(unread, MidiFileError):
                skipped.append((str(path), str(unread)))
            else:
                beside.append(str(path))
    return skipped, beside


def _nothing_to_hold_out(
    folder: Path, styles: int, skipped: Sequence[tuple[str, str]], beside: Sequence[str]
) -> TrainingError:
    each = " in each style" if styles > 1 else ""
    unread = f"; {len(skipped)} more cannot be used; the first: {skipped[0][1]}" if skipped else ""
    return TrainingError(
        f"{folder}: one piece only{each}: training needs at least two different ones, one of them to be held out; "
        f"or give --valid, a folder of others{_left_out(beside)}{unread}"
    )


def _left_out(beside: Sequence[str]) -> str:
    """For the end of an error, how many files nothing was tried of, and what takes them in."""
    if not beside:
        return ""
    are = "1 file lies" if len(beside) == 1 else f"{len(beside)} files lie"
    return f"; {are} beside the folders of styles ({beside[0]}): add --one-style to take all as one"
