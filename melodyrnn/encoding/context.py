"""The context: computes the features of a step from any stream of events, in constant memory.

Training and playing use the same `Context`. An event goes in (`push`), and what a network may read before the next
event is drawn comes out: `inputs` and `dense` at once, the features of the heads as the fields of the next event are
drawn (`features_after_bars`, `features_at`, `with_pitch`). Each function marked with `computes` returns the features of
FEATURES that it names; the table decides where they stand.
"""

import copy
from collections.abc import Iterable, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

from melodyrnn.encoding.events import (
    DRUM,
    DURATIONS,
    END,
    FIELDS,
    KIT,
    METRE,
    PARTS,
    PITCHES,
    PLACES,
    SIZES,
    VELOCITIES,
    Cursor,
)
from melodyrnn.encoding.feature_functions import FeatureRow, computes
from melodyrnn.encoding.features import (
    COUNTED_BARS,
    DENSE_FEATURES,
    DENSE_SCALE,
    HEAD_COLUMN,
    HEAD_FEATURES,
    INPUT_COLUMN,
    INPUT_FEATURES,
    INTERVALS,
    MAX_INTERVAL,
    PHRASE_BARS,
    STEPS,
    Stage,
)
from melodyrnn.encoding.lookback import BARS_AGO, LONGEST_RUN_BARS, Followed, Lookback, Slot
from melodyrnn.encoding.match_model import MatchModel, PastNote
from melodyrnn.encoding.pitch_class_profile import PITCH_CLASSES, PitchClassProfile

USUAL_PITCH_NOTES = 24  # of a part, over which its usual pitch fades
MIDDLE_C = 60


class Candidate(NamedTuple):
    """A place and part at which the next note may stand: its slot and rank there, and the last pitch of that voice."""

    slot: Slot
    rank: int
    pulse: int
    voice_pitch: int


_INTERVALS: list[int] = [
    min(max(i, -MAX_INTERVAL), MAX_INTERVAL) + MAX_INTERVAL for i in (*range(DRUM), *range(1 - DRUM, 0))
]


def interval_token(pitch: int, origin: int) -> int:
    """The token of the interval from one pitch to another."""
    return _INTERVALS[pitch - origin]


def step_token(pitch: int, origin: int) -> int:
    """The token of a pitch as an interval, or of a drum sound."""
    return _INTERVALS[pitch - origin] if pitch < DRUM else INTERVALS + pitch - DRUM


_NO_STEP = STEPS - 1
_NONE_FOLLOWED = (_NO_STEP, PLACES, PARTS, DURATIONS, 0, 0)
_NONE_RECALLED = (PITCHES, _NO_STEP, DURATIONS, VELOCITIES)


