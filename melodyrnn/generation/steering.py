"""Steering: what is added to the network's logits, in nats, before a field is drawn. One row of TERMS is one term.

A term follows the events of its stream and returns an array of nats for the fields in which it counts, or None where it
has nothing to add. Its constants are defaults: a model file may carry those that the model was tuned with.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from melodyrnn.arrays import Doubles, Floats
from melodyrnn.encoding.events import DRUM, DURATIONS, END, FIELDS, LONGEST_NOTE, PART, SIZES, Cursor
from melodyrnn.music.pulses import PULSES_PER_QUARTER

Constants = Mapping[str, float]
BarNotes = tuple[tuple[int, int, int, int], ...]  # place, part, pitch and duration of each note of a bar

PATTERN_BARS = (1, 2, 4, 8)
MAX_CHORD_NATS = math.log(4)


class Step(NamedTuple):
    """The field that is about to be drawn: those `drawn` before it, the cursor at the last event, and what is asked."""

    field: str
    drawn: Sequence[int]
    cursor: Cursor
    density: float = 1.0
    bias: Sequence[int] = ()
    bias_nats: float = 0.0

    @property
    def pulse(self) -> int:
        """Where the event stands, once its bars and place are drawn."""
        return self.cursor.bar_start(self.cursor.bar + self.drawn[0]) + self.drawn[1]


class Follower(Protocol):
    """One term in one stream."""

    def push(self, event: Sequence[int], cursor: Cursor, /) -> None:
        """Take in an event that the cursor has just moved to."""

    def mark_as_seed(self, cursor: Cursor, /) -> None:
        """The events taken in so far are given music."""

    def nats(self, step: Step, /) -> Floats | None:
        """(size,) nats to add to the field's logits, or None."""


class Repetition:
    """A pattern of 1, 2, 4 or 8 bars that came `most_times` in a row must change, unless the seed repeats it longer.

    Each note of a pattern played once more costs `nats_a_note`; the last note, which would complete it, far more.
    """

    def __init__(self, constants: Constants) -> None:
        self._nats, self._last_nats = constants["nats_a_note"], constants["nats_last_note"]
        self._bars: list[BarNotes] = []  # the last whole ones
        self._now: list[tuple[int, int, int, int]] = []
        self._bar = 0
        self._runs = dict.fromkeys(PATTERN_BARS, 0)  # bars in a row that equal the bar so many before
        self._most = {bars: (constants["most_times"] - 1) * bars for bars in PATTERN_BARS}
        self._bounded = frozenset(PATTERN_BARS)

    def push(self, event: Sequence[int], cursor: Cursor) -> None:
        """As Follower says."""
        while self._bar < cursor.bar:
            self._runs = self._runs_after(tuple(self._now))
            self._bars = [*self._bars[1 - PATTERN_BARS[-1] :], tuple(self._now)]
            self._now = []
            self._bar += 1
        _, place, part, pitch, duration, _ = event
        if pitch < END:
            self._now.append((place, part, pitch, duration))

    def mark_as_seed(self, _: Cursor) -> None:
        """As Follower says. Patterns that the seed repeats too often may be repeated."""
        runs = self._runs_after(tuple(self._now))
        often = {bars for bars in PATTERN_BARS if runs[bars] >= self._most[bars]}
        self._bounded = frozenset(bars for bars in PATTERN_BARS if all(bars % pattern for pattern in often))

    def _runs_after(self, now: BarNotes) -> dict[int, int]:
        """How long the runs are once a bar of these notes is over."""
        return {
            bars: run + 1 if now and len(self._bars) >= bars and self._bars[-bars] == now else 0
            for bars, run in self._runs.items()
        }

    def nats(self, step: Step) -> Floats | None:
        """As Follower says: of the pitches that would go on with a pattern that came too often."""
        bars, place, part = step.drawn
        if bars > 1:
            return None
        now, runs, past = self._now, self._runs, self._bars
        if bars:
            now, runs, past = [], self._runs_after(tuple(self._now)), [*self._bars, tuple(self._now)]
        result: Floats | None = None
        for pattern in self._bounded:
            if runs[pattern] < self._most[pattern]:
                continue
            again, count = past[-pattern], len(now)
            if count < len(again) and list(again[:count]) == now and again[count][:2] == (place, part):
                if result is None:
                    result = np.zeros(SIZES[FIELDS.index("pitch")], np.float32)
                result[again[count][2]] -= self._nats if count + 1 < len(again) else self._last_nats
        return result


