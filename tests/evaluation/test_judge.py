"""The judge judged: real music against real comes out good, and each kind of bad music bad on its measure."""

from dataclasses import dataclass

import numpy as np
import pytest

pytest.importorskip("muspy", reason="the judge needs the evaluate extra")
pytest.importorskip("sklearn", reason="the judge needs the evaluate extra")

from melodyrnn.evaluation.continuation import kept, nearer
from melodyrnn.evaluation.copying import KnownMelodies
from melodyrnn.evaluation.judge import Comparison, compare
from melodyrnn.midi import read_song
from melodyrnn.music import Song, TimeSignature, Track

PIECES = 40


def shuffled(song: Song, rng: np.random.Generator) -> Song:
    """The same onsets and the same pitches, in any order."""
    return changed(song, lambda notes: np.column_stack([notes[:, 0], rng.permutation(notes[:, 1]), notes[:, 2:]]))


def one_bar(song: Song, rng: np.random.Generator) -> Song:
    """Its first bar with notes, as often as it has bars."""
    lines = song.bar_lines
    length = lines.start(1)
    notes = np.concatenate([track.array for track in song.tracks])
    first = lines.start(lines.position(int(notes[:, 0].min()))[0])

    def loop(notes: np.ndarray) -> np.ndarray:
        bar = notes[(notes[:, 0] >= first) & (notes[:, 0] < first + length)] - np.array([first, 0, 0, 0])
        bar[:, 2] = np.minimum(bar[:, 2], length - bar[:, 0])
        return np.concatenate([bar + np.array([length * number, 0, 0, 0]) for number in range(song.bars)])

    return changed(song, loop)


def random_walk(song: Song, rng: np.random.Generator) -> Song:
    """The same onsets, each pitch any of the nearest six semitones up or down from the one before."""

    def walk(notes: np.ndarray) -> np.ndarray:
        pitches = np.clip(66 + np.cumsum(rng.integers(-6, 7, len(notes))), 36, 96)
        return np.column_stack([notes[:, 0], pitches, notes[:, 2:]])

    return changed(song, walk)


def changed(song: Song, change) -> Song:
    tracks = tuple(track.with_notes(change(track.array)) if len(track) else track for track in song.tracks)
    return Song(tracks, song.tempos, song.time_signatures, song.length_pulses)


@dataclass
class Bench:
    """Real pieces, others of the same kind, and the pieces a copier learned by heart."""

    real: list[Song]
    others: list[Song]
    training: list[Song]

    def __post_init__(self) -> None:
        self.known = KnownMelodies(self.training)
        rng = np.random.default_rng(1)
        self.found: dict[str, Comparison] = {
            "real": compare(self.real, self.others, self.known),
            "copier": compare(self.real, self.training[: len(self.others)], self.known),
        }
        for spoil in (shuffled, one_bar, random_walk):
            self.found[spoil.__name__] = compare(self.real, [spoil(song, rng) for song in self.others], self.known)


@pytest.fixture(scope="module", params=["made up", "folk-tunes"])
def bench(request, tunes) -> Bench:
    if request.param == "made up":
        return Bench(tunes(PIECES, 1), tunes(PIECES, 2), tunes(3 * PIECES, 3))
    folder = request.getfixturevalue("real_music") / request.param
    if not folder.is_dir():
        pytest.skip(f"MELODYRNN_DATA holds no {request.param}")
    pieces = [read_song(path) for path in sorted(folder.glob("test/midi/*.mid"))]
    training = [read_song(path) for path in sorted(folder.glob("train/midi/*.mid"))[:600]]
    return Bench(pieces[::2], pieces[1::2], training)


def test_real_against_real_comes_out_good(bench):
    found = bench.found["real"]
    assert found.mean_likeness.generated >= 0.95 * found.mean_likeness.real
    assert found.accuracy.generated <= 0.65
    assert found.loops.generated <= 0.05
    assert found.silences.generated <= 0.05
    assert found.runs_on.generated == 0
    assert found.copied_share.generated <= 2 * found.copied_share.real + 0.01
    for name in ("exact_8", "rhythm_8", "exact_any", "ends_on_tonic"):
        assert found.form[name].generated == pytest.approx(found.form[name].real, abs=0.2)


def test_shuffled_notes_are_told_by_their_intervals(bench):
    found = bench.found["shuffled"]
    assert found.likeness["intervals"].generated < 0.7 * found.likeness["intervals"].real
    assert found.likeness["pitch_class_entropy"].generated > 0.85 * found.likeness["pitch_class_entropy"].real
    assert found.form["exact_8"].generated < 0.2 * found.form["exact_8"].real
    assert found.accuracy.generated > 0.9


def test_a_one_bar_loop_is_told_by_its_bar(bench):
    found = bench.found["one_bar"]
    assert found.loops.generated > 0.9
    assert found.form["exact_1"].generated > 0.9
    assert found.accuracy.generated > 0.9


def test_a_random_walk_is_told_by_its_pitches(bench):
    found = bench.found["random_walk"]
    for name in ("pitch_class_entropy", "scale_consistency", "intervals"):
        assert found.likeness[name].generated < 0.6 * found.likeness[name].real
    assert found.mean_likeness.generated < 0.8 * found.mean_likeness.real
    assert found.accuracy.generated > 0.9


