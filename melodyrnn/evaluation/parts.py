"""Whether each part of a seed goes on as it was: present, in its register, with its chords, its kit, its hand."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from melodyrnn.music.description import bar_contents, rhythm_overlap
from melodyrnn.music.pulses import PULSES_PER_QUARTER
from melodyrnn.music.song import NoteArray, Song, Track

# A part passes where each of these holds. Of the parts of true continuations of loops, 85 in 100 do.
LEAST_PRESENT, MOST_PRESENT = 0.5, 2.0  # times the notes a bar of the seed
MOST_OUTSIDE = 5  # semitones beyond the pitches of the seed
MOST_ADDED = 1  # notes more in a chord than in the largest of the seed
MOST_LOUDER = 12  # MIDI velocity, in the mean
LEAST_LENGTH, MOST_LENGTH = 0.7, 1.4  # times the median length of the seed
CHECKS = ("present", "register", "chord", "kit", "loudness", "length")
OFFBEAT = (0.4, 0.75)  # of a quarter note: where an off-beat lies, swung or not
LEAST_OFFBEATS = 4


@dataclass(frozen=True, slots=True)
class PartCheck:
    """How a part goes on. `fails` names the checks that it fails.

    `presence`: notes a bar beside the seed's. `outside`: semitones beyond its register. `added`: notes more in the
    largest chord. `foreign`: share of sounds that the kit did not play. `louder`: mean velocity beside the seed's.
    `length`: median length beside the seed's. `rhythm`: mean overlap of a bar's onsets with the likest of the seed's.
    `swing_moved`: how far off-beats moved, in quarters.
    """

    name: str
    is_drum: bool
    presence: float
    outside: int
    added: int
    foreign: float
    louder: float
    length: float
    rhythm: float
    swing_moved: float
    fails: tuple[str, ...]


def check_parts(seed: Song, made: Song, seed_bars: int, bars: int) -> list[PartCheck]:
    """Every part of `seed` that has notes, beside the track of the same number of `made` (new bars from pulse 0)."""
    bar = seed.time_signatures[0].bar_pulses
    empty = Track([])
    return [
        _check(track, made.tracks[i] if i < len(made.tracks) else empty, bar, seed_bars, bars)
        for i, track in enumerate(seed.tracks)
        if len(track)
    ]


def pass_share(checks: Sequence[PartCheck]) -> float:
    """The share of parts that fail no check."""
    return float(np.mean([not check.fails for check in checks]))


def _check(old: Track, new: Track, bar: int, seed_bars: int, bars: int) -> PartCheck:
    given, drawn = old.array, new.array[new.array[:, 0] < bar * bars]
    presence = (len(drawn) / bars) / (len(given) / seed_bars)
    low, high = given[:, 1].min(), given[:, 1].max()
    outside, foreign, louder, length = 0, 0.0, 0.0, 1.0
    if len(drawn):
        louder = float(drawn[:, 3].mean() - given[:, 3].mean())
        if old.is_drum:
            foreign = float(np.mean(~np.isin(drawn[:, 1], given[:, 1])))
        else:
            outside = int(max(0, low - drawn[:, 1].min(), drawn[:, 1].max() - high))
            length = float(np.median(drawn[:, 2]) / np.median(given[:, 2]))
    added = _largest_chord(drawn) - _largest_chord(given)
    failing = (
        not LEAST_PRESENT <= presence <= MOST_PRESENT,
        outside > MOST_OUTSIDE,
        added > MOST_ADDED,
        foreign > 0,
        abs(louder) > MOST_LOUDER,
        not LEAST_LENGTH <= length <= MOST_LENGTH,
    )
    fails = tuple(name for name, failed in zip(CHECKS, failing, strict=True) if failed)
    rhythm = rhythm_overlap(_rhythms(drawn, bar, bars), _rhythms(given, bar, seed_bars))
    swing = [_offbeat(notes) for notes in (given, drawn)]
    moved = abs(swing[0] - swing[1]) if swing[0] is not None and swing[1] is not None else 0.0
    return PartCheck(old.name, old.is_drum, presence, outside, added, foreign, louder, length, rhythm, moved, fails)


def _largest_chord(notes: NoteArray) -> int:
    return int(np.unique(notes[:, 0], return_counts=True)[1].max()) if len(notes) else 0


def _rhythms(notes: NoteArray, bar: int, bars: int) -> list[frozenset[int]]:
    return [frozenset(place for place, _ in content) for content in bar_contents(notes, bar, bars)]


def _offbeat(notes: NoteArray) -> float | None:
    """The mean place of the off-beats in their quarter, None where there are too few."""
    places = notes[:, 0] % PULSES_PER_QUARTER / PULSES_PER_QUARTER
    off = places[(places > OFFBEAT[0]) & (places < OFFBEAT[1])]
    return float(off.mean()) if len(off) >= LEAST_OFFBEATS else None
