"""A beat from nothing learns its first bars and keeps their groove."""

from itertools import pairwise

import numpy as np
import pytest

import melodyrnn
from melodyrnn.api import load_model
from melodyrnn.generation import Sampling
from melodyrnn.generation.continuation import begin
from melodyrnn.generation.opening import OPENING_BARS, steadiness
from melodyrnn.generation.side_by_side import drawn
from melodyrnn.music import Song

BARS = 12


def rhythms(song: Song) -> list[frozenset[int]]:
    """The sixteenths of each bar on which something begins."""
    onsets = np.concatenate([track.array[:, 0] for track in song.tracks])
    starts = [song.bar_lines.start(bar) for bar in range(BARS + 1)]
    sixteenths = [(onsets[(onsets >= a - 3) & (onsets < b - 3)] - a + 3) // 6 for a, b in pairwise(starts)]
    return [frozenset(bar.tolist()) for bar in sixteenths]


def share_kept(random_seeds: range, stay: float) -> float:
    """The share of the bars with the rhythm of the bar four before."""
    kept = []
    for random_seed in random_seeds:
        bars = rhythms(melodyrnn.generate(None, BARS, style="drums", random_seed=random_seed, stay=stay))
        kept += [bar == before for before, bar in zip(bars, bars[4:], strict=False)]
    return float(np.mean(kept))


def test_a_beat_keeps_its_rhythm() -> None:
    assert share_kept(range(2, 6), 0.5) > share_kept(range(2, 6), 0.0) + 0.1


def test_the_same_random_seed_makes_the_same_beat() -> None:
    one, other = (melodyrnn.generate(None, 6, style="drums", random_seed=3) for _ in range(2))
    assert one == other


def test_a_beat_shorter_than_its_opening_ends_where_it_is_asked_to() -> None:
    song = melodyrnn.generate(None, OPENING_BARS - 1, style="drums", random_seed=1)
    assert song.end_pulses == song.bar_lines.start(OPENING_BARS - 1)
    assert song.note_count


def test_a_beat_keeps_to_the_sounds_of_its_opening() -> None:
    song = melodyrnn.generate(None, BARS, style="drums", random_seed=2)
    (track,) = song.tracks
    later = track.array[:, 0] >= song.bar_lines.start(OPENING_BARS)
    assert set(track.array[later, 1]) <= set(track.array[~later, 1])


def test_pitched_music_from_nothing_has_no_learned_opening() -> None:
    assert melodyrnn.generate(None, 4, style="folk", stay=0.5) == melodyrnn.generate(None, 4, style="folk", stay=0)


@pytest.mark.parametrize("stay", [0.0, 0.5])
def test_the_opening_is_drawn_when_the_draft_begins_if_it_is_learned(stay: float) -> None:
    model = load_model("drums")
    draft = drawn(begin(model, None, model.style_number("drums"), Sampling(), 0, stay))
    assert (draft.generator.model is model) == (stay == 0)
    if stay:
        assert steadiness(draft.new_notes, draft.earliest_pulse + OPENING_BARS * 96) > 0.3
