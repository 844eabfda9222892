"""What keeps a piece from going in circles, its key from being lost and its parts from falling silent."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from melodyrnn.encoding.events import DRUM, END, LONGEST_NOTE, PART
from melodyrnn.music.pulses import PULSES_PER_QUARTER

Floats = npt.NDArray[np.float32]

PATTERNS = (1, 2, 4, 8)  # bars
MOST_TIMES = 3  # in a row. In 80 folk tunes, 39 chorales and 80 songs no such pattern is played as often in full
AGAIN_NATS = 2.0  # what each note of a pattern played once more costs; its last note may not come

SCALE_PULSES = 40 * PULSES_PER_QUARTER  # over which what is known of the scale fades to 1/e
SCALE_KNOWN = 12  # notes before which nothing is
FOREIGN_SHARE = 0.03  # of all duration; a pitch class with less is foreign to the scale
FOREIGN_NATS = 0.8  # what a note costs that was never heard
LONGEST_WEIGHED = 2 * PULSES_PER_QUARTER  # pulses of a note that count
SILENCE_NATS = 4.0  # what a beat of silence costs beyond the longest there was
MOST_SILENT_BEATS, MOST_OF_A_KIT = 1, 2  # that cost; of 80 takes of a kit three fell silent for a bar while it was 1
_CLASSES = np.arange(DRUM) % 12

MEMORY_PULSES = 8 * PULSES_PER_QUARTER  # over which the presence of a part fades to 1/e
SETTLED_PULSES = MEMORY_PULSES // 2  # before which it is not known how present a part is
PRESENCE_POWER = 3.0  # of the missing factor, by which odds are multiplied
MOST_MISSING = 8.0  # the largest factor that counts
MOST_HURRY = 4.0


class Loops:
    """Follows what each bar holds. A pattern of 1, 2, 4 or 8 bars that came three times in a row must change.

    Where the seed itself repeats a pattern more often, it may go on.
    """

    def __init__(self) -> None:
        self._bars: list[tuple[tuple[int, ...], ...]] = []  # the last whole ones: (place, part, pitch, duration)
        self._now: list[tuple[int, ...]] = []
        self._bar = 0
        self._runs = dict.fromkeys(PATTERNS, 0)  # bars in a row that equal the bar so many before
        self._most = {bars: (MOST_TIMES - 1) * bars for bars in PATTERNS}
        self._bounded = set(PATTERNS)

    def push(self, event: Sequence[int], bar: int) -> None:
        """Take in an event that stands in `bar`."""
        while self._bar < bar:
            self._runs = self._runs_after(tuple(self._now))
            self._bars = [*self._bars[1 - PATTERNS[-1] :], tuple(self._now)]
            self._now = []
            self._bar += 1
        _, place, part, pitch, duration, _ = event
        if pitch < END:
            self._now.append((place, part, pitch, duration))

    def allow(self) -> None:
        """What was heard so far is given: patterns that it repeats too often may be repeated."""
        runs = self._runs_after(tuple(self._now))
        often = {bars for bars in PATTERNS if runs[bars] >= self._most[bars]}
        self._bounded = {bars for bars in PATTERNS if all(bars % pattern for pattern in often)}

    def _runs_after(self, now: tuple[tuple[int, ...], ...]) -> dict[int, int]:
        """How long the runs are once a bar of these notes is over."""
        return {
            bars: run + 1 if now and len(self._bars) >= bars and self._bars[-bars] == now else 0
            for bars, run in self._runs.items()
        }

    def discourage(self, logits: Floats, bars: int, place: int, part: int) -> None:
        """Lower the pitches, in place, that would play a pattern a fourth time, at this place `bars` further on."""
        if bars > 1:
            return
        now, runs, past = self._now, self._runs, self._bars
        if bars:
            now, runs, past = [], self._runs_after(tuple(self._now)), [*self._bars, tuple(self._now)]
        for pattern in self._bounded:
            if runs[pattern] < self._most[pattern]:
                continue
            again = past[-pattern]
            if len(now) < len(again) and list(again[: len(now)]) == now and again[len(now)][:2] == (place, part):
                logits[again[len(now)][2]] -= AGAIN_NATS if len(now) + 1 < len(again) else 30 * AGAIN_NATS


class Tonality:
    """How much of late each pitch class sounds. A note outside the scale is easily drawn by chance; the music then
    goes on in the key it hints at. So what was hardly heard costs the more the less it was.
    """

    def __init__(self) -> None:
        self._shares = np.zeros(12)
        self._notes = self._pulse = 0

    def push(self, event: Sequence[int], pulse: int) -> None:
        """Take in an event at `pulse`."""
        _, _, _, pitch, duration, velocity = event
        if pitch < DRUM and velocity:
            self._shares *= math.exp((self._pulse - pulse) / SCALE_PULSES)
            self._pulse = pulse
            self._shares[pitch % 12] += min(duration or LONGEST_NOTE, LONGEST_WEIGHED)
            self._notes += 1

    def discourage(self, logits: Floats) -> None:
        """Lower the melodic pitches, in place, that are foreign."""
        if self._notes < SCALE_KNOWN:
            return
        share = self._shares / self._shares.sum()
        cost = FOREIGN_NATS * np.maximum(0, 1 - share / FOREIGN_SHARE)
        logits[:DRUM] -= cost.astype(np.float32)[_CLASSES]


class Silences:
    """How long nothing sounded, at the most. Longer silences are rarer than they are drawn, and cost."""

    def __init__(self) -> None:
        self._end: int | None = None
        self._longest = 0
        self._most = MOST_SILENT_BEATS

    def push(self, event: Sequence[int], pulse: int) -> None:
        """Take in an event at `pulse`."""
        _, _, _, pitch, duration, velocity = event
        if pitch < END and velocity:
            self._most = MOST_SILENT_BEATS if pitch < DRUM else MOST_OF_A_KIT
            if self._end is not None:
                self._longest = max(self._longest, pulse - self._end)
            self._end = max(self._end or 0, pulse + (duration or LONGEST_NOTE))

    def discourage(self, logits: Floats, first: int, apart: int) -> None:
        """Lower, in place, what would let the next note begin too late: at `first`, or pulses `apart` after that."""
        if self._end is not None:
            silence = np.arange(len(logits)) * apart + (first - self._end - self._longest)
            logits -= (SILENCE_NATS * np.clip(silence / PULSES_PER_QUARTER, 0, self._most)).astype(np.float32)


class Presence:
    """How present each part is: its onsets of late, fading. Where a part becomes rarer than the seed ever let it be,
    its odds rise; where all together do, so do those of soon.
    """

    def __init__(self) -> None:
        self._levels = np.zeros(0)  # one a part, the last one for all together
        self._floors: npt.NDArray[np.float64] | None = None
        self._lowest = np.zeros(0)
        self._pulse = 0
        self._onsets: set[int] = set()

    def push(self, event: Sequence[int], pulse: int) -> None:
        """Take in an event at `pulse`."""
        _, _, part, pitch, _, velocity = event
        if pitch >= PART:
            self._levels, self._lowest = np.zeros(part + 2), np.full(part + 2, np.inf)
        elif pitch < END and velocity:
            if pulse > self._pulse:
                self._rest(pulse)
            if part not in self._onsets:  # a chord counts once
                self._levels[[part, -1] if not self._onsets else [part]] += 1
                self._onsets.add(part)

    def _rest(self, pulse: int) -> None:
        self._levels = self._at(pulse)
        self._pulse, self._onsets = pulse, set()
        if pulse >= SETTLED_PULSES:
            self._lowest = np.minimum(self._lowest, self._levels / -np.expm1(-pulse / MEMORY_PULSES))

    def _at(self, pulse: int) -> npt.NDArray[np.float64]:
        faded: npt.NDArray[np.float64] = self._levels * math.exp((self._pulse - pulse) / MEMORY_PULSES)
        return faded

    def keep(self, pulse: int) -> None:
        """From here on, `pulse`, no part is to be rarer than it ever was."""
        self._rest(max(pulse, self._pulse))
        self._floors = np.where(np.isfinite(self._lowest), self._lowest, 0)

    def _missing(self, pulse: int, density: float) -> npt.NDArray[np.float64]:
        """By which factor each part, and all together, are rarer than they should be; 1 where they are not."""
        if self._floors is None:
            return np.ones_like(self._levels)
        settled = -math.expm1(-max(pulse, 1) / MEMORY_PULSES)
        wanted = self._floors * min(density, 1) * settled
        return np.clip(wanted / np.maximum(self._at(pulse), 1e-9), 1, MOST_MISSING)

    def hurry(self, density: float) -> float:
        """By which factor the music is to become denser."""
        if self._floors is None:
            return 1.0
        return float(min(self._missing(self._pulse, density)[-1] ** PRESENCE_POWER, MOST_HURRY))

    def encourage(self, logits: Floats, pulse: int, density: float) -> None:
        """Raise, in place, the parts that are missing at `pulse`."""
        if self._floors is not None:
            missing = self._missing(pulse, density)[:-1]
            logits[: len(missing)] += (PRESENCE_POWER * np.log(missing)).astype(np.float32)
