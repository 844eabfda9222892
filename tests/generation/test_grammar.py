"""The grammar of events, the caller's constraints and the seed's bounds hold whatever the logits are."""

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
from melodyrnn.generation.grammar import Grammar
from melodyrnn.generation.note_constraints import NoteConstraints
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

    def __init__(
        self,
        constraints: NoteConstraints,
        given_events: list[Event],
        random_seed: int,
        logits: str,
        may_end: bool = False,
    ):
        self.rng, self._logits = np.random.default_rng(random_seed), DISTRIBUTIONS[logits]
        self.context = Context()
        self.grammar = Grammar(self.context, constraints, may_end)
        self.events: list[Event] = []
        self.drawn: list[Drawn] = []
        for event in given_events:
            self.push(event)

    def push(self, event: Event) -> None:
        self.context.push(event)
        self.grammar.push(event)
        self.events.append(event)

    def next_event(self) -> Event:
        drawn: list[int] = []
        for field, size in enumerate(SIZES):
            logits = self._logits(self.rng, size)
            logits[~self.grammar.legal(field, drawn)] = -np.inf
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
def all_constraints(draw_from: st.DrawFn) -> NoteConstraints:
    key = draw_from(st.one_of(st.none(), st.builds(Key, st.integers(0, 11), st.sampled_from(["major", "minor"]))))
    low = draw_from(st.integers(0, 127))
    high = draw_from(st.integers(low, min(127, low + draw_from(st.sampled_from([0, 1, 12, 127])))))
    try:
        return NoteConstraints(
            low, high, key, draw_from(st.sampled_from([0.1, 1 / 3, 1.0, 3.0, 10.0])), draw_from(st.booleans())
        )
    except OptionError:
        return NoteConstraints(low, high, None, 1.0, draw_from(st.booleans()))


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


def assert_constrained(drawn: list[Drawn], constraints: NoteConstraints, song: Song) -> None:
    """The notes drawn are within the constraints, and none begins while its part sounds its pitch."""
    for pulse, part, pitch, _ in drawn:
        if pitch < DRUM:
            assert constraints.low <= pitch <= constraints.high
            assert constraints.key is None or pitch % 12 in constraints.key.pitch_classes
        same = [note for note in song.tracks[part] if note.pitch == pitch % DRUM]
        assert sum(note.onset_pulses <= pulse < note.end_pulses for note in same) == 1  # itself
    if constraints.monophonic:
        for part in {part for _, part, pitch, _ in drawn if pitch < DRUM}:
            notes = [note for note in drawn if note[1] == part]
            assert all(note[0] + note[3] <= following[0] for note, following in itertools.pairwise(notes))


def assert_in_order(events: list[Event]) -> None:
    """The metre, then the parts, then notes by time, part and pitch, as encode writes them."""
    written = [tuple(event) for event in encode(decode(EventSequence(np.array(events)))).events.tolist()]
    while written[-1][3] in (END, REST):
        written.pop()
    while events[-1][3] in (END, REST):
        events = events[:-1]
    assert written == events


@given(all_constraints(), logits_of, st.integers(0, 2**32))
def test_anything_drawn_from_nothing_is_a_song_in_order(
    constraints: NoteConstraints, logits: str, random_seed: int
) -> None:
    player = Player(constraints, [], random_seed, logits)
    song = player.play(40)
    opening = [event[3] for event in player.events[:2]]
    assert opening[0] == METRE
    assert opening[1] in (PART, KIT)
    kinds = [event[3] for event in player.events[1:]]
    named = [pitch in (PART, KIT) for pitch in kinds]
    assert named == sorted(named, reverse=True)  # no part is named once a note was played
    assert METRE not in kinds
    assert_in_order(player.events)
    assert_constrained(player.drawn, constraints, song)


