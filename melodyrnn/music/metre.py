"""Time signatures, and the bar lines they draw."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from melodyrnn.arrays import Ints
from melodyrnn.errors import OptionError
from melodyrnn.music.pulses import PULSES_PER_WHOLE

DENOMINATORS = (1, 2, 4, 8, 16, 32, 64)


@dataclass(frozen=True, slots=True, order=True)
class TimeSignature:
    """From `onset_pulses` on, `numerator` notes of 1/`denominator` make a bar. A new signature starts a new bar."""

    onset_pulses: int
    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        if self.onset_pulses < 0:
            raise OptionError(f"a time signature at pulse {self.onset_pulses}: it must be 0 or later")
        if not 1 <= self.numerator <= 255 or self.denominator not in DENOMINATORS:
            raise OptionError(
                f"metre {self.numerator}/{self.denominator}: the numerator must be 1 to 255, "
                f"the denominator one of {', '.join(map(str, DENOMINATORS))}"
            )

    @property
    def bar_pulses(self) -> int:
        """Length of a bar in pulses, rounded up where 1/64 notes do not fill whole pulses."""
        return -(-self.numerator * PULSES_PER_WHOLE // self.denominator)


def beats_a_bar(numerator: int, denominator: int) -> int:
    """4 in 4/4, 2 in 6/8: of eighths or shorter notes whose number is a multiple of 3, three are a beat."""
    return numerator // 3 if denominator >= 8 and numerator % 3 == 0 else numerator


def in_order(time_signatures: Iterable[TimeSignature]) -> tuple[TimeSignature, ...]:
    """Sorted, one a pulse (the last given wins), the first at pulse 0: 4/4 where none is given there."""
    given = tuple(time_signatures)
    if len(given) == 1 and not given[0].onset_pulses:
        return given
    latest = {signature.onset_pulses: signature for signature in (COMMON_TIME, *given)}
    return tuple(latest[onset] for onset in sorted(latest))


def heard_until(time_signatures: tuple[TimeSignature, ...], end: int) -> tuple[TimeSignature, ...]:
    """Those of music that ends at pulse `end`: in order as `in_order` has them, up to the bar line then or after."""
    heard = bisect_right(time_signatures, end, key=lambda signature: signature.onset_pulses)
    if heard == len(time_signatures):
        return time_signatures
    line = BarLines(time_signatures[:heard]).next_line(end)
    return tuple(signature for signature in time_signatures if signature.onset_pulses <= line)


COMMON_TIME = TimeSignature(0, 4, 4)


class BarLines:
    """Bars under changing metre: pulse to (bar, place in the bar) and back, one value or a whole array at a time.

    With `longest_pulses`, a longer bar is cut into stretches of that many pulses, each counted as a bar: how the
    event encoding keeps every place inside a small vocabulary.

    A change of metre inside a bar cuts that bar short. Before the first signature, and with none at all, it is 4/4.
    """

    def __init__(self, time_signatures: Iterable[TimeSignature] = (), longest_pulses: int | None = None) -> None:
        self.time_signatures = in_order(time_signatures)
        self._longest = longest_pulses
        self._onsets = np.array([s.onset_pulses for s in self.time_signatures], np.int64)
        self._wholes = np.array([s.numerator * PULSES_PER_WHOLE for s in self.time_signatures], np.int64)
        self._parts = np.array([s.denominator for s in self.time_signatures], np.int64)
        lengths = np.array([s.bar_pulses for s in self.time_signatures], np.int64)
        self._stretches = np.ones_like(lengths) if longest_pulses is None else -(-lengths // longest_pulses)
        bars, self._change_places = self._within(np.arange(len(lengths) - 1), np.diff(self._onsets))
        self._first_bars = np.concatenate([[0], np.cumsum(bars + (self._change_places > 0))])
        self._change_bars = self._first_bars[:-1] + bars

    def change(self, index: int) -> tuple[int, int]:
        """Where signature `index` takes over, as (bar, place) counted in the metre before it."""
        return (int(self._change_bars[index - 1]), int(self._change_places[index - 1])) if index else (0, 0)

    def _within(self, signature: npt.NDArray[np.intp], offset: Ints) -> tuple[Ints, Ints]:
        bar = offset * self._parts[signature] // self._wholes[signature]
        place = offset - -(-bar * self._wholes[signature] // self._parts[signature])
        if self._longest is None:
            return bar, place
        return bar * self._stretches[signature] + place // self._longest, place % self._longest

    def positions(self, pulses: Ints) -> tuple[Ints, Ints]:
        """(n,) pulses -> (n,) bars counted from 0, (n,) places in pulses after the bar line."""
        pulses = np.asarray(pulses, np.int64)
        signature = np.searchsorted(self._onsets, pulses, side="right") - 1
        bar, place = self._within(signature, pulses - self._onsets[signature])
        return bar + self._first_bars[signature], place

    def position(self, pulse: int) -> tuple[int, int]:
        """One pulse -> (bar, place)."""
        bars, places = self.positions(np.array([pulse]))
        return int(bars[0]), int(places[0])

    def start(self, bar: int) -> int:
        """The pulse at which `bar` begins."""
        signature = int(np.searchsorted(self._first_bars, bar, side="right")) - 1
        bars, stretch = divmod(bar - int(self._first_bars[signature]), int(self._stretches[signature]))
        start = -(-bars * int(self._wholes[signature]) // int(self._parts[signature]))
        return int(self._onsets[signature]) + start + stretch * (self._longest or 0)

    def signature_at(self, pulse: int) -> TimeSignature:
        """The signature in force at `pulse`."""
        return self.time_signatures[int(np.searchsorted(self._onsets, pulse, side="right")) - 1]

    def next_line(self, pulse: int) -> int:
        """The first bar line at or after `pulse`."""
        bar, place = self.position(pulse)
        return pulse if place == 0 else self.start(bar + 1)
