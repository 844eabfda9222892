"""The grammar of events and the caller's wishes hold whatever the logits are."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melodyrnn.encoding.context import Context
from melodyrnn.encoding.events import (
    DRUM,
    END,
    FIELDS,
    KIT,
    METRE,
    PART,
    PARTS,
    REST,
    SIZES,
    EventSequence,
    decode,
    encode,
)
from melodyrnn.errors import OptionError
from melodyrnn.generation.constraints import Constraints, Wishes
from melodyrnn.generation.sampling import draw
from melodyrnn.music import Note, Song, TimeSignature, Track
from melodyrnn.music.scales import Key

Event = tuple[int, ...]
Drawn = tuple[int, int, int, int]  # pulse, part, pitch as events write it, duration
DISTRIBUTIONS = {
    "even": lambda rng, size: np.zeros(size, np.float32),
    "spread": lambda rng, size: rng.normal(0, 4, size).astype(np.float32),
    "low": lambda rng, size: (-rng.random() * np.arange(size)).astype(np.float32),
    "high": lambda rng, size: (rng.random() * np.arange(size)).astype(np.float32),
}


class Player:
    """Draws events from logits that know no music, under constraints."""

    def __init__(self, wishes: Wishes, given_events: list[Event], random_seed: int, logits: str, may_end: bool = False):
        self.rng, self._logits = np.random.default_rng(random_seed), DISTRIBUTIONS[logits]
        self.context = Context()
        self.constraints = Constraints(self.context, wishes, may_end)
        self.events: list[Event] = []
        self.drawn: list[Drawn] = []
        for event in given_events:
            self.push(event)

    def push(self, event: Event) -> None:
        self.context.push(event)
        self.constraints.push(event)
        self.events.append(event)

    def next_event(self) -> Event:
        drawn: list[int] = []
        for field, size in enumerate(SIZES):
            logits = self._logits(self.rng, size)
            self.constraints.apply(field, logits, drawn)
            assert np.isfinite(logits).any(), f"no legal {FIELDS[field]} after {drawn}"
            drawn.append(draw(logits, 1.0, 1.0, self.rng.random()))
            assert np.isfinite(logits[drawn[-1]])
        return tuple(drawn)

    def play(self, notes: int) -> Song:
        for _ in range(notes):
            event = self.next_event()
            self.push(event)
            if event[3] < END:
                self.drawn.append((self.context.cursor.pulse, event[2], event[3], event[4]))
            if event[3] == END:
                break
        return decode(EventSequence(np.array(self.events)))


@st.composite
def all_wishes(draw_from: st.DrawFn) -> Wishes:
    key = draw_from(st.one_of(st.none(), st.builds(Key, st.integers(0, 11), st.sampled_from(["major", "minor"]))))
    low = draw_from(st.integers(0, 127))
    high = draw_from(st.integers(low, min(127, low + draw_from(st.sampled_from([0, 1, 12, 127])))))
    try:
        return Wishes(
            low, high, key, draw_from(st.sampled_from([0.1, 1 / 3, 1.0, 3.0, 10.0])), draw_from(st.booleans())
        )
    except OptionError:
        return Wishes(low, high, None, 1.0, draw_from(st.booleans()))


notes = st.lists(
    st.builds(Note, st.integers(0, 900), st.integers(0, 127), st.integers(1, 900), st.integers(1, 127)), max_size=12
)
signatures = st.builds(TimeSignature, st.just(0), st.integers(1, 20), st.sampled_from([1, 2, 4, 8, 16, 64]))
seeds = st.builds(
    Song,
    st.lists(st.builds(Track, notes, st.integers(0, 127), st.booleans()), min_size=1, max_size=3).map(tuple),
    st.just(()),
    st.tuples(signatures),
)
logits_of = st.sampled_from(sorted(DISTRIBUTIONS))


def assert_wished(drawn: list[Drawn], wishes: Wishes, song: Song) -> None:
    """The notes drawn are within the wishes, and none begins while its part sounds its pitch, in all of the song."""
    for pulse, part, pitch, _ in drawn:
        if pitch < DRUM:
            assert wishes.low <= pitch <= wishes.high
            assert wishes.key is None or pitch % 12 in wishes.key.pitch_classes
        same = [note for note in song.tracks[part] if note.pitch == pitch % DRUM]
        assert sum(note.onset_pulses <= pulse < note.end_pulses for note in same) == 1  # itself
    if wishes.monophonic:
        assert all(note[0] + note[3] <= following[0] for note, following in itertools.pairwise(drawn))


def assert_in_order(events: list[Event]) -> None:
    """The metre, then the parts, then notes by time, part and pitch, as encode writes them."""
    written = [tuple(event) for event in encode(decode(EventSequence(np.array(events)))).events.tolist()]
    while written[-1][3] in (END, REST):
        written.pop()
    while events[-1][3] in (END, REST):
        events = events[:-1]
    assert written == events


@given(all_wishes(), logits_of, st.integers(0, 2**32))
def test_anything_drawn_from_nothing_is_a_song_in_order(wishes: Wishes, logits: str, random_seed: int) -> None:
    player = Player(wishes, [], random_seed, logits)
    song = player.play(40)
    opening = [event[3] for event in player.events[:2]]
    assert opening[0] == METRE
    assert opening[1] in (PART, KIT)
    kinds = [event[3] for event in player.events[1:]]
    named = [pitch in (PART, KIT) for pitch in kinds]
    assert named == sorted(named, reverse=True)  # no part is named once a note was played
    assert METRE not in kinds
    assert_in_order(player.events)
    assert_wished(player.drawn, wishes, song)


@given(all_wishes(), seeds, logits_of, st.integers(0, 2**32), st.integers(0, 4000))
def test_anything_drawn_after_a_seed_is_within_the_wishes(
    wishes: Wishes, seed: Song, logits: str, random_seed: int, wait: int
) -> None:
    given_events = [tuple(event) for event in encode(seed).events.tolist()[:-1]]
    player = Player(wishes, given_events, random_seed, logits)
    earliest = player.context.cursor.pulse + wait
    player.constraints.earliest = earliest
    song = player.play(25)
    assert song.note_count == seed.note_count + len(player.drawn)
    assert all(pulse >= earliest for pulse, *_ in player.drawn)
    assert_wished(player.drawn, wishes, song)
    if wishes.monophonic and seed.note_count:
        assert all(pulse >= seed.end_pulses for pulse, *_ in player.drawn)


def opened(*kinds: int) -> list[Event]:
    return [(0, 0, 0, METRE, 4, 2), *((0, 0, part, kind, 0, 0) for part, kind in enumerate(kinds))]


def legal(player: Player, field: str, *drawn: int) -> list[int]:
    index = FIELDS.index(field)
    logits = np.zeros(SIZES[index], np.float32)
    player.constraints.apply(index, logits, drawn)
    return np.flatnonzero(np.isfinite(logits)).tolist()


def player_of(wishes: Wishes, *events: Event, may_end: bool = False) -> Player:
    return Player(wishes, list(events), 0, "even", may_end)


def test_a_piece_opens_with_its_metre_and_names_a_part() -> None:
    player = player_of(Wishes())
    assert [legal(player, "bars"), legal(player, "place", 0), legal(player, "part", 0, 0)] == [[0], [0], [0]]
    assert legal(player, "pitch", 0, 0, 0) == [METRE]
    assert legal(player, "duration", 0, 0, 0, METRE) == list(range(1, 256))
    assert legal(player, "velocity", 0, 0, 0, METRE, 4) == list(range(7))
    player.push((0, 0, 0, METRE, 3, 2))
    assert [legal(player, "bars"), legal(player, "place", 0), legal(player, "part", 0, 0)] == [[0], [0], [0]]
    assert legal(player, "pitch", 0, 0, 0) == [PART, KIT]
    assert legal(player, "duration", 0, 0, 0, PART) == list(range(128))
    assert legal(player, "velocity", 0, 0, 0, PART, 5) == [0]
    player.push((0, 0, 0, PART, 5, 0))
    assert legal(player, "place", 0) == list(range(72))
    assert legal(player, "part", 0, 0) == [0, 1]  # a note of the first part, or a second part
    assert legal(player, "part", 0, 12) == [0]
    assert legal(player, "pitch", 0, 0, 1) == [PART, KIT]
    assert legal(player, "pitch", 0, 12, 0) == list(range(128))
    assert legal(player, "duration", 0, 12, 0, 60) == list(range(1, 289))
    assert legal(player, "velocity", 0, 12, 0, 60, 24) == list(range(1, 33))


def test_there_are_128_parts_at_most() -> None:
    assert legal(player_of(Wishes(), *opened(*[PART] * PARTS)), "part", 0, 0) == list(range(PARTS))


def test_a_chord_goes_on_upwards() -> None:
    player = player_of(Wishes(), *opened(PART, PART, KIT), (0, 24, 1, 60, 12, 20))
    assert legal(player, "place", 0) == list(range(24, 96))
    assert legal(player, "part", 0, 24) == [1, 2]
    assert legal(player, "pitch", 0, 24, 1) == list(range(61, 128))
    assert legal(player, "pitch", 0, 24, 2) == list(range(128, 256))
    assert legal(player, "part", 0, 25) == [0, 1, 2]
    assert 60 not in legal(player, "pitch", 0, 35, 1)  # it still sounds
    assert 60 in legal(player, "pitch", 0, 35, 0)  # in another part it may
    assert 60 in legal(player, "pitch", 0, 36, 1)


def test_a_full_chord_is_left_behind() -> None:
    player = player_of(Wishes(60, 60), *opened(PART), (0, 24, 0, 60, 12, 20))
    assert legal(player, "place", 0)[0] == 36  # the one pitch wished for sounds until then
    player = player_of(Wishes(60, 61), *opened(PART), (0, 24, 0, 61, 12, 20))
    assert legal(player, "place", 0)[0] == 25


def test_monophonic_waits_for_the_end_of_the_note_before() -> None:
    player = player_of(Wishes(monophonic=True), *opened(PART, PART), (0, 24, 0, 60, 100, 20))
    assert legal(player, "bars")[0] == 1
    assert legal(player, "place", 1)[0] == 28
    player.push((0, 30, 0, 62, 0, 20))  # a tie goes on for 288 pulses at least
    assert player.constraints.earliest == 30 + 288


def test_the_earliest_pulse() -> None:
    player = player_of(Wishes(), *opened(PART), (0, 24, 0, 60, 12, 20))
    player.constraints.earliest = 2 * 96 + 10
    assert legal(player, "bars") == list(range(2, 16))
    assert legal(player, "place", 2) == list(range(10, 96))
    assert legal(player, "place", 3) == list(range(96))


def test_the_end() -> None:
    player = player_of(Wishes(), *opened(PART), may_end=True)
    assert player.constraints.allowed_end() is None  # not before there is a note
    player.push((0, 24, 0, 60, 24, 20))
    assert player.constraints.allowed_end() == player.constraints.end() == (1, 0, 0, END, 0, 0)
    player.push((0, 48, 0, 60, 96, 20))
    assert player.constraints.allowed_end() == (2, 0, 0, END, 0, 0)  # the first line at which nothing sounds
    assert player.constraints.end(3 * 96) == (3, 0, 0, END, 0, 0)
    player.constraints.least_bars = 3
    assert player.constraints.allowed_end() is None
    player.constraints.least_bars = 0
    player.push((0, 60, 0, 62, 288, 20))
    assert player.constraints.allowed_end() == (4, 0, 0, END, 0, 0)
    assert player_of(Wishes(), *opened(PART), (0, 0, 0, 60, 12, 20)).constraints.allowed_end() is None
    assert END not in legal(player, "pitch", 1, 0, 0)
    assert legal(player, "duration", 1, 0, 0, END) == legal(player, "velocity", 1, 0, 0, END, 0) == [0]


@pytest.mark.parametrize(("parts", "kits"), [((), False), ((KIT,), True), ((KIT, KIT), True), ((KIT, PART), False),
                                             ((PART, KIT), False)])  # fmt: skip
def test_whether_all_parts_are_kits(parts: tuple[int, ...], kits: bool) -> None:
    assert player_of(Wishes(), *opened(*parts)).constraints.kits_only is kits


def test_rests_lead_to_what_lies_further_off_than_one_event_reaches() -> None:
    player = player_of(Wishes(), *opened(PART), (0, 24, 0, 60, 12, 20))
    player.constraints.earliest = 40 * 96 + 10
    assert [player.next_event() for _ in range(3)] == [(15, 0, 0, REST, 0, 0)] * 3
    player.play(3)
    assert [event[:2] for event in player.events[3:5]] == [(15, 0), (15, 0)]
    assert player.drawn[0][0] >= 40 * 96 + 10


def test_density_multiplies_by_its_power_of_the_beats_waited() -> None:
    player = player_of(Wishes(density=3.0), *opened(PART))
    bars, places = np.zeros(16, np.float32), np.zeros(192, np.float32)
    player.constraints.apply(0, bars, [])
    player.constraints.apply(1, places, [0])
    assert bars[1] - bars[0] == pytest.approx(-4 * np.log(3), rel=1e-6)
    assert places[24] - places[0] == pytest.approx(-np.log(3), rel=1e-6)
    for pitch, nats in ((60, np.log(3)), (DRUM + 38, 0)):  # a hit of a kit keeps nobody waiting
        durations = np.zeros(289, np.float32)
        player.constraints.apply(4, durations, [0, 0, 0, pitch])
        assert durations[24] - durations[48] == pytest.approx(nats, rel=1e-6)
        assert durations[96] == durations[200]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"low": -1}, "low -1: must be 0 to 127"),
        ({"high": 128}, "high 128: must be 0 to 127"),
        ({"low": 61, "high": 60}, "pitches 61 to 60: the lowest comes first"),
        ({"density": 0}, "density 0: must be 0.1 to 10"),
        ({"density": float("nan")}, "density nan: must be 0.1 to 10"),
        ({"low": 61, "high": 61, "key": Key(0, "major")}, "no pitch from 61 to 61 is in C major"),
    ],
)
def test_wishes_that_cannot_be(wrong: dict[str, int], reason: str) -> None:
    with pytest.raises(OptionError, match=reason):
        Wishes(**wrong)  # type: ignore[arg-type]