def test_a_copier_is_told_by_its_copies_alone(bench):
    found = bench.found["copier"]
    assert found.mean_likeness.generated >= 0.93 * found.mean_likeness.real
    assert found.copied_share.generated == pytest.approx(1)
    assert found.copied_longest_notes.generated > 2 * found.copied_longest_notes.real
    assert found.copied_share.generated > 2 * found.copied_share.real
    assert len(found.longest_copies) == len(bench.others)
    assert np.median(found.longest_copies) == found.copied_longest_notes.generated


def test_the_true_continuation_is_nearer_than_another(bench):
    lines = [song.bar_lines.start(8) for song in bench.real]
    seeds = [song.until_pulse(line) for song, line in zip(bench.real, lines, strict=True)]
    rest = [song.from_pulse(line) for song, line in zip(bench.real, lines, strict=True)]
    strangers = rest[1:] + rest[:1]
    assert nearer(seeds, rest) > 0.7
    assert nearer(rest, rest) == 1
    assert nearer(strangers, rest) < 0.65
    true, wrong = kept(seeds, rest, rest), kept(seeds, strangers, rest)
    assert true.same_key > wrong.same_key + 0.2
    assert true.same_metre > wrong.same_metre
    assert true.density_change < wrong.density_change


def beat(rng: np.random.Generator) -> Song:
    """Sixteen bars of one groove with a fill in every fourth: hats in eighths, kick and snare, by an unsteady hand."""
    kicks = rng.permutation(8)[:3] * 12
    hits = []
    for bar in range(16):
        fill = bar % 4 == 3
        sounds = [(place, 42) for place in range(0, 48 if fill else 96, 12)] + [(24, 38), *((k, 36) for k in kicks)]
        sounds += [(place, int(rng.choice([38, 45, 48]))) for place in range(48, 96, 6)] if fill else [(72, 38)]
        hits += [(96 * bar + place, sound) for place, sound in sounds]
    notes = [(max(0, onset + int(rng.integers(-2, 3))), key, 4, int(rng.integers(50, 120))) for onset, key in set(hits)]
    return Song((Track(np.array(notes), is_drum=True),), (), (TimeSignature(0, 4, 4),), 16 * 96)


def test_drums_are_judged_by_groove_and_sounds():
    rng = np.random.default_rng(0)
    real, others = ([beat(rng) for _ in range(PIECES)] for _ in range(2))
    good = compare(real, others)
    assert good.form["exact_1"].real > 0.3  # though no bar is played twice to the pulse
    assert good.form["exact_1"].generated == pytest.approx(good.form["exact_1"].real, abs=0.1)
    assert good.mean_likeness.generated >= 0.95 * good.mean_likeness.real
    assert good.accuracy.generated <= 0.65

    def other_sounds(notes: np.ndarray) -> np.ndarray:
        return np.column_stack([notes[:, 0], rng.choice([42, 38, 36, 45, 49], len(notes)), notes[:, 2:]])

    def other_places(notes: np.ndarray) -> np.ndarray:
        return np.column_stack([rng.integers(0, 16 * 96, len(notes)), notes[:, 1:]])

    sounds, places = (compare(real, [changed(song, how) for song in others]) for how in (other_sounds, other_places))
    assert sounds.likeness["sounds"].generated < 0.6 * sounds.likeness["sounds"].real
    assert sounds.likeness["timing"].generated > 0.95 * sounds.likeness["timing"].real
    assert places.likeness["timing"].generated < 0.6 * places.likeness["timing"].real
    assert places.likeness["sounds"].generated > 0.95 * places.likeness["sounds"].real
    for bad in (sounds, places):
        assert bad.form["exact_1"].generated < 0.1
        assert bad.accuracy.generated > 0.9
    stuck = compare(real, [one_bar(song, rng) for song in others])
    assert stuck.loops.generated > 0.9


def test_a_part_that_falls_silent_is_told(tunes):
    rng = np.random.default_rng(0)

    def duet(song: Song, share: float) -> Song:
        notes = song.tracks[0].array
        low = notes[rng.random(len(notes)) < share] - np.array([0, 24, 0, 0])
        return Song((song.tracks[0], song.tracks[0].with_notes(low)), song.tempos, song.time_signatures)

    real = [duet(song, rng.uniform(0.7, 1)) for song in tunes(PIECES, 1)]
    found = [compare(real, [duet(song, share) for song in tunes(PIECES, 2)]) for share in (0.85, 0.3)]
    assert found[0].likeness["parts"].generated > 0.5
    assert found[1].likeness["parts"].generated < 0.1


def test_pieces_without_notes_are_counted_and_left_out(tunes):
    real = tunes(12, 1)
    silent = Song((real[0].tracks[0].with_notes([]),), (), (), 960)
    found = compare(real, [*tunes(5, 2), silent])
    assert (found.silent, found.pieces.generated) == (1, 6)
    assert np.isnan(found.copied_share.generated)
    assert found.longest_copies == ()
    assert np.isnan(found.accuracy.generated)  # five are too few to tell anything


def test_what_runs_on_is_counted_and_judged_up_to_a_limit(tunes):
    real = tunes(12, 1)
    bar = one_bar(real[0], np.random.default_rng(0))
    length = bar.bar_lines.start(32)
    endless = changed(bar, lambda n: np.concatenate([n + np.array([length * k, 0, 0, 0]) for k in range(10)]))
    found = compare(real, [endless])
    assert found.runs_on.generated == 1
    assert found.form["bars"].generated == 2 * found.form["bars"].real
    assert found.loops.generated == 1


def test_too_few_real_pieces_are_refused(tunes):
    with pytest.raises(ValueError, match="10 real"):
        compare(tunes(9, 1), tunes(3, 2))
