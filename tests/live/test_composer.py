"""The model as a source of live music: any bar again as it was, and other bars from a change on."""

from dataclasses import replace

import pytest

from melodyrnn.errors import OptionError
from melodyrnn.generation import MusicModel, NoteConstraints, Sampling, Seed
from melodyrnn.live.score.model_composer import ModelComposer
from melodyrnn.live.score.request import Call
from melodyrnn.live.score.settings import Settings
from melodyrnn.live.time.schedule import LiveNote
from melodyrnn.music import Note, Song, TimeSignature, Track
from melodyrnn.music.channels import DRUM_CHANNEL
from melodyrnn.music.progression import Progression
from melodyrnn.music.scales import Key

BAR = 96
PLAIN = Settings(
    "plain", Sampling(constraints=NoteConstraints(density=2))
)  # a model that has learned nothing mostly rests


def composer(
    model: MusicModel, settings: Settings | None = None, random_seed: int = 1, **given: object
) -> ModelComposer:
    return ModelComposer(lambda _: model, settings or PLAIN, random_seed, **given)  # type: ignore[arg-type]


def notes(source: ModelComposer, until: int) -> list[LiveNote]:
    """What is composed from here up to a pulse."""
    found: list[LiveNote] = []
    while (passage := source.compose()).until < until:
        found += passage.notes
    return found


def between(found: list[LiveNote], start: int, end: int) -> list[LiveNote]:
    return [note for note in found if start <= note.onset_pulses < end]


def test_notes_are_legal_and_in_order(small_model):
    found = notes(composer(small_model), 40 * BAR)
    assert len(found) > 100
    assert [note.onset_pulses for note in found] == sorted(note.onset_pulses for note in found)
    for note in found:
        assert 0 <= note.pitch <= 127
        assert 1 <= note.velocity <= 127
        assert 1 <= note.duration_pulses <= 288
        assert 0 <= note.channel <= 15


def test_parts_named_after_the_opening_was_drawn_are_played(small_model):
    channels = {note.channel for seed in range(12) for note in notes(composer(small_model, random_seed=seed), 2 * BAR)}
    assert len(channels) > 1


def test_the_frontier_is_never_passed_by_a_later_note(small_model):
    source, frontier = composer(small_model), 0
    for _ in range(200):
        passage = source.compose()
        assert all(note.onset_pulses >= frontier for note in passage.notes)
        assert passage.until >= frontier
        frontier = passage.until


@pytest.fixture(scope="module")
def played(small_model: MusicModel) -> tuple[ModelComposer, list[LiveNote]]:
    """A composer that has played 84 bars, and those bars."""
    source = composer(small_model)
    return source, notes(source, 84 * BAR)


@pytest.mark.parametrize("pulse", [0, 5 * BAR + 50, 17 * BAR, 70 * BAR, 71 * BAR + 1])
def test_a_bar_gone_back_to_comes_again(played, pulse):
    source, first = played
    source.rewind(pulse)
    assert notes(source, pulse + 4 * BAR) == between(first, pulse, pulse + 4 * BAR)


def test_many_bars_are_states_in_few_states(played):
    source, _ = played
    assert len(source._states) <= 2 * 64 + 84 // 16 + 2


def test_a_bar_far_ahead_is_the_one_that_would_have_come(small_model):
    first = notes(composer(small_model), 30 * BAR)
    source = composer(small_model)
    source.rewind(25 * BAR)
    assert notes(source, 30 * BAR) == between(first, 25 * BAR, 30 * BAR)


def test_the_random_seed_decides(small_model):
    assert notes(composer(small_model), 8 * BAR) == notes(composer(small_model), 8 * BAR)
    assert notes(composer(small_model), 8 * BAR) != notes(composer(small_model, random_seed=2), 8 * BAR)