class Context:
    """The features after the events pushed so far. The lists it returns are replaced by new ones, never changed."""

    def __init__(self, style: int = 0) -> None:
        self.cursor = Cursor()
        self._style = style
        self._has_metre = False
        self._last_pitch = MIDDLE_C
        self._intervals = (INTERVALS, INTERVALS)
        self._voices: dict[tuple[int, int], int] = {}  # last pitch by part and rank; rank -1: of the part
        self._velocities: dict[int, int] = {}  # last velocity by part
        self._registers: dict[int, tuple[int, int, float]] = {}  # lowest, highest, usual pitch by part
        self._lookback = Lookback()
        self._followed: Sequence[Followed | None] = [None] * len(BARS_AGO)
        self._matches: dict[int, MatchModel] = {}  # by part
        self._match: MatchModel | None = None  # of the last event's part, if it is a note
        self._profile = PitchClassProfile()
        self._sounding = [0] * PITCH_CLASSES
        self.inputs = _INPUTS(self, SIZES)
        self.dense = _DENSE(self)
        self._after_bars: tuple[int, list[int]] = -1, []  # bars, and the features known after them, once asked for

    def __deepcopy__(self, memo: dict[int, Any]) -> "Context":
        twin = copy.copy(self)
        twin.cursor = copy.copy(self.cursor)
        twin._voices, twin._velocities = self._voices.copy(), self._velocities.copy()
        twin._registers = self._registers.copy()
        twin._lookback, twin._profile = copy.deepcopy(self._lookback), copy.deepcopy(self._profile)
        twin._matches = {part: copy.deepcopy(match) for part, match in self._matches.items()}
        memo[id(self)] = twin
        return twin

    def push(self, event: Sequence[int]) -> None:
        """Take in the next event."""
        bars, place, part, pitch, duration, velocity = event
        bar = self.cursor.bar + bars
        pulse = self.cursor.advance(event)
        self._intervals, self._match = (INTERVALS, INTERVALS), None
        if pitch < END:
            slot = self._slot(bar, place, part)
            if pitch < DRUM:
                self._take_pitch(part, self._lookback.rank(slot), pitch, pulse, duration or DURATIONS)
            self._velocities[part] = velocity or self._velocities.get(part, VELOCITIES)
            self._followed = self._lookback.push(slot, pitch, duration, velocity)
            self._match = self._matches.get(part)
            if self._match is None:
                self._match = self._matches[part] = MatchModel()
            self._match.push(PastNote(slot.bar, slot.place, pitch, duration, velocity))
        else:
            self._followed = [None] * len(BARS_AGO)
            if pitch == KIT:
                self._lookback.kits.add(part)
            self._has_metre = self._has_metre or pitch == METRE
        self.inputs, self.dense, self._after_bars = _INPUTS(self, event), _DENSE(self), (-1, [])

    def _take_pitch(self, part: int, rank: int, pitch: int, pulse: int, duration_pulses: int) -> None:
        """Bring voices, register and profile up to date with one melodic note."""
        if self._voices:
            origins = self._last_pitch, self._voice_pitch(part, rank)
            self._intervals = interval_token(pitch, origins[0]), interval_token(pitch, origins[1])
        self._last_pitch = self._voices[part, rank] = self._voices[part, -1] = pitch
        lowest, highest, usual = self._registers.get(part, (pitch, pitch, pitch))
        usual += (pitch - usual) / USUAL_PITCH_NOTES
        self._registers[part] = min(lowest, pitch), max(highest, pitch), usual
        self._profile.push(pitch, pulse, duration_pulses)
        self._sounding = [0] * PITCH_CLASSES
        for pitch_class in self._profile.sounding(pulse):
            self._sounding[(pitch_class - pitch) % PITCH_CLASSES] = DENSE_SCALE

    def features_after_bars(self, bars: int) -> list[int]:
        """The first columns of the head features, known for a next event so many bars later: all that `place` reads."""
        if self._after_bars[0] != bars:
            start = self.cursor.bar_start(self.cursor.bar + bars)
            self._after_bars = bars, [*_ALSO_INPUTS(self.inputs), *_AFTER_BARS(self, start)]
        return self._after_bars[1]

    def features_at(self, bars: int, place: int, part: int) -> list[int]:
        """All head features for a next event there. Those known after the pitch only are 0: `with_pitch` sets them."""
        bar = self.cursor.bar + bars
        slot = self._slot(bar, place, part)
        rank = self._lookback.rank(slot)
        at = Candidate(slot, rank, self.cursor.bar_start(bar) + place, self._voice_pitch(part, rank))
        return [*self.features_after_bars(bars), *_AFTER_PART(self, at), *_BEFORE_PITCH]

    def with_pitch(self, features: list[int], pitch: int) -> list[int]:
        """The same head features when the `pitch` is drawn."""
        return [*features[: -len(_BEFORE_PITCH)], *_AFTER_PITCH(self, features, pitch)]

    def _slot(self, bar: int, place: int, part: int) -> Slot:
        if part in self._lookback.kits:
            return self._lookback.kit_slot(bar, place, part, self.cursor.bar_pulses(bar))
        return Slot(bar, place, part)

    def _voice_pitch(self, part: int, rank: int) -> int:
        """The last pitch of this voice, else of this part, else of all."""
        return self._voices.get((part, rank), self._voices.get((part, -1), self._last_pitch))

    @computes(*FIELDS)
    def _event(self, event: Sequence[int]) -> Iterable[int]:
        return event

    @computes("style", "bar_pulses", "phrase_bar", "bar")
    def _style_and_bar(self, _: Sequence[int]) -> Iterable[int]:
        bar = self.cursor.bar
        pulses = self.cursor.bar_pulses(bar) if self._has_metre else PLACES + 1
        return self._style, pulses, bar % PHRASE_BARS, min(bar, COUNTED_BARS - 1)

    @computes("interval", "voice_interval")
    def _intervals_made(self, _: Sequence[int]) -> Iterable[int]:
        return self._intervals

    @computes("next_step", "next_place", "next_part", "next_duration", "agreement", "run")
    def _next(self, _: Sequence[int]) -> Iterable[int]:
        last = self._last_pitch
        rows = [
            _NONE_FOLLOWED
            if note is None
            else (step_token(note.pitch, last), note.place, note.part, note.duration, note.agreement, note.run)
            for note in self._followed
        ]
        return chain(*zip(*rows, strict=True))

    @computes("match_next_step", "match_next_place", "match_next_duration", "match_length", "match_bars")
    def _match_next(self, _: Sequence[int]) -> Iterable[int]:
        match = self._match
        if match is None or match.expected is None:
            return _NO_STEP, PLACES, DURATIONS, 0, 0
        note = match.expected
        bars = min(match.bars_ago, LONGEST_RUN_BARS)
        return step_token(note.pitch, self._last_pitch), note.place, note.duration, match.length_step, bars

    @computes("sounding")
    def _sounding_from_last(self) -> Iterable[int]:
        return self._sounding

    @computes("first_end_place", "last_end_place")
    def _end_places(self, start: int) -> Iterable[int]:
        return [end - start if 0 <= end - start < PLACES else PLACES for end in self._profile.ends(self.cursor.pulse)]

    @computes("first_end", "last_end")
    def _ends(self, at: Candidate) -> Iterable[int]:
        ends = self._profile.ends(at.pulse)
        return [end - at.pulse if 0 <= end - at.pulse < DURATIONS else DURATIONS for end in ends]

    @computes("rank", "last_pitch", "voice_pitch", "voice_distance")
    def _voice(self, at: Candidate) -> Iterable[int]:
        return at.rank, self._last_pitch, at.voice_pitch, interval_token(at.voice_pitch, self._last_pitch)

    @computes("lowest_pitch", "highest_pitch", "usual_pitch")
    def _register(self, at: Candidate) -> Iterable[int]:
        lowest, highest, usual = self._registers.get(at.slot.part, (self._last_pitch,) * 3)
        return lowest, highest, int(usual + 0.5)

    @computes("last_velocity")
    def _last_velocity(self, at: Candidate) -> Iterable[int]:
        return (self._velocities.get(at.slot.part, VELOCITIES),)

    @computes("recalled_pitch", "recalled_step", "recalled_duration", "recalled_velocity")
    def _recalled(self, at: Candidate) -> Iterable[int]:
        rows = [
            _NONE_RECALLED
            if note is None
            else (note.pitch, step_token(note.pitch, at.voice_pitch), note.duration, note.velocity)
            for note in self._lookback.recall(at.slot, at.rank)
        ]
        return chain(*zip(*rows, strict=True))

    @computes("matched_pitch", "matched_step", "matched_duration", "matched_velocity", "matched_length")
    def _matched(self, at: Candidate) -> Iterable[int]:
        match = self._matches.get(at.slot.part)
        note = match.expected_at(at.slot.bar, at.slot.place) if match else None
        if match is None or note is None:
            return *_NONE_RECALLED, 0
        return note.pitch, step_token(note.pitch, at.voice_pitch), note.duration, note.velocity, match.length_step

    @computes("pitch_class_now", "pitch_class_lately", "pitch_class_long")
    def _pitch_classes(self, at: Candidate) -> Iterable[int]:
        return self._profile.at(at.pulse)

    @computes("agrees")
    def _agrees(self, features: list[int], pitch: int) -> Iterable[int]:
        return (sum(1 << i for i, column in enumerate(_RECALLED_PITCHES) if features[column] == pitch),)


def _row_of(stage: Stage) -> FeatureRow:
    return FeatureRow(feature for feature in HEAD_FEATURES if feature.known == stage)


_INPUTS, _DENSE = FeatureRow(INPUT_FEATURES), FeatureRow(DENSE_FEATURES)
_AFTER_BARS, _AFTER_PART, _AFTER_PITCH = _row_of(Stage.BARS), _row_of(Stage.PART), _row_of(Stage.PITCH)
_BEFORE_PITCH = [0 for feature in HEAD_FEATURES if feature.known == Stage.PITCH for _ in feature.columns]
_ALSO_INPUTS = itemgetter(*(INPUT_COLUMN[name] for name in HEAD_COLUMN if name in INPUT_COLUMN))
_RECALLED_PITCHES = [HEAD_COLUMN[name] for name in (*(f"recalled_pitch_{ago}" for ago in BARS_AGO), "matched_pitch")]
