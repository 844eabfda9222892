"""Pitches as musicians write them: C4 is middle C, MIDI number 60."""

import re

from melodyrnn.errors import OptionError
from melodyrnn.music.scales import ACCIDENTALS, LETTERS

PITCH_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")  # where no key says how to spell them


def pitch_name(pitch: int) -> str:
    """60 -> "C4"."""
    return f"{PITCH_NAMES[pitch % 12]}{pitch // 12 - 1}"


def parse_pitch(text: str) -> int:
    """The MIDI number of a number from 0 to 127 or a name such as C4, F#3, Bb-1. OptionError for anything else."""
    match = re.fullmatch(r"([A-Ga-g])([#b♯♭]?)(-?\d)", text.strip())
    if match:
        pitch = 12 * (int(match[3]) + 1) + LETTERS[match[1].upper()] + ACCIDENTALS[match[2]]
    else:
        pitch = int(text) if re.fullmatch(r"\s*[0-9]{1,3}\s*", text) else -1
    if not 0 <= pitch <= 127:
        raise OptionError(f"pitch {text!a}: must be 0 to 127, or a name from C-1 to G9 (C4 is middle C, 60)")
    return pitch