class OutOfScale:
    """A note outside the scale that is drawn by chance can pull the piece into another key.

    Pitch classes that have hardly sounded of late cost up to `nats`, in proportion to what they lack of `least_share`.
    """

    _CLASSES = np.arange(DRUM) % 12

    def __init__(self, constants: Constants) -> None:
        self._constants = constants
        self._shares = np.zeros(12)
        self._notes = self._pulse = 0

    def push(self, event: Sequence[int], cursor: Cursor) -> None:
        """As Follower says."""
        _, _, _, pitch, duration, velocity = event
        if pitch < DRUM and velocity:
            fade = self._constants["fade_beats"] * PULSES_PER_QUARTER
            self._shares = self._shares * math.exp((self._pulse - cursor.pulse) / fade)
            self._pulse = cursor.pulse
            longest = self._constants["longest_beats"] * PULSES_PER_QUARTER
            self._shares[pitch % 12] += min(duration or LONGEST_NOTE, longest)
            self._notes += 1

    def mark_as_seed(self, _: Cursor) -> None:
        """As Follower says: the scale goes on."""

    def nats(self, _: Step) -> Floats | None:
        """As Follower says, of melodic pitches."""
        if self._notes < self._constants["least_notes"]:
            return None
        lacks = np.maximum(0, 1 - self._shares / (self._shares.sum() * self._constants["least_share"]))
        result = np.zeros(SIZES[FIELDS.index("pitch")], np.float32)
        result[:DRUM] = (-self._constants["nats"] * lacks).astype(np.float32)[self._CLASSES]
        return result


class Silence:
    """Silences longer than any before are rarer in music than they are drawn: each beat costs `nats_a_beat`."""

    def __init__(self, constants: Constants) -> None:
        self._constants = constants
        self._end: int | None = None
        self._longest = 0
        self._most_beats = constants["most_beats"]

    def push(self, event: Sequence[int], cursor: Cursor) -> None:
        """As Follower says."""
        _, _, _, pitch, duration, velocity = event
        if pitch < END and velocity:
            self._most_beats = self._constants["most_beats" if pitch < DRUM else "most_beats_of_a_kit"]
            if self._end is not None:
                self._longest = max(self._longest, cursor.pulse - self._end)
            self._end = max(self._end or 0, cursor.pulse + (duration or LONGEST_NOTE))

    def mark_as_seed(self, _: Cursor) -> None:
        """As Follower says: silences are measured on."""

    def nats(self, step: Step) -> Floats | None:
        """As Follower says. Where fewer notes are asked for, silence is too."""
        if self._end is None or step.density < 1:
            return None
        cursor = step.cursor
        if step.field == "bars":
            first, apart, count = cursor.bar_start(cursor.bar), cursor.bar_pulses(cursor.bar), SIZES[0]
        else:
            first, apart, count = cursor.bar_start(cursor.bar + step.drawn[0]), 1, SIZES[1]
        nats = -self._constants["nats_a_beat"] / PULSES_PER_QUARTER
        result: Floats = _STEPS[:count] * np.float32(apart * nats)
        result += np.float32((first - self._end - self._longest) * nats)
        np.minimum(result, 0, out=result)
        np.maximum(result, np.float32(self._most_beats * PULSES_PER_QUARTER * nats), out=result)
        return result


