"""Ways out of loops, and parts that go on playing."""

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from melodyrnn.encoding.events import DRUM, FIELDS, PART, SIZES, Cursor
from melodyrnn.generation import Sampling, Seed, continuation, continue_song
from melodyrnn.generation.generator import Generator
from melodyrnn.generation.seed_cache import SeedCache
from melodyrnn.generation.steering import TERMS, Steering, merged_constants
from melodyrnn.generation.terms.bias import Bias
from melodyrnn.generation.terms.density import Density
from melodyrnn.generation.terms.out_of_scale import OutOfScale
from melodyrnn.generation.terms.part_balance import PartBalance
from melodyrnn.generation.terms.part_durations import PartDurations
from melodyrnn.generation.terms.part_places import PartPlaces
from melodyrnn.generation.terms.repetition import PATTERN_BARS, Repetition
from melodyrnn.generation.terms.silence import Silence
from melodyrnn.generation.terms.step import Follower, Step
from melodyrnn.music import Note, Song, Track
from models import flat_model

BAR = 96

CONSTANTS = merged_constants({})
MOST_TIMES = int(CONSTANTS["repetition"]["most_times"])


class Stream:
    """One term, its cursor, and what it adds."""

    def __init__(self, term: Follower) -> None:
        self.term, self.cursor = term, Cursor()

    def push(self, *event: int) -> None:
        self.cursor.advance(event)
        self.term.push(event, self.cursor)

    def mark_as_seed(self) -> None:
        self.term.mark_as_seed(self.cursor)

    def nats(self, field: str, *drawn: int, **asked: Any) -> npt.NDArray[np.float32]:
        added = self.term.nats(Step(field, list(drawn), self.cursor, **asked))
        return np.zeros(SIZES[FIELDS.index(field)], np.float32) if added is None else added


def repetition() -> Stream:
    return Stream(Repetition(CONSTANTS["repetition"]))


def odds(stream: Stream, bars: int, place: int) -> npt.NDArray[np.float32]:
    return stream.nats("pitch", bars, place, 0)


def played(stream: Stream, bar: int, pitches: tuple[int, int]) -> None:
    for place, pitch in zip((0, 48), pitches, strict=True):
        stream.push(bar - stream.cursor.bar, place, 0, pitch, 48, 20)


@pytest.mark.parametrize("length", PATTERN_BARS)
def test_a_pattern_played_three_times_is_not_played_again(length: int) -> None:
    stream = repetition()
    for bar in range(MOST_TIMES * length):
        assert not odds(stream, 1, 0).any() or bar > MOST_TIMES * length
        played(stream, bar, (60 + bar % length, 70))
    logits = odds(stream, 1, 0)
    assert logits[60] < 0
    assert np.count_nonzero(logits) == 1  # this pitch at this place, and nothing else
    assert not odds(stream, 1, 24).any()
    assert not odds(stream, 2, 0).any()
    stream.push(1, 0, 0, 60, 48, 20)
    assert odds(stream, 0, 48)[70] < logits[60]  # the note that would complete it hardly comes at all
    stream.push(0, 24, 0, 61, 24, 20)
    assert not odds(stream, 0, 48).any()  # the bar is another one already


def test_a_pattern_that_the_seed_repeats_more_often_may_go_on() -> None:
    stream = repetition()
    for bar in range(6):
        played(stream, bar, (60, 70))
    assert odds(stream, 1, 0)[60] < 0
    stream.mark_as_seed()
    assert not odds(stream, 1, 0).any()


