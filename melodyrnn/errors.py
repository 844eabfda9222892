"""Every exception melodyrnn raises on purpose; the command line turns each into one line and an exit code.

    MelodyRnnError            exit code 1: the work failed
    ├── MidiFileError         a MIDI file cannot be read, or cannot be music
    ├── ModelFileError        a model file is missing, damaged, or not ours
    ├── OutputError           a file cannot be written, or is in the way
    ├── PortError             a MIDI port cannot be opened
    ├── TrainingError         training cannot start or go on
    └── OptionError           exit code 2: the call was wrong (also a ValueError)

Every message says what is wrong, where, and what is legal, on one line.
"""


class MelodyRnnError(Exception):
    """The root: catch it to catch everything melodyrnn raises on purpose."""

    exit_code = 1


class MidiFileError(MelodyRnnError):
    """A MIDI file cannot be read, or holds no music."""


class ModelFileError(MelodyRnnError):
    """A model file is missing, damaged, or not one of melodyrnn's."""


class OutputError(MelodyRnnError):
    """A file cannot be written, or another file is in the way."""


class PortError(MelodyRnnError):
    """A MIDI port cannot be opened or used."""


class TrainingError(MelodyRnnError):
    """Training cannot start or cannot go on."""


class OptionError(MelodyRnnError, ValueError):
    """A value given by the caller is outside what is legal."""

    exit_code = 2
