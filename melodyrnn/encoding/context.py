"""The side inputs of a step: what any stream of events can keep in constant memory, and a recurrent state alone lacks.

`Context` is the one object that keeps them, in training and in playing alike: an event goes in (`push`), and what the
model may know before the next event comes out, in two portions:

- `inputs` and `numbers`, known at once: the event itself, its style and place; the interval it made (*relative pitch*);
  what followed at the same place 1, 2, 4 and 8 bars ago, whether the present note agrees with it, and for how many
  bars all have (*lookback*); what followed the latest passage that ended as this one does (*echo*);
  pitch classes that sound now, turned so that the present one comes first (*sounding*).
- `recall`, known once the next event's place and part are drawn: the note of the same part and the same rank in its
  chord 1, 2, 4 and 8 bars before, the note its echo expects there, the pitches to measure the next one from: that
  voice's last, and the lowest, highest and usual pitch of its part (*register*); and what it meets there: which pitch
  classes sound, and sounded of late (*tonality*), and when what sounds will end (*ends*).
"""

from collections.abc import Sequence

from melodyrnn.encoding import pitch_class_profile
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
from melodyrnn.encoding.lookback import DISTANCES, LONGEST_RUN, RANKS, Lookback, Slot
from melodyrnn.encoding.match_model import LENGTHS, Echo, Sounded
from melodyrnn.encoding.pitch_class_profile import HeardHarmony

RECALLED = (*(str(bars) for bars in DISTANCES), "echo")  # the passages from which the next note is recalled
REGISTER = ("lowest", "highest", "usual")
ENDS = ("first_end", "last_end")  # of what will sound beside the next note
END_PLACES = ("first_end_place", "last_end_place")  # of what sounds now
TONALITY = tuple(f"pitch_class_{name}_{i}" for name in ("now", "lately", "long") for i in range(12))
STYLES = 16
PHRASE = 16  # bars; the place in the phrase is counted in these
BARS_COUNTED = 128  # bars; later ones count as the last of these
WIDEST = 48  # semitones; wider intervals count as this
INTERVALS = 2 * WIDEST + 1
STEPS = INTERVALS + DRUM + 1  # a melodic interval, a drum sound, or nothing
NUMBER_UNIT = pitch_class_profile.UNIT  # a number of 64 is 1.0 to the network
USUAL_NOTES = 24  # of a part, over which its usual pitch fades
MIDDLE_C = 60

INPUTS: tuple[tuple[str, int], ...] = (
    *((name, size + 1) for name, size in zip(FIELDS, SIZES, strict=True)),
    ("style", STYLES),
    ("bar_pulses", PLACES + 2),
    ("phrase", PHRASE),
    ("bars_heard", BARS_COUNTED),
    ("interval", INTERVALS + 1),
    ("own_interval", INTERVALS + 1),
    *(
        (f"{name}_{bars}", size)
        for bars in DISTANCES
        for name, size in (
            ("next_step", STEPS),
            ("next_place", PLACES + 1),
            ("next_part", PARTS + 1),
            ("next_duration", DURATIONS + 1),
            ("agreement", 4),
            ("run", LONGEST_RUN + 2),
        )
    ),
    ("next_step_echo", STEPS),
    ("next_place_echo", PLACES + 1),
    ("next_duration_echo", DURATIONS + 1),
    ("echo_length", len(LENGTHS) + 1),
    ("echo_bars", LONGEST_RUN + 1),
)
NUMBERS: tuple[tuple[str, int], ...] = (("sounding", 12),)
HINTS: tuple[tuple[str, int], ...] = (
    ("reference", 128),
    ("last", 128),
    ("leap", INTERVALS),
    ("rank", RANKS),
    ("own_velocity", VELOCITIES + 1),
    ("same", 2 ** len(RECALLED)),
    ("certain", len(LENGTHS) + 1),
    *((f"ahead_place_{passage}", PLACES + 1) for passage in RECALLED),
    *((f"recalled_pitch_{passage}", PITCHES + 1) for passage in RECALLED),
    *((f"recalled_step_{passage}", STEPS) for passage in RECALLED),
    *((f"recalled_duration_{passage}", DURATIONS + 1) for passage in RECALLED),
    *((f"recalled_velocity_{passage}", VELOCITIES + 1) for passage in RECALLED),
    *((name, 128) for name in REGISTER),
    *((name, PLACES + 1) for name in END_PLACES),
    *((name, DURATIONS + 1) for name in ENDS),
    *((name, NUMBER_UNIT + 1) for name in TONALITY),
)
COLUMNS = {name: column for names in (INPUTS, HINTS) for column, (name, _) in enumerate(names)}
SAME, RECALLED_PITCHES = COLUMNS["same"], COLUMNS[f"recalled_pitch_{RECALLED[0]}"]

