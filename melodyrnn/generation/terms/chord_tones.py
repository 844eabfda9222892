"""The chords asked for."""

import copy
from collections.abc import Iterator, Sequence

import numpy as np

from melodyrnn.arrays import Floats
from melodyrnn.encoding.events import DRUM, DURATIONS, END, FIELDS, KIT, LONGEST_NOTE, PART, SIZES, Cursor
from melodyrnn.generation.terms.step import Constants, Expected, Step
from melodyrnn.music.chords import Chord
from melodyrnn.music.progression import Progression
from melodyrnn.music.pulses import PULSES_PER_QUARTER

CLASSES = np.arange(DRUM) % 12
STEP_SEMITONES = 2
FADE = 0.9  # of what is known of a part's lowest notes, at each of them
OPPOSITE = {3: 4, 4: 3, 6: 7, 10: 11, 11: 10}  # a tone of a chord, and the pitch that makes another chord of it
LEAST_CHORDS = 3  # that say which scale a progression is in


class ChordTones:
    """Notes are tones of the chord where they weigh: on beats, and for long. Drums are left alone.

    A pitch outside the chord costs `nats_at_change` where the chord begins, and `nats_on_beat`; off the beat
    `nats_off_beat` if it lies a step from the part's last note, as a passing tone does, else as on the beat. It costs
    `nats_foreign` more if it is outside the scale of the progression, or makes another chord of this one, as a major
    third does of a minor chord. A note costs `nats_a_beat` for each beat that it sounds on while its pitch is outside
    the chord, after the first `free_beats`.

    Of a part that has not played so much of that counts as is usual for it, and if it plays chords there are no passing
    tones. If it is the bass, only the root, third and fifth are tones of the chord: a seventh held in the bass makes
    another chord of it.

    The bass is the lowest note of the lowest part, if such notes lie below `bass_below` on average, and no more than
    `bass_room` above that. Unless it is the lowest note of the chord, it costs `nats_bass` where the chord begins, and
    half as much on other beats. A part that has not played may be said to be the bass: then where the chord begins.
    """

    def __init__(self, constants: Constants) -> None:
        self._constants = constants
        self._progression: Progression | None = None
        self._costs: dict[
            Chord, Floats
        ] = {}  # of each chord: (12,) 0 for its tones, 1 for others, more for foreign ones
        self.bar_line = (0, 0)  # a bar of the progression, and the pulse of the stream at which it begins
        self._latest: tuple[tuple[int, ...], ...] = ()  # of each part, the pitches of its last onset
        self._lowest: tuple[float, ...] = ()  # of each part, the pitch of its lowest notes on average; inf of kits
        self._at = (-1, -1)  # pulse and part of the last note
        self._expected: dict[int, Expected] = {}  # of parts that have not played

    def __deepcopy__(self, _: dict[int, object]) -> "ChordTones":
        return copy.copy(self)  # its values are replaced, never changed

    def ask(self, progression: Progression | None) -> None:
        """From here on these chords are asked for."""
        self._progression = progression
        if progression is not None:
            key = progression.key if len(progression.chords) >= LEAST_CHORDS else None
            scale = key.pitch_classes if key else range(12)
            chords = [each for chord in progression.chords for each in (chord, chord.triad)]
            self._costs = {chord: self._of_classes(chord, scale) for chord in chords}

    def _of_classes(self, chord: Chord, scale: Sequence[int]) -> Floats:
        costs = np.array([0 if each in chord.pitch_classes else 1 for each in range(12)], np.float32)
        opposites = {(chord.root + OPPOSITE[each]) % 12 for each in chord.intervals if each in OPPOSITE}
        for each in range(12):
            if costs[each] and (each in opposites or each not in scale):
                costs[each] += 1
        return costs

    def push(self, event: Sequence[int], cursor: Cursor) -> None:
        """As Follower says."""
        _, _, part, pitch, _, velocity = event
        if pitch in (PART, KIT):
            self._latest, self._lowest = (*self._latest, ()), (*self._lowest, np.inf)
        elif pitch < DRUM and velocity:
            is_lowest = self._at != (cursor.pulse, part)
            before = () if is_lowest else self._latest[part]
            self._latest = (*self._latest[:part], (*before, pitch), *self._latest[part + 1 :])
            if is_lowest:
                known = self._lowest[part]
                average = pitch if known == np.inf else FADE * known + (1 - FADE) * pitch
                self._lowest = (*self._lowest[:part], average, *self._lowest[part + 1 :])
        if pitch < END:
            self._at = cursor.pulse, part

    def mark_as_seed(self, _: Cursor) -> None:
        """As Follower says: the parts go on."""

    def expect(self, part: int, expected: Expected, _: Cursor) -> None:
        """From here on a part follows the chords as is usual for it."""
        self._expected = {**self._expected, part: expected}

    def nats(self, step: Step) -> Floats | None:
        """As Follower says, of pitches and durations."""
        if self._progression is None or (step.field == "duration" and step.drawn[3] >= DRUM):
            return None
        return self._of_durations(step) if step.field == "duration" else self._of_pitches(step)

    def _of_pitches(self, step: Step) -> Floats | None:
        pulse, part = step.pulse, step.drawn[2]
        if part >= len(self._latest):
            return None  # a part is named
        begins, chord = self._chord(step.cursor, step.cursor.bar + step.drawn[0], pulse)
        if chord is None:
            return None
        expected = self._expected.get(part)
        constants, costs = self._constants, self._costs[chord.triad if expected and expected.is_bass else chord]
        start, end = step.cursor.whole_bar(step.cursor.bar + step.drawn[0])
        on_beat = (pulse - start) * step.cursor.beats % (end - start) == 0
        weight = constants["nats_at_change" if begins == pulse else "nats_on_beat"]
        outside = np.minimum(costs, 1)[CLASSES] * np.float32(weight)
        if not on_beat and self._latest[part] and (expected is None or expected.chord == 1):
            near = [abs(np.arange(DRUM) - pitch) <= STEP_SEMITONES for pitch in self._latest[part]]
            outside[np.any(near, 0)] *= np.float32(constants["nats_off_beat"] / constants["nats_on_beat"])
        outside += np.maximum(costs - 1, 0)[CLASSES] * np.float32(constants["nats_foreign"])
        if expected is not None:
            outside *= np.float32(expected.chord_share)
        is_bass = expected is not None and expected.is_bass and self._at != (pulse, part)
        if on_beat and (is_bass or self._is_bass(part, pulse)):
            below = np.arange(DRUM) <= (DRUM if is_bass else self._lowest[part] + constants["bass_room"])
            strength = constants["nats_bass"] * (1 if begins == pulse else 0 if is_bass else 0.5)
            outside[below & (chord.bass != CLASSES)] += np.float32(strength)
        result = np.zeros(SIZES[FIELDS.index("pitch")], np.float32)
        result[:DRUM] = -outside
        return result

    def _is_bass(self, part: int, pulse: int) -> bool:
        """Whether the next note of a part is the lowest of the music at a pulse."""
        lowest = self._lowest[part]
        return self._at != (pulse, part) and lowest < self._constants["bass_below"] and lowest == min(self._lowest)

    def _of_durations(self, step: Step) -> Floats:
        pulse, pitch_class = step.pulse, step.drawn[3] % 12
        expected = self._expected.get(step.drawn[2])
        outside = np.zeros(LONGEST_NOTE, np.float32)
        for start, end, chord in self._spans(step.cursor, step.cursor.bar + step.drawn[0], pulse + LONGEST_NOTE):
            tones = chord and (chord.triad if expected and expected.is_bass else chord).pitch_classes
            if tones and pitch_class not in tones and end > pulse:
                outside[max(0, start - pulse) : end - pulse] = 1
        beats = np.concatenate([[0], np.cumsum(outside)]) / PULSES_PER_QUARTER
        beats[0] = beats[-1]  # a tie, after the longest note
        result = np.zeros(DURATIONS, np.float32)
        result -= np.float32(self._constants["nats_a_beat"]) * np.maximum(0, beats - self._constants["free_beats"])
        return result

    def _chord(self, cursor: Cursor, bar: int, pulse: int) -> tuple[int, Chord | None]:
        """Where the chord at a pulse of a bar begins, and the chord."""
        spans = list(self._spans(cursor, bar, pulse + 1))
        begins, _, chord = next(span for span in spans if span[0] <= pulse < span[1])
        return begins, chord

    def _spans(self, cursor: Cursor, bar: int, until: int) -> Iterator[tuple[int, int, Chord | None]]:
        """(first pulse, pulse after the last, chord) of the chords from the beginning of a bar until a pulse."""
        assert self._progression is not None
        start, end = cursor.whole_bar(bar)
        while start < until:
            number = self.bar_line[0] + round((start - self.bar_line[1]) / (end - start))
            spans = list(self._progression.spans(number, end - start, cursor.beats))
            ends = [place for place, _ in spans[1:]] + [end - start]
            for (place, chord), after in zip(spans, ends, strict=True):
                yield start + place, start + after, chord
            bar += cursor.stretches
            start, end = end, cursor.whole_bar(bar)[1]
