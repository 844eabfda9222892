"""What sounds, until when, and how much of each pitch class was heard lately: the harmony, and the key, of any music.

A model that draws a pitch can read the pitch classes turned so that the pitch's own comes first: it then judges "the
fifth of what sounds" or "foreign to the last bars" alike in all keys, and needs no name for any of them.
"""

import math

from melodyrnn.music.pulses import PULSES_PER_QUARTER

FADES = (3 * PULSES_PER_QUARTER, 32 * PULSES_PER_QUARTER)  # pulses to 1/e: the harmony of now, the key
LONGEST_WEIGHED = 4 * PULSES_PER_QUARTER  # pulses of a note that count
MOST_SOUNDING = 32  # notes
MOST_AGES = 100  # fades after which all weights are brought down
UNIT = 64  # a pitch class that is all there is, or that sounds


class HeardHarmony:
    """Follows the melodic notes of all parts."""

    def __init__(self) -> None:
        self._sounding: list[tuple[int, int]] = []  # end in pulses, pitch class
        self._heard = [[0.0] * 12 for _ in FADES]
        self._since = [0 for _ in FADES]  # the pulse at which a note has the weight of its duration; later ones more

    def push(self, pitch: int, pulse: int, duration_pulses: int) -> None:
        """Take in a note that begins at `pulse`."""
        name = pitch % 12
        for i, fade in enumerate(FADES):
            age = (pulse - self._since[i]) / fade
            if age > MOST_AGES:  # before the numbers grow too large
                self._heard[i] = [weight * math.exp(-age) for weight in self._heard[i]]
                self._since[i], age = pulse, 0.0
            self._heard[i][name] += math.exp(age) * min(duration_pulses, LONGEST_WEIGHED)
        self._sounding = [note for note in self._sounding if note[0] > pulse][1 - MOST_SOUNDING :]
        self._sounding.append((pulse + duration_pulses, name))

    def sounding(self, pulse: int) -> set[int]:
        """The pitch classes that go on sounding at `pulse`."""
        return {name for end, name in self._sounding if end > pulse}

    def ends(self, pulse: int) -> tuple[int, ...]:
        """The pulses at which the first and the last of the notes end that sound at `pulse`; -1 if none does."""
        ends = [end for end, _ in self._sounding if end > pulse]
        return (min(ends), max(ends)) if ends else (-1, -1)

    def pitch_classes(self, pulse: int) -> list[int]:
        """Numbers from 0 to UNIT as a note at `pulse` finds them: 12 for what sounds, and for each of FADES 12 more,
        the roots of the shares of each pitch class.
        """
        numbers = [0] * 12
        for name in self.sounding(pulse):
            numbers[name] = UNIT
        for heard in self._heard:
            total = math.fsum(heard)  # exact, so that no key is rounded otherwise than another
            unit = UNIT / math.sqrt(total) if total else 0.0
            numbers += [int(unit * math.sqrt(weight) + 0.5) if weight else 0 for weight in heard]
        return numbers