@given(all_constraints(), seeds, logits_of, st.integers(0, 2**32), st.integers(0, 4000))
def test_anything_drawn_after_a_seed_is_within_the_constraints(
    constraints: NoteConstraints, seed: Song, logits: str, random_seed: int, wait: int
) -> None:
    given_events = [tuple(event) for event in encode(seed).events.tolist()[:-1]]
    player = Player(constraints, given_events, random_seed, logits)
    earliest = player.context.cursor.pulse + wait
    player.grammar.earliest = earliest
    song = player.play(25)
    assert song.note_count == seed.note_count + len(player.drawn)
    assert all(pulse >= earliest for pulse, *_ in player.drawn)
    assert_constrained(player.drawn, constraints, song)
    if constraints.monophonic:
        ends = [max((note.end_pulses for note in track), default=0) for track in seed.tracks]
        assert all(pulse >= ends[part] for pulse, part, pitch, _ in player.drawn if pitch < DRUM)


def opened(*kinds: int) -> list[Event]:
    return [(0, 0, 0, METRE, 4, 2), *((0, 0, part, kind, 0, 0) for part, kind in enumerate(kinds))]


def legal(player: Player, field: str, *drawn: int) -> list[int]:
    return np.flatnonzero(player.grammar.legal(FIELDS.index(field), drawn)).tolist()


def player_of(constraints: NoteConstraints, *events: Event, may_end: bool = False) -> Player:
    return Player(constraints, list(events), 0, "even", may_end)


def test_a_piece_opens_with_its_metre_and_names_a_part() -> None:
    player = player_of(NoteConstraints())
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
    assert legal(player_of(NoteConstraints(), *opened(*[PART] * PARTS)), "part", 0, 0) == list(range(PARTS))


def test_a_chord_goes_on_upwards() -> None:
    player = player_of(NoteConstraints(), *opened(PART, PART, KIT), (0, 24, 1, 60, 12, 20))
    assert legal(player, "place", 0) == list(range(24, 96))
    assert legal(player, "part", 0, 24) == [1, 2]
    assert legal(player, "pitch", 0, 24, 1) == list(range(61, 128))
    assert legal(player, "pitch", 0, 24, 2) == list(range(128, 256))
    assert legal(player, "part", 0, 25) == [0, 1, 2]
    assert 60 not in legal(player, "pitch", 0, 35, 1)  # it still sounds
    assert 60 in legal(player, "pitch", 0, 35, 0)  # in another part it may
    assert 60 in legal(player, "pitch", 0, 36, 1)


def test_a_full_chord_is_left_behind() -> None:
    player = player_of(NoteConstraints(60, 60), *opened(PART), (0, 24, 0, 60, 12, 20))
    assert legal(player, "place", 0)[0] == 36  # the one pitch wished for sounds until then
    player = player_of(NoteConstraints(60, 61), *opened(PART), (0, 24, 0, 61, 12, 20))
    assert legal(player, "place", 0)[0] == 25


def test_monophonic_waits_for_the_end_of_the_part_s_note_before() -> None:
    player = player_of(NoteConstraints(monophonic=True), *opened(PART, PART, KIT), (0, 24, 0, 60, 100, 20))
    assert legal(player, "part", 0, 30) == [1, 2]
    assert legal(player, "part", 1, 28) == [0, 1, 2]
    player.push((0, 24, 2, DRUM + 36, 100, 20))
    assert legal(player, "part", 0, 30) == [1, 2]  # a kit is free
    alone = player_of(NoteConstraints(monophonic=True), *opened(PART), (0, 24, 0, 60, 100, 20))
    assert legal(alone, "bars")[0] == 1
    assert legal(alone, "place", 1)[0] == 28
    alone.push((1, 30, 0, 62, 0, 20))  # a tie goes on for 288 pulses at least
    assert alone.grammar.earliest == 96 + 30 + 288


