"""Beats of a performance, from when its notes begin; and the performance on the 24-pulse grid of those beats.

Beats are tracked by dynamic programming (D. Ellis, "Beat Tracking by Dynamic Programming", Journal of New Music
Research 36, 2007), here over the onsets of notes, which need not be detected.
"""

import numpy as np
import numpy.typing as npt

from melodyrnn.arrays import Doubles
from melodyrnn.errors import OptionError
from melodyrnn.music.pulses import PULSES_PER_QUARTER
from melodyrnn.music.song import NoteArray, Song
from melodyrnn.music.tempo import BPM_RANGE, Tempo

FRAMES = 50  # a second
SMOOTHING_SECONDS = 0.04  # of onsets that belong together
BEAT_SECONDS = (0.3, 1.5)
USUAL_BEAT_SECONDS = 0.66
OCTAVES = 0.7  # how far from the usual beat is likely: one standard deviation
STEADINESS = 100.0  # how much a beat of another length costs
LONGEST_SECONDS = 3600
FEWEST_ONSETS = 8
USUAL_PLACES = np.array([place % 6 == 0 or place % 8 == 0 for place in range(PULSES_PER_QUARTER)])
PLAYED_SHARE = 0.5  # on a grid that says nothing a quarter of the onsets are on a usual place; in notated music most


def usual_share(song: Song) -> float:
    """The share of notes that begin on a 16th or a triplet eighth: about 0.25 where the tempo map means nothing."""
    onsets = np.concatenate([np.zeros(0, np.int64), *(track.array[:, 0] for track in song.tracks)])
    return float(USUAL_PLACES[onsets % PULSES_PER_QUARTER].mean()) if len(onsets) else 1.0


def on_found_beats(song: Song) -> Song | None:
    """The song on the beats that are found in it. None where its own tempo map is useful, or no beats are found: in
    more than an hour they are not looked for.
    """
    if usual_share(song) >= PLAYED_SHARE or song.seconds(song.end_pulses) > LONGEST_SECONDS:
        return None
    beats = find_beats(*onset_times(song))
    return on_beats(song, beats) if len(beats) > 1 else None


def onset_times(song: Song) -> tuple[Doubles, Doubles]:
    """(n,) seconds at which notes begin, and (n,) how strong they are: by velocity, more in the bass."""
    notes = np.concatenate([np.zeros((0, 4), np.int64), *(track.array for track in song.tracks)])
    drums = np.repeat([track.is_drum for track in song.tracks], [len(track) for track in song.tracks])
    strengths = notes[:, 3] / 64 * (1 + np.clip((60 - notes[:, 1]) / 24, 0, 1) * ~drums)
    return song.tempo_map.seconds_at(notes[:, 0]), strengths


def find_beats(seconds: Doubles, strengths: Doubles) -> Doubles:
    """(n,) onsets in any order -> (m,) times of the beats, from the first onset to the last.

    Empty for fewer than 8 onsets and for more than an hour of them.
    """
    if len(seconds) < FEWEST_ONSETS or seconds.max() - seconds.min() > LONGEST_SECONDS:
        return np.zeros(0)
    start = seconds.min()
    strength = _strength(seconds - start, strengths)
    period = _period(strength)
    beats: Doubles = start + _track(strength, period) / FRAMES
    return beats


def _strength(seconds: Doubles, strengths: Doubles) -> Doubles:
    """Onsets as a curve of FRAMES values a second with a standard deviation of 1; chords count by the square root."""
    curve = np.zeros(int(seconds.max() * FRAMES) + 2)
    np.add.at(curve, np.rint(seconds * FRAMES).astype(np.int64), strengths)
    wide = int(4 * SMOOTHING_SECONDS * FRAMES) + 1
    bell = np.exp(-0.5 * (np.arange(-wide, wide + 1) / (SMOOTHING_SECONDS * FRAMES)) ** 2)
    curve = np.sqrt(np.convolve(curve, bell)[wide : wide + len(curve)])
    deviation = curve.std()
    result: Doubles = curve / (deviation or 1.0)
    return result


