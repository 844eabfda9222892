"""What may be drawn: the grammar of events, and what the caller asks for. Illegal tokens get the logit -inf."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from melodyrnn.encoding.context import Context
from melodyrnn.encoding.events import BARS, DRUM, DURATIONS, END, KIT, LONGEST_NOTE, METRE, PART, PITCHES, REST
from melodyrnn.errors import OptionError
from melodyrnn.music.pulses import PULSES_PER_QUARTER
from melodyrnn.music.scales import Harmony, Key
from melodyrnn.options import DENSITY, HIGH, LOW

Floats = npt.NDArray[np.float32]

_BEATS_LASTED = np.minimum(np.arange(DURATIONS, dtype=np.float32) / PULSES_PER_QUARTER, 4)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the caller asks of the notes. Drums are bound by none of the pitch wishes.

    `density`: 1 as learned, 2 and above denser, below 1 sparser: probabilities of waiting w beats, a bar line crossed
    counted as one bar, are multiplied by density ** -w, so nothing becomes impossible; so are those of melodic notes of
    w beats, up to four, since the next note tends to wait for an end. `monophonic`: no note begins before the last one
    ends.
    """

    low: int = LOW.default
    high: int = HIGH.default
    key: Key | Harmony | None = None
    density: float = DENSITY.default
    monophonic: bool = False

    def __post_init__(self) -> None:
        LOW.check(self.low)
        HIGH.check(self.high)
        DENSITY.check(self.density)
        if self.low > self.high:
            raise OptionError(f"pitches {self.low} to {self.high}: the lowest comes first")
        if not self.pitches().any():
            raise OptionError(f"no pitch from {self.low} to {self.high} is in {self.key}")

    def pitches(self) -> npt.NDArray[np.bool_]:
        """(128,) which melodic pitches are wished for."""
        pitch = np.arange(DRUM)
        wished = (pitch >= self.low) & (pitch <= self.high)
        return wished if self.key is None else wished & np.isin(pitch % 12, list(self.key.pitch_classes))


