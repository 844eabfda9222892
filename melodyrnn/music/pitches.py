"""Pitches as musicians write them: C4 is middle C, MIDI number 60."""

import re

from melodyrnn.errors import OptionError
from melodyrnn.music.pitch_classes import ACCIDENTALS, FLATS, LETTERS, PITCH_NAMES, SHARPS
from melodyrnn.music.scales import Key


def pitch_class_name(pitch: int, key: Key | None = None) -> str:
    """1 -> "C#", in F minor "Db". In a key black keys are named as music in it writes them: those of its signature,
    with the leading tone of a minor key, and the sharps next to these.
    """
    name = PITCH_NAMES[pitch % 12]
    if key and pitch % 12 in FLATS:
        common = key.sharps + (3 if key.mode.endswith("minor") else 2)  # sharps, from F# on
        name = (SHARPS if pitch % 12 in list(SHARPS)[: max(0, common)] else FLATS)[pitch % 12]
    return name


def pitch_name(pitch: int, key: Key | None = None) -> str:
    """60 -> "C4", spelled as in the key."""
    return f"{pitch_class_name(pitch, key)}{pitch // 12 - 1}"


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
