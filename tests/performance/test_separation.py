"""A song taken apart: nothing is lost, scores stay as they are, and no manner of playing changes the score."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.errors import OptionError
from melodyrnn.midi import read_song
from melodyrnn.music import Note, Song, TimeSignature, Track
from melodyrnn.performance import ACCENT, GHOST, PLAIN, separate

Times = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]
Rows = list[tuple[float, int, float, int]]  # exact onset, pitch, exact duration, velocity


def performed(*parts: Rows, drums: bool = False, metre: tuple[int, int] = (4, 4)) -> tuple[Song, list[Times]]:
    """A Song on the 24-pulse grid of parts given in fractions of a pulse, and their exact times."""
    tracks, exact = [], []
    for rows in parts:
        ends = [round(onset + length) for onset, _, length, _ in rows]
        notes = [(round(o), p, max(1, e - round(o)), v) for (o, p, _, v), e in zip(rows, ends, strict=True)]
        order = sorted(range(len(rows)), key=lambda i: notes[i])
        tracks.append(Track([Note(*notes[i]) for i in order], is_drum=drums))
        exact.append((np.array([rows[i][0] for i in order]), np.array([rows[i][2] for i in order])))
    return Song(tracks, (), [TimeSignature(0, *metre)]), exact


def score_of(*parts: Rows, drums: bool = False, metre: tuple[int, int] = (4, 4)) -> list[list[tuple[int, int, int]]]:
    """For each part onsets, pitches and lengths of its score."""
    score, _ = separate(*performed(*parts, drums=drums, metre=metre))
    return [[(n.onset_pulses, n.pitch, n.duration_pulses) for n in track] for track in score.tracks]


def melody(places: list[float], lengths: list[float], bars: int = 4, bar: float = 96) -> Rows:
    """The same places and lengths in every bar, each on another pitch than the one before."""
    rows = list(zip(places, lengths, strict=True))
    return [(bar * b + p, 60 + i % 7, n, 80) for b in range(bars) for i, (p, n) in enumerate(rows)]


EIGHTHS = [12.0 * i for i in range(8)]
SIXTEENTHS = [6.0 * i for i in range(16)]
WRITTEN = [
    ([0, 24, 36, 48, 72, 84], [24, 12, 12, 24, 12, 12]),  # quarters and eighths
    ([0, 8, 16, 24, 36, 48, 54, 60, 66, 72], [8, 8, 8, 12, 12, 6, 6, 6, 6, 24]),  # with triplets
    ([0, 18, 24, 42, 48, 51, 54, 57, 60, 72], [18, 6, 18, 6, 3, 3, 3, 3, 12, 24]),  # dotted, and 32nds
    ([0, 16, 24, 40, 48, 64, 72, 88], [16, 8, 16, 8, 16, 8, 16, 8]),  # a written shuffle
]


@pytest.mark.parametrize(("places", "lengths"), WRITTEN)
def test_written_music_passes_unchanged(places: list[float], lengths: list[float]) -> None:
    rows = melody(places, lengths)
    assert score_of(rows) == [[(round(o), p, round(n)) for o, p, n, _ in rows]]


def test_quintuplets_in_written_music_stay_on_the_pulses_next_to_them() -> None:
    rows = melody(EIGHTHS, [12.0] * 8) + [(384 + 4.8 * i, 60 + i, 4.8, 80) for i in range(5)]
    assert [onset - 384 for onset, _, _ in score_of(rows)[0][-5:]] == [0, 5, 10, 14, 19]


@pytest.mark.parametrize("share", [0.54, 0.56, 0.58, 0.6, 0.62, 0.64, 0.66])
def test_swung_eighths_are_eighths(share: float) -> None:
    swung = melody([24 * (i // 2) + 24 * share * (i % 2) for i in range(8)], [22 * share, 22 * (1 - share)] * 4)
    assert score_of(swung) == score_of(melody(EIGHTHS, [12.0] * 8))


@pytest.mark.parametrize("share", [0.54, 0.56, 0.58, 0.6, 0.62, 0.64, 0.66])
def test_swung_sixteenths_are_sixteenths(share: float) -> None:
    swung = melody([12 * (i // 2) + 12 * share * (i % 2) for i in range(16)], [11 * share, 11 * (1 - share)] * 8)
    assert score_of(swung) == score_of(melody(SIXTEENTHS, [6.0] * 16))


def test_swing_is_found_on_the_pulses_of_a_song_as_well() -> None:
    song, _ = performed(melody([24 * (i // 2) + 14 * (i % 2) for i in range(8)], [10.0] * 8))
    assert [n.onset_pulses for n in separate(song)[0].tracks[0]][:8] == EIGHTHS


def test_triplets_among_swung_eighths_stay_triplets() -> None:
    rows = melody([0, 15.4, 24, 39.4, 48, 63.4, 72.1, 80.2, 88.1], [12, 8, 12, 8, 12, 8, 7, 7, 7], bars=8)
    assert [onset for onset, _, _ in score_of(rows)[0][:9]] == [0, 12, 24, 36, 48, 60, 72, 80, 88]


def test_time_that_wavers_by_eight_ticks_is_on_the_grid() -> None:
    rng = np.random.default_rng(0)
    late = rng.uniform(-0.4, 0.4, 16 * 4)
    late[0] = abs(late[0])
    rows = [(o + float(x), p, n, v) for (o, p, n, v), x in zip(melody(SIXTEENTHS, [5.5] * 16), late, strict=True)]
    assert score_of(rows) == score_of(melody(SIXTEENTHS, [6.0] * 16))


def test_a_late_snare_is_on_its_beat() -> None:
    hats = [(12.0 * i, 42, 2.0, 80) for i in range(32)]
    snare = [(24.0 + 48 * i + 1.2, 38, 2.0, 100) for i in range(8)]
    places = [onset for onset, pitch, _ in score_of(sorted(hats + snare), drums=True)[0] if pitch == 38]
    assert places == [24 + 48 * i for i in range(8)]


def test_a_strummed_chord_is_a_chord() -> None:
    rows = [(24.0 * i + 0.5 * string, 52 + 5 * string, 22.0, 80) for i in range(16) for string in range(5)]
    assert score_of(rows) == [[(24 * i, 52 + 5 * string, 24) for i in range(16) for string in range(5)]]


def test_music_that_is_late_as_a_whole_is_on_the_grid() -> None:
    late = [(o + 2.5, p, n, v) for o, p, n, v in melody(SIXTEENTHS, [5.5] * 16, bars=8)]
    assert score_of(late) == score_of(melody(SIXTEENTHS, [6.0] * 16, bars=8))


@pytest.mark.parametrize("gate", [0.8, 0.9, 1.0, 1.05])
def test_legato_and_its_opposite_are_the_same_lengths(gate: float) -> None:
    lengths = [24.0, 12, 12, 36, 12]
    held = melody([0, 24, 36, 48, 84], [gate * n for n in lengths])
    assert score_of(held) == score_of(melody([0, 24, 36, 48, 84], lengths))


@pytest.mark.parametrize("gate", [0.4, 0.5, 0.6])
def test_chops_with_rests_between_them_are_sixteenths(gate: float) -> None:
    chops = melody([12, 36, 60, 84], [6 * gate] * 4)
    assert {length for _, _, length in score_of(chops)[0]} == {6}


def test_a_pitch_never_overlaps_itself() -> None:
    rows = [(12.0 * i, 60, 30.0, 80) for i in range(8)]
    assert [length for _, _, length in score_of(rows)[0]][:-1] == [12] * 7


def test_a_flam_stays_two_strokes_in_their_order() -> None:
    rows = [row for i in range(8) for row in ((24.0 * i + 23.2, 38, 1.0, 40), (24.0 * i + 24.0, 38, 2.0, 100))]
    score, performance = separate(*performed(rows, drums=True))
    strokes = score.tracks[0].array
    assert len(strokes) == 16
    assert (np.diff(strokes[:, 0]) > 0).all()
    assert performance.replay(0).velocities.tolist() == [40, 100] * 8
    assert strokes[:, 3].tolist() == [GHOST, PLAIN] * 8 or strokes[:, 3].tolist() == [GHOST, ACCENT] * 8


def test_pitched_notes_are_of_one_level_and_drums_of_three() -> None:
    song, exact = performed(melody(EIGHTHS, [12.0] * 8))
    assert {note.velocity for note in separate(song, exact)[0].tracks[0]} == {PLAIN}
    beat = [(12.0 * i, 42, 2.0, velocity) for i, velocity in enumerate([100, 40, 90, 127, 100, 95, 105, 98])]
    score, _ = separate(*performed(beat, drums=True))
    assert [n.velocity for n in score.tracks[0]] == [PLAIN, GHOST, PLAIN, ACCENT, *[PLAIN] * 4]


def test_seven_eights_are_counted_from_their_bar_lines() -> None:
    bar = [0.0, 12, 24, 36, 48, 60, 72, 78]
    loose = [(o + 0.3 * (i % 3 - 1), p, n, v) for i, (o, p, n, v) in enumerate(melody(bar, [10.0] * 7 + [5], bar=84))]
    loose[0] = (0.0, *loose[0][1:])
    places = [onset % 84 for onset, _, _ in score_of(loose, metre=(7, 8))[0]]
    assert places == bar * 4


@pytest.mark.parametrize("wrong", ["tracks", "notes", "nan", "no duration"])
def test_exact_times_that_do_not_fit_are_refused(wrong: str) -> None:
    song, exact = performed(melody(EIGHTHS, [12.0] * 8))
    onsets, durations = exact[0]
    bad: list[Times] = {
        "tracks": [],
        "notes": [(onsets[1:], durations[1:])],
        "nan": [(onsets * np.nan, durations)],
        "no duration": [(onsets, durations * 0)],
    }[wrong]
    with pytest.raises(OptionError, match="exact times"):
        separate(song, bad)


@pytest.mark.parametrize("folder", ["openscore-lieder", "jsb-chorales", "mutopia"])
def test_real_scores_pass_with_their_onsets(real_music: Path, folder: str) -> None:
    files = sorted((real_music / folder / "valid" / "midi").glob("*.mid"))[::8]
    if not files:
        pytest.skip(f"no {folder} among the real music")
    for file in files:
        song = read_song(file)
        score, performance = separate(song)
        for track, written, hand in zip(song.tracks, score.tracks, performance.hands, strict=True):
            kept = track.array[hand.order, 0] == written.array[:, 0]
            assert kept.mean() > 0.99, file.name


def test_a_song_without_notes_comes_apart() -> None:
    score, _ = separate(Song([Track([]), Track([], is_drum=True)]))
    assert [len(track) for track in score.tracks] == [0, 0]


NOTES = st.lists(
    st.tuples(st.floats(0, 800), st.integers(30, 90), st.floats(0.01, 200), st.integers(1, 127)), max_size=40
)


@given(st.lists(NOTES, max_size=3), st.booleans(), st.sampled_from([(4, 4), (3, 4), (7, 8), (6, 8), (5, 16)]))
def test_nothing_is_lost_and_all_comes_back(parts: list[Rows], drums: bool, metre: tuple[int, int]) -> None:
    song, exact = performed(*parts, drums=drums, metre=metre)
    score, performance = separate(song, exact)
    for part, (track, written) in enumerate(zip(song.tracks, score.tracks, strict=True)):
        played, order = performance.replay(part), performance.hands[part].order
        assert sorted(order.tolist()) == list(range(len(track)))
        np.testing.assert_array_equal(played.onsets, exact[part][0][order])
        np.testing.assert_array_equal(played.durations, exact[part][1][order])
        back = np.column_stack([track.array[order, 0], written.array[:, 1], track.array[order, 2], played.velocities])
        assert track.with_notes(back) == track


@given(NOTES, st.booleans())
def test_a_score_is_legal(rows: Rows, drums: bool) -> None:
    song, exact = performed(rows, drums=drums)
    written = separate(song, exact)[0].tracks[0].array
    for pitch in np.unique(written[:, 1]):
        own = written[written[:, 1] == pitch]
        gaps = np.diff(own[:, 0])
        assert ((gaps == 0) | (own[:-1, 2] <= gaps)).all()


@given(NOTES)
def test_a_score_taken_apart_again_keeps_its_onsets(rows: Rows) -> None:
    rows = [(float(round(o / 6) * 6), p, n, v) for o, p, n, v in rows]
    song, exact = performed(rows)
    score, _ = separate(song, exact)
    again, _ = separate(score)
    assert again.tracks[0].array[:, 0].tolist() == score.tracks[0].array[:, 0].tolist()
