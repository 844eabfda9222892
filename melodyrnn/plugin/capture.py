"""The phrase that is captured from what comes in: a seed, which the music goes on from and the model learns."""

from typing import Any

from melodyrnn.errors import OptionError
from melodyrnn.live.score.phrases import Phrase
from melodyrnn.live.time.bars import Bars
from melodyrnn.music.channels import DRUM_CHANNEL
from melodyrnn.music.metre import TimeSignature
from melodyrnn.music.pulses import PULSES_PER_QUARTER
from melodyrnn.music.song import Note, Song, Track

LEAST_NOTES = 4
PAUSE_PULSES = 2 * PULSES_PER_QUARTER  # so long without a key, and the phrase is over


class Capture:
    """Collects keys to a phrase until there is a pause. Its pulses only rise."""

    def __init__(self) -> None:
        self._phrase = Phrase()
        self._drums = self._keys = 0

    def key(self, pulse: int, channel: int, pitch: int, velocity: int) -> None:
        """A key moves; `velocity` 0 is up."""
        if velocity:
            self._phrase.press(pulse, pitch, velocity)
            self._drums += channel == DRUM_CHANNEL
            self._keys += 1
        else:
            self._phrase.release(pulse, pitch)

    def take(self, pulse: int, metre: TimeSignature, bars: Bars, ended: bool = False) -> Song | None:
        """The phrase from its first bar line on, if it is over by a pulse, or `ended`, and has notes enough."""
        rests_from = self._phrase.rests_from()
        if rests_from is None or not (ended or pulse >= rests_from + PAUSE_PULSES):
            return None
        notes, is_drum = self._phrase.take(pulse + 1), 2 * self._drums > self._keys
        self._phrase, self._drums, self._keys = Phrase(), 0, 0
        if len(notes) < LEAST_NOTES:
            return None
        line = bars.line(bars.bar(notes[0].onset_pulses))
        moved = [Note(note.onset_pulses - line, *note[1:]) for note in notes]
        return Song((Track(moved, is_drum=is_drum),), (), (metre,))


def song_data(song: Song) -> dict[str, Any]:
    """A captured phrase as plain data."""
    track, metre = song.tracks[0], song.time_signatures[0]
    return {
        "metre": [metre.numerator, metre.denominator],
        "drums": track.is_drum,
        "notes": [list(map(int, note)) for note in track],
    }


def song_of(data: dict[str, Any]) -> Song:
    """The captured phrase that `song_data` made plain. OptionError, TypeError or ValueError for what it never makes."""
    metre = TimeSignature(0, *data["metre"])
    song = Song((Track([Note(*note) for note in data["notes"]], is_drum=bool(data["drums"])),), (), (metre,))
    if not song.note_count:
        raise OptionError("a captured phrase has notes")
    return song