def test_a_change_leaves_earlier_bars_as_they_were(small_model):
    source, bold = composer(small_model), replace(PLAIN, sampling=replace(PLAIN.sampling, temperature=3))
    first = notes(source, 20 * BAR)
    source.change(7, bold)
    source.rewind(0)
    second = notes(source, 20 * BAR)
    assert between(second, 0, 7 * BAR) == between(first, 0, 7 * BAR)
    assert between(second, 7 * BAR, 12 * BAR) != between(first, 7 * BAR, 12 * BAR)
    source.rewind(10 * BAR)
    assert notes(source, 20 * BAR) == between(second, 10 * BAR, 20 * BAR)


def melodic(source: ModelComposer, until: int) -> list[LiveNote]:
    return [note for note in notes(source, until) if note.channel != DRUM_CHANNEL]


def test_constraints_hold_from_the_bar_of_their_change(small_model):
    seeds = (seed for seed in range(20) if melodic(composer(small_model, random_seed=seed), 4 * BAR))
    seed = next(seeds)  # of the pieces some are for drums alone
    source = composer(small_model, random_seed=seed)
    source.change(4, Settings("plain", Sampling(constraints=NoteConstraints(60, 72, Key(2, "major"), 2))))
    free, wished = melodic(composer(small_model, random_seed=seed), 20 * BAR), melodic(source, 20 * BAR)
    assert {note.pitch for note in free} - {*range(60, 73)}
    assert between(wished, 0, 4 * BAR) == between(free, 0, 4 * BAR)
    later = [note.pitch for note in wished if note.onset_pulses >= 4 * BAR]
    assert later
    assert {pitch % 12 for pitch in later} <= {*Key(2, "major").pitch_classes}
    assert {*later} <= {*range(60, 73)}


