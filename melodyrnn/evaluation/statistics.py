"""Statistics of the notes of a piece: numbers and histograms whose distributions over many pieces are compared."""

import math

import muspy
import numpy as np
import numpy.typing as npt

from melodyrnn.arrays import Doubles
from melodyrnn.evaluation.bars import SIXTEENTH_PULSES
from melodyrnn.evaluation.melody import melody
from melodyrnn.music.key_finding import estimate_key, pitch_class_durations
from melodyrnn.music.pulses import PULSES_PER_QUARTER
from melodyrnn.music.song import Song

WIDEST_INTERVAL = 12  # semitones; wider ones count as this
PLACE_BIN, LAST_PLACE_BIN = 3, 63  # a bin of the bar is 3 pulses, a 1/32 note
LONGEST_DURATION_BIN = 17  # bins are half octaves: 1/16 is one, dotted 1/16 and 1/8 triplet the next, ...
MOST_PARTS = 8
VELOCITY_BIN = 16
SOUNDS = {  # of a drum kit, by General MIDI key, as Gillick et al. group them; what is in none of them is "other"
    "kick": (35, 36),
    "snare": (37, 38, 40),
    "closed hi-hat": (22, 42, 44),
    "open hi-hat": (26, 46),
    "low tom": (41, 43, 58),
    "mid tom": (45, 47),
    "high tom": (48, 50),
    "crash": (49, 52, 55, 57),
    "ride": (51, 53, 59),
}
_SOUND_OF_KEY = np.full(128, len(SOUNDS), np.int64)
for _sound, _keys in enumerate(SOUNDS.values()):
    _SOUND_OF_KEY[list(_keys)] = _sound


def statistics(song: Song) -> dict[str, Doubles]:
    """The measures of one piece with at least one note, by name, each a vector; NaN where a measure has no meaning.

    Seven numbers, of which the first six are muspy's (H.-W. Dong et al., "MusPy: A Toolkit for Symbolic Music
    Generation", ISMIR 2020): pitch_class_entropy, scale_consistency, pitch_range, polyphony, groove_consistency,
    empty_beat_rate; and notes_per_bar. Histograms, each of sum 1: pitch_classes (12, from the tonic up, by duration),
    intervals (25, of the melody, from a falling to a rising octave), durations (18), onsets_in_bar (64); where there is
    more than one part, parts (8, of the notes, the fullest part first); of drums alone, sounds (10, those of `SOUNDS`
    and others), timing (6, pulses from the nearest sixteenth: -2 to 3) and velocities (8).
    """
    line = melody(song)
    notes = np.concatenate([track.array for track in song.tracks])
    melodic = any(len(track) and not track.is_drum for track in song.tracks)
    bars = song.bars
    lines = [song.bar_lines.start(bar) for bar in range(bars + 1)]
    bar_pulses = int(np.median(np.diff(lines)))  # not the mean: the last bar may sound for a part of it only
    music = as_muspy(song)
    numbers = {
        "pitch_class_entropy": muspy.pitch_class_entropy(music) if melodic else math.nan,
        "scale_consistency": muspy.scale_consistency(music) if melodic else math.nan,
        "pitch_range": muspy.pitch_range(music) if melodic else math.nan,
        "polyphony": muspy.polyphony(music) if melodic else math.nan,
        "groove_consistency": muspy.groove_consistency(music, bar_pulses) if bars > 1 else math.nan,
        "empty_beat_rate": muspy.empty_beat_rate(music),
        "notes_per_bar": len(notes) / bars,
    }
    intervals = np.clip(np.diff(line[:, 1]), -WIDEST_INTERVAL, WIDEST_INTERVAL) + WIDEST_INTERVAL
    duration_bins = np.round(2 * np.log2(notes[:, 2])).astype(np.int64)
    places = song.bar_lines.positions(notes[:, 0])[1] // PLACE_BIN
    shares = np.sort([len(track) / len(notes) for track in song.tracks if len(track)])[::-1][:MOST_PARTS]
    return (
        {name: np.array([number], np.float64) for name, number in numbers.items()}
        | {
            "pitch_classes": _pitch_classes(song),
            "intervals": _histogram(intervals, 2 * WIDEST_INTERVAL) if melodic else _nothing(2 * WIDEST_INTERVAL),
            "durations": _histogram(duration_bins, LONGEST_DURATION_BIN),
            "onsets_in_bar": _histogram(places, LAST_PLACE_BIN),
            "parts": np.pad(shares, (0, MOST_PARTS - len(shares))) if len(shares) > 1 else _nothing(MOST_PARTS - 1),
        }
        | _of_drums(notes, melodic)
    )


def as_muspy(song: Song) -> muspy.Music:
    """The notes of a Song as muspy has them, one time step a pulse."""
    tracks = [
        muspy.Track(track.program, track.is_drum, notes=[muspy.Note(*row) for row in track.array.tolist()])
        for track in song.tracks
    ]
    return muspy.Music(resolution=PULSES_PER_QUARTER, tracks=tracks)


def _pitch_classes(song: Song) -> Doubles:
    key = estimate_key(song)
    if key is None:
        return np.full(12, np.nan)
    durations = np.roll(pitch_class_durations(song), -key.tonic)
    return np.asarray(durations / durations.sum())


def _of_drums(notes: npt.NDArray[np.int64], melodic: bool) -> dict[str, Doubles]:
    """Which sounds of the kit, how far from the grid and how loud; NaN for melodic music."""
    from_grid = (notes[:, 0] + SIXTEENTH_PULSES // 2 - 1) % SIXTEENTH_PULSES
    found = {
        "sounds": (_SOUND_OF_KEY[notes[:, 1]], len(SOUNDS)),
        "timing": (from_grid, SIXTEENTH_PULSES - 1),
        "velocities": (notes[:, 3] // VELOCITY_BIN, 127 // VELOCITY_BIN),
    }
    return {
        name: _nothing(largest) if melodic else _histogram(bins, largest) for name, (bins, largest) in found.items()
    }


def _histogram(values: npt.NDArray[np.int64], largest: int) -> Doubles:
    counts = np.bincount(np.minimum(values, largest), minlength=largest + 1)
    return np.asarray(counts / max(1, counts.sum()))


def _nothing(largest: int) -> Doubles:
    return np.full(largest + 1, np.nan)
