"""Which MIDI channel plays which part: one rule, for files and for live playing.

A port has 16 channels, of which the tenth is for drums. While there are at most 15 melodic parts each has a channel of
its own. More of them share the numbers of channels, those of one program first, and are told apart by their ports: a
file says the port of each track, so that a program which reads it has every part for itself; a player that knows no
ports, or plays live into one, still plays each part in its program. Each kit has a port of its own, too.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

DRUM_CHANNEL = 9  # counted from 0
MELODIC_CHANNELS = (*range(9), *range(10, 16))
PORTS = 128  # that a file can name


class Place(NamedTuple):
    """A channel, 0 to 15, of a port, 0 to 127."""

    port: int
    channel: int


def places(parts: Sequence[tuple[int, bool]]) -> list[Place]:
    """Where each part plays, of which the program is given, and whether it is drums."""
    kits = list(dict.fromkeys(program for program, is_drum in parts if is_drum))
    crowded = sum(not is_drum for _, is_drum in parts) > len(MELODIC_CHANNELS)
    owners = [program if crowded else i for i, (program, _) in enumerate(parts)]
    melodic = dict.fromkeys(owner for owner, (_, is_drum) in zip(owners, parts, strict=True) if not is_drum)
    channels = {owner: MELODIC_CHANNELS[n % len(MELODIC_CHANNELS)] for n, owner in enumerate(melodic)}
    found, taken = list[Place](), Counter[int]()
    for owner, (program, is_drum) in zip(owners, parts, strict=True):
        if is_drum:
            found.append(Place(kits.index(program) % PORTS, DRUM_CHANNEL))
        else:
            channel = channels[owner]
            found.append(Place(taken[channel] % PORTS, channel))
            taken[channel] += 1
    return found


def shares_its_channel(parts: Sequence[tuple[int, bool]]) -> list[bool]:
    """Whether each part's number of a channel is also that of another program, on another port."""
    numbers = [place.channel for place in places(parts)]
    programs: dict[int, set[int]] = {}
    for number, (program, _) in zip(numbers, parts, strict=True):
        programs.setdefault(number, set()).add(program)
    return [len(programs[number]) > 1 for number in numbers]