class Constraints:
    """Follows the events beside a Context and says which tokens are legal next.

    A piece opens with its metre, then names its parts, then come notes in order of time, part and pitch, and rests
    where none may begin for many bars. No part sounds the same pitch twice at once. There is always a legal token. The
    `end` is not among them: it may come where `may_end` says so and the piece is `least_bars` long.
    """

    def __init__(self, context: Context, wishes: Wishes, may_end: bool = False) -> None:
        self.least_bars = 0
        self.may_end = may_end
        self.hurry = 1.0  # a factor on the wished density
        self.kits_only = False  # whether there are parts, and all of them kits
        self._context, self._wishes = context, wishes
        self._asked = 0
        self._earliest: int | None = None
        self._parts, self._metred = 0, False
        self._last = (-1, -1, -1)  # pulse, part, pitch of the last note
        self._last_end = 0
        self._ends = np.zeros((0, PITCHES), np.int64)  # where the last note of each part and pitch ends
        self._wished = np.zeros((0, PITCHES), bool)

    @property
    def earliest(self) -> int:
        """The first pulse at which a note may begin. Set it to put that off."""
        if self._earliest is None:  # asked for by several fields of one event, and the same for all of them
            self._earliest = self._find_earliest()
        return self._earliest

    @earliest.setter
    def earliest(self, pulse: int) -> None:
        self._asked, self._earliest = pulse, None

    def _find_earliest(self) -> int:
        pulse = max(self._asked, self._last_end if self._wishes.monophonic else 0, self._last[0])
        if not self._parts or self._room(pulse).any():
            return pulse
        pulse += 1  # past the chord that is full
        if self._room(pulse).any():
            return pulse
        return int(self._ends[: self._parts][self._wished[: self._parts]].min())

    def wish(self, wishes: Wishes, pitch_classes: Collection[int] = range(12)) -> None:
        """From here on, these wishes hold, and melodic pitches are of these classes, if any that is wished for is."""
        self._wishes, self._earliest = wishes, None
        pitches = wishes.pitches()
        among = pitches & np.isin(np.arange(DRUM) % 12, list(pitch_classes))
        self._wished[self._wished[:, :DRUM].any(1), :DRUM] = among if among.any() else pitches

    def push(self, event: Sequence[int]) -> None:
        """Take in an event that the Context has just taken in."""
        _, _, part, pitch, duration, _ = event
        pulse, self._earliest = self._context.cursor.pulse, None
        if pitch in (PART, KIT):
            wished = np.zeros((1, PITCHES), bool)
            if pitch == KIT:
                wished[0, DRUM:END] = True
            else:
                wished[0, :DRUM] = self._wishes.pitches()
            self.kits_only = pitch == KIT and (self.kits_only or not self._parts)
            self._wished = np.concatenate([self._wished, wished])  # a row each: what is copied stays small
            self._ends = np.concatenate([self._ends, np.zeros((1, PITCHES), np.int64)])
            self._parts += 1
        elif pitch == METRE:
            self._metred = True
        elif pitch < END:
            end = pulse + (duration or LONGEST_NOTE)
            self._last, self._last_end = (pulse, part, pitch), max(self._last_end, end)
            self._ends[part, pitch] = max(end, self._ends[part, pitch])

    def apply(self, field: int, logits: Floats, drawn: Sequence[int]) -> None:
        """Set what is illegal to -inf, in place, in the (size,) logits of a field, given those `drawn` before it."""
        _RULES[field](self, logits, drawn)

    def _room(self, pulse: int) -> npt.NDArray[np.bool_]:
        """(parts, PITCHES) which notes may begin at a pulse: wished for, not sounding, and in order."""
        room = self._wished[: self._parts] & (self._ends[: self._parts] <= pulse)
        last, part, pitch = self._last
        if pulse <= last:
            room[:part] = False
            room[part, : pitch + 1] = False
        return room

    def _far(self) -> bool:
        """Whether the first note that may begin lies further off than one event can reach."""
        cursor = self._context.cursor
        return cursor.bar_start(cursor.bar + BARS) <= self.earliest

    def end(self, pulse: int = 0) -> tuple[int, ...]:
        """The event that ends the piece at the first bar line at or after `pulse` where nothing sounds."""
        cursor, end, bars = self._context.cursor, max(pulse, self._last_end, self._last[0] + 1), 0
        while bars + 1 < BARS and cursor.bar_start(cursor.bar + bars) < end:
            bars += 1
        return (bars, 0, 0, END, 0, 0)

    def allowed_end(self) -> tuple[int, ...] | None:
        """The same, where the piece may end so."""
        if not self.may_end or self._last[0] < 0:
            return None
        end = self.end()
        late = self.pulse(end) >= self._last_end and self._context.cursor.bar + end[0] >= self.least_bars
        return end if late else None

    def pulse(self, drawn: Sequence[int]) -> int:
        """Where an event stands whose bars and place were drawn."""
        cursor = self._context.cursor
        return cursor.bar_start(cursor.bar + drawn[0]) + drawn[1]

    def _bars(self, logits: Floats, _: Sequence[int]) -> None:
        if not self._parts:  # the metre and the first part stand at the very beginning
            logits[1:] = -np.inf
            return
        cursor, earliest, bars = self._context.cursor, self.earliest, 0
        while bars + 1 < len(logits) and cursor.bar_start(cursor.bar + bars + 1) <= earliest:
            bars += 1
        logits[:bars] = -np.inf
        logits[1:] -= self._beats(cursor.bar_pulses(cursor.bar))  # for one bar only: more would leave many bars empty

    def _place(self, logits: Floats, drawn: Sequence[int]) -> None:
        if not self._parts:
            logits[1:] = -np.inf
            return
        cursor = self._context.cursor
        bar = cursor.bar + drawn[0]
        if self._far():
            logits[1:] = -np.inf
            return
        logits[cursor.bar_pulses(bar) :] = -np.inf
        logits[: max(0, self.earliest - cursor.bar_start(bar))] = -np.inf
        logits -= self._beats(1) * np.arange(len(logits), dtype=np.float32)
        if drawn[0] == 0:  # to hurry is no reason for chords
            logits[cursor.place] -= math.log(self.hurry)

    def _beats(self, pulses: int) -> np.float32:
        """What `pulses` of waiting cost, in nats, under the wished density."""
        return np.float32(math.log(self._wishes.density * self.hurry) * pulses / PULSES_PER_QUARTER)

    def _part(self, logits: Floats, drawn: Sequence[int]) -> None:
        legal = np.zeros(len(logits), bool)
        if self._far():
            legal[0] = True
        else:
            legal[: self._parts] = self._room(self.pulse(drawn)).any(1)
        if self._last[0] < 0 and drawn[0] == drawn[1] == 0:  # before the first note a further part may be named
            legal[self._parts : self._parts + 1] = True
        logits[~legal] = -np.inf

    def _pitch(self, logits: Floats, drawn: Sequence[int]) -> None:
        part = drawn[2]
        legal = np.zeros(len(logits), bool)
        if not self._metred:
            legal[METRE] = True
        elif part >= self._parts:
            legal[[PART, KIT]] = True
        elif self._far():
            legal[REST] = True
        else:
            legal |= self._room(self.pulse(drawn))[part]
        logits[~legal] = -np.inf

    def _duration(self, logits: Floats, drawn: Sequence[int]) -> None:
        pitch = drawn[3]
        if pitch in (PART, KIT):
            logits[DRUM:] = -np.inf
        elif pitch == METRE:
            logits[0], logits[256:] = -np.inf, -np.inf
        elif pitch < END:
            logits[0] = -np.inf
            if pitch < DRUM and self._wishes.density != 1:
                logits -= np.float32(math.log(self._wishes.density)) * _BEATS_LASTED
        else:
            logits[1:] = -np.inf

    def _velocity(self, logits: Floats, drawn: Sequence[int]) -> None:
        pitch = drawn[3]
        if pitch == METRE:
            logits[7:] = -np.inf
        elif pitch < END:
            logits[0] = -np.inf
        else:
            logits[1:] = -np.inf


_RULES = (
    Constraints._bars,
    Constraints._place,
    Constraints._part,
    Constraints._pitch,
    Constraints._duration,
    Constraints._velocity,
)
