"""Every exception melodyrnn raises on purpose; the command line turns each into one line and an exit code.

    MelodyRnnError            exit code 1: the work failed
    ├── MidiFileError         a MIDI file cannot be read, or cannot be music
    ├── ModelFileError        a model file is missing, damaged, or not ours
    ├── OutputError           a file cannot be written, or is in the way
    ├── PortError             a MIDI port cannot be opened
    ├── PluginError           the plugin cannot be built, installed, or reached by its engine
    ├── SoundError            music cannot be made to sound: a program or a sound font is missing
    ├── StudioError           the studio cannot start, or not answer a call
    ├── TrainingError         training cannot start or go on
    └── OptionError           exit code 2: the call was wrong (also a ValueError)

Every message says what is wrong, where, and what is legal, on one line: what it names may be called anything.
"""

import re
from collections.abc import Callable

# Control characters, line ends, what turns text around, and bytes of a file name that are no text.
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def one_line(text: str) -> str:
    """Text of any origin as it can be printed: on one line, and doing nothing to a terminal."""
    return UNPRINTABLE.sub(lambda found: ascii(found[0])[1:-1], text)


# An option in the text of an error, which each way in spells as it calls the option.
NAMED = re.compile(r"\x1f([a-z_]+(?:=False)?)\x1f")


def named(option: str) -> str:
    """The name of an option as it stands in the text of an OptionError; "with_seed=False" is a flag that is off."""
    return f"\x1f{option}\x1f"


def count(number: float, unit: str) -> str:
    """1, "bar" -> "1 bar"; 2, "bar" -> "2 bars"."""
    return f"{number if isinstance(number, int) else f'{number:g}'} {unit}{'' if number == 1 else 's'}"


class MelodyRnnError(Exception):
    """The root: catch it to catch everything melodyrnn raises on purpose."""

    exit_code = 1

    def __str__(self) -> str:
        return one_line(super().__str__())


class MidiFileError(MelodyRnnError):
    """A MIDI file cannot be read, or holds no music."""


class ModelFileError(MelodyRnnError):
    """A model file is missing, damaged, or not one of melodyrnn's."""


class OutputError(MelodyRnnError):
    """A file cannot be written, or another file is in the way."""


class PortError(MelodyRnnError):
    """A MIDI port cannot be opened or used."""


class PluginError(MelodyRnnError):
    """The plugin cannot be built or installed, or its engine cannot reach it."""


class SoundError(MelodyRnnError):
    """FluidSynth or a sound font is missing, or the program fails."""


class StudioError(MelodyRnnError):
    """The studio cannot start, or cannot answer a call: then `status` is that of the answer."""

    def __init__(self, message: str, status: int = 500) -> None:
        super().__init__(message)
        self.status = status


class TrainingError(MelodyRnnError):
    """Training cannot start or cannot go on."""


class OptionError(MelodyRnnError, ValueError):
    """A value given by the caller is outside what is legal.

    It calls options as Python does; `spelled` calls them as another way in does.
    """

    exit_code = 2

    def __str__(self) -> str:
        return self.spelled(str)

    def spelled(self, spell: Callable[[str], str]) -> str:
        """The message with each option that it names as `spell` writes it."""
        return one_line(NAMED.sub(lambda found: spell(found[1]), ValueError.__str__(self)))
