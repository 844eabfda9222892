"""Encoded pieces kept on disk by the content of their MIDI files, so that a folder is read and encoded only once.

An entry's name is the SHA-256 of the file's bytes, of how it was prepared, and of the code that reads and encodes: a
changed file, another preparation and another version of melodyrnn each find nothing, and encode anew. An entry is a
SHA-256 of what follows it, then a safetensors file; one that is damaged in any way, or holds what no music comes to,
counts as not there, and is written again. An event takes about 260 bytes. What has not been used for longest is removed
where all is more than 4 GB.
"""

import hashlib
import math
import os
import stat
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from platformdirs import user_cache_path
from safetensors import SafetensorError
from safetensors.numpy import load, save

from melodyrnn.encoding.events import ENCODING_VERSION
from melodyrnn.encoding.matrices import FeatureMatrices, are_sound
from melodyrnn.errors import OutputError
from melodyrnn.files import replacing

ENVIRONMENT = "MELODYRNN_CACHE"  # names the folder; default: the user's cache folder as the platform has it
LARGEST = 4 << 30  # bytes of all entries
LARGEST_ENTRY = 2**29  # bytes: more than the longest piece that is read takes
ENTRY_ROOMS = ("music", "encoding", "midi", "corpus")  # an entry depends on their source
ENTRY_FILES = ("messages.py",)  # and on these
DIGEST = hashlib.sha256().digest_size


@dataclass(frozen=True, slots=True)
class EncodedPiece:
    """One file's music, ready to train on. `work` is alike for versions of one piece; `seconds` at its own tempo."""

    features: FeatureMatrices
    notes: int
    seconds: float
    work: bytes


def piece_bytes(piece: EncodedPiece) -> bytes:
    """A piece as a safetensors file."""
    arrays = {
        **piece.features._asdict(),
        "notes": np.array([piece.notes], np.int64),
        "seconds": np.array([piece.seconds], np.float64),
        "work": np.frombuffer(piece.work, np.uint8),
    }
    return save({name: np.ascontiguousarray(array) for name, array in arrays.items()})


def piece_from_bytes(data: bytes) -> EncodedPiece:
    """The piece again. ValueError for bytes of any origin that are none: what is given back can be trained on."""
    try:
        arrays = load(data)
        features = FeatureMatrices(*(arrays[name] for name in FeatureMatrices._fields))
        notes, seconds, work = arrays["notes"].item(), arrays["seconds"].item(), arrays["work"].tobytes()
    except (SafetensorError, KeyError, ValueError, TypeError, AttributeError) as error:  # some for kinds of numbers
        raise ValueError(f"not an encoded piece ({error})") from None
    if not are_sound(features) or not isinstance(notes, int) or not 0 < notes <= len(features.events):
        raise ValueError("not an encoded piece (features that no music has)")
    if not isinstance(seconds, float) or not 0 <= seconds < math.inf or len(work) != DIGEST:
        raise ValueError("not an encoded piece (a length or a name that no music has)")
    return EncodedPiece(features, notes, seconds, work)


class PieceCache:
    """Entries below a folder, which is made when the first is written. `problem`: why none can be kept, or ""."""

    def __init__(self, folder: Path | None = None, largest: int = LARGEST) -> None:
        self.folder = folder or cache_folder()
        self.problem = ""
        self._largest, self._written = largest, False

    def path(self, content: bytes, preparation: str) -> Path:
        """Where the entry of a file with this content lies."""
        name = hashlib.sha256(b"\0".join([encoding_digest(), preparation.encode(), content])).hexdigest()
        return self.folder / name[:2] / f"{name[2:]}.piece"

    def get(self, path: Path) -> EncodedPiece | None:
        """The entry there, or None."""
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST_ENTRY:
                return None
            with open(path, "rb") as file:
                digest, data = file.read(DIGEST), file.read()
            if hashlib.sha256(data).digest() != digest:
                return None
            os.utime(path)
            return piece_from_bytes(data)
        except (OSError, ValueError):
            return None

    def put(self, path: Path, piece: EncodedPiece) -> None:
        """Write the entry, whole or not at all. Where that fails, `problem` says why and no other is tried."""
        if self.problem:
            return
        data = piece_bytes(piece)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as beside:
                beside.write_bytes(hashlib.sha256(data).digest() + data)
            self._written = True
        except OSError as error:  # of making the folder
            self.problem = f"{self.folder}: nothing can be kept there for the next start ({error.strerror or error})"
        except OutputError as error:
            self.problem = f"{error}: nothing can be kept there for the next start"

    def prune(self) -> None:
        """Where entries were written and all are more than the largest size, remove those unused for longest."""
        if not self._written:
            return
        entries = []
        for path in self.folder.glob("*/*.piece"):
            try:
                status = path.stat()
            except OSError:  # removed meanwhile, by another run
                continue
            entries.append((status.st_mtime, status.st_size, path))
        excess = sum(size for _, size, _ in entries) - self._largest
        for _, size, path in sorted(entries):
            if excess <= 0:
                break
            path.unlink(missing_ok=True)
            excess -= size


def cache_folder() -> Path:
    """The folder that MELODYRNN_CACHE names, or the platform's own for caches."""
    named = os.environ.get(ENVIRONMENT)
    return Path(named) if named else user_cache_path("melodyrnn", appauthor=False) / "pieces"


def sources() -> dict[str, Path]:
    """The modules that an entry depends on, by dotted name, in order of name: those that read, prepare and encode."""
    package = Path(__file__).parents[1]
    rooms = [path for room in ENTRY_ROOMS for path in (package / room).rglob("*.py")]
    files = sorted([*rooms, *(package / name for name in ENTRY_FILES)])
    return {".".join(path.relative_to(package.parent).with_suffix("").parts): path for path in files}


@cache
def encoding_digest() -> bytes:
    """A digest of the encoding's version and of the source of the modules that an entry depends on."""
    digest = hashlib.sha256(str(ENCODING_VERSION).encode())
    for module in sources().values():
        digest.update(module.read_bytes())
    return digest.digest()
