"""The match model: finds a repeat at any distance, follows it through a change, and forgets what lies too far back."""

import threading
from copy import deepcopy

import numpy as np
import pytest

from melodyrnn.encoding.match_model import CHUNK_NOTES, CHUNKS, LENGTHS, MIN_MATCH, MatchModel, PastNote

BAR = 96


def notes(pitches: list[int], first_beat: int = 0, duration: int = 24) -> list[PastNote]:
    """Quarter notes in 4/4, one after the other."""
    beats = range(first_beat, first_beat + len(pitches))
    return [
        PastNote(24 * beat // BAR, 24 * beat % BAR, pitch, duration, 20)
        for beat, pitch in zip(beats, pitches, strict=True)
    ]


def played(*passages: list[PastNote]) -> MatchModel:
    match = MatchModel()
    for passage in passages:
        for note in passage:
            match.push(note)
    return match


THEME = [60, 62, 64, 65, 67, 69, 71, 72]
OTHER = [50, 45, 50, 45]


def test_nothing_is_expected_before_a_repeat() -> None:
    match = played(notes(THEME + OTHER))
    assert match.expected is None
    assert (match.length, match.length_step, match.bars_ago) == (0, 0, 0)
    assert match.expected_at(3, 0) is None


@pytest.mark.parametrize("bars_between", [1, 3, 5, 13])
def test_a_theme_that_returns_is_expected_to_go_on_at_any_distance(bars_between: int) -> None:
    between = list(range(20, 20 + 4 * bars_between))
    match = played(notes(THEME + between + THEME[:MIN_MATCH]))
    assert match.expected is not None
    assert (match.expected.place, match.expected.pitch) == (24 * MIN_MATCH, THEME[MIN_MATCH])
    assert match.bars_ago == 2 + bars_between
    assert match.length == MIN_MATCH


def test_it_is_recalled_only_where_it_is_expected() -> None:
    match = played(notes(THEME + THEME[:MIN_MATCH]))
    assert match.expected_at(2, 24 * MIN_MATCH) == PastNote(0, 24 * MIN_MATCH, THEME[MIN_MATCH], 24, 20)
    assert match.expected_at(2, 24 * MIN_MATCH + 1) is None
    assert match.expected_at(3, 24 * MIN_MATCH) is None


def test_it_goes_on_through_another_pitch_but_not_through_another_rhythm() -> None:
    varied = notes([*THEME[:4], 66], first_beat=8)
    match = played(notes(THEME), varied)
    assert match.expected is not None
    assert match.expected.pitch == THEME[5]
    assert match.length == 0
    match = played(notes(THEME), notes(THEME[:4], first_beat=8), [PastNote(3, 12, 67, 12, 20)])
    assert match.expected is None


def test_the_latest_of_several_passages_is_followed() -> None:
    match = played(notes([*THEME[:3], 70, *THEME[:3], 80, *THEME[:3]]))
    assert match.expected is not None
    assert match.expected.pitch == 80


def test_the_length_grows_with_every_note_that_agrees() -> None:
    match = played(notes(THEME))
    lengths = []
    for note in notes(THEME, first_beat=8):
        match.push(note)
        lengths.append(match.length)
    assert lengths == [0, 0, 3, 4, 5, 6, 7, 8]
    assert match.length_step == sum(least <= 8 for least in LENGTHS)


def test_it_forgets_what_lies_too_far_back_and_goes_on() -> None:
    match = MatchModel()
    for note in notes(list(range(60, 72)) * 600):  # in phase with the bar every third bar
        match.push(note)
        assert match._history.last - match._history.first <= (CHUNKS + 1) * CHUNK_NOTES
    assert match.expected is not None
    assert match.bars_ago == 3
    assert match.length_step == len(LENGTHS)


def test_a_passage_that_is_forgotten_is_not_expected() -> None:
    between = [note._replace(place=note.place + 7) for note in notes([60] * CHUNK_NOTES, first_beat=8)]
    assert played(notes(THEME), between, notes(THEME, first_beat=len(between) + 8)).expected is not None
    between = [note._replace(place=note.place + 7) for note in notes([60] * (CHUNKS + 2) * CHUNK_NOTES, first_beat=8)]
    assert played(notes(THEME), between, notes(THEME, first_beat=len(between) + 8)).expected is None


def test_copies_go_their_own_ways() -> None:
    rng = np.random.default_rng(3)
    matches, alone = [MatchModel()], [list[PastNote]()]
    for step in range(2000):
        which = int(rng.integers(len(matches)))
        if step % 50 == 49:  # a copy takes the place of another, or is one more
            matches, alone = [*matches[-4:], deepcopy(matches[which])], [*alone[-4:], [*alone[which]]]
            continue
        note = PastNote(len(alone[which]) // 4, *rng.integers(3, size=2).tolist(), 1, 1)
        matches[which].push(note)
        alone[which].append(note)
    for match, its_notes in zip(matches, alone, strict=True):
        other = played(its_notes)
        assert (match.expected, match.length, match.bars_ago) == (other.expected, other.length, other.bars_ago)


def test_copies_share_full_chunks() -> None:
    match = played(notes(list(range(100)) * 5))
    assert deepcopy(match)._history._chunks is match._history._chunks
    assert len(match._history._notes) <= CHUNK_NOTES


def test_two_copies_in_two_threads_remember_their_own_notes() -> None:
    """Forced: each thread stops in the middle of remembering a note until the other is there too."""
    first = played(notes(THEME * 20))
    copies = [deepcopy(first), deepcopy(first)]
    both = threading.Barrier(2, timeout=10)

    class Halting(int):
        """A place that stops whoever looks at it first until the other thread is as far."""

        def __lshift__(self, other: int) -> int:
            both.wait()
            return int(self) << other

    def play(match: MatchModel, pitch: int) -> None:
        for i in range(40):
            match.push(PastNote(40 + i // 4, Halting(24 * (i % 4)), pitch + i % 3, 24, 20))

    threads = [
        threading.Thread(target=play, args=(match, pitch)) for match, pitch in zip(copies, (60, 80), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for match, pitch in zip(copies, (60, 80), strict=True):
        alone = deepcopy(first)
        for i in range(40):
            alone.push(PastNote(40 + i // 4, 24 * (i % 4), pitch + i % 3, 24, 20))
        assert (match.expected, match.length, match.bars_ago) == (alone.expected, alone.length, alone.bars_ago)
        assert match.expected is not None
        assert match.expected.pitch in range(pitch, pitch + 3)
