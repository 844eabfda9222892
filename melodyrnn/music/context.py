"""The side inputs of a step: what any stream of events can keep in constant memory, and a recurrent state alone lacks.

`Context` is the one object that keeps them, in training and in playing alike: an event goes in (`push`), and what the
model may know before the next event comes out, in two portions:

- `inputs` and `numbers`, known at once: the event itself, its style and place; the interval it made (*relative pitch*);
  what followed at the same place 1, 2, 4 and 8 bars ago, whether the present note agrees with it, and for how many
  bars all have (*lookback*); what followed the latest passage that ended as this one does (*echo*);
  pitch classes that sound now, turned so that the present one comes first (*sounding*).
- `recall`, known once the next event's place and part are drawn: the note of the same part and the same rank in its
  chord 1, 2, 4 and 8 bars before, the note its echo expects there, and the pitch to measure the next one from, which
  is that voice's last.

Lookback meets voice with voice: notes are ordered by bar, place, part and rank, and compared in that order.
"""

from bisect import bisect_right
from collections.abc import Sequence

from melodyrnn.music.echo import LENGTHS, Echo, Sounded
from melodyrnn.music.events import (
    DRUM,
    DURATIONS,
    END,
    FIELDS,
    METRE,
    PARTS,
    PITCHES,
    PLACES,
    SIZES,
    VELOCITIES,
    Cursor,
)

LOOKBACK = (1, 2, 4, 8)  # bars
RECALLED = (*(str(bars) for bars in LOOKBACK), "echo")  # the passages from which the next note is recalled
STYLES = 16
PHRASE = 16  # bars; the place in the phrase is counted in these
LONGEST_RUN = 32  # bars; what has agreed with an earlier passage for longer counts as this
BARS_COUNTED = 128  # bars; later ones count as the last of these
FORGOTTEN_AT_ONCE = 128  # notes that are too old for lookback; few, since every copy of a Context holds those left
RANKS = 16  # notes of a chord told apart; those above share the last rank
WIDEST = 48  # semitones; wider intervals count as this
INTERVALS = 2 * WIDEST + 1
STEPS = INTERVALS + DRUM + 1  # a melodic interval, a drum sound, or nothing
NUMBER_UNIT = 64  # a number of 64 is 1.0 to the network
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
        for bars in LOOKBACK
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
)
COLUMNS = {name: column for names in (INPUTS, HINTS) for column, (name, _) in enumerate(names)}
SAME, RECALLED_PITCHES = COLUMNS["same"], COLUMNS[f"recalled_pitch_{RECALLED[0]}"]

