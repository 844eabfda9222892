"""New notes follow the chords asked for, and a seed's own chords are found."""

import numpy as np
import numpy.typing as npt
import pytest

from melodyrnn.api import generate, load_model
from melodyrnn.encoding.events import DRUM, END, FIELDS, KIT, METRE, PART, SIZES, Cursor
from melodyrnn.errors import OptionError
from melodyrnn.generation import NoteConstraints, Request, Sampling, Seed, continue_song
from melodyrnn.generation.harmony import asked_chords, chords_after
from melodyrnn.generation.part_kinds import KINDS
from melodyrnn.generation.steering import merged_constants
from melodyrnn.generation.terms.chord_tones import ChordTones
from melodyrnn.generation.terms.step import Step
from melodyrnn.music import Note, Song, TimeSignature, Track
from melodyrnn.music.progression import Progression
from models import flat_model

CONSTANTS = merged_constants({})["chord_tones"]
BAR = 96


class Stream:
    """The term under a metre, with one melodic part, or as given, and chords."""

    def __init__(self, chords: str, metre: tuple[int, int] = (4, 2), parts: tuple[int, ...] = (PART,)) -> None:
        self.term, self.cursor = ChordTones(CONSTANTS), Cursor()
        self.term.ask(Progression.parse(chords))
        self.push(0, 0, 0, METRE, *metre)
        for part, kind in enumerate(parts):
            self.push(0, 0, part, kind, 0, 0)

    def push(self, *event: int) -> None:
        self.cursor.advance(event)
        self.term.push(event, self.cursor)

    def nats(self, field: str, *drawn: int) -> npt.NDArray[np.float32]:
        added = self.term.nats(Step(field, list(drawn), self.cursor))
        return np.zeros(SIZES[FIELDS.index(field)], np.float32) if added is None else added

    def likeliest(self, bars: int, place: int, part: int = 0) -> set[int]:
        """The pitch classes that cost nothing."""
        return {int(pitch) % 12 for pitch in np.flatnonzero(self.nats("pitch", bars, place, part)[:DRUM] == 0)}


def test_tones_of_the_chord_cost_nothing_where_it_sounds() -> None:
    stream = Stream("Am F C G")
    for bar, tones in enumerate(({9, 0, 4}, {5, 9, 0}, {0, 4, 7}, {7, 11, 2}, {9, 0, 4})):
        assert stream.likeliest(bar, 0) == tones
        assert stream.likeliest(bar, 72) == tones


def test_a_bar_is_shared_by_its_chords() -> None:
    assert [Stream("C G7 | F").likeliest(0, place) for place in (0, 24, 48, 72)] == [{0, 4, 7}] * 2 + [
        {7, 11, 2, 5}
    ] * 2


def test_chords_begin_with_the_bar_that_is_named() -> None:
    stream = Stream("C F")
    stream.term.bar_line = (0, BAR)
    assert stream.likeliest(1, 0) == {0, 4, 7}
    stream.term.bar_line = (7, 4 * BAR)
    assert stream.likeliest(4, 0) == {5, 9, 0}


def test_bars_longer_than_the_encoding_has_places_are_one_bar() -> None:
    stream = Stream("C G", metre=(5, 0))  # 5/1: 480 pulses, three stretches of at most 192
    assert stream.likeliest(2, 90) == {0, 4, 7}
    assert stream.likeliest(3, 0) == {7, 11, 2}


def test_a_foreign_pitch_costs_more_where_the_chord_begins_and_less_between_beats_by_step() -> None:
    stream = Stream("C F G C")
    stream.push(0, 0, 0, 64, 12, 20)

    def cost(place: int, pitch: int) -> float:
        return -float(stream.nats("pitch", 0, place, 0)[pitch])

    assert cost(0, 65) == CONSTANTS["nats_at_change"]
    assert cost(24, 65) == cost(12, 69) == CONSTANTS["nats_on_beat"]
    assert cost(12, 65) == CONSTANTS["nats_off_beat"]  # a passing tone
    assert cost(12, 66) == CONSTANTS["nats_off_beat"] + CONSTANTS["nats_foreign"]
    assert cost(24, 63) == CONSTANTS["nats_on_beat"] + CONSTANTS["nats_foreign"]  # C would be minor


