"""What came out of the plugin as notes, and what should have come out."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import NamedTuple

from plugin.pattern_engine import pattern

from melodyrnn.plugin.host import Message


class Sounded(NamedTuple):
    """A note as it sounded, in frames."""

    start: int
    end: int
    channel: int
    pitch: int
    velocity: int


def sounded(messages: Iterable[Message]) -> list[Sounded]:
    """The notes of messages, in order of start. Fails unless every note-on is paid by one note-off, in order."""
    notes, sounding, before = list[Sounded](), dict[tuple[int, int], tuple[int, int]](), -1
    for frame, data in messages:
        assert frame >= before
        before = frame
        key = data[0] & 15, data[1]
        if data[0] & 0xF0 == 0x90:
            assert key not in sounding, f"{key} sounds already at frame {frame}"
            sounding[key] = frame, data[2]
        elif data[0] & 0xF0 == 0x80:
            start, velocity = sounding.pop(key)
            notes.append(Sounded(start, frame, *key, velocity))
    assert not sounding, f"without an end: {sounding}"
    return sorted(notes)


def starts(notes: Iterable[Sounded]) -> list[tuple[int, int, int, int]]:
    """When each begins, channel, pitch and velocity."""
    return sorted((note.start, note.channel, note.pitch, note.velocity) for note in notes)


def expected_starts(
    first: int,
    last: int,
    start: int,
    *,
    bpm: float = 120,
    metre: tuple[int, int] = (4, 4),
    rate: int = 48000,
    part: int = 0,
) -> Iterator[tuple[int, int, int, int]]:
    """The same of the pattern's bars first to last, when bar `first` begins at frame `start`. A pitch sounds once."""
    bar_pulses = Fraction(96 * metre[0], metre[1])
    frames_a_pulse = Fraction(rate * 60) / (Fraction(bpm) * 24)
    for bar in range(first, last + 1):
        at = start + (bar - first) * bar_pulses * frames_a_pulse
        found = {}
        for onset, _, channel, pitch, velocity in pattern(bar, float(bar_pulses), part):
            exact = at + Fraction(onset) * frames_a_pulse
            found[int(exact + Fraction(1, 2)), channel, pitch] = velocity
        yield from sorted((*key, velocity) for key, velocity in found.items())
