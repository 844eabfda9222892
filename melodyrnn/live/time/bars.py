"""Where the bar lines of some music lie, while its metre may change from any bar on."""

from bisect import bisect_right


class Bars:
    """Bars and pulses both count from 0; before it, too, the first bars lie as far apart. Pulses are of one axis."""

    def __init__(self, bar_pulses: int) -> None:
        self._changes = [(0, 0, bar_pulses)]  # (bar, its pulse, the length of bars from there on), in order

    def change(self, bar: int, bar_pulses: int) -> None:
        """Bars are so long from `bar` on, which is 0 or later. Changes at later bars are forgotten."""
        line = self.line(bar)
        self._changes = [change for change in self._changes if change[0] < bar]
        if not self._changes or self._changes[-1][2] != bar_pulses:
            self._changes.append((bar, line, bar_pulses))

    def line(self, bar: int) -> int:
        """The pulse at which a bar begins."""
        first, line, length = self._at(0, bar)
        return line + (bar - first) * length

    def bar(self, pulse: int) -> int:
        """The bar in which a pulse lies."""
        first, line, length = self._at(1, pulse)
        return first + (pulse - line) // length

    def length(self, bar: int) -> int:
        """The length of a bar in pulses."""
        return self._at(0, bar)[2]

    def next_line(self, pulse: int) -> int:
        """The first bar line at or after a pulse."""
        line = self.line(self.bar(pulse))
        return pulse if line == pulse else self.line(self.bar(pulse) + 1)

    def _at(self, column: int, value: int) -> tuple[int, int, int]:
        """The change in force at a bar (column 0) or a pulse (column 1)."""
        return self._changes[max(0, bisect_right(self._changes, value, key=lambda change: change[column]) - 1)]