def test_the_earliest_pulse() -> None:
    player = player_of(NoteConstraints(), *opened(PART), (0, 24, 0, 60, 12, 20))
    player.grammar.earliest = 2 * 96 + 10
    assert legal(player, "bars") == list(range(2, 16))
    assert legal(player, "place", 2) == list(range(10, 96))
    assert legal(player, "place", 3) == list(range(96))


def test_the_end() -> None:
    player = player_of(NoteConstraints(), *opened(PART), may_end=True)
    assert player.grammar.allowed_end() is None  # not before there is a note
    player.push((0, 24, 0, 60, 24, 20))
    assert player.grammar.allowed_end() == player.grammar.end() == (1, 0, 0, END, 0, 0)
    player.push((0, 48, 0, 60, 96, 20))
    assert player.grammar.allowed_end() == (2, 0, 0, END, 0, 0)  # the first line at which nothing sounds
    assert player.grammar.end(3 * 96) == (3, 0, 0, END, 0, 0)
    player.grammar.least_bars = 3
    assert player.grammar.allowed_end() is None
    player.grammar.least_bars = 0
    player.push((0, 60, 0, 62, 288, 20))
    assert player.grammar.allowed_end() == (4, 0, 0, END, 0, 0)
    assert player_of(NoteConstraints(), *opened(PART), (0, 0, 0, 60, 12, 20)).grammar.allowed_end() is None
    assert END not in legal(player, "pitch", 1, 0, 0)
    assert legal(player, "duration", 1, 0, 0, END) == legal(player, "velocity", 1, 0, 0, END, 0) == [0]


@pytest.mark.parametrize(("parts", "kits"), [((), False), ((KIT,), True), ((KIT, KIT), True), ((KIT, PART), False),
                                             ((PART, KIT), False)])  # fmt: skip
def test_whether_all_parts_are_kits(parts: tuple[int, ...], kits: bool) -> None:
    assert player_of(NoteConstraints(), *opened(*parts)).grammar.kits_only is kits


def test_rests_lead_to_what_lies_further_off_than_one_event_reaches() -> None:
    player = player_of(NoteConstraints(), *opened(PART), (0, 24, 0, 60, 12, 20))
    player.grammar.earliest = 40 * 96 + 10
    assert [player.next_event() for _ in range(3)] == [(15, 0, 0, REST, 0, 0)] * 3
    player.play(3)
    assert [event[:2] for event in player.events[3:5]] == [(15, 0), (15, 0)]
    assert player.drawn[0][0] >= 40 * 96 + 10


def bounded(events: list[Event], constraints: NoteConstraints | None = None) -> Player:
    """A player whose seed is these events."""
    player = player_of(constraints or NoteConstraints(), *events)
    player.grammar.mark_as_seed()
    return player


SEED = [
    *opened(PART, KIT, PART),
    *((int(i % 4 == 0), 24 * (i % 4), 0, 60 + i % 8, 24, 20) for i in range(24)),
    (1, 0, 1, DRUM + 36, 6, 20),
    (0, 0, 1, DRUM + 42, 6, 20),
    (0, 24, 1, DRUM + 38, 6, 20),
]


def test_a_part_keeps_within_the_seed_s_register_chords_and_sounds() -> None:
    player = bounded(SEED)
    assert legal(player, "pitch", 1, 0, 0) == list(range(57, 71))  # three semitones below 60 and above 67
    assert legal(player, "pitch", 1, 0, 1) == [DRUM + 36, DRUM + 38, DRUM + 42]
    assert legal(player, "pitch", 1, 0, 2) == list(range(128))  # it did not play
    player.push((1, 0, 0, 62, 24, 20))
    assert legal(player, "part", 0, 0) == [1, 2]  # no chord
    assert legal(player, "part", 0, 12) == [0, 1, 2]
    for pitch in (36, 38):
        player.push((0, 0, 1, DRUM + pitch, 6, 20))
    assert legal(player, "part", 0, 0) == [2]  # a hand plays no third drum


