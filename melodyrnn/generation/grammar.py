"""The grammar of events: which tokens are legal next, as masks.

A piece opens with its time signature, then names its parts, then come notes in the order of time, part and pitch, and
rests where none may begin for many bars. No part sounds the same pitch twice at once. The caller's constraints and the
bounds from the seed are part of the grammar. There is always a legal token. The end of the piece is not among them: the
generator draws it first.
"""

import copy
from collections.abc import Callable, Collection, Sequence

import numpy as np
import numpy.typing as npt

from melodyrnn.encoding.context import Context
from melodyrnn.encoding.events import BARS, DRUM, END, KIT, LONGEST_NOTE, METRE, PART, PITCHES, REST, SIZES
from melodyrnn.generation.bounds import MAX_CHORD, MAX_HITS, OVERLAP, PartBounds
from melodyrnn.generation.note_constraints import NoteConstraints

Mask = npt.NDArray[np.bool_]
_LONGEST_METRE, _PROGRAMS, _DENOMINATORS = 256, 128, 7


class Grammar:
    """Follows the events beside a Context.

    `may_end`: whether the model may end the piece, once it has `least_bars`. `kits_only`: all parts are kits.
    """

    def __init__(self, context: Context, constraints: NoteConstraints, may_end: bool = False) -> None:
        self.may_end, self.least_bars = may_end, 0
        self.kits_only = False
        self._context, self._constraints = context, constraints
        self._asked = 0
        self._earliest: int | None = None
        self._has_metre = self._has_seed = False
        self._last = (-1, -1, -1)  # pulse, part, pitch of the last note
        self._last_end = 0
        self._parts: list[PartBounds] = []
        self._of_seed: list[PartBounds] = []  # the same as the seed left them: new notes do not widen them
        # For each part: which notes are allowed, where the last note of each pitch ends, how many began at the last
        # pulse, how many may, and how many may sound at once.
        self._allowed = np.zeros((0, PITCHES), bool)
        self._ends = np.zeros((0, PITCHES), np.int64)
        self._room_at: tuple[int, Mask] = (-1, self._allowed)  # at the pulse last asked for
        self._began, self._chords = np.zeros(0, np.int64), np.zeros(0, np.int64)
        self._voices = np.zeros(0, np.int64)

    @property
    def part_count(self) -> int:
        """How many parts were named."""
        return len(self._parts)

    @property
    def earliest(self) -> int:
        """The first pulse at which a note may begin. Set it to put that off."""
        if self._earliest is None:  # several fields of one event ask, and it is the same for all of them
            self._earliest = self._find_earliest()
        return self._earliest

    @earliest.setter
    def earliest(self, pulse: int) -> None:
        self._asked, self._earliest = pulse, None

    def _find_earliest(self) -> int:
        pulse = max(self._asked, self._last[0])
        if not self._parts or self._room(pulse).any():
            return pulse
        pulse += 1  # past the chord that is full
        if self._room(pulse).any():
            return pulse
        ends = np.unique(self._ends)
        return next(int(end) for end in ends[ends > pulse] if self._room(int(end)).any())

    def constrain(self, constraints: NoteConstraints, pitch_classes: Collection[int] = range(12)) -> None:
        """From here on these constraints hold; melodic pitches are of these classes, where a part may play any such."""
        self._constraints = constraints
        self._bound(pitch_classes)

    def mark_as_seed(self) -> None:
        """The notes read so far are given music: new ones keep within what each part did."""
        self._of_seed, self._has_seed = copy.deepcopy(self._parts), True
        self._bound()

    def bound_by(self, bounds: Sequence[PartBounds]) -> None:
        """From here on new notes keep within these bounds, one for each part, instead of those of the notes read."""
        self._parts, self._of_seed, self._has_seed = list(bounds), copy.deepcopy(list(bounds)), True
        self._bound()

    def _bound(self, pitch_classes: Collection[int] = range(12)) -> None:
        """Work out anew what each part may play."""
        constraints, classes = self._constraints, np.isin(np.arange(DRUM) % 12, list(pitch_classes))
        by_seed = self._has_seed and constraints.range == "seed"
        count = len(self._parts)
        self._allowed = np.zeros((count, PITCHES), bool)
        self._chords, self._voices = np.zeros(count, np.int64), np.full(count, PITCHES)
        for part, bounds in enumerate([*self._of_seed, *self._parts[len(self._of_seed) :]]):
            bounded = by_seed and bounds.notes > 0
            own = bounds.allowed() if by_seed else PartBounds(bounds.is_drum).allowed()
            self._chords[part] = bounds.chord if bounded else MAX_HITS if bounds.is_drum else MAX_CHORD
            if not bounds.is_drum:
                wanted = constraints.pitches(part)
                if constraints.has_range(part):
                    own[:DRUM] = True
                choices = (wanted & own[:DRUM] & classes, wanted & own[:DRUM], wanted & classes, wanted)
                own[:DRUM] = next(choice for choice in choices if choice.any())
                if bounded:
                    self._voices[part] = bounds.voices + OVERLAP
                if constraints.monophonic:
                    self._chords[part] = self._voices[part] = 1
            self._allowed[part] = own
        self._forget()

    def allow_next(self, pitches: Sequence[Collection[int]]) -> None:
        """From here on each part may play these pitches alone, one of them at a time."""
        for part, of_part in enumerate(pitches):
            self._allowed[part] = np.isin(np.arange(PITCHES), list(of_part))
            self._chords[part] = 1
        self._forget()

    def pitches_of(self, place: Sequence[int]) -> Mask:
        """(PITCHES,) which notes may come next at these bars, place and part, also those that still sound."""
        bars, at, part = place
        allowed: Mask = self._allowed[part].copy()
        last, last_part, pitch = self._last
        if last == self.pulse((bars, at)) and part == last_part:
            allowed[: pitch + 1] = False
        return allowed

    def _forget(self) -> None:
        self._earliest, self._room_at = None, (-1, self._allowed)

    def push(self, event: Sequence[int]) -> None:
        """Take in an event that the Context has just taken in."""
        _, _, part, pitch, duration, velocity = event
        pulse = self._context.cursor.pulse
        self._forget()
        if pitch in (PART, KIT):
            self.kits_only = pitch == KIT and (self.kits_only or not self._parts)
            self._parts.append(PartBounds(pitch == KIT))
            self._ends = np.concatenate([self._ends, np.zeros((1, PITCHES), np.int64)])
            self._began = np.append(self._began, 0)
            self._bound()
        elif pitch == METRE:
            self._has_metre = True
        elif pitch < END:
            end = pulse + (duration or LONGEST_NOTE)
            if pulse > self._last[0]:
                self._began[:] = 0
            self._last, self._last_end = (pulse, part, pitch), max(self._last_end, end)
            self._ends[part, pitch] = max(end, self._ends[part, pitch])
            if velocity:  # else a note that was tied goes on
                self._began[part] += 1
                sounding = int(np.count_nonzero(self._ends[part] > pulse))
                self._parts[part].push(pulse, pitch, sounding)

    def legal(self, field: int, drawn: Sequence[int]) -> Mask:
        """(size,) which tokens of a field are legal, given those `drawn` before it."""
        return _MASKS[field](self, np.zeros(SIZES[field], bool), drawn)

    def pulse(self, drawn: Sequence[int]) -> int:
        """Where an event stands whose bars and place were drawn."""
        cursor = self._context.cursor
        return cursor.bar_start(cursor.bar + drawn[0]) + drawn[1]

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

    def _room(self, pulse: int) -> Mask:
        """(parts, PITCHES) which notes may begin at a pulse: allowed, not sounding, room for them, in order."""
        if self._room_at[0] == pulse:  # several fields of one event ask
            return self._room_at[1]
        sounding = self._ends > pulse
        room = self._allowed & ~sounding
        last, part, pitch = self._last
        full = np.count_nonzero(sounding, axis=1) >= self._voices
        if pulse <= last:
            full |= self._began >= self._chords
            room[:part] = False
            room[part, : pitch + 1] = False
        room[full] = False
        self._room_at = pulse, room
        return room

    def _is_far(self) -> bool:
        """Whether the first note that may begin lies further off than one event can reach."""
        cursor = self._context.cursor
        return cursor.bar_start(cursor.bar + BARS) <= self.earliest

    def _bars(self, mask: Mask, _: Sequence[int]) -> Mask:
        cursor, bars = self._context.cursor, 0
        if not self._parts:  # the time signature and the first part stand at the very beginning
            mask[0] = True
            return mask
        while bars + 1 < BARS and cursor.bar_start(cursor.bar + bars + 1) <= self.earliest:
            bars += 1
        mask[bars:] = True
        return mask

    def _place(self, mask: Mask, drawn: Sequence[int]) -> Mask:
        cursor = self._context.cursor
        bar = cursor.bar + drawn[0]
        if not self._parts or self._is_far():
            mask[0] = True
        else:
            mask[max(0, self.earliest - cursor.bar_start(bar)) : cursor.bar_pulses(bar)] = True
        return mask

    def _part(self, mask: Mask, drawn: Sequence[int]) -> Mask:
        parts = len(self._parts)
        if self._is_far():
            mask[0] = True
        else:
            mask[:parts] = self._room(self.pulse(drawn)).any(1)
        if self._last[0] < 0 and drawn[0] == drawn[1] == 0:  # before the first note a further part may be named
            mask[parts : parts + 1] = True
        return mask

    def _pitch(self, mask: Mask, drawn: Sequence[int]) -> Mask:
        part = drawn[2]
        if not self._has_metre:
            mask[METRE] = True
        elif part >= len(self._parts):
            mask[[PART, KIT]] = True
        elif self._is_far():
            mask[REST] = True
        else:
            mask |= self._room(self.pulse(drawn))[part]
        return mask

    def _duration(self, mask: Mask, drawn: Sequence[int]) -> Mask:
        pitch = drawn[3]
        if pitch < END:
            mask[1:] = True
        elif pitch in (PART, KIT):
            mask[:_PROGRAMS] = True
        elif pitch == METRE:
            mask[1:_LONGEST_METRE] = True
        else:
            mask[0] = True
        return mask

    def _velocity(self, mask: Mask, drawn: Sequence[int]) -> Mask:
        pitch = drawn[3]
        if pitch < END:
            mask[1:] = True
        elif pitch == METRE:
            mask[:_DENOMINATORS] = True
        else:
            mask[0] = True
        return mask


_MASKS: tuple[Callable[[Grammar, Mask, Sequence[int]], Mask], ...] = (
    Grammar._bars,
    Grammar._place,
    Grammar._part,
    Grammar._pitch,
    Grammar._duration,
    Grammar._velocity,
)