class PartBalance:
    """How present each part is: its onsets of late, fading over `fade_beats`.

    A part that is rarer than it ever was in the last bars of the seed gets likelier, one that is denser than ever in
    the seed less likely, by `power` nats for each factor e. Where all parts together are rarer or denser, so it is with
    what comes soon. A part that played in the last bars and has now been silent for longer than ever before gains
    `overdue_nats` a beat, without end: it goes on playing.
    """

    def __init__(self, constants: Constants) -> None:
        self._constants = constants
        self._fade = constants["fade_beats"] * PULSES_PER_QUARTER
        self._window = constants["last_beats"] * PULSES_PER_QUARTER
        self._levels = np.zeros(0)  # one a part, the last one for all together
        self._pulse = 0
        self._onsets: frozenset[int] = frozenset()
        self._last = np.zeros(0)  # the last onset of each part
        self._gaps = np.zeros(0)  # the longest time between two of its onsets
        self._history = np.zeros((0, 1))  # of the last bars: rows of pulse and levels
        self._peaks = np.zeros(0)  # the highest levels there were
        self._lowest: Doubles | None = None  # in the last bars of the seed; None before
        self._highest = np.zeros(0)  # in all of the seed
        self._due = np.zeros(0)  # pulses of silence after which a part is overdue

    def push(self, event: Sequence[int], cursor: Cursor) -> None:
        """As Follower says."""
        _, _, part, pitch, _, velocity = event
        pulse = cursor.pulse
        if pitch >= PART:
            self._levels, self._peaks = np.zeros(part + 2), np.zeros(part + 2)
            self._last, self._gaps = np.full(part + 1, -1.0), np.zeros(part + 1)
            self._history = np.zeros((0, part + 3))
        elif pitch < END and velocity:
            if pulse > self._pulse:
                self._move(pulse)
            if part not in self._onsets:  # a chord counts once
                self._levels[[part, -1] if not self._onsets else [part]] += 1
                self._onsets |= {part}
                if self._last[part] >= 0:
                    self._gaps[part] = max(self._gaps[part], pulse - self._last[part])
                self._last[part] = pulse

    def _move(self, pulse: int) -> None:
        self._levels = self._at(pulse)
        self._pulse, self._onsets = pulse, frozenset()
        if pulse >= self._fade / 2:  # before, it is not known how present a part is
            settled = self._levels / -math.expm1(-pulse / self._fade)
            self._peaks = np.maximum(self._peaks, settled)
            gone = self._history[:, 0].searchsorted(pulse - self._window)
            self._history = np.concatenate([self._history[gone:], [[pulse, *settled.tolist()]]])

    def _at(self, pulse: int) -> Doubles:
        faded: Doubles = self._levels * math.exp((self._pulse - pulse) / self._fade)
        return faded

    def mark_as_seed(self, cursor: Cursor) -> None:
        """As Follower says. From here on the parts are to be as they were in the last bars."""
        self._move(max(cursor.pulse, self._pulse))
        known = len(self._history) > 0
        self._lowest = self._history[:, 1:].min(0) if known else np.zeros_like(self._levels)
        self._highest = self._peaks if known else np.full_like(self._levels, np.inf)
        recent = cursor.pulse - self._last < self._window
        plays = recent & (self._last >= 0)
        bar = cursor.bar_pulses(cursor.bar)
        self._due = np.where(plays, np.maximum(self._gaps, bar), np.inf)

    def nats(self, step: Step) -> Floats | None:
        """As Follower says: of parts, or of waiting."""
        if self._lowest is None:
            return None
        if step.field == "part":
            pulse = step.pulse
            balance = self._power * np.log(self._imbalance(pulse, step.density)[:-1])
            overdue = np.maximum(0, (pulse - self._last - self._due) / PULSES_PER_QUARTER)
            balance += self._constants["overdue_nats"] * overdue
            return _filled(SIZES[FIELDS.index("part")], balance)
        factor = self._imbalance(self._pulse, step.density)[-1] ** self._power
        rate = math.log(min(max(factor, 1 / self._constants["most_factor"]), self._constants["most_factor"]))
        if not rate:
            return None
        return _waiting(step, rate)

    @property
    def _power(self) -> float:
        return self._constants["power"]

    def _imbalance(self, pulse: int, density: float) -> Doubles:
        """By which factor each part, and all together, should be more present: below 1, less. 1 where all is well."""
        settled = -math.expm1(-max(pulse, 1) / self._fade)
        now = np.maximum(self._at(pulse), 1e-9)
        assert self._lowest is not None
        most = self._constants["most_missing"]
        missing = np.clip(self._lowest * min(density, 1) * settled / now, 1, most)
        excess = np.clip(now / np.maximum(self._highest * max(density, 1) * settled, 1e-9), 1, most)
        result: Doubles = missing / excess
        return result


