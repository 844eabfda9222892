"""Silences longer than any before."""

from collections.abc import Sequence

import numpy as np

from melodyrnn.arrays import Floats
from melodyrnn.encoding.events import DRUM, END, LONGEST_NOTE, SIZES, Cursor
from melodyrnn.generation.terms.step import TOKENS, Constants, Step
from melodyrnn.music.pulses import PULSES_PER_QUARTER


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
        result: Floats = TOKENS[:count] * np.float32(apart * nats)
        result += np.float32((first - self._end - self._longest) * nats)
        np.minimum(result, 0, out=result)
        np.maximum(result, np.float32(self._most_beats * PULSES_PER_QUARTER * nats), out=result)
        return result
