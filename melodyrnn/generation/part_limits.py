"""What is asked of single parts of a seed: the range and the density of each, as a user writes them."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from melodyrnn.errors import OptionError
from melodyrnn.generation.seed import Seed
from melodyrnn.music.naming import listed, tracks_called
from melodyrnn.music.pitches import parse_pitch
from melodyrnn.options import DENSITY, PART_DENSITY, PART_RANGE, Option


def part_ranges(asked: Iterable[str], seed: Seed | None) -> tuple[tuple[int, int, int], ...]:
    """(part, lowest, highest pitch) for each text such as "Bass=E1-E3". OptionError for what the seed does not have."""
    found = list[tuple[int, int, int]]()
    for text, part in _by_part(PART_RANGE, asked, seed):
        pitches = re.fullmatch(r"\s*(\S*?\d)\s*-\s*(\S+)\s*", text.rpartition("=")[2])
        if pitches is None:
            raise OptionError(f"{PART_RANGE} {text!a}: must be PART=LOWEST-HIGHEST, such as Bass=E1-E3")
        if seed and seed.song.tracks[part].is_drum:
            raise OptionError(f"{PART_RANGE} {text!a}: drums have no lowest and highest pitch")
        found.append((part, parse_pitch(pitches[1]), parse_pitch(pitches[2])))
    return tuple(found)


def part_densities(asked: Iterable[str], seed: Seed | None) -> tuple[tuple[int, float], ...]:
    """(part, density) for each text such as "Drums=0.5". OptionError for what the seed does not have."""
    found = list[tuple[int, float]]()
    for text, part in _by_part(PART_DENSITY, asked, seed):
        try:
            density = float(text.rpartition("=")[2])
        except ValueError:
            raise OptionError(f"{PART_DENSITY} {text!a}: must be PART=NUMBER, such as Drums=0.5") from None
        if density > 1 and seed and len(seed.song.tracks[part]):
            raise OptionError(
                f"{PART_DENSITY} {text!a}: a part that is there can only be thinned, 0.1 to 1; {DENSITY} {density:g} "
                "has more notes of all parts"
            )
        found.append((part, density))
    return tuple(found)


def _by_part(option: Option[Any], asked: Iterable[str], seed: Seed | None) -> Iterator[tuple[str, int]]:
    """Each text, and the number of each part that it names before its last =. OptionError for a part named twice."""
    named = dict[int, str]()
    for text in asked:
        if seed is None:
            raise OptionError(f"{option} {text!a}: names a part of the seed, and there is no seed")
        found = tracks_called(seed.song.tracks, text.rpartition("=")[0])
        if not found:
            raise OptionError(f"{option} {text!a}: the parts are {listed(seed.song.tracks)}")
        for part in found:
            if part in named:
                raise OptionError(f"{option} {text!a}: {named[part]!a} says something else of the same part")
            named[part] = text
            yield text, part
