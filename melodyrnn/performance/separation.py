"""A Song taken apart: the score of it, and the performance, which is all that the score leaves out."""

from collections.abc import Sequence

import numpy as np

from melodyrnn.arrays import Doubles, Ints
from melodyrnn.errors import OptionError
from melodyrnn.music.song import Song, Track
from melodyrnn.performance.grid import EXACT_PULSES, on_musical_grid
from melodyrnn.performance.hand import Hand
from melodyrnn.performance.lengths import DRUM_PULSES, musical_lengths
from melodyrnn.performance.levels import written_levels
from melodyrnn.performance.player import Performance

Exact = Sequence[tuple[Doubles, Doubles]]


def separate(song: Song, exact: Exact | None = None) -> tuple[Song, Performance]:
    """-> the score, with as many notes as the song, and how it was performed.

    `exact`: for each track the onsets and durations of its notes, in their order, in fractions of a pulse; without it
    those of the song. OptionError if they are not as many, not finite or not positive.
    """
    times = _times(song, exact)
    lines = song.bar_lines
    tracks, hands = list[Track](), list[Hand]()
    grids = on_musical_grid(lines, [onsets for onsets, _ in times])
    for track, grid, (onsets, durations) in zip(song.tracks, grids, times, strict=True):
        pitches = track.array[:, 1]
        grid = grid._replace(onsets=_kept_apart(grid.onsets, pitches, onsets))
        if track.is_drum:
            lengths = np.full(len(track), DRUM_PULSES)
        else:
            lengths = musical_lengths(lines, grid, onsets, durations, pitches)
        score = np.column_stack([grid.onsets, pitches, lengths, written_levels(track)])
        order = np.lexsort((onsets, score[:, 3], score[:, 2], score[:, 1], score[:, 0]))
        tracks.append(track.with_notes(score[order]))
        played = np.column_stack([onsets, durations, track.array[:, 3]])[order]
        hands.append(Hand.of(lines, tracks[-1], played, grid.swing, order))
    score_song = Song(tracks, song.tempos, song.time_signatures, song.length_pulses)
    return score_song, Performance(tuple(hands), lines)


def _times(song: Song, exact: Exact | None) -> list[tuple[Doubles, Doubles]]:
    if exact is None:
        return [(track.array[:, 0].astype(float), track.array[:, 2].astype(float)) for track in song.tracks]
    if len(exact) != len(song.tracks):
        raise OptionError(f"exact times of {len(exact)} tracks: the song has {len(song.tracks)}")
    times = []
    for number, (track, (onsets, durations)) in enumerate(zip(song.tracks, exact, strict=True), 1):
        onsets, durations = np.asarray(onsets, float), np.asarray(durations, float)
        if onsets.shape != (len(track),) or durations.shape != (len(track),):
            raise OptionError(f"track {number}: exact times for each of its {len(track)} notes are needed")
        if not (np.isfinite(onsets).all() and np.isfinite(durations).all() and (durations > 0).all()):
            raise OptionError(f"track {number}: exact times must be finite, and durations positive")
        times.append((np.maximum(onsets, 0), durations))
    return times


def _kept_apart(places: Ints, pitches: Ints, onsets: Doubles) -> Ints:
    """The places, but notes of one pitch that were played one after the other (a flam, a roll) stay so."""
    order = np.lexsort((onsets, pitches))
    sorted_places, sorted_onsets = places[order].tolist(), onsets[order].tolist()
    same_pitch = np.diff(pitches[order]) == 0
    later = np.diff(onsets[order]) > EXACT_PULSES
    if not np.any(later & (np.diff(places[order]) <= 0) & same_pitch):
        return places
    for i in range(len(order) - 1, 0, -1):  # the one that is farther from its place makes room
        if same_pitch[i - 1] and later[i - 1] and sorted_places[i - 1] >= sorted_places[i]:
            early, late = sorted_places[i] - sorted_onsets[i - 1], sorted_onsets[i] - sorted_places[i]
            if early > late and sorted_places[i] > 0:
                sorted_places[i - 1] = sorted_places[i] - 1
    for i in range(1, len(order)):
        if same_pitch[i - 1]:
            least = sorted_places[i - 1] + bool(later[i - 1])
            sorted_places[i] = max(sorted_places[i], least)
    apart = np.empty_like(places)
    apart[order] = sorted_places
    return apart