_PLACE, _CELL = RANKS * PARTS, RANKS
_BAR = PLACES * _PLACE
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
            *_UNHEARD * len(LOOKBACK),
            *_UNECHOED,
        ]
        self._style = style
        self._metred = False
        self._last = MIDDLE_C
        self._voices: dict[tuple[int, int], int] = {}
        self._velocities: dict[int, int] = {}
        self._cell, self._rank = (-1, 0, 0), 0
        self._keys: list[int] = []
        self._notes: list[tuple[int, int, int]] = []  # pitch, duration, velocity, one a key
        self._sounding: list[tuple[int, int]] = []
        self._pulse = 0
        self._ahead = [PLACES] * len(RECALLED)
        self._echoes: dict[int, Echo] = {}
        self._agrees_since: list[int | None] = [None] * len(LOOKBACK)  # the bar in which each run of agreement began

    def recall(self, bars: int, place: int, part: int) -> list[int]:
        """Hints for a next event at that place of that part; `same` is 0 until `compare` knows the pitch."""
        bar = self.cursor.bar + bars
        rank = self._rank if self._cell == (bar, place, part) else 0
        reference = self._reference(part, rank)
        key = bar * _BAR + place * _PLACE + part * _CELL + rank
        pitches, steps, durations, velocities = [], [], [], []
        for ago in LOOKBACK:
            pitch, step, duration, velocity = _UNRECALLED
            there = bisect_right(self._keys, key - ago * _BAR) - 1
            if there >= 0 and self._keys[there] == key - ago * _BAR:
                pitch, duration, velocity = self._notes[there]
                step = _step(pitch, reference)
            pitches.append(pitch)
            steps.append(step)
            durations.append(duration)
            velocities.append(velocity)
        echo, certain = self._echoes.get(part), 0
        pitch, step, duration, velocity = _UNRECALLED
        expected = echo.recall(bar, place) if echo else None
        if echo and expected:
            _, _, pitch, duration, velocity = expected
            step, certain = _step(pitch, reference), echo.length_token
        pitches.append(pitch)
        steps.append(step)
        durations.append(duration)
        velocities.append(velocity)
        leap, own_velocity = _interval(reference, self._last), self._velocities.get(part, VELOCITIES)
        return [
            *(reference, self._last, leap, rank, own_velocity, 0, certain),
            *(*self._ahead, *pitches, *steps, *durations, *velocities),
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
        interval, own_interval, heard = INTERVALS, INTERVALS, _UNHEARD * len(LOOKBACK) + _UNECHOED
        self._ahead = [PLACES] * len(RECALLED)
        if pitch < END:
            rank = self._rank if self._cell == (bar, place, part) else 0
            self._cell, self._rank = (bar, place, part), min(rank + 1, RANKS - 1)
            if pitch < DRUM:
                if self._voices:
                    interval, own_interval = _interval(pitch, self._last), _interval(pitch, self._reference(part, rank))
                self._last = self._voices[part, rank] = self._voices[part, -1] = pitch
                self._hear(pitch, duration)
            self._velocities[part] = velocity or self._velocities.get(part, VELOCITIES)
            self._keys.append(bar * _BAR + place * _PLACE + part * _CELL + rank)
            self._notes.append((pitch, duration, velocity))
            heard = (*self._lookback(bar), *self._echo(part, Sounded(bar, place, pitch, duration, velocity)))
        self._metred = self._metred or pitch == METRE
        bar_pulses = self.cursor.bar_pulses(self.cursor.bar) if self._metred else PLACES + 1
        bar = self.cursor.bar
        places = bar_pulses, bar % PHRASE, min(bar, BARS_COUNTED - 1)
        self.inputs = [*event, self._style, *places, interval, own_interval, *heard]

    def _reference(self, part: int, rank: int) -> int:
        """The pitch to measure from: the last of this voice, else of this part, else of all."""
        return self._voices.get((part, rank), self._voices.get((part, -1), self._last))

    def _lookback(self, bar: int) -> tuple[int, ...]:
        """What followed the note of the same place, part and rank, some bars ago: six tokens for each distance."""
        keys, notes = self._keys, self._notes
        key, (present, _, _) = keys[-1], notes[-1]
        if len(keys) > 2 * FORGOTTEN_AT_ONCE and keys[FORGOTTEN_AT_ONCE] < (bar - LOOKBACK[-1] - 1) * _BAR:
            del keys[:FORGOTTEN_AT_ONCE], notes[:FORGOTTEN_AT_ONCE]
        row: list[int] = []
        for i, ago in enumerate(LOOKBACK):
            there = bisect_right(keys, key - ago * _BAR) - 1
            if there < 0 or keys[there] < (bar - ago - 1) * _BAR:
                row.extend(_UNHEARD)
                self._agrees_since[i] = None
                continue
            pitch, duration, _ = notes[there + 1]
            place, cell = divmod(keys[there + 1] % _BAR, _PLACE)
            agreement = 1 if keys[there] != key - ago * _BAR else 2 + (notes[there][0] == present)
            run = self._run(i, agreement, bar)
            row.extend((_step(pitch, self._last), place, cell // _CELL, duration, agreement, run))
            self._ahead[i] = place
        return tuple(row)

    def _echo(self, part: int, note: Sounded) -> tuple[int, ...]:
        """What is expected next of the part that plays this note: five tokens."""
        echo = self._echoes.get(part)
        if echo is None:
            echo = self._echoes[part] = Echo()
        echo.push(note)
        expected = echo.expected
        if expected is None:
            return _UNECHOED
        self._ahead[-1] = expected.place
        step = _step(expected.pitch, self._last)
        return step, expected.place, expected.duration, echo.length_token, min(echo.bars_ago, LONGEST_RUN)

    def _run(self, i: int, agreement: int, bar: int) -> int:
        """For how many bars every note has been the one so many bars before it: 0 for not now, else 1 and more."""
        since = self._agrees_since[i]
        if agreement < 3:
            self._agrees_since[i] = None
            return 0
        if since is None:
            since = self._agrees_since[i] = bar
        return 1 + min(bar - since, LONGEST_RUN)

    def _hear(self, pitch: int, duration: int) -> None:
        """Bring the numbers up to date with one melodic note."""
        self._sounding = [note for note in self._sounding if note[0] > self._pulse][-31:]
        self._sounding.append((self._pulse + (duration or DURATIONS), pitch % 12))
        present = {(name - pitch) % 12 for _, name in self._sounding}
        self.numbers = [NUMBER_UNIT * (name in present) for name in range(12)]
