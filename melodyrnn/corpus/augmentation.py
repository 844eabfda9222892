"""Changes to a piece before the network reads it: once, before it is encoded, and anew each time it is read.

Each has a default with a measured reason: docs/experiments/training-data.md.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from melodyrnn.corpus.options import JITTER, TIME, TRANSPOSE, VELOCITY
from melodyrnn.encoding.events import DRUM, EventSequence, decode, encode
from melodyrnn.encoding.features import INPUT_COLUMN
from melodyrnn.encoding.matrices import FeatureMatrices, feature_matrices, transposed
from melodyrnn.music.metre import TimeSignature
from melodyrnn.music.song import NoteArray, Song
from melodyrnn.music.tempo import Tempo

LOWEST_SHIFT, HIGHEST_SHIFT = -5, 6  # semitones: with these, every piece is heard in all twelve keys
LEVEL = 80  # the MIDI velocity that the median of a part is brought to
PLAIN_BPM = 120.0
SHIFTS = HIGHEST_SHIFT - LOWEST_SHIFT + 1

Time = Literal["beats", "seconds"]
Velocity = Literal["written", "level"]


@dataclass(frozen=True, slots=True)
class Preparation:
    """Changes made once to every piece, before it is encoded.

    `time`: "beats" is a grid free of tempo, 24 pulses a quarter note however fast; "seconds" is for takes recorded
    without a click, whose beats say nothing: 48 pulses a second, in 4/4 at 120 bpm throughout. `velocity`: "written",
    or "level", every part moved to a median velocity of 80, what is louder or softer within it kept.
    """

    time: Time = "beats"
    velocity: Velocity = "written"

    def __post_init__(self) -> None:
        TIME.check(self.time)
        VELOCITY.check(self.velocity)

    @property
    def name(self) -> str:
        """A name that differs between preparations, for the cache."""
        return f"{self.time} {self.velocity}"

    def __call__(self, song: Song) -> Song:
        """The piece as it is to be encoded."""
        if self.time == "seconds":
            song = in_seconds(song)
        return levelled(song) if self.velocity == "level" else song


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Changes made anew each time a piece is read. One number is the variant, so that a cut run can go on with it.

    `transpose`: into any of the twelve keys. `jitter_pulses`: every note begins up to so many pulses earlier or later.
    """

    transpose: bool = TRANSPOSE.default
    jitter_pulses: int = JITTER.default

    def __post_init__(self) -> None:
        JITTER.check(self.jitter_pulses)

    def choose(self, piece: FeatureMatrices, rng: np.random.Generator) -> int:
        """A variant, its shift uniform over what keeps the piece's pitches within 0 to 127."""
        semitones = choose_shift(piece, rng) if self.transpose else 0
        jitter_seed = int(rng.integers(1, 2**31)) if self.jitter_pulses else 0
        return jitter_seed * SHIFTS + semitones - LOWEST_SHIFT

    def vary(self, piece: FeatureMatrices, variant: int) -> FeatureMatrices:
        """That variant of the piece."""
        jitter_seed, place = divmod(variant, SHIFTS)
        if jitter_seed:
            piece = _jittered(piece, self.jitter_pulses, np.random.default_rng(jitter_seed))
        return shift(piece, place + LOWEST_SHIFT)


AS_IT_IS, AUGMENTATION = Preparation(), Augmentation()


def choose_shift(piece: FeatureMatrices, rng: np.random.Generator) -> int:
    """Semitones to transpose by, uniform over what keeps the piece's pitches within 0 to 127."""
    melodic = piece.events[piece.events[:, 3] < DRUM, 3]
    if not len(melodic):
        return 0
    low, high = max(LOWEST_SHIFT, -int(melodic.min())), min(HIGHEST_SHIFT, 127 - int(melodic.max()))
    return int(rng.integers(low, high + 1))


def shift(piece: FeatureMatrices, semitones: int) -> FeatureMatrices:
    """The piece, transposed."""
    return transposed(piece, semitones) if semitones else piece


def in_seconds(song: Song) -> Song:
    """The same sound on a grid of 48 pulses a second: 120 bpm and 4/4 throughout."""
    pulses, rates = song.tempo_map.onsets, PLAIN_BPM / song.tempo_map.bpms
    begun = np.concatenate([[0.0], np.cumsum(np.diff(pulses) * rates[:-1])])

    def moved(at: NoteArray) -> NoteArray:
        tempo = np.searchsorted(pulses, at, side="right") - 1
        pulse: NoteArray = np.rint(begun[tempo] + (at - pulses[tempo]) * rates[tempo]).astype(np.int64)
        return pulse

    tracks = []
    for track in song.tracks:
        notes = track.array.copy()
        notes[:, 0], ends = moved(track.array[:, 0]), moved(track.array[:, 0] + track.array[:, 2])
        notes[:, 2] = np.maximum(1, ends - notes[:, 0])
        tracks.append(track.with_notes(notes))
    length = int(moved(np.array([song.length_pulses]))[0])
    return Song(tuple(tracks), (Tempo(0, PLAIN_BPM),), (TimeSignature(0, 4, 4),), length)


def levelled(song: Song) -> Song:
    """Every part moved to a median velocity of 80."""
    tracks = []
    for track in song.tracks:
        notes = track.array.copy()
        if len(notes):
            notes[:, 3] = np.clip(notes[:, 3] + LEVEL - round(float(np.median(notes[:, 3]))), 1, 127)
        tracks.append(track.with_notes(notes))
    return replace(song, tracks=tuple(tracks))


def _jittered(piece: FeatureMatrices, most: int, rng: np.random.Generator) -> FeatureMatrices:
    """Every note a little early or late, and the piece encoded again: the features must be those of the moved notes."""
    song = decode(EventSequence(piece.events.astype(np.int64)))
    tracks = []
    for track in song.tracks:
        notes = track.array.copy()
        notes[:, 0] = np.maximum(0, notes[:, 0] + rng.integers(-most, most + 1, len(notes)))
        tracks.append(track.with_notes(notes))
    style = int(piece.inputs[0, INPUT_COLUMN["style"]])
    return feature_matrices(encode(replace(song, tracks=tuple(tracks))).events, style)
