"""What may be drawn: the grammar of events, and what the caller asks for. Illegal tokens get the logit -inf."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from melodyrnn.errors import OptionError
from melodyrnn.music.context import Context
from melodyrnn.music.events import DRUM, END, KIT, METRE, PART, PARTS, PITCHES
from melodyrnn.music.pulses import PULSES_PER_QUARTER
from melodyrnn.music.scales import Key

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the caller asks of the notes. Drums are bound by none of the pitch wishes.

    `density`: 1 as learned, 2 and above denser, below 1 sparser: probabilities of waiting w beats are multiplied by
    density ** -w, so nothing becomes impossible. `monophonic`: no note begins before the one before it ends.
    """

    low: int = 0
    high: int = 127
    key: Key | None = None
    density: float = 1.0
    monophonic: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high <= 127:
            raise OptionError(f"pitches {self.low} to {self.high}: must be 0 to 127, the lowest first")
        if not 0.1 <= self.density <= 10:
            raise OptionError(f"density {self.density:g}: must be 0.1 to 10; 1 is as learned")
        if not self.pitches().any():
            raise OptionError(f"no pitch from {self.low} to {self.high} is in {self.key}")

    def pitches(self) -> npt.NDArray[np.bool_]:
        """(128,) which melodic pitches are wished for."""
        pitch = np.arange(DRUM)
        wished = (pitch >= self.low) & (pitch <= self.high)
        return wished if self.key is None else wished & np.isin(pitch % 12, list(self.key.pitch_classes))


class Constraints:
    """Follows the events beside a Context and says which tokens are legal next.

    A piece opens with its metre, then names its parts, then come notes in order of time, part and pitch. `earliest`: no
    note before that pulse. `may_end`: whether the model may end the piece.
    """

    def __init__(self, context: Context, wishes: Wishes, may_end: bool = False) -> None:
        self.earliest, self.may_end = 0, may_end
        self._context, self._wishes = context, wishes
        self._kits: list[bool] = []  # one a part: whether it is drums
        self._metred = False
        self._last = (-1, -1, -1)  # pulse, part, pitch of the last note
        self._last_end = 0
        self._ends: dict[tuple[int, int], int] = {}
        melodic, drums = np.zeros(PITCHES, bool), np.zeros(PITCHES, bool)
        melodic[:DRUM], drums[DRUM:END] = wishes.pitches(), True
        self._wished = (melodic, drums)
        self._rules = (self._bars, self._place, self._part, self._pitch, self._duration, self._velocity)

    def push(self, event: Sequence[int]) -> None:
        """Take in an event that the Context has just taken in."""
        _, _, part, pitch, duration, _ = event
        pulse = self._context.cursor.pulse
        if pitch in (PART, KIT):
            self._kits.append(pitch == KIT)
        elif pitch == METRE:
            self._metred = True
        elif pitch < END:
            self._last, self._last_end = (pulse, part, pitch), max(self._last_end, pulse + duration)
            self._ends[part, pitch] = pulse + duration
            if len(self._ends) > 1024:
                self._ends = {voice: end for voice, end in self._ends.items() if end > pulse}

    def apply(self, field: int, logits: Floats, drawn: Sequence[int]) -> None:
        """Set what is illegal to -inf, in place, in the (size,) logits of a field, given those `drawn` before it."""
        self._rules[field](logits, drawn)

    @property
    def _opening(self) -> bool:
        """Whether a note would come too early: the metre or the first part is not named yet."""
        return not self._kits

    def _earliest(self) -> int:
        return max(self.earliest, self._last_end if self._wishes.monophonic else 0)

    def _chord(self) -> bool:
        """Whether another note may begin with the last one: a later part, or a higher pitch of the same."""
        pulse, part, pitch = self._last
        if pulse < max(0, self._earliest()):
            return False
        return part + 1 < len(self._kits) or bool(self._wished[self._kits[part]][pitch + 1 :].any())

    def _bars(self, logits: Floats, _: Sequence[int]) -> None:
        if self._opening:
            logits[1:] = -np.inf
            return
        cursor = self._context.cursor
        first = max(self._earliest(), self._last[0] + 1)
        if not self._chord():
            bars = 0
            while bars + 1 < len(logits) and cursor.bar_start(cursor.bar + bars + 1) <= first:
                bars += 1
            logits[:bars] = -np.inf
        if self._wishes.density != 1:
            logits -= self._beats(cursor.bar_pulses(cursor.bar)) * np.arange(len(logits), dtype=np.float32)

    def _place(self, logits: Floats, drawn: Sequence[int]) -> None:
        if self._opening:
            logits[1:] = -np.inf
            return
        cursor = self._context.cursor
        bar = cursor.bar + drawn[0]
        start, length = cursor.bar_start(bar), cursor.bar_pulses(bar)
        logits[length:] = -np.inf
        first = max(self._earliest(), self._last[0] + 1) - start
        here = self._last[0] - start
        if 0 <= here < length and self._chord():
            logits[:here] = -np.inf
            logits[here + 1 : max(0, first)] = -np.inf
        else:
            logits[: max(0, first)] = -np.inf
        if self._wishes.density != 1:
            logits -= self._beats(1) * np.arange(len(logits), dtype=np.float32)

    def _beats(self, pulses: int) -> np.float32:
        """What `pulses` of waiting cost, in nats, under the wished density."""
        return np.float32(math.log(self._wishes.density) * pulses / PULSES_PER_QUARTER)

    def _at_last(self, drawn: Sequence[int]) -> bool:
        cursor = self._context.cursor
        return self._last[0] >= 0 and cursor.bar_start(cursor.bar + drawn[0]) + drawn[1] == self._last[0]

    def _part(self, logits: Floats, drawn: Sequence[int]) -> None:
        if self._opening:
            logits[1:] = -np.inf
            return
        names_part = self._last[0] < 0 and drawn[0] == drawn[1] == 0 and len(self._kits) < PARTS
        logits[len(self._kits) + names_part :] = -np.inf
        if self._at_last(drawn):
            _, part, pitch = self._last
            higher = bool(self._wished[self._kits[part]][pitch + 1 :].any())
            logits[: part + (not higher)] = -np.inf

    def _pitch(self, logits: Floats, drawn: Sequence[int]) -> None:
        legal = np.zeros(len(logits), bool)
        bars, place, part = drawn[:3]
        if not self._metred:
            legal[METRE] = True
        elif part >= len(self._kits):
            legal[[PART, KIT]] = True
        else:
            legal |= self._wished[self._kits[part]]
            if self._at_last(drawn) and part == self._last[1]:
                legal[: self._last[2] + 1] = False
            legal[END] = self.may_end and bars > 0 and place == 0
            pulse = self._context.cursor.bar_start(self._context.cursor.bar + bars) + place
            silent = legal.copy()
            silent[[pitch for (own, pitch), end in self._ends.items() if own == part and end > pulse]] = False
            legal = silent if silent.any() else legal
        logits[~legal] = -np.inf

    @staticmethod
    def _duration(logits: Floats, drawn: Sequence[int]) -> None:
        pitch = drawn[3]
        if pitch in (PART, KIT):
            logits[DRUM:] = -np.inf
        elif pitch == METRE:
            logits[0], logits[256:] = -np.inf, -np.inf
        elif pitch < END:
            logits[0] = -np.inf
        else:
            logits[1:] = -np.inf

    @staticmethod
    def _velocity(logits: Floats, drawn: Sequence[int]) -> None:
        pitch = drawn[3]
        if pitch == METRE:
            logits[7:] = -np.inf
        elif pitch < END:
            logits[0] = -np.inf
        else:
            logits[1:] = -np.inf
