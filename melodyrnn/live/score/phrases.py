"""A player's phrase: keys that go down and up, read as notes on the grid."""

from collections import deque
from collections.abc import Iterable

from melodyrnn.encoding.events import LONGEST_NOTE
from melodyrnn.music.key_finding import estimate_key
from melodyrnn.music.pulses import PULSES_PER_QUARTER
from melodyrnn.music.scales import Key
from melodyrnn.music.song import Note, Song, Track

MOST_NOTES = 256  # the last of a phrase: reading them takes well under a second
GRIDS = (6, 8)  # pulses: sixteenth notes, and triplets of eighths
LEAST_PITCH_CLASSES = 3  # fewer have no key


class Phrase:
    """Notes from keys. Pulses are those of the song, rounded to the nearest.

    A key or pedal that is held longer than the model's longest note counts as released, so that a stuck one blocks
    nothing.
    """

    def __init__(self, pedal: int | None = None) -> None:
        self._notes: deque[Note] = deque(maxlen=MOST_NOTES)
        self._down: dict[int, tuple[int, int]] = {}
        self.pedal = pedal  # since when it is down
        self.last_pulse: int | None = None  # when a key or the pedal last moved

    def press(self, pulse: int, pitch: int, velocity: int) -> None:
        """A key goes down."""
        self.release(pulse, pitch)
        self._down[pitch] = (pulse, velocity)
        self.last_pulse = pulse

    def release(self, pulse: int, pitch: int) -> None:
        """A key comes up. If it was not down, nothing happens."""
        if pitch in self._down:
            self.last_pulse = pulse
            self._end(pitch, pulse)

    def press_pedal(self, pulse: int, down: bool) -> None:
        """The sustain pedal moves. Notes are as long as their keys are held, but they may sound on."""
        if down == (self.pedal is not None):
            return  # some pedals repeat their position
        if self.last_pulse is not None:
            self.last_pulse = pulse
        self.pedal = pulse if down else None

    def _end(self, pitch: int, pulse: int) -> None:
        onset, velocity = self._down.pop(pitch)
        self._notes.append(Note(onset, pitch, min(max(pulse - onset, 1), LONGEST_NOTE), velocity))

    def rests_from(self) -> int | None:
        """The pulse from which neither key nor pedal is down, if none is pressed again. None before the first key."""
        held = [onset + LONGEST_NOTE for onset, _ in self._down.values()]
        if self.pedal is not None:
            held.append(self.pedal + LONGEST_NOTE)
        return self.last_pulse if self.last_pulse is None else max([self.last_pulse, *held])

    def take(self, end: int) -> tuple[Note, ...]:
        """Take the notes that begin before `end`, in order; those still held end there. Later ones stay."""
        for pitch, (onset, velocity) in list(self._down.items()):
            if onset < end:
                self._notes.append(Note(onset, pitch, min(end - onset, LONGEST_NOTE), velocity))
                del self._down[pitch]
        taken = sorted(note for note in self._notes if note.onset_pulses < end)
        self._notes = deque((note for note in self._notes if note.onset_pulses >= end), MOST_NOTES)
        return tuple(taken)


def as_played(notes: tuple[Note, ...]) -> tuple[Note, ...]:
    """The notes as they are."""
    return notes


def quantized(notes: Iterable[Note]) -> tuple[Note, ...]:
    """The same notes on sixteenths or triplets, whichever is nearer in each beat; durations at least one step."""
    beats: dict[int, list[Note]] = {}
    for note in notes:
        beats.setdefault(note.onset_pulses // PULSES_PER_QUARTER, []).append(note)
    found: dict[tuple[int, int], Note] = {}
    for beat in beats.values():
        grid = min(
            GRIDS, key=lambda grid: sum(abs(note.onset_pulses - _near(note.onset_pulses, grid)) for note in beat)
        )
        for note in beat:
            onset = _near(note.onset_pulses, grid)
            duration = max(_near(note.duration_pulses, grid), grid)
            found[onset, note.pitch] = Note(onset, note.pitch, duration, note.velocity)
    return tuple(sorted(found.values()))


def _near(pulses: int, grid: int) -> int:
    return (pulses + grid // 2) // grid * grid


def phrase_key(notes: Iterable[Note]) -> Key | None:
    """The key of a phrase, or None if it has too few pitches."""
    played = list(notes)
    first = min((note.onset_pulses for note in played), default=0)
    if len({note.pitch % 12 for note in played}) < LEAST_PITCH_CLASSES:
        return None
    return estimate_key(Song((Track(Note(note.onset_pulses - first, *note[1:]) for note in played),)))


def notes_per_beat(notes: Iterable[Note], pulses: int) -> float:
    """Notes a beat within so many pulses. A chord counts once."""
    return len({note.onset_pulses for note in notes}) * PULSES_PER_QUARTER / max(pulses, 1)