def test_a_long_note_is_one_that_its_chords_hold() -> None:
    stream = Stream("C G")

    def costs(pitch: int) -> npt.NDArray[np.float32]:
        return stream.nats("duration", 0, 48, 0, pitch)

    assert not costs(67).any()  # G is in both
    assert not costs(64)[1 : 48 + 12 + 1].any()  # E, until half a beat after the end of C
    assert costs(64)[96] == -(2 - CONSTANTS["free_beats"]) * CONSTANTS["nats_a_beat"]
    assert costs(65)[24] == -(1 - CONSTANTS["free_beats"]) * CONSTANTS["nats_a_beat"]  # F is in neither


def test_the_lowest_part_plays_the_lowest_note_of_the_chord() -> None:
    stream = Stream("C/E F", parts=(PART, PART))
    stream.push(0, 0, 0, 72, 24, 20)
    stream.push(0, 0, 1, 40, 24, 20)
    beginning, on_beat = stream.nats("pitch", 1, 0, 1), stream.nats("pitch", 1, 24, 1)
    assert (beginning[41], beginning[45], on_beat[45]) == (0, -CONSTANTS["nats_bass"], -CONSTANTS["nats_bass"] / 2)
    assert stream.nats("pitch", 2, 0, 1)[40] == 0  # E of C/E
    assert stream.nats("pitch", 1, 0, 0)[69] == 0  # the other part plays any tone
    stream.push(1, 0, 1, 41, 24, 20)
    assert stream.nats("pitch", 0, 0, 1)[45] == 0  # above the lowest note


def test_a_bass_that_has_not_played_holds_root_third_and_fifth() -> None:
    stream = Stream("Cm9 F")
    stream.push(0, 0, 0, 36, 24, 20)
    assert stream.likeliest(0, 24) == {0, 3, 7, 10, 2}
    assert not stream.nats("duration", 0, 24, 0, 38)[1:49].any()
    stream.term.expect(0, KINDS["bass"].beside(Song([]), NoteConstraints(), 0), stream.cursor)
    assert stream.likeliest(0, 24) == {0, 3, 7}
    assert stream.nats("duration", 0, 24, 0, 38)[48] < 0


def test_drums_and_bars_without_a_chord_are_left_alone() -> None:
    stream = Stream("N.C. | C", parts=(PART, KIT))
    assert not stream.nats("pitch", 0, 0, 0).any()
    assert not stream.nats("pitch", 1, 0, 1)[DRUM:END].any()
    assert not stream.nats("duration", 1, 0, 1, DRUM + 36).any()
    stream.term.ask(None)
    assert stream.term.nats(Step("pitch", [1, 0, 0], stream.cursor)) is None


def test_a_model_that_finds_everything_equally_likely_plays_the_chords() -> None:
    seed = Seed.of(Song([Track([Note(24 * i, 60 + i % 12, 24, 80) for i in range(16)])]))
    asked = NoteConstraints(chords=Progression.parse("Ebm Ab"))
    made = continue_song(flat_model(), seed, 64, sampling=Sampling(constraints=asked), random_seed=1)
    notes = made.new_notes[0]
    bars, places = np.divmod(notes[:, 0] - made.join_pulse, BAR)
    tones = np.array([[3, 6, 10], [8, 0, 3]])[bars % 2]
    hits = (notes[:, 1, None] % 12 == tones).any(1)
    assert len(hits) > 30
    assert hits[places % 24 == 0].mean() > 0.9
    plain = continue_song(flat_model(), seed, 64, random_seed=1).new_notes[0]
    assert hits.mean() > 0.5 > np.isin(plain[:, 1] % 12, [3, 6, 10]).mean()