def test_chords_sound_in_their_bars_whichever_way_the_song_came_there(small_model):
    seeds = (seed for seed in range(20) if melodic(composer(small_model, random_seed=seed), 4 * BAR))
    asked = NoteConstraints(density=2, chords=Progression.parse("Ebm A | B7"))
    source = composer(small_model, Settings("plain", Sampling(constraints=asked)), next(seeds))
    first = melodic(source, 24 * BAR)
    source.rewind(13 * BAR)
    assert melodic(source, 24 * BAR) == between(first, 13 * BAR, 24 * BAR)
    tones = {0: {3, 6, 10}, 48: {9, 1, 4}, 96: {11, 3, 6, 9}, 144: {11, 3, 6, 9}}
    fitting = [note.pitch % 12 in tones[note.onset_pulses % 192 // 48 * 48] for note in first]
    assert len(fitting) > 40
    assert sum(fitting) > 0.6 * len(fitting)  # most of them between beats; a third would be by chance


def test_another_style_is_another_piece_with_its_own_instruments_on_the_same_bar_lines(small_model):
    source = composer(small_model)
    first = notes(source, 12 * BAR)
    source.change(5, replace(PLAIN, style="fancy"))
    source.rewind(0)
    second = notes(source, 12 * BAR)
    assert between(second, 0, 5 * BAR) == between(first, 0, 5 * BAR)
    assert between(second, 5 * BAR, 12 * BAR) != between(first, 5 * BAR, 12 * BAR)
    source.rewind(8 * BAR)
    assert notes(source, 12 * BAR) == between(second, 8 * BAR, 12 * BAR)


def test_register_and_loudness_change_the_sound_but_not_the_drawn_notes(small_model):
    plain = notes(composer(small_model), 20 * BAR)
    moved = notes(composer(small_model, replace(PLAIN, register_octaves=1, loudness=0.5)), 20 * BAR)
    for before, after in zip(plain, moved, strict=True):
        if before.channel != DRUM_CHANNEL:
            assert after.pitch % 12 == before.pitch % 12
            assert after.pitch == before.pitch + 12 or before.pitch > 115
        else:
            assert after.pitch == before.pitch
        assert after.velocity == max(1, round(before.velocity / 2))


def test_it_goes_on_from_a_seed_on_its_instruments(small_model):
    lead = Track([Note(n * 24, 60 + n % 12, 24, 80) for n in range(18)], program=40)
    kit = Track([Note(n * 24, 36, 6, 80) for n in range(18)], is_drum=True)
    seed = Song((lead, kit), time_signatures=(TimeSignature(0, 3, 4),))
    source = composer(small_model, seed=Seed.of(seed))
    assert source.bar_pulses == 72
    found = notes(source, 30 * 72)
    assert {(note.channel, note.program) for note in found} <= {(0, 40), (DRUM_CHANNEL, 0)}
    assert found[0].onset_pulses >= 0
    source.rewind(0)
    assert notes(source, 30 * 72) == found


@pytest.mark.parametrize("metre", [TimeSignature(0, 4, 4), TimeSignature(0, 5, 8), TimeSignature(0, 9, 4)])
def test_a_seed_goes_on_in_another_time_signature_on_its_bar_lines(small_model, metre):
    seed = Song(
        (Track([Note(n * 24, 60 + n % 12, 24, 80) for n in range(9)]),), time_signatures=[TimeSignature(0, 3, 4)]
    )
    source, bar = composer(small_model, seed=Seed.of(seed), metre=metre), metre.bar_pulses
    notes(source, 3 * bar)
    call = Call(3 * bar - 10, 4 * bar, (Note(3 * bar - 10, 60, 12, 90), Note(3 * bar + 38, 64, 10, 90)))
    source.respond(call, 2 * bar, PLAIN)
    cursor, base = source._stream.generator.context.cursor, source._stream.base
    assert cursor.pulse + base == 3 * bar + 38
    assert (cursor.bar_start(cursor.bar - cursor.stretch(cursor.bar)) + base) % bar == 0
    assert notes(source, 6 * bar)[0].onset_pulses >= 4 * bar


@pytest.mark.parametrize(("numerator", "denominator"), [(9, 4), (17, 8), (5, 1)])
def test_bars_longer_than_the_encoding_has_places_for(small_model, numerator, denominator):
    metre = TimeSignature(0, numerator, denominator)
    source, bar = composer(small_model, metre=metre), metre.bar_pulses
    found = notes(source, 3 * bar)
    assert {note.onset_pulses % bar // 192 for note in found} >= {0, 1}
    source.rewind(bar + 7)
    assert notes(source, 3 * bar) == between(found, bar + 7, 3 * bar)
    call = Call(2 * bar + 5, 3 * bar, (Note(2 * bar + 5, 60, 12, 90), Note(3 * bar - 10, 64, 10, 90)))
    for turn in range(2):  # after what was composed, and after an answer
        moved = [note._replace(onset_pulses=note.onset_pulses + 2 * turn * bar) for note in call.notes]
        later = Call(call.start + 2 * turn * bar, call.end + 2 * turn * bar, tuple(moved))
        source.respond(later, (2 + 2 * turn) * bar, PLAIN)
        cursor, base = source._stream.generator.context.cursor, source._stream.base
        assert cursor.pulse + base == moved[-1].onset_pulses
        assert (cursor.bar_start(cursor.bar - cursor.stretch(cursor.bar)) + base) % bar == 0
        answer = notes(source, (4 + 2 * turn) * bar)
        assert answer[0].onset_pulses >= (3 + 2 * turn) * bar


@pytest.mark.parametrize(("numerator", "denominator"), [(1, 64), (17, 64)])
def test_bars_that_cannot_be_played_live_are_refused(small_model, numerator, denominator):
    with pytest.raises(OptionError, match=f"metre {numerator}/{denominator}"):
        composer(small_model, metre=TimeSignature(0, numerator, denominator))


class TestAnswers:
    """Call and response."""

    CALL = Call(0, 2 * BAR, tuple(Note(n * 12, 60 + (n * 7) % 12, 12, 90) for n in range(16)))

    def test_the_answer_begins_where_the_call_ends(self, small_model):
        source = composer(small_model)
        source.respond(self.CALL, 0, PLAIN)
        found = notes(source, 4 * BAR)
        assert found
        assert found[0].onset_pulses >= 2 * BAR

    def test_the_call_matters(self, small_model):
        answers = []
        for shift in (0, 5):
            source = composer(small_model)
            call = [note._replace(pitch=note.pitch + shift) for note in self.CALL.notes]
            source.respond(replace(self.CALL, notes=tuple(call)), 0, PLAIN)
            answers.append(notes(source, 4 * BAR))
        assert answers[0] != answers[1]

    def test_an_answer_begins_at_once_as_a_rule(self, small_model):
        at_once = 0
        for random_seed in range(20):
            source = composer(small_model, random_seed=random_seed)
            source.respond(self.CALL, 0, PLAIN)
            at_once += notes(source, 4 * BAR)[0].onset_pulses == self.CALL.end
        assert at_once > 10

    def test_an_answer_gone_back_to_comes_again(self, small_model):
        source = composer(small_model)
        source.respond(self.CALL, 0, PLAIN)
        first = notes(source, 6 * BAR)
        source.rewind(3 * BAR)
        assert notes(source, 6 * BAR) == between(first, 3 * BAR, 6 * BAR)

    @pytest.mark.parametrize("heard", [2 * BAR, 2 * BAR + 30, 3 * BAR, 4 * BAR + 5])
    def test_the_part_of_an_answer_that_was_not_played_does_not_count(self, small_model, heard):
        """One composed far ahead, the other no further than it was heard."""
        next_call = Call(5 * BAR + 10, 6 * BAR + 24, tuple(Note(5 * BAR + 10 + n, 70, 3, 90) for n in range(0, 90, 9)))
        answers = []
        for ahead in (heard + 1, 5 * BAR, 9 * BAR):
            source = composer(small_model)
            source.respond(self.CALL, 0, PLAIN)
            notes(source, ahead)
            source.respond(next_call, heard, PLAIN)
            answers.append(notes(source, 9 * BAR))
        assert answers[0] == answers[1] == answers[2]
        assert answers[0][0].onset_pulses >= 6 * BAR + 24

    def test_a_call_after_the_song_was_moved_back(self, small_model):
        source = composer(small_model)
        for start in (10 * BAR, 0, 15 * BAR + 7):
            call = Call(start, start + 50, (Note(start, 60, 10, 80), Note(start + 20, 64, 10, 80)))
            source.respond(call, start, PLAIN)
            found = notes(source, start + 2 * BAR)
            assert all(note.onset_pulses >= start + 50 for note in found)

    def test_an_earlier_call_leaves_the_played_part_of_the_last_answer(self, small_model):
        """Its settings hold from its own end on: the answer before is remembered as it was played."""
        bold = replace(PLAIN, sampling=replace(PLAIN.sampling, temperature=3))
        late, early = (Call(s, s + 50, (Note(s, 60, 10, 80), Note(s + 20, 64, 10, 80))) for s in (10 * BAR, BAR))
        heard = []
        for settings in (PLAIN, bold):
            source = composer(small_model)
            source.respond(late, 10 * BAR, PLAIN)
            notes(source, 14 * BAR)
            source.respond(early, 13 * BAR, settings)
            heard.append(source._stream.generator.context.inputs)
            assert notes(source, 3 * BAR)
        assert heard[0] == heard[1]

    def test_a_change_at_an_earlier_bar_than_every_state_breaks_nothing(self, small_model):
        source = composer(small_model)
        source.respond(Call(10 * BAR, 11 * BAR, (Note(10 * BAR, 60, 10, 80),)), 0, PLAIN)
        source.change(1, PLAIN)
        source.rewind(BAR)
        assert notes(source, 14 * BAR)

    def test_a_call_is_answered_in_the_style_chosen_for_the_answer(self, small_model):
        """And by a piece that begins with the call."""
        answers = []
        for shift in (0, 5):
            source = composer(small_model)
            call = [note._replace(pitch=note.pitch + shift) for note in self.CALL.notes]
            source.respond(replace(self.CALL, notes=tuple(call)), 0, replace(PLAIN, style="fancy"))
            answers.append(notes(source, 4 * BAR))
        assert answers[0] != answers[1]

    def test_a_model_that_reads_scores_answers_as_loud_and_short_as_the_player_plays(self, small_model):
        model = MusicModel(replace(small_model.model, reads_scores=True), "scores")
        call = Call(0, 2 * BAR, tuple(Note(n * 12, 60 + (n * 7) % 12, 5, 37) for n in range(16)))
        sources = (composer(model, random_seed=number) for number in range(20))
        source = next(each for each in sources if each._stream.parts[0][1] is False)
        source.respond(call, 0, PLAIN)
        answer = [note for note in notes(source, 12 * BAR) if note.channel == 0]
        assert len(answer) > 3
        assert {note.velocity for note in answer} == {37}
        source.rewind(4 * BAR)
        assert [note for note in notes(source, 12 * BAR) if note.channel == 0] == between(answer, 4 * BAR, 12 * BAR)

    def test_two_hundred_notes_a_second_are_heard_in_time_order(self, small_model):
        call = Call(0, BAR, tuple(Note(n % 90, n % 128, 1, 1 + n % 127) for n in range(256)))
        source = composer(small_model)
        source.respond(call, 0, PLAIN)
        assert notes(source, 3 * BAR)[0].onset_pulses >= BAR


def test_the_metre_changes_at_a_bar_and_the_piece_goes_on(small_model):
    source = composer(small_model)
    first = notes(source, 12 * BAR)
    source.change_metre(5, TimeSignature(0, 7, 8))
    source.rewind(0)
    second = notes(source, 5 * BAR + 12 * 84)
    assert between(second, 0, 5 * BAR) == between(first, 0, 5 * BAR)
    assert [source.bars.line(bar) for bar in (5, 6, 7)] == [5 * BAR, 5 * BAR + 84, 5 * BAR + 168]
    assert len(between(second, 5 * BAR, 5 * BAR + 12 * 84)) > 12
    assert {note.channel for note in second[-20:]} <= {note.channel for note in second}
    source.rewind(5 * BAR + 5 * 84)
    assert notes(source, 5 * BAR + 12 * 84) == between(second, 5 * BAR + 5 * 84, 5 * BAR + 12 * 84)


def test_a_metre_changed_before_anything_is_drawn_gives_the_same_bars(small_model):
    played, ahead = composer(small_model), composer(small_model)
    notes(played, 9 * BAR)  # some bars more than those that stay
    for source in (played, ahead):
        source.change_metre(6, TimeSignature(0, 3, 4))
        source.change_metre(8, TimeSignature(0, 4, 4))
    played.rewind(0)
    assert notes(played, 16 * BAR) == notes(ahead, 16 * BAR)


def test_a_call_in_another_metre_than_the_answer_before_is_read_in_it(small_model):
    source = composer(small_model)
    notes(source, 3 * BAR)
    source.change_metre(4, TimeSignature(0, 3, 4))
    call = Call(4 * BAR, 4 * BAR + 72, (Note(4 * BAR, 60, 24, 80), Note(4 * BAR + 48, 64, 24, 80)))
    source.respond(call, 0, PLAIN)
    answer = notes(source, 4 * BAR + 8 * 72)
    assert answer
    assert min(note.onset_pulses for note in answer) >= 4 * BAR + 72


def test_bars_that_do_not_last_whole_pulses_are_refused_later_too(small_model):
    with pytest.raises(OptionError, match="7/64"):
        composer(small_model).change_metre(3, TimeSignature(0, 7, 64))
