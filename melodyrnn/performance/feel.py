"""A player's feel: how loud and how late notes come by their place in the beat, and how both waver.

Measured on the Groove MIDI data set (drummers on an electronic kit; CC BY 4.0; J. Gillick, A. Roberts, J. Engel,
D. Eck and D. Bamman, "Learning to Groove with Inverse Sequence Transformations", 2019): 141,798 strokes on hi-hat and
ride in 304 beats in 4/4 of its training split, which of all strokes most resemble a line. Figures:
docs/experiments/performance.md.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from melodyrnn.music.metre import TimeSignature
from melodyrnn.music.pulses import PULSES_PER_QUARTER, PULSES_PER_WHOLE
from melodyrnn.music.song import Song, Track
from melodyrnn.options import HUMANIZE

# At the four sixteenths of a beat, and at the next beat again; between them on a straight line.
PLACES = (0.0, 0.25, 0.5, 0.75, 1.0)  # of a beat
LOUDNESS = (1.084, 0.788, 0.996, 0.867, 1.084)  # times the mean velocity
LATENESS_MS = (-1.3, 6.2, -1.9, 1.4, -1.3)  # median, after what each piece is late as a whole

WAVER = 0.15  # of a velocity: spread between strokes at one place, from one bar to the next
JITTER_MS = 9.7  # spread of one stroke's time
DRIFT_MS = 13.0  # spread of what neighbours share
DRIFT_KEPT = 0.85  # of the drift, from one quarter note to the next


def humanized(
    song: Song, amount: float, random_seed: int, earliest_pulse: int = 0
) -> tuple[Song, list[npt.NDArray[np.float64]]]:
    """The Song with velocities as played, and for each track (n,) pulses by which its notes come late (below 0: early).

    `amount`: 0 changes nothing, 1 is what was measured. Notes of a track that begin together stay together. No note
    comes before `earliest_pulse`: what would makes all notes of the first quarter later, less and less, so that none is
    moved beside the others. The same `random_seed` gives the same. OptionError for an amount outside 0 to 1.
    """
    HUMANIZE.check(amount)
    rng = np.random.default_rng([random_seed, 3])
    tracks, shifts = list[Track](), list[npt.NDArray[np.float64]]()
    for track in song.tracks:
        onsets, index = np.unique(track.array[:, 0], return_inverse=True)
        fraction = _fractions(song, onsets)
        waver, jitter, drift = rng.normal(0, 1, (3, len(onsets)))
        loudness = 1 + amount * (np.interp(fraction, PLACES, LOUDNESS) - 1 + WAVER * waver)
        late_ms = np.interp(fraction, PLACES, LATENESS_MS) + JITTER_MS * jitter + DRIFT_MS * _wandering(onsets, drift)
        notes = track.array.copy()
        notes[:, 3] = np.clip(np.rint(notes[:, 3] * loudness[index]), 1, 127)
        tracks.append(track.with_notes(notes))
        shifts.append((amount * late_ms / _pulse_ms(song, onsets))[index])
    _hold_back(song, shifts, earliest_pulse)
    return Song(tuple(tracks), song.tempos, song.time_signatures, song.length_pulses), shifts


def _hold_back(song: Song, shifts: Sequence[npt.NDArray[np.float64]], earliest: int) -> None:
    """Let no note come before the earliest pulse, and those after it keep their distances."""
    onsets = [track.array[:, 0] - earliest for track in song.tracks]
    early = max((-(at + late).min() for at, late in zip(onsets, shifts, strict=True) if len(at)), default=0.0)
    if early > 0:
        for at, late in zip(onsets, shifts, strict=True):
            late += early * np.clip(1 - at / PULSES_PER_QUARTER, 0, 1)
            np.maximum(late, -at, out=late)


def _fractions(song: Song, onsets: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """(n,) onsets -> (n,) places in their beat, 0 to below 1."""
    changes = np.array([signature.onset_pulses for signature in song.time_signatures])
    beats = np.array([_beat_pulses(signature) for signature in song.time_signatures])
    _, places = song.bar_lines.positions(onsets)
    fractions: npt.NDArray[np.float64] = places / beats[np.searchsorted(changes, onsets, side="right") - 1] % 1
    return fractions


def _beat_pulses(signature: TimeSignature) -> float:
    """Three of the denominator's notes in a compound metre (6/8, 9/8, 12/8), else one."""
    compound = signature.numerator > 3 and signature.numerator % 3 == 0 and signature.denominator >= 8
    return PULSES_PER_WHOLE / signature.denominator * (3 if compound else 1)


def _pulse_ms(song: Song, onsets: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """(n,) onsets -> how long a pulse is there."""
    tempos = song.tempo_map
    which = np.searchsorted(tempos.onsets, onsets, side="right") - 1
    pulse: npt.NDArray[np.float64] = 60_000 / PULSES_PER_QUARTER / tempos.bpms[which]
    return pulse


def _wandering(onsets: npt.NDArray[np.int64], steps: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(n,) random steps of spread 1 -> a walk of spread 1 that forgets itself with time (an AR(1) process)."""
    kept = DRIFT_KEPT ** (np.diff(onsets) / PULSES_PER_QUARTER)
    walk = steps.copy()
    for i, share in enumerate(kept.tolist(), 1):
        walk[i] = share * walk[i - 1] + (1 - share**2) ** 0.5 * steps[i]
    return walk
