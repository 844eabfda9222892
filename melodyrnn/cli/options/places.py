"""Where `generate` reads and writes: files, folders and the standard streams, and names that are completed."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from melodyrnn.errors import OutputError
from melodyrnn.files import numbered, unused

STREAM = "-"  # in place of a file: standard input or output
MIDI_SUFFIX, MIDI_SUFFIXES = ".mid", (".mid", ".midi", ".smf", ".kar")
SOUND_SUFFIXES = (".wav", ".wave", ".mp3", ".ogg", ".opus", ".flac", ".aif", ".aiff", ".m4a", ".aac")
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
    elif output is not None and _is_folder(output) and not os.path.isdir(output):
        raise OutputError(f"{output}: there is no such folder")


def is_named(output: str | None) -> bool:
    """Whether the output is a file, whose name is known before anything is made."""
    return output is not None and output != STREAM and not _is_folder(output)


def targets_of(output: str | None, stem: str, takes: int) -> list[Path]:
    """The files to write: of this name, or new ones of this stem in a folder, which is the current one by default."""
    if output is None or _is_folder(output):
        return unused(stem, takes, Path(output or "."))
    path = Path(output)
    suffix = path.suffix.lower()
    if suffix in SOUND_SUFFIXES + SCORE_SUFFIXES:
        kind = "sound" if suffix in SOUND_SUFFIXES else "scores"
        instead = path.with_suffix(MIDI_SUFFIX)
        raise OutputError(
            f"{output}: {kind} cannot be written, only MIDI files; give {instead} and open it in a program"
        )
    return numbered(path if suffix in MIDI_SUFFIXES else path.with_name(path.name + MIDI_SUFFIX), takes)


def _is_folder(output: str) -> bool:
    return output.endswith(("/", os.sep)) or os.path.isdir(output)