def _period(strength: Doubles) -> float:
    """The length of a beat in frames: where the curve is most like itself, and likelier near the usual beat."""
    size = 1 << (2 * len(strength) - 1).bit_length()
    spectrum = np.fft.rfft(strength - strength.mean(), size)
    alike = np.fft.irfft(np.abs(spectrum) ** 2, size)
    shortest, longest = (round(limit * FRAMES) for limit in BEAT_SECONDS)
    lags = np.arange(shortest, longest + 1)
    alike = np.concatenate([alike, np.zeros(4 * longest)])
    score = alike[lags] + 0.5 * alike[2 * lags] + 0.25 * alike[4 * lags]
    score = np.maximum(score, 0) * np.exp(-0.5 * (np.log2(lags / FRAMES / USUAL_BEAT_SECONDS) / OCTAVES) ** 2)
    return float(lags[int(np.argmax(score))])


def _track(strength: Doubles, period: float) -> Doubles:
    """(m,) frames of the beats: the path over strong onsets whose steps stay near the period."""
    steps = np.arange(round(period / 2), round(2 * period) + 1)
    cost = STEADINESS * np.log(steps / period) ** 2
    before = np.zeros(len(strength), np.int64) - 1
    longest = int(steps[-1])
    score = np.concatenate([np.zeros(longest), strength])  # what lies before the start costs nothing
    for frame in range(int(steps[0]), len(strength)):
        earlier = score[frame + longest - steps] - cost
        best = int(np.argmax(earlier))
        if earlier[best] > 0:
            score[frame + longest] += earlier[best]
            before[frame] = frame - steps[best]
    last = len(strength) - int(period) + int(np.argmax(score[-int(period) :])) if len(strength) > period else 0
    beats = []
    while last >= 0:
        beats.append(last)
        last = int(before[last])
    return np.array(beats[::-1], np.float64)


def on_beats(song: Song, beats: Doubles) -> Song:
    """The song as it sounds, with `beats` (m,), in seconds, as its quarter notes and their tempo as its tempo map.

    Before the first beat and after the last the tempo goes on as it is there. Metres are dropped: 4/4 from the first
    beat is a guess. OptionError for fewer than two beats.
    """
    if len(beats) < 2:
        raise OptionError(f"{len(beats)} beats make no grid: it needs two beats or more")
    first, last = beats[1] - beats[0], beats[-1] - beats[-2]
    lead = max(0, int(np.ceil(beats[0] / first - 1e-6)))
    start = beats[0] - lead * first
    rest = 1 + int(max(0.0, song.seconds(song.end_pulses) - beats[-1]) / last)
    seconds = np.concatenate([[start] * (lead > 0), beats, [beats[-1] + rest * last]]) - start
    places = np.concatenate([[0] * (lead > 0), lead + np.arange(len(beats)), [lead + len(beats) - 1 + rest]])
    bpms = np.clip(60 / np.diff(beats), *BPM_RANGE)
    onsets = [0, *(PULSES_PER_QUARTER * (lead + np.arange(1, len(bpms)))).tolist()]
    tempos = tuple(Tempo(onset, round(bpm, 3)) for onset, bpm in zip(onsets, bpms.tolist(), strict=True))

    def pulses(at: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        place = np.interp(song.tempo_map.seconds_at(at) - start, seconds, PULSES_PER_QUARTER * places)
        whole: npt.NDArray[np.int64] = np.rint(place).astype(np.int64)
        return whole

    def regridded(notes: NoteArray) -> NoteArray:
        onsets = pulses(notes[:, 0])
        durations = np.maximum(1, pulses(notes[:, 0] + notes[:, 2]) - onsets)
        return np.column_stack([onsets, notes[:, 1], durations, notes[:, 3]])

    tracks = [track.with_notes(regridded(track.array)) for track in song.tracks]
    return Song(tuple(tracks), tempos)
