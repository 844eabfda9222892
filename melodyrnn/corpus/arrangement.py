"""A piece arranged anew each time a network reads it, so that no seed is foreign to it.

What people bring differs from any corpus: parts are split or merged, stand in other orders and registers, are played by
other instruments, leave out notes, enter late; drums lie under them; bars are looped. Each change is drawn by chance.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from melodyrnn.music.metre import TimeSignature
from melodyrnn.music.song import NoteArray, Song, Track

Rng = np.random.Generator
Grooves = Mapping[tuple[int, int], Sequence[Track]]  # kits by (numerator, denominator) of their time signature

LEAST_NOTES = 8  # of a part that may be split
LOWEST_PITCH, HIGHEST_PITCH = 12, 115  # of a part that moves to another register
MOST_TRACKS = 40
# The chance of each change. None was measured alone; the model trained with all of them is in docs/benchmarks.
LOOPED, OTHER_PACE, SPLIT, MERGED, LEFT_OUT, LATE = 0.12, 0.10, 0.30, 0.22, 0.20, 0.10
STACCATO, OTHER_REGISTER, OTHER_PROGRAMS, OTHER_ORDER, WITH_DRUMS, EMPTY_TRACK = 0.25, 0.25, 0.5, 0.5, 0.28, 0.03


def arranged(song: Song, rng: Rng, grooves: Grooves) -> Song:
    """The piece with some changes drawn. `grooves` may be laid under pieces of their time signature."""
    tracks = [track for track in song.tracks if len(track)]
    if not tracks:
        return song
    song = Song(tracks, song.tempos[:1], song.time_signatures, song.length_pulses)
    if len(song.time_signatures) == 1:
        if rng.random() < LOOPED:
            song = looped(song, rng)
        if rng.random() < OTHER_PACE:
            song = at_other_pace(song, rng)
    bar, tracks = song.time_signatures[0].bar_pulses, [track for track in song.tracks if len(track)]
    if rng.random() < SPLIT:
        tracks = _split(tracks, rng)
    if rng.random() < MERGED:
        tracks = _merged(tracks, rng)
    if len(tracks) >= 3 and rng.random() < LEFT_OUT:
        tracks.pop(int(rng.integers(len(tracks))))
    if len(tracks) >= 2 and rng.random() < LATE:
        index = int(rng.integers(len(tracks)))
        late = tracks[index].array[:, 0] >= int(rng.integers(2, 9)) * bar
        tracks[index] = tracks[index].with_notes(tracks[index].array[late])
    for chance, change in ((STACCATO, _staccato), (OTHER_REGISTER, _in_other_register)):
        index = int(rng.integers(max(1, len(tracks))))
        if index < len(tracks) and rng.random() < chance and len(tracks[index]) and not tracks[index].is_drum:
            tracks[index] = change(tracks[index], rng)
    if rng.random() < OTHER_PROGRAMS:
        tracks = [_with_other_program(track, rng) for track in tracks]
    tracks += _drums_for(song, tracks, grooves, rng)
    if rng.random() < OTHER_ORDER:
        tracks = [tracks[i] for i in rng.permutation(len(tracks))]
    if rng.random() < EMPTY_TRACK:
        tracks.insert(int(rng.integers(len(tracks) + 1)), Track([], int(rng.integers(128))))
    return Song(tracks[:MOST_TRACKS], song.tempos, song.time_signatures, song.length_pulses)


def excerpt(song: Song, rng: Rng, most_bars: int, whole_chance: float) -> tuple[Song, bool]:
    """12 to `most_bars` bars from any bar line, or with `whole_chance` all -> and whether the piece ends there."""
    lines, bars = song.bar_lines, song.bars
    if bars <= 12 or rng.random() < whole_chance:
        return song, True
    first = int(rng.integers(max(1, bars - 8)))
    last = min(bars, first + int(rng.integers(12, most_bars + 1)))
    return song.until_pulse(lines.start(last)).from_pulse(lines.start(first)), last == bars


def looped(song: Song, rng: Rng) -> Song:
    """A few bars of the piece again and again, some of its parts with small changes in some of the rounds."""
    lines, bars, size = song.bar_lines, song.bars, int(rng.choice([2, 4, 4, 8]))
    if bars < size:
        return song

    def passage(first: int) -> Song:
        return song.until_pulse(lines.start(first + size)).from_pulse(lines.start(first))

    base = passage(int(rng.integers(bars - size + 1)))
    others = [passage(int(first)) for first in rng.integers(0, bars - size + 1, 3)]
    rounds, change_chance = int(rng.integers(3, 7)) if size < 8 else 3, 0.5 * rng.random()
    length = size * song.time_signatures[0].bar_pulses
    tracks = []
    for index, track in enumerate(base.tracks):
        steady, played = rng.random() < 0.6, []
        for count in range(rounds):
            notes = track.array
            if not steady and count and rng.random() < 0.5:
                notes = others[int(rng.integers(len(others)))].tracks[index].array
            if count and not track.is_drum and rng.random() < change_chance:
                notes = notes.copy()
                hit = rng.random(len(notes)) < 0.1
                notes[hit, 1] = np.clip(notes[hit, 1] + rng.choice([-2, -1, 1, 2, 12, -12], int(hit.sum())), 0, 127)
            played.append(notes + np.array([count * length, 0, 0, 0]))
        tracks.append(track.with_notes(without_overlaps(np.concatenate(played))))
    return Song(tracks, song.tempos, base.time_signatures, rounds * length)


def at_other_pace(song: Song, rng: Rng) -> Song:
    """In half or double note values; as it is, where halving would leave the grid of 1/12 quarters."""
    double = rng.random() < 0.5
    onsets = np.concatenate([track.array[:, 0] for track in song.tracks])
    if not double and (onsets % 4).any():
        return song
    tracks = []
    for track in song.tracks:
        notes = track.array.copy()
        notes[:, [0, 2]] = notes[:, [0, 2]] * 2 if double else np.maximum([0, 1], notes[:, [0, 2]] // 2)
        tracks.append(track.with_notes(notes))
    length = song.length_pulses * 2 if double else song.length_pulses // 2
    return Song(tracks, song.tempos, song.time_signatures, length)


def without_overlaps(notes: NoteArray) -> NoteArray:
    """(n, 4) notes, each ending where its pitch begins again; of those that begin together the first stays."""
    notes = notes[np.lexsort((notes[:, 0], notes[:, 1]))]
    together = (np.diff(notes[:, :2], axis=0) == 0).all(1)
    kept: NoteArray = notes[np.concatenate([[True], ~together])[: len(notes)]]
    same, gap = np.diff(kept[:, 1]) == 0, np.diff(kept[:, 0])
    kept[:-1, 2] = np.where(same, np.minimum(kept[:-1, 2], gap), kept[:-1, 2])
    return kept


def _split(tracks: list[Track], rng: Rng) -> list[Track]:
    """One part as two hands, or as its top voice and the rest."""
    pitched = [i for i, track in enumerate(tracks) if not track.is_drum and len(track) >= LEAST_NOTES]
    if not pitched:
        return tracks
    index = int(rng.choice(pitched))
    track, notes = tracks[index], tracks[index].array
    if rng.random() < 0.6:
        upper = notes[:, 1] >= np.median(notes[:, 1]) + rng.integers(-4, 5)
    else:
        upper = np.concatenate([np.diff(notes[:, 0]) > 0, [True]])
    if min(upper.sum(), (~upper).sum()) < LEAST_NOTES // 2:
        return tracks
    return [*tracks[:index], track.with_notes(notes[upper]), track.with_notes(notes[~upper]), *tracks[index + 1 :]]


def _merged(tracks: list[Track], rng: Rng) -> list[Track]:
    """Two parts as one."""
    pitched = [i for i, track in enumerate(tracks) if not track.is_drum]
    if len(pitched) < 2:
        return tracks
    first, second = rng.choice(pitched, 2, replace=False)
    both = without_overlaps(np.concatenate([tracks[first].array, tracks[second].array]))
    return [*(track for i, track in enumerate(tracks) if i not in (first, second)), tracks[first].with_notes(both)]


def _staccato(track: Track, rng: Rng) -> Track:
    notes = track.array.copy()
    share = float(rng.choice([0.25, 0.5, 0.5, 0.75]))
    notes[:, 2] = np.maximum(3, 3 * np.ceil(notes[:, 2] * share / 3).astype(np.int64))
    return track.with_notes(notes)


def _in_other_register(track: Track, rng: Rng) -> Track:
    notes, octaves = track.array.copy(), int(rng.choice([-24, -12, 12, 24]))
    notes[:, 1] += octaves
    fits = notes[:, 1].min() >= LOWEST_PITCH and notes[:, 1].max() <= HIGHEST_PITCH
    return track.with_notes(notes) if fits else track


def _with_other_program(track: Track, rng: Rng) -> Track:
    program = int(rng.integers(128)) if rng.random() < 0.7 else 0
    return Track(track.array, track.program if track.is_drum else program, track.is_drum)


def _drums_for(song: Song, tracks: Sequence[Track], grooves: Grooves, rng: Rng) -> list[Track]:
    """Bars of a drummer's take, looped to the end of the piece; none where it has drums or changes its metre."""
    if len(song.time_signatures) > 1 or any(track.is_drum for track in tracks) or rng.random() >= WITH_DRUMS:
        return []
    signature: TimeSignature = song.time_signatures[0]
    fitting = grooves.get((signature.numerator, signature.denominator), ())
    if not fitting:
        return []
    kit, bar = fitting[int(rng.integers(len(fitting)))], signature.bar_pulses
    bars = int(kit.array[:, 0].max()) // bar + 1
    size = min(bars, int(rng.choice([1, 2, 4, 8, 16, 64])))
    first = int(rng.integers(bars - size + 1)) * bar
    length, end = size * bar, song.end_pulses
    taken = kit.array[(kit.array[:, 0] >= first) & (kit.array[:, 0] < first + length)] - np.array([first, 0, 0, 0])
    if len(taken) < 2:
        return []
    notes = np.concatenate([taken + np.array([count * length, 0, 0, 0]) for count in range(-(-end // length))])
    return [kit.with_notes(notes[notes[:, 0] < end])]