_UNHEARD = (STEPS - 1, PLACES, PARTS, DURATIONS, 0, 0)
_UNECHOED = (STEPS - 1, PLACES, DURATIONS, 0, 0)
_UNRECALLED = (PITCHES, STEPS - 1, DURATIONS, VELOCITIES)


def _interval(pitch: int, origin: int) -> int:
    return min(max(pitch - origin, -WIDEST), WIDEST) + WIDEST


def _step(pitch: int, origin: int) -> int:
    return _interval(pitch, origin) if pitch < DRUM else INTERVALS + pitch - DRUM


class Context:
    """The side inputs after the events pushed so far."""

    def __init__(self, style: int = 0) -> None:
        self.cursor = Cursor()
        self.numbers: list[int] = [0] * sum(width for _, width in NUMBERS)
        self.inputs: list[int] = [
            *SIZES,
            style,
            PLACES + 1,
            0,
            0,
            INTERVALS,
            INTERVALS,
            *_UNHEARD * len(DISTANCES),
            *_UNECHOED,
        ]
        self._style = style
        self._metred = False
        self._last = MIDDLE_C
        self._voices: dict[tuple[int, int], int] = {}
        self._velocities: dict[int, int] = {}
        self._lookback = Lookback()
        self._registers: dict[int, tuple[int, int, float]] = {}  # lowest, highest, usual pitch of each part
        self._harmony = HeardHarmony()
        self._pulse = 0
        self._ahead = [PLACES] * len(RECALLED)
        self._echoes: dict[int, Echo] = {}

    def recall(self, bars: int, place: int, part: int) -> list[int]:
        """Hints for a next event at that place of that part; `same` is 0 until `compare` knows the pitch."""
        bar = self.cursor.bar + bars
        slot = self._slot(bar, place, part)
        rank = self._lookback.rank(slot)
        reference = self._reference(part, rank)
        pitches, steps, durations, velocities = [], [], [], []
        for ago in DISTANCES:
            pitch, step, duration, velocity = _UNRECALLED
            there = self._lookback.recall(slot, ago)
            if there:
                pitch, duration, velocity = there
                step = _step(pitch, reference)
            pitches.append(pitch)
            steps.append(step)
            durations.append(duration)
            velocities.append(velocity)
        echo, certain = self._echoes.get(part), 0
        pitch, step, duration, velocity = _UNRECALLED
        expected = echo.recall(slot.bar, slot.place) if echo else None
        if echo and expected:
            _, _, pitch, duration, velocity = expected
            step, certain = _step(pitch, reference), echo.length_token
        pitches.append(pitch)
        steps.append(step)
        durations.append(duration)
        velocities.append(velocity)
        start = self.cursor.bar_start(bar)
        leap, own_velocity = _interval(reference, self._last), self._velocities.get(part, VELOCITIES)
        return [
            *(reference, self._last, leap, rank, own_velocity, 0, certain),
            *(*self._ahead, *pitches, *steps, *durations, *velocities),
            *self._register(part),
            *self._ends(self.cursor.pulse, start, PLACES),
            *self._ends(start + place, start + place, DURATIONS),
            *self._harmony.pitch_classes(start + place),
        ]

    @staticmethod
    def compare(hints: list[int], pitch: int) -> None:
        """Write into `hints` which of the recalled notes have the `pitch` that was drawn."""
        recalled = hints[RECALLED_PITCHES : RECALLED_PITCHES + len(RECALLED)]
        hints[SAME] = sum(1 << i for i, other in enumerate(recalled) if other == pitch)

    def push(self, event: Sequence[int]) -> None:
        """Take in the next event."""
        bars, place, part, pitch, duration, velocity = event
        bar = self.cursor.bar + bars
        self._pulse = self.cursor.advance(event)
        interval, own_interval, heard = INTERVALS, INTERVALS, _UNHEARD * len(DISTANCES) + _UNECHOED
        self._ahead = [PLACES] * len(RECALLED)
        if pitch < END:
            slot = self._slot(bar, place, part)
            rank = self._lookback.rank(slot)
            if pitch < DRUM:
                if self._voices:
                    interval, own_interval = _interval(pitch, self._last), _interval(pitch, self._reference(part, rank))
                self._last = self._voices[part, rank] = self._voices[part, -1] = pitch
                self._hear(part, pitch, duration)
            self._velocities[part] = velocity or self._velocities.get(part, VELOCITIES)
            heard = (*self._followed(slot, pitch, duration, velocity), *self._echo(slot, pitch, duration, velocity))
        elif pitch == KIT:
            self._lookback.add_kit(part)
        self._metred = self._metred or pitch == METRE
        bar_pulses = self.cursor.bar_pulses(self.cursor.bar) if self._metred else PLACES + 1
        bar = self.cursor.bar
        places = bar_pulses, bar % PHRASE, min(bar, BARS_COUNTED - 1)
        self.inputs = [*event, self._style, *places, interval, own_interval, *heard]

    def _reference(self, part: int, rank: int) -> int:
        """The pitch to measure from: the last of this voice, else of this part, else of all."""
        return self._voices.get((part, rank), self._voices.get((part, -1), self._last))

    def _register(self, part: int) -> tuple[int, int, int]:
        """The lowest, the highest and the usual pitch of this part, or else the last pitch of all."""
        lowest, highest, usual = self._registers.get(part, (self._last,) * 3)
        return lowest, highest, int(usual + 0.5)

    def _ends(self, pulse: int, since: int, none: int) -> list[int]:
        """When the first and the last of the notes end that sound at `pulse`, as pulses `since` then, or `none`."""
        return [end - since if 0 <= end - since < none else none for end in self._harmony.ends(pulse)]

    def _slot(self, bar: int, place: int, part: int) -> Slot:
        return self._lookback.slot(bar, place, part, self.cursor.bar_pulses(bar))

    def _followed(self, slot: Slot, pitch: int, duration: int, velocity: int) -> tuple[int, ...]:
        """What followed this note's slot some bars ago: six tokens for each distance."""
        row: list[int] = []
        for i, there in enumerate(self._lookback.push(slot, pitch, duration, velocity)):
            if there is None:
                row.extend(_UNHEARD)
            else:
                step = _step(there.pitch, self._last)
                row.extend((step, there.place, there.part, there.duration, there.agreement, there.run))
                self._ahead[i] = there.place
        return tuple(row)

    def _echo(self, slot: Slot, pitch: int, duration: int, velocity: int) -> tuple[int, ...]:
        """What is expected next of the part that plays this note: five tokens."""
        echo = self._echoes.get(slot.part)
        if echo is None:
            echo = self._echoes[slot.part] = Echo()
        echo.push(Sounded(slot.bar, slot.place, pitch, duration, velocity))
        expected = echo.expected
        if expected is None:
            return _UNECHOED
        self._ahead[-1] = expected.place
        step = _step(expected.pitch, self._last)
        return step, expected.place, expected.duration, echo.length_token, min(echo.bars_ago, LONGEST_RUN)

    def _hear(self, part: int, pitch: int, duration: int) -> None:
        """Bring register, tonality and the numbers up to date with one melodic note."""
        lowest, highest, usual = self._registers.get(part, (pitch,) * 3)
        self._registers[part] = min(lowest, pitch), max(highest, pitch), usual + (pitch - usual) / USUAL_NOTES
        self._harmony.push(pitch, self._pulse, duration or DURATIONS)
        present = {(name - pitch) % 12 for name in self._harmony.sounding(self._pulse)}
        self.numbers = [NUMBER_UNIT * (name in present) for name in range(12)]