def longest_run(song: Song) -> int:
    bars = [
        tuple((note.onset_pulses % BAR, *note[1:3]) for note in song.tracks[0] if note.onset_pulses // BAR == bar)
        for bar in range(song.bars)
    ]
    longest = run = 1
    for one, other in pairwise(bars):
        run = run + 1 if one == other else 1
        longest = max(longest, run)
    return longest


def test_a_model_that_would_play_one_bar_for_ever_does_not() -> None:
    stuck = flat_model(bars={1: 30}, place={0: 30}, pitch={60: 12, 62: 2}, duration={96: 30}, velocity={20: 30})
    varied = Song((Track([Note(0, 60, 96, 78), Note(96, 62, 96, 78), Note(192, 64, 96, 78)]),))
    song = continue_song(stuck, Seed.of(varied), 40).song
    assert song.bars == 43
    assert longest_run(song) == MOST_TIMES
    steady = Song((Track([Note(BAR * bar, 60, 96, 78) for bar in range(6)]),))
    assert longest_run(continue_song(stuck, Seed.of(steady), 40).song) == 46


TWO_HANDS = Song(
    (
        Track([Note(12 * i, 72 + i % 5, 12, 78) for i in range(64)]),
        Track([Note(48 * i, 48 + i % 3, 48, 78) for i in range(16)]),
    )
)


def onsets_a_bar(guided: bool, monkeypatch: pytest.MonkeyPatch, seed: Song = TWO_HANDS) -> list[float]:
    """Of each part, in 16 bars that go on from the seed by a model that would let the first part rest for ever."""
    left = flat_model(bars={0: 30, 1: 29}, place={0: 9, 48: 9}, part={1: 6}, duration={12: 30}, velocity={20: 30})
    if not guided:
        monkeypatch.setattr(Generator, "mark_as_seed", lambda self: None)
    monkeypatch.setattr(continuation, "READ_SEEDS", SeedCache())
    song = continue_song(left, Seed.of(seed), 16, sampling=Sampling(1.0, 1.0)).song
    return [float((track.array[:, 0] >= 8 * BAR).sum() / 16) for track in song.tracks]


def scale_of(*pitches: int) -> Stream:
    stream = Stream(OutOfScale(CONSTANTS["out_of_scale"]))
    for pitch in pitches:
        stream.push(0, 0, 0, pitch, 24, 20)
    return stream


SCALE = (60, 62, 64, 65, 67, 69, 71)
OUT_OF_SCALE_NATS = CONSTANTS["out_of_scale"]["nats"]


def test_a_note_outside_the_scale_of_late_costs() -> None:
    costs = -scale_of(*SCALE * 4).nats("pitch", 0, 0, 0)
    assert costs[[48, 62, 76, 83]].tolist() == [0, 0, 0, 0]
    assert costs[[49, 61, 66]] == pytest.approx(OUT_OF_SCALE_NATS)
    assert not costs[DRUM:].any()  # neither drums nor signs


def test_a_foreign_note_that_stays_is_foreign_no_more() -> None:
    stream = scale_of(*SCALE * 8, 66)
    once = -stream.nats("pitch", 0, 0, 0)[66]
    stream.push(0, 0, 0, 66, 24, 20)
    assert 0 <= -stream.nats("pitch", 0, 0, 0)[66] < once < OUT_OF_SCALE_NATS


def test_of_few_notes_no_scale_is_known() -> None:
    assert not scale_of(*[60] * (int(CONSTANTS["out_of_scale"]["least_notes"]) - 1)).nats("pitch", 0, 0, 0).any()


def test_a_longer_silence_than_any_before_costs() -> None:
    nats = CONSTANTS["silence"]["nats_a_beat"]
    stream = Stream(Silence(CONSTANTS["silence"]))
    assert not stream.nats("place", 0).any()  # before the first note nothing is known
    stream.push(0, 0, 0, 60, 24, 20)
    stream.push(0, 48, 0, 60, 24, 20)  # after a beat of silence; it ends at 72
    assert not stream.nats("place", 0)[: 72 + 24 + 1].any()
    assert stream.nats("bars")[:3].tolist() == [0, 0, -nats]
    later = stream.nats("place", 1)
    assert later[[0, 12, 24, 95]].tolist() == [0, -nats / 2, -nats, -nats]
    assert not stream.nats("place", 1, density=0.5).any()  # where less is asked for, so is silence
    stream.push(0, 48, 0, DRUM + 38, 24, 20)  # of a kit more of it counts
    assert stream.nats("place", 1)[[24, 48, 95]].tolist() == [-nats, -2 * nats, -2 * nats]


def test_density_multiplies_by_its_power_of_the_beats_waited() -> None:
    stream = Stream(Density(CONSTANTS["density"]))
    bars, places = stream.nats("bars", density=3.0), stream.nats("place", 0, density=3.0)
    assert bars[1] - bars[0] == pytest.approx(-4 * np.log(3), rel=1e-6)
    assert places[48] - places[24] == pytest.approx(-np.log(3), rel=1e-5)
    for pitch, nats in ((60, np.log(3)), (DRUM + 38, 0)):  # a hit of a kit keeps nobody waiting
        durations = stream.nats("duration", 0, 0, 0, pitch, density=3.0)
        assert durations[24] - durations[48] == pytest.approx(nats, rel=1e-6)
        assert durations[96] == durations[200]
    assert not stream.nats("place", 0, density=1.0).any()


def test_the_rate_of_waiting_follows_how_dense_the_music_has_become() -> None:
    density = Density(CONSTANTS["density"])
    stream, density.reference = Stream(density), 1 / 24
    rates = []
    for _ in range(12):  # one note a beat, where two are asked for
        rates.append(stream.nats("place", 1, density=2.0)[0] - stream.nats("place", 1, density=2.0)[24])
        stream.push(0, stream.cursor.place + 24 if stream.cursor.place < 72 else 72, 0, 60, 24, 20)
    assert rates[0] == pytest.approx(np.log(2), rel=1e-5)
    assert rates[3] > rates[0]


def balance(*events: tuple[int, ...]) -> Stream:
    stream = Stream(PartBalance(CONSTANTS["part_balance"]))
    stream.push(0, 0, 0, PART, 0, 0)
    stream.push(0, 0, 1, PART, 0, 0)
    for event in events:
        stream.push(*event)
    stream.mark_as_seed()
    return stream


TWO_PARTS = [
    event
    for beat in range(32)
    for event in (
        (int(beat % 4 == 0 and beat > 0), 24 * (beat % 4), 0, 60, 24, 20),
        (0, 24 * (beat % 4), 1, 72, 24, 20),
    )
]


def test_a_part_that_falls_silent_gains_without_end() -> None:
    stream = balance(*TWO_PARTS)
    gains = [stream.nats("part", bars, 0)[1] - stream.nats("part", bars, 0)[0] for bars in (1, 2, 3)]
    assert gains == pytest.approx([0, 0, 0], abs=0.1)  # both are as silent
    for bar in range(3):
        for beat in range(4):
            stream.push(int(beat == 0), 24 * beat, 0, 60, 24, 20)
        gains[bar] = float(stream.nats("part", 1, 0)[1] - stream.nats("part", 1, 0)[0])
    assert 0 < gains[0] < gains[1] < gains[2]
    assert gains[2] > 20


def test_a_part_that_had_stopped_before_the_last_bars_need_not_return() -> None:
    early = [event for event in TWO_PARTS if event[2] == 0 or event is TWO_PARTS[1]]
    stream = balance(*early)
    nats = stream.nats("part", 8, 0)
    assert nats[1] <= nats[0]


def test_a_part_denser_than_in_the_seed_is_held_back() -> None:
    stream = balance(*TWO_PARTS)
    for beat in range(8):
        for place in (0, 6, 12, 18):
            stream.push(int(beat % 4 == 0 and place == 0), 24 * (beat % 4) + place, 0, 60, 6, 20)
        stream.push(0, 24 * (beat % 4) + 18, 1, 72, 6, 20)
    nats = stream.nats("part", 0, 90)
    assert nats[0] < nats[1] - 1


def test_lengths_that_a_part_does_not_have_in_the_seed_cost() -> None:
    stream = Stream(PartDurations(CONSTANTS["part_durations"]))
    for part in (0, 1):
        stream.push(0, 0, part, PART, 0, 0)
    for i in range(16):
        stream.push(int(i % 4 == 0 and i > 0), 24 * (i % 4), 0, 60, 24 if i % 4 else 12, 20)
    stream.push(1, 0, 1, 60, 96, 20)
    assert not stream.nats("duration", 0, 0, 0, 60).any()  # no seed yet
    stream.mark_as_seed()
    costs = -stream.nats("duration", 0, 0, 0, 60)
    weight, prior = (CONSTANTS["part_durations"][name] for name in ("weight", "prior_notes"))
    assert costs[24] == 0
    assert costs[12] == pytest.approx(weight * np.log((12 + prior) / (4 + prior)), rel=0.01)
    assert 0 < costs[23] < costs[12]  # nearly as long
    assert costs[96] == pytest.approx(weight * np.log((12 + prior) / prior), rel=0.01)
    assert not stream.nats("duration", 0, 0, 1, 60).any()  # of one note nothing is known
    assert not stream.nats("duration", 0, 0, 0, DRUM + 38).any()


def test_places_where_the_parts_of_the_seed_do_not_play_cost() -> None:
    constants = CONSTANTS["part_places"]
    stream = Stream(PartPlaces(constants))
    for part in (0, 1):
        stream.push(0, 0, part, PART, 0, 0)
    for bar in range(4):
        for beat in range(4):
            stream.push(int(beat == 0 and bar > 0), 24 * beat, 0, 60, 24, 20)
            if beat == 1:
                stream.push(0, 24, 0, 64, 24, 20)  # a chord counts once
                stream.push(0, 24, 1, 67, 24, 20)
    assert not stream.nats("place", 1).any()  # no seed yet
    stream.mark_as_seed()
    costs = -stream.nats("place", 1)
    assert costs[24] == 0  # both parts play there
    assert costs[0] == pytest.approx(constants["weight"] * np.log(2), rel=0.01)
    assert costs[0] < costs[1] < costs[6] == constants["most_nats"]
    parts = -stream.nats("part", 1, 0)
    assert parts[0] == 0
    assert parts[1] == constants["most_nats"]  # it plays on the second beat only
    assert not stream.nats("part", 1, 24).any()
    assert stream.nats("part", 1, 24).shape == (SIZES[FIELDS.index("part")],)


def test_a_bias_counts_as_long_as_the_fields_before_agree() -> None:
    stream = Stream(Bias({}))
    asked = {"bias": (0, 24, 1), "bias_nats": 5.0}
    assert stream.nats("place", 0, **asked).nonzero()[0].tolist() == [24]
    assert stream.nats("part", 0, 24, **asked)[1] == 5
    assert not stream.nats("part", 0, 12, **asked).any()
    assert not stream.nats("pitch", 0, 24, 1, **asked).any()


def test_a_model_brings_its_own_constants() -> None:
    constants = merged_constants({"silence": {"nats_a_beat": 1.5}})
    assert constants["silence"]["nats_a_beat"] == 1.5
    assert constants["silence"]["most_beats"] == dict(CONSTANTS["silence"])["most_beats"]
    given = {"repetition": {"nats_a_note": 0.0, "nats_last_note": 0.0}}
    assert flat_model(steering=given).steering["repetition"] == {**CONSTANTS["repetition"], **given["repetition"]}


def test_terms_of_a_field_are_summed() -> None:
    steering, cursor = Steering(CONSTANTS), Cursor()
    steering.push((0, 0, 0, PART, 0, 0), cursor)
    for event in ((0, 0, 0, 60, 24, 20), (0, 24, 0, 60, 24, 20)):
        cursor.advance(event)
        steering.push(event, cursor)
    step = Step("place", [1], cursor, 2.0, (1, 48), 3.0)
    total = np.zeros(SIZES[1], np.float32)
    for term in TERMS:
        if "place" in term.fields:
            follower = Stream(term.follower(CONSTANTS[term.name]))
            follower.push(0, 0, 0, PART, 0, 0)
            follower.push(0, 0, 0, 60, 24, 20)
            follower.push(0, 24, 0, 60, 24, 20)
            total += follower.nats("place", 1, density=2.0, bias=(1, 48), bias_nats=3.0)
    np.testing.assert_allclose(steering.nats(step), total, rtol=1e-6)


def test_parts_of_the_seed_go_on_playing(monkeypatch: pytest.MonkeyPatch) -> None:
    guided = onsets_a_bar(True, monkeypatch)
    unguided = onsets_a_bar(False, monkeypatch)
    assert unguided[0] < 0.5
    assert guided[0] > 1
    assert guided[1] > 0.5


def test_a_part_that_rested_in_the_seed_may_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    resting = Song((TWO_HANDS.tracks[0].with_notes([Note(0, 72, 12, 78)]), TWO_HANDS.tracks[1]))
    assert onsets_a_bar(True, monkeypatch, resting)[0] < 0.5


def test_from_nothing_no_part_is_pressed() -> None:
    model = flat_model(bars={0: 30, 1: 29}, part={1: 20}, duration={12: 30}, velocity={20: 30})
    generator = Generator(model, 0, Sampling(), 1)
    for event in ((0, 0, 0, PART, 0, 0), (0, 0, 1, PART, 0, 0), (0, 0, 0, 60, 12, 20)):
        generator.push(event)
    drawn = []
    for _ in range(40):
        drawn.append(generator.next_event())
        generator.push(drawn[-1])
    assert {event[2] for event in drawn} == {1}
