"""The form of a piece: what returns, how far apart, how long phrases are, how it ends, and whether it got stuck."""

import math
from collections import Counter

import numpy as np

from melodyrnn.arrays import Ints
from melodyrnn.evaluation.bars import EMPTY, name_bars, repeats
from melodyrnn.evaluation.melody import melody, phrase_starts
from melodyrnn.music.key_finding import estimate_key
from melodyrnn.music.pulses import PULSES_PER_QUARTER
from melodyrnn.music.song import Song

DISTANCES = (1, 2, 4, 8, 16)  # bars
NEW, SIMILAR, EXACT = "new", "rhythm", "exact"


def repeat_share(names: Ints, distance: int) -> float:
    """The share of bars that are what the bar `distance` bars before was; NaN where no bar has one that far before."""
    later, earlier = names[distance:], names[:-distance]
    asked = later != EMPTY
    return float((later == earlier)[asked].mean()) if asked.any() else math.nan


def form(song: Song) -> dict[str, float]:
    """The measures of form of one piece with at least one note, by name; NaN where a piece is too short for one.

    `exact_N`, `rhythm_N`: share of bars equal to the bar N bars before. `exact_any`, `rhythm_any`: to any earlier bar.
    `phrase_bars`: mean length of a phrase. `most_repeated_bar`: how often the commonest bar occurs.
    `longest_silence_quarters`: no note sounds. `last_note_quarters`: its duration. `ends_on_tonic`,
    `ends_at_bar_line`, `ends_on_a_downbeat`: 1 or 0. `bars`: their number.
    """
    names = name_bars(song)
    found: dict[str, float] = {}
    for kind, numbers in (("exact", names.exact), ("rhythm", names.rhythm)):
        found |= {f"{kind}_{distance}": repeat_share(numbers, distance) for distance in DISTANCES}
        found[f"{kind}_any"] = float(repeats(numbers)[numbers != EMPTY].mean())
    counts = Counter(names.exact[names.exact != EMPTY].tolist())
    found["most_repeated_bar"] = float(max(counts.values()))
    found["bars"] = float(song.bars)
    found["phrase_bars"] = phrase_bars(song)
    found["longest_silence_quarters"] = longest_silence_pulses(song) / PULSES_PER_QUARTER
    return found | ending(song)


def phrase_bars(song: Song) -> float:
    """The mean length of a phrase in bars of the metre it begins in."""
    line = melody(song)
    starts = phrase_starts(line)
    ends = [*starts[1:].tolist(), int((line[:, 0] + line[:, 2]).max())]
    lengths = [
        (end - start) / song.bar_lines.signature_at(start).bar_pulses
        for start, end in zip(starts.tolist(), ends, strict=True)
    ]
    return float(np.mean(lengths))


def ending(song: Song) -> dict[str, float]:
    """How the last notes end: on the tonic of the key (the lowest of them), at a bar line, from a downbeat."""
    notes = np.concatenate([track.array for track in song.tracks])
    ends = notes[:, 0] + notes[:, 2]
    last = notes[ends == ends.max()]
    onset, pitch, duration, _ = last[np.argmin(last[:, 1])].tolist()
    key = estimate_key(song)
    return {
        "ends_on_tonic": math.nan if key is None else float(pitch % 12 == key.tonic),
        "ends_at_bar_line": float(song.bar_lines.position(int(ends.max()))[1] == 0),
        "ends_on_a_downbeat": float(song.bar_lines.position(onset)[1] == 0),
        "last_note_quarters": duration / PULSES_PER_QUARTER,
    }


def longest_silence_pulses(song: Song) -> int:
    """The longest stretch in which no note sounds: before the first, between two, or up to the bar line at the end.

    A file may end with its last note or with its last bar: the rest of that bar counts either way.
    """
    notes = np.concatenate([track.array for track in song.tracks])
    notes = notes[np.argsort(notes[:, 0])]
    sounding_until = np.insert(np.maximum.accumulate(notes[:, 0] + notes[:, 2]), 0, 0)
    return int(max(0, (np.append(notes[:, 0], song.bar_lines.next_line(song.end_pulses)) - sounding_until).max()))
