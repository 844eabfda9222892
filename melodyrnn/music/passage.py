"""Passages of a song as musicians name them: "5-8" are bars, "4.3-5.1" bars with beats; both ends belong to it."""

import re
from dataclasses import dataclass

from melodyrnn.errors import OptionError
from melodyrnn.music.metre import BarLines
from melodyrnn.music.pulses import PULSES_PER_WHOLE

MOST_BARS = 100_000


@dataclass(frozen=True, slots=True)
class Passage:
    """From a bar and beat to another, all counted from 1. Without a beat: from the start, or to the end, of the bar."""

    first_bar: int
    last_bar: int
    first_beat: int | None = None
    last_beat: int | None = None

    @classmethod
    def parse(cls, text: str) -> "Passage":
        """The passage that "5-8", "5", "4.3-5.1" or "4.3-5" names. OptionError for anything else."""
        found = re.fullmatch(r"\s*(\d{1,6})(?:\.(\d{1,3}))?(?:\s*-\s*(\d{1,6})(?:\.(\d{1,3}))?)?\s*", text, re.ASCII)
        numbers = [int(number) if number else None for number in found.groups()] if found else [None]
        first, first_beat, last, last_beat = numbers if found else [None] * 4
        if first is None or 0 in numbers or first > MOST_BARS:
            raise OptionError(
                f"bars {text!a}: must be bars counted from 1, such as 5-8, or with beats, such as 4.3-5.1"
            )
        if last is None:
            last, last_beat = first, first_beat
        if (last, last_beat or MOST_BARS) < (first, first_beat or 1):
            raise OptionError(f"bars {text!a}: the first comes first")
        return cls(first, last, first_beat, last_beat)

    def __str__(self) -> str:
        ends = [
            f"{bar}{f'.{beat}' if beat else ''}"
            for bar, beat in ((self.first_bar, self.first_beat), (self.last_bar, self.last_beat))
        ]
        return ends[0] if ends[0] == ends[1] else "-".join(ends)

    def pulses(self, lines: BarLines, bars: int) -> tuple[int, int]:
        """Where it begins and ends in a song of so many bars. A beat is a note of the time signature's denominator.

        OptionError for bars that the song does not have, or a beat that its bar does not have.
        """
        if self.last_bar > bars:
            raise OptionError(f"bars {self}: there are bars 1 to {bars}")
        start = _beat(lines, self.first_bar, self.first_beat)[0] if self.first_beat else lines.start(self.first_bar - 1)
        end = _beat(lines, self.last_bar, self.last_beat)[1] if self.last_beat else lines.start(self.last_bar)
        return start, end


def _beat(lines: BarLines, bar: int, beat: int) -> tuple[int, int]:
    """Where a beat of a bar begins and ends, both counted from 1."""
    start, end = lines.start(bar - 1), lines.start(bar)
    denominator = lines.signature_at(start).denominator
    in_bar = -(-(end - start) * denominator // PULSES_PER_WHOLE)
    if beat > in_bar:
        raise OptionError(f"beat {bar}.{beat}: bar {bar} has {in_bar} beats")
    first, last = (min(end, start + -(-beats * PULSES_PER_WHOLE // denominator)) for beats in (beat - 1, beat))
    return first, last
