"""Pitches of a part that has not played: where its register lies, how chords are spread, how a line moves."""

import copy
from collections.abc import Sequence

import numpy as np

from melodyrnn.arrays import Floats
from melodyrnn.encoding.events import DRUM, FIELDS, PART, SIZES, Cursor
from melodyrnn.generation.terms.step import Constants, Expected, Step

PITCHES = np.arange(DRUM)


class PartPitches:
    """Of a part that has not played the pitches are unknown: the network alone piles its chords up at the top of their
    range, and stays on one note.

    A pitch far from the middle of the part's range costs `nats_at_ends` at its ends, less nearer by. In a chord a note
    costs `nats_near` where it leaves the others no room, `free_semitones` each, below the top; as much if its pitch
    class is there; twice as much if it is nearer to the last than the part has them; and `nats_wide` for each semitone
    over `free_semitones` above that. In a line the pitch of the note before costs as much as is usual for the part, and
    a leap `nats_a_semitone` for each semitone over `free_semitones`.
    """

    def __init__(self, constants: Constants) -> None:
        self._constants = constants
        self._expected: dict[int, Expected] = {}
        self._begun: dict[int, tuple[int, tuple[int, ...]]] = {}  # of each such part its last onset, and pitches there

    def __deepcopy__(self, _: dict[int, object]) -> "PartPitches":
        other = copy.copy(self)
        other._begun = self._begun.copy()
        return other  # what is not copied is replaced, never changed

    def push(self, event: Sequence[int], cursor: Cursor) -> None:
        """As Follower says."""
        _, _, part, pitch, _, velocity = event
        if pitch >= PART or not velocity or pitch >= DRUM:
            return
        pulse, pitches = self._begun.get(part, (-1, ()))
        self._begun[part] = cursor.pulse, (*pitches, pitch) if pulse == cursor.pulse else (pitch,)

    def mark_as_seed(self, _: Cursor) -> None:
        """As Follower says: nothing is known of its parts."""

    def expect(self, part: int, expected: Expected, _: Cursor) -> None:
        """From here on a part has such pitches."""
        self._expected = {**self._expected, part: expected}

    def nats(self, step: Step) -> Floats | None:
        """As Follower says, of pitches."""
        part = step.drawn[2]
        expected, constants = self._expected.get(part), self._constants
        if expected is None or expected.high is None:
            return None
        low, high = expected.low, max(expected.high, expected.low + 1)
        pulse, pitches = self._begun.get(part, (-1, ()))
        now = pitches if pulse == step.pulse else ()
        costs = constants["nats_at_ends"] * (2 * (PITCHES - (low + high) / 2) / (high - low)) ** 2
        room = high - constants["free_semitones"] * max(0, expected.chord - 1 - len(now))
        costs[room < PITCHES] += constants["nats_near"]
        if now:
            costs[now[-1] + expected.apart > PITCHES] += 2 * constants["nats_near"]
            costs[np.isin(PITCHES % 12, [pitch % 12 for pitch in now])] += constants["nats_near"]
            costs += constants["nats_wide"] * np.maximum(0, PITCHES - now[-1] - constants["free_semitones"])
        elif pitches:
            far = abs(PITCHES - pitches[0])
            costs += constants["nats_a_semitone"] * np.maximum(0, far - constants["free_semitones"])
            if expected.chord == 1:
                costs[pitches[0]] += expected.repeat_nats
        result = np.zeros(SIZES[FIELDS.index("pitch")], np.float32)
        result[:DRUM] = -costs
        return result
