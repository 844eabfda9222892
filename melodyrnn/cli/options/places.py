"""Where `generate` reads and writes: files, folders and the standard streams, and names that are completed."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from melodyrnn.errors import OutputError
from melodyrnn.files import not_written, numbered, unused

STREAM = "-"  # in place of a file: standard input or output
MIDI_SUFFIX, MIDI_SUFFIXES = ".mid", (".mid", ".midi", ".smf", ".kar")
WAV_SUFFIXES = (".wav", ".wave")
SOUND_SUFFIXES = (*WAV_SUFFIXES, ".mp3", ".ogg", ".opus", ".flac", ".aif", ".aiff", ".m4a", ".aac")
SCORE_SUFFIXES = (".musicxml", ".xml", ".mxl", ".mscz", ".pdf", ".svg", ".png", ".ly", ".abc")


def one_seed(given: Sequence[str], option: str | None) -> str | None:
    """The seed, as an argument or as --seed."""
    if len(given) + (option is not None) > 1:
        unexpected = given[0] if option is not None else given[1]
        raise click.UsageError(f"unexpected {unexpected}: one file is continued, {option or given[0]}")
    return given[0] if given else option


def standard_input(most_bytes: int) -> bytes:
    """Standard input, up to one byte more than the limit."""
    if sys.stdin is None or sys.stdin.isatty():
        raise click.UsageError("-: standard input is a terminal; let another program write a MIDI file into it")
    return sys.stdin.buffer.read(most_bytes + 1)


def check_output(output: str | None, takes: int, as_json: bool) -> None:
    """A usage error or OutputError where nothing can be written there, whatever is made."""
    if output == STREAM:
        if takes > 1 or as_json:
            what = "one take" if takes > 1 else "no --json, which is printed there too"
            raise click.UsageError(f"-o -: standard output takes one file, so {what}")
        if sys.stdout is None or sys.stdout.isatty():
            raise click.UsageError("-o -: standard output is a terminal; redirect it to a file or a program")
    elif output is not None and Path(output).suffix.lower() in SOUND_SUFFIXES:
        raise click.UsageError(
            f"{output}: -o names a MIDI file; --wav {Path(output).with_suffix('.wav')} writes the sound too"
        )


def is_named(output: str | None) -> bool:
    """Whether the output is a file, whose name is known before anything is made."""
    return output is not None and output != STREAM and not _is_folder(output)


def targets_of(output: str | None, stem: str, takes: int) -> list[Path]:
    """The files to write: of this name, or new ones of this stem in a folder, which is the current one by default."""
    if output is None or _is_folder(output):
        folder = Path(output or ".")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise not_written(folder, error) from None
        return unused(stem, takes, folder)
    path = Path(output)
    suffix = path.suffix.lower()
    if suffix in SCORE_SUFFIXES:
        instead = path.with_suffix(MIDI_SUFFIX)
        raise OutputError(
            f"{output}: scores cannot be written, only MIDI files; give {instead} and open it in a program"
        )
    return numbered(path if suffix in MIDI_SUFFIXES else path.with_name(path.name + MIDI_SUFFIX), takes)


def sounds_of(wav: str | None, takes: int) -> list[Path]:
    """The WAV files to write, one for each take; none where none is asked for."""
    if wav is None:
        return []
    path = Path(wav)
    return numbered(path if path.suffix.lower() in WAV_SUFFIXES else path.with_name(path.name + ".wav"), takes)


def _is_folder(output: str) -> bool:
    return output.endswith(("/", os.sep)) or os.path.isdir(output)