class Density:
    """The density asked for. Waiting w beats is multiplied by exp(-rate w); a bar line crossed counts as one bar.

    The rate begins with log(density). Where it is known how dense the music is at density 1, the `reference`, the rate
    follows what is played: it rises while the onsets of late are fewer than asked for, and falls while they are more.
    So are melodic durations of w beats, up to four: the next note tends to wait for the last to end.
    """

    _BEATS_LASTED = np.minimum(np.arange(DURATIONS, dtype=np.float32) / PULSES_PER_QUARTER, 4)

    def __init__(self, constants: Constants) -> None:
        self._constants = constants
        self._fade = constants["fade_beats"] * PULSES_PER_QUARTER
        self._level, self._first, self._pulse, self._onsets = 0.0, 0, -1, 0
        self._correction = 0.0
        self._asked = 1.0
        self.reference: float | None = None  # onsets a pulse, of music of density 1

    def push(self, event: Sequence[int], cursor: Cursor) -> None:
        """As Follower says."""
        _, _, _, pitch, _, velocity = event
        pulse = cursor.pulse
        if pitch >= END or not velocity or pulse == self._pulse:
            return
        if self._pulse < 0:
            self._first = pulse
        self._level = self._level * math.exp((self._pulse - pulse) / self._fade) + 1
        beats = min((pulse - self._pulse) / PULSES_PER_QUARTER, self._constants["most_beats"])
        self._pulse = pulse
        self._onsets += 1
        if self.reference and self._asked != 1:
            settled = -math.expm1(-(pulse - self._first + 1) / self._fade)
            wanted = self.reference * self._asked * self._fade * settled + 0.5  # a level is 0.5 higher at an onset
            rate = self._correction + self._constants["gain_a_beat"] * beats * math.log(wanted / self._level)
            self._correction = min(max(rate, -self._constants["most_rate"]), self._constants["most_rate"])

    def mark_as_seed(self, _: Cursor) -> None:
        """As Follower says: the rate begins anew."""
        self._correction = 0.0

    @property
    def onsets_a_pulse(self) -> float:
        """Of all music so far; 0 of fewer than two onsets."""
        return (self._onsets - 1) / (self._pulse - self._first) if self._onsets > 1 else 0.0

    def nats(self, step: Step) -> Floats | None:
        """As Follower says, of waiting and of durations."""
        self._asked = step.density
        if step.density == 1:
            return None
        rate = math.log(step.density) + self._correction
        if step.field == "duration":
            return -np.float32(rate) * self._BEATS_LASTED if step.drawn[3] < DRUM else None
        return _waiting(step, rate)


class Bias:
    """Towards an event, as long as the fields before agree with it: such as an original that is varied."""

    def __init__(self, _: Constants) -> None:
        pass

    def push(self, _: Sequence[int], __: Cursor) -> None:
        """As Follower says: nothing is kept."""

    def mark_as_seed(self, _: Cursor) -> None:
        """As Follower says."""

    def nats(self, step: Step) -> Floats | None:
        """As Follower says."""
        index = len(step.drawn)
        if index >= len(step.bias) or tuple(step.drawn) != tuple(step.bias[:index]):
            return None
        result = np.zeros(SIZES[index], np.float32)
        result[step.bias[index]] = step.bias_nats
        return result


