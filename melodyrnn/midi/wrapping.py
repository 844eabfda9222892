"""Files that hold the music of a MIDI file in another form, known by their first bytes: zip files, MIDI 2.0 clips."""

import io
import zipfile

from melodyrnn.errors import MidiFileError, one_line
from melodyrnn.midi.clipfile import is_clip, standard_file
from melodyrnn.midi.limits import Limits

ZIP_START = b"PK\x03\x04"
SUFFIXES = (".mid", ".midi", ".kar", ".rmi", ".smf")
FORKS = "__MACOSX/"  # what macOS packs beside each file, under its name
MOST_ENTRIES = 10_000
ZIP_ERRORS = (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, ValueError, EOFError, LookupError)


def unwrapped(data: bytes, name: str, limits: Limits) -> tuple[bytes, tuple[str, ...]]:
    """The MIDI file in a zip file, or that of a MIDI 2.0 clip file, and what was done, in words; other data as it is.

    Of several in a zip file it is the first by name. MidiFileError, naming the file `name`, for a zip file without one,
    for one that cannot be unpacked or holds more than the limit, and for a damaged clip file.
    """
    if is_clip(data) and len(data) <= limits.file_bytes:
        return standard_file(data, name)
    if not data.startswith(ZIP_START):
        return data, ()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES:
                raise MidiFileError(f"{name}: a zip file of {len(entries)} files; at most {MOST_ENTRIES} are looked at")
            inside = sorted(
                entry.filename
                for entry in entries
                if entry.filename.lower().endswith(SUFFIXES) and not entry.filename.startswith(FORKS)
            )
            if not inside:
                raise MidiFileError(f"{name}: is a zip file without a MIDI file ({', '.join(SUFFIXES)}) in it")
            with archive.open(inside[0]) as file:
                found = file.read(limits.file_bytes + 1)
    except ZIP_ERRORS as error:
        raise MidiFileError(f"{name}: a zip file that cannot be unpacked ({one_line(str(error))})") from None
    if len(found) > limits.file_bytes:
        raise MidiFileError(
            f"{name}: {inside[0]} in it is too large; a MIDI file of at most {limits.file_bytes} is read"
        )
    which = f", the first of {len(inside)} MIDI files" if len(inside) > 1 else ""
    return found, (f"taken out of a zip file ({inside[0]}{which})",)
