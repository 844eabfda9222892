"""Pitches as musicians write them: C4 is middle C, MIDI number 60."""

import re

from melodyrnn.errors import OptionError
from melodyrnn.music.scales import ACCIDENTALS, LETTERS, Key

PITCH_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")  # where no key says how to spell them


FLATS = {1: "Db", 3: "Eb", 6: "Gb", 8: "Ab", 10: "Bb"}
SHARPS = {6: "F#", 1: "C#", 8: "G#", 3: "D#", 10: "A#"}  # in the order of key signatures


def pitch_name(pitch: int, key: Key | None = None) -> str:
    """60 -> "C4". In a key black keys are named as music in it writes them: those of its signature, with the leading
    tone of a minor key, and the sharps next to these.
    """
    name = PITCH_NAMES[pitch % 12]
    if key and pitch % 12 in FLATS:
        common = key.sharps + (3 if key.mode == "minor" else 2)  # sharps, from F# on
        name = (SHARPS if pitch % 12 in list(SHARPS)[: max(0, common)] else FLATS)[pitch % 12]
    return f"{name}{pitch // 12 - 1}"


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
