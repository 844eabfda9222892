"""What is asked of single parts of a seed: the range and the density of each, as a user writes them."""

import re
from collections.abc import Iterable, Iterator

from melodyrnn.errors import OptionError
from melodyrnn.generation.seed import Seed
from melodyrnn.music.naming import listed, tracks_called
from melodyrnn.music.pitches import parse_pitch


def part_ranges(asked: Iterable[str], seed: Seed | None) -> tuple[tuple[int, int, int], ...]:
    """(part, lowest, highest pitch) for each text such as "Bass=E1-E3". OptionError for what the seed does not have."""
    found = list[tuple[int, int, int]]()
    for text in asked:
        pitches = re.fullmatch(r"\s*(\S*?\d)\s*-\s*(\S+)\s*", text.rpartition("=")[2])
        if pitches is None:
            raise OptionError(f"range {text!a}: must be PART=LOWEST-HIGHEST, such as Bass=E1-E3")
        low, high = parse_pitch(pitches[1]), parse_pitch(pitches[2])
        for part in _parts("range", text, seed):
            if seed and seed.song.tracks[part].is_drum:
                raise OptionError(f"range {text!a}: drums have no lowest and highest pitch")
            found.append((part, low, high))
    return tuple(found)


def part_densities(asked: Iterable[str], seed: Seed | None) -> tuple[tuple[int, float], ...]:
    """(part, density) for each text such as "Drums=0.5". OptionError for what the seed does not have."""
    found = list[tuple[int, float]]()
    for text in asked:
        try:
            density = float(text.rpartition("=")[2])
        except ValueError:
            raise OptionError(f"density {text!a}: must be PART=NUMBER, such as Drums=0.5") from None
        found += [(part, density) for part in _parts("density", text, seed)]
    return tuple(found)


def _parts(what: str, text: str, seed: Seed | None) -> Iterator[int]:
    """The numbers of the parts that a text names before its last =."""
    if seed is None:
        raise OptionError(f"{what} {text!a}: names a part of the seed, and there is no seed")
    found = tracks_called(seed.song.tracks, text.rpartition("=")[0])
    if not found:
        raise OptionError(f"{what} {text!a}: the parts are {listed(seed.song.tracks)}")
    yield from found