class Term(NamedTuple):
    """A row of the table: the fields in which a term counts, what follows the music for it, its constants."""

    name: str
    fields: tuple[str, ...]
    follower: Callable[[Constants], Follower]
    constants: Constants


TERMS = (
    Term(
        "density",
        ("bars", "place", "duration"),
        Density,
        {"fade_beats": 8, "gain_a_beat": 0.8, "most_beats": 4, "most_rate": 24},
    ),
    Term("silence", ("bars", "place"), Silence, {"nats_a_beat": 4, "most_beats": 1, "most_beats_of_a_kit": 2}),
    Term(
        "part_balance",
        ("bars", "place", "part"),
        PartBalance,
        {"fade_beats": 8, "last_beats": 16, "power": 3, "most_missing": 8, "most_factor": 4, "overdue_nats": 4},
    ),
    Term("repetition", ("pitch",), Repetition, {"nats_a_note": 2, "nats_last_note": 60, "most_times": 3}),
    Term(
        "out_of_scale",
        ("pitch",),
        OutOfScale,
        {"nats": 0.8, "least_share": 0.03, "fade_beats": 40, "longest_beats": 2, "least_notes": 12},
    ),
    Term("bias", FIELDS, Bias, {}),
)


def merged_constants(given: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """The constants of all terms: those `given`, by term and name, else the defaults."""
    return {term.name: {**term.constants, **given.get(term.name, {})} for term in TERMS}


class Steering:
    """All terms in one stream."""

    def __init__(self, constants: Mapping[str, Constants]) -> None:
        self._terms = {term.name: term.follower(constants[term.name]) for term in TERMS}

    def push(self, event: Sequence[int], cursor: Cursor) -> None:
        """Take in an event that the cursor has just moved to."""
        for follower in self._terms.values():
            follower.push(event, cursor)

    def mark_as_seed(self, cursor: Cursor) -> None:
        """The events taken in so far are given music."""
        for follower in self._terms.values():
            follower.mark_as_seed(cursor)

    def nats(self, step: Step) -> Floats | None:
        """(size,) nats to add to the field's logits: the sum of its terms; None for nothing."""
        total: Floats | None = None
        for name in _TERMS_OF[step.field]:
            nats = self._terms[name].nats(step)
            if nats is not None:
                total = nats if total is None else total + nats
        return total

    @property
    def onsets_a_pulse(self) -> float:
        """Of all music so far."""
        return self._density.onsets_a_pulse

    def set_density_reference(self, onsets_a_pulse: float) -> None:
        """The density asked for is beside music of so many onsets."""
        self._density.reference = onsets_a_pulse

    @property
    def _density(self) -> Density:
        density = self._terms["density"]
        assert isinstance(density, Density)
        return density


_TERMS_OF = {field: [term.name for term in TERMS if field in term.fields] for field in FIELDS}
_STEPS = np.arange(max(SIZES), dtype=np.float32)


def _filled(size: int, values: Doubles) -> Floats:
    result = np.zeros(size, np.float32)
    result[: len(values)] = values
    return result


def _waiting(step: Step, rate: float) -> Floats:
    """-rate nats for each beat that an event waits; only one bar is counted, or many bars would stay empty."""
    cursor = step.cursor
    if step.field == "bars":
        result = np.full(SIZES[0], -rate * cursor.bar_pulses(cursor.bar) / PULSES_PER_QUARTER, np.float32)
        result[0] = 0
        return result
    result = _STEPS[: SIZES[1]] * np.float32(-rate / PULSES_PER_QUARTER)
    if step.drawn[0] == 0:
        result[cursor.place] -= min(max(rate, 0.0), MAX_CHORD_NATS)  # haste is no reason for chords
    return result
