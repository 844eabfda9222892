"""Pitches as musicians write them: C4 is middle C, MIDI number 60."""

import re

import click


def parse_pitch(text: str) -> int:
    """The MIDI number of a number from 0 to 127 or a name such as C4, F#3, Bb-1; a usage error if it is neither."""
    from melodyrnn.music.scales import ACCIDENTALS, LETTERS  # here: `--help` need not wait for numpy

    match = re.fullmatch(r"([A-Ga-g])([#b♯♭]?)(-?\d)", text.strip())
    if match:
        pitch = 12 * (int(match[3]) + 1) + LETTERS[match[1].upper()] + ACCIDENTALS[match[2]]
    else:
        pitch = int(text) if re.fullmatch(r"\s*[0-9]{1,3}\s*", text) else -1
    if not 0 <= pitch <= 127:
        raise click.BadParameter(f"{text!r} must be 0 to 127, or a name from C-1 to G9 (C4 is middle C, 60)")
    return pitch
