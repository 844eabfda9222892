"""Pitch classes as musicians write them: C is 0, C sharp and D flat are 1, B is 11."""

import re

from melodyrnn.errors import OptionError

LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
ACCIDENTALS = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}
NOTE = "[A-G][#b♯♭]?"  # a regular expression

PITCH_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")  # where no key says how to spell them
FLATS = {1: "Db", 3: "Eb", 6: "Gb", 8: "Ab", 10: "Bb"}
SHARPS = {6: "F#", 1: "C#", 8: "G#", 3: "D#", 10: "A#"}  # in the order of key signatures


def pitch_class(text: str) -> int:
    """The pitch class of a note name without an octave: "Eb" is 3. OptionError for anything else."""
    if not re.fullmatch(NOTE, text):
        raise OptionError(f"note {text!a}: must be a letter A to G, with # or b if need be")
    return (LETTERS[text[0]] + ACCIDENTALS[text[1:]]) % 12