@pytest.mark.parametrize(("bounds", "sounding"), [("seed", [1, 2]), ("free", [0, 1, 2])])
def test_held_notes_do_not_pile_up_to_a_cluster(bounds: str, sounding: list[int]) -> None:
    player = bounded(SEED, NoteConstraints(range=bounds))
    player.push((1, 0, 0, 62, 48, 20))
    assert 0 in legal(player, "part", 0, 12)  # a part of one voice may hold a note over the next
    player.push((0, 12, 0, 64, 60, 20))
    assert legal(player, "part", 0, 24) == sounding
    assert legal(player, "part", 0, 48) == [0, 1, 2]  # the first has ended


def test_a_free_range_is_free_of_the_seed() -> None:
    player = bounded(SEED, NoteConstraints(range="free"))
    assert legal(player, "pitch", 1, 0, 0) == list(range(128))
    assert legal(player, "pitch", 1, 0, 1) == list(range(DRUM, END))


def test_the_caller_decides_where_the_seed_s_register_leaves_nothing() -> None:
    assert legal(bounded(SEED, NoteConstraints(80, 90)), "pitch", 1, 0, 0) == list(range(80, 91))
    assert legal(bounded(SEED, NoteConstraints(65, 90)), "pitch", 1, 0, 0) == list(range(65, 71))


def test_of_few_notes_no_register_is_known() -> None:
    player = bounded([*opened(PART), (0, 0, 0, 60, 24, 20), (0, 24, 0, 62, 24, 20)])
    assert legal(player, "pitch", 1, 0, 0) == list(range(55, 68))  # an octave and more


def test_bounds_grow_with_what_is_given_later() -> None:
    player = bounded(SEED)
    player.push((1, 0, 0, 80, 24, 20))
    player.grammar.mark_as_seed()
    assert legal(player, "pitch", 1, 0, 0)[-1] == 83


@pytest.mark.parametrize("kind", [PART, KIT])
def test_no_chord_climbs_without_end(kind: int) -> None:
    """Also without a seed, at any temperature: the largest token is always drawn that may be."""
    player = player_of(NoteConstraints(), *opened(kind))
    for step in range(40):
        player.push((0, 0, 0, step + (DRUM if kind == KIT else 0), 12, 20))
        if not legal(player, "part", 0, 0):
            break
    assert step + 1 == (6 if kind == KIT else 10)
    assert legal(player, "place", 0)[0] == 1


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"low": -1}, "low -1: must be 0 to 127"),
        ({"high": 128}, "high 128: must be 0 to 127"),
        ({"low": 61, "high": 60}, "pitches C#4 to C4: the lowest comes first"),
        ({"density": 0}, "density 0: must be 0.1 to 10"),
        ({"density": float("nan")}, "density nan: must be 0.1 to 10"),
        ({"low": 61, "high": 61, "key": Key(0, "major")}, "no pitch from C#4 to C#4 is in C major"),
        ({"range": "wide"}, "range 'wide': must be seed or free"),
    ],
)
def test_constraints_that_cannot_be(wrong: dict[str, int], reason: str) -> None:
    with pytest.raises(OptionError, match=reason):
        NoteConstraints(**wrong)  # type: ignore[arg-type]


def test_new_notes_do_not_widen_the_register_of_the_seed() -> None:
    made = Grammar(context := Context(0), NoteConstraints())
    events = [(0, 0, 0, METRE, 4, 2), (0, 0, 0, PART, 0, 0), *((0, 6 * n, 0, 60 + n % 12, 6, 20) for n in range(16))]
    for event in events:
        context.push(event)
        made.push(event)
    made.mark_as_seed()
    allowed = made.legal(3, (1, 0, 0))[:DRUM].copy()
    new = (1, 0, 0, int(np.flatnonzero(allowed)[-1]), 6, 20)
    context.push(new)
    made.push(new)
    made.constrain(NoteConstraints())
    assert (made.legal(3, (1, 0, 0))[:DRUM] <= allowed).all()
