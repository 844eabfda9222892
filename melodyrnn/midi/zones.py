"""Zones of MIDI polyphonic expression (MPE): channels of a track that are one instrument, a note or two on each.

From "MIDI Polyphonic Expression", version 1.0 of the MIDI Manufacturers Association (2018). A zone is announced by
registered parameter 6 on its master channel, 1 or 16, whose value is the number of member channels after or before it.
A zone that is not announced is found by its notes: each channel bends, or changes its timbre, and none has a program.
"""

from collections.abc import Container, Iterable, Mapping, Sequence

DATA_ENTRY, PARAMETER_LOW, PARAMETER_HIGH = 6, 100, 101  # controls
ZONE_PARAMETER = (0, 6)  # its high and low byte
LOWER_MASTER, UPPER_MASTER = 0, 15  # channels, from 0
LEAST_CHANNELS = 3  # with notes, of a zone that is not announced
MOST_MEMBERS = 15


def announced_zones(controls: Iterable[tuple[int, int, int]]) -> dict[int, int]:
    """(channel, control, value), in order of time -> the master channel of each channel of a zone. Zones that end again
    count: they held while there were notes.
    """
    parameters: dict[int, dict[int, int]] = {}
    masters: dict[int, int] = {}
    for channel, control, value in controls:
        if control in (PARAMETER_LOW, PARAMETER_HIGH):
            parameters.setdefault(channel, {})[control] = value
        elif control == DATA_ENTRY and channel in (LOWER_MASTER, UPPER_MASTER):
            chosen = parameters.get(channel, {})
            if (chosen.get(PARAMETER_HIGH), chosen.get(PARAMETER_LOW)) == ZONE_PARAMETER and 0 < value <= MOST_MEMBERS:
                step = 1 if channel == LOWER_MASTER else -1
                masters.update({channel + step * i: channel for i in range(value + 1)})
    return masters


def found_zone(
    notes: Mapping[int, Sequence[tuple[int, int, int, int]]], expressive: Container[int], programs: Iterable[int]
) -> dict[int, int]:
    """The channels of a track that are one instrument though nothing announces it, and their master. Empty for none.

    `notes`: of each channel (onset, end, pitch, velocity), by onset; `expressive`: the channels that bend or
    change their timbre; `programs`: those with a program.
    """
    members = [channel for channel in notes if channel != LOWER_MASTER]
    if (
        len(members) < LEAST_CHANNELS
        or set(members) & set(programs)
        or not all(channel in expressive for channel in members)
    ):
        return {}
    for channel in members:
        ends = [end for _, end, _, _ in notes[channel]]
        if any(note[0] < end for note, end in zip(notes[channel][1:], ends, strict=False)):
            return {}
    return dict.fromkeys((LOWER_MASTER, *members), LOWER_MASTER)