def seed_of(chords: str, metre: tuple[int, int] = (4, 4), times: int = 1) -> Seed:
    progression, notes = Progression.parse(chords), []
    signature = TimeSignature(0, *metre)
    for bar in range(times * len(progression.bars)):
        spans = [*progression.spans(bar, signature.bar_pulses, metre[0])]
        for (place, chord), end in zip(spans, [*(span[0] for span in spans[1:]), signature.bar_pulses], strict=True):
            assert chord is not None
            start = bar * signature.bar_pulses + place
            notes.append(Note(start, 36 + chord.bass, end - place, 80))
            notes += [Note(start, 60 + tone, end - place, 80) for tone in chord.pitch_classes]
    return Seed.of(Song([Track(notes)], (), [signature]))


@pytest.mark.parametrize(
    ("chords", "metre", "times", "found"),
    [
        ("Am F C G", (4, 4), 2, "Am | F | C | G"),
        ("Am F C G", (3, 4), 1, "Am | F | C | G"),
        ("Dm7 G7 | Cmaj7", (4, 4), 3, "Dm7 G7 | Cmaj7"),
        ("C . . G | Am", (4, 4), 2, "C . . G | Am"),
        ("Em", (6, 8), 8, "Em"),
        ("C F G Am F G", (4, 4), 1, "C | F | G | Am | F | G"),
        ("C F G Am C F", (4, 4), 1, "G | Am | C | F"),  # the fifth bar was a beginning again: its third comes next
    ],
)
def test_the_chords_of_a_seed_are_found_and_go_on(chords: str, metre: tuple[int, int], times: int, found: str) -> None:
    after = chords_after(seed_of(chords, metre, times))
    assert str(after) == str(Progression.parse(found))
    assert asked_chords("seed", seed_of(chords, metre, times)) == after


def test_a_seed_without_pitches_has_no_chords() -> None:
    drums = Seed.of(Song([Track([Note(0, 36, 24, 80)], is_drum=True)]))
    for asked in ("seed", "Am F"):
        with pytest.raises(OptionError, match="chords: the seed has drums alone"):
            Request(chords=asked).sampling(drums)
    assert Request(chords="Am F", add="bass").sampling(drums).constraints.chords is not None
    for seed, reason in ((drums, "no pitched note sounds in it"), (None, "there is no seed")):
        with pytest.raises(OptionError, match=f"^chords seed: {reason}$"):
            asked_chords("seed", seed)


def test_with_chords_music_from_nothing_stays_in_the_key_of_the_chords() -> None:
    model = load_model("folk")
    asked = Sampling(constraints=NoteConstraints(chords=Progression.parse("Ebm Abm Bbm Ebm")))
    made = continue_song(model, None, 8, "folk", asked, 5)
    notes = made.new_notes[0]
    bars, _ = made.song.bar_lines.positions(notes[:, 0])
    tones = np.array([[3, 6, 10], [8, 11, 3], [10, 1, 5], [3, 6, 10]])[bars % 4]
    assert (notes[:, 1, None] % 12 == tones).any(1)[notes[:, 0] % 24 == 0].mean() > 0.9


def test_chords_replace_those_of_a_loop_that_was_learned_by_heart() -> None:
    loop = ((57, 60, 64), (53, 57, 60), (60, 64, 67), (55, 59, 62)) * 2  # Am F C G
    notes = [Note(bar * BAR, pitch, BAR - 1, 70) for bar, chord in enumerate(loop) for pitch in chord]
    asked = Progression.parse("Dm G C Am")
    made = generate(Song([Track(notes)]), 4, chords="Dm G C Am", random_seed=1)
    new = made.tracks[0].array[len(notes) :]
    bars, places = made.bar_lines.positions(new[:, 0])
    for bar, (chord,) in enumerate(asked.bars, len(loop)):
        begun = {int(pitch) % 12 for pitch in new[(bars == bar) & (places == 0), 1]}
        assert chord is not None
        assert begun == set(chord.pitch_classes), f"bar {bar}"
