"""Learning from a player: what it is good for, and that it disturbs nothing."""

from dataclasses import replace

import numpy as np
import pytest

from melodyrnn.encoding.context import Context
from melodyrnn.encoding.events import encode
from melodyrnn.encoding.matrices import feature_matrices
from melodyrnn.generation import MusicModel, NoteConstraints, Sampling
from melodyrnn.live.score import learning
from melodyrnn.live.score.learning import MOST_EVENTS, CallLearner
from melodyrnn.live.score.model_composer import ModelComposer
from melodyrnn.live.score.request import Call
from melodyrnn.live.score.settings import Settings
from melodyrnn.model.learning import Learner, windows
from melodyrnn.music import Note, Song, Track

BAR = 96
PLAIN = Settings("plain", Sampling(constraints=NoteConstraints(density=2)))
PHRASE = tuple(Note(n * 12, 60 + (n * 5) % 12, 12, 90) for n in range(8))


def events_of(notes: tuple[Note, ...]) -> list[list[int]]:
    return encode(Song((Track(notes),))).events.tolist()


def nats(model: MusicModel, events: list[list[int]]) -> float:
    matrices = model.selection(feature_matrices(np.array(events)))
    return float(model.nll(*(column[:, None] for column in matrices)).sum())


def learned(learner: CallLearner, calls: int) -> int:
    """The steps that it takes to learn a phrase, played so often."""
    for _ in range(calls):
        context = Context(0)
        learner.begin_call()
        for event in events_of(PHRASE)[:-1]:
            learner.add(context, event)
            context.push(event)
        learner.end_call()
    steps = 0
    while learner.step():
        steps += 1
    return steps


def test_a_phrase_that_was_learned_is_expected(small_model):
    learner = CallLearner(small_model, 0.5)
    learned(learner, 4)
    before, after = nats(small_model, events_of(PHRASE)), nats(learner.model, events_of(PHRASE))
    assert after < 0.8 * before


@pytest.mark.parametrize("calls", [1, 20])
def test_it_is_learned_in_small_steps_however_much_was_played(small_model, monkeypatch, calls):
    spans: list[tuple[int, int]] = []
    updates: list[int] = []

    class Watched(Learner):
        def go_over(self, first: int, end: int) -> None:
            spans.append((first, end))
            updates.append(len(windows(end - first, self.options, np.random.default_rng(0))))
            super().go_over(first, end)

    monkeypatch.setattr(learning, "Learner", Watched)
    learner = CallLearner(small_model, 0.5)
    steps = learned(learner, calls)
    events = sum(map(len, learner._calls))
    assert events <= MOST_EVENTS
    assert steps == len(spans) + len(learner._calls) + 2  # and a step to score each call, to begin, and to end
    assert {*updates} == {1}
    passes, rest = divmod(sum(end - first for first, end in spans), events)
    assert passes >= 1
    assert rest == 0


def test_the_model_given_stays_as_it_is_and_is_where_each_learning_starts(small_model):
    before = {name: weight.copy() for name, weight in small_model.model.weights.items()}
    first, second = CallLearner(small_model, 0.5), CallLearner(small_model, 0.5)
    learned(first, 1)
    learned(second, 1)
    for name, weight in small_model.model.weights.items():
        assert np.array_equal(weight, before[name])
        assert np.array_equal(first.model.model.weights[name], second.model.model.weights[name])


def test_the_learned_model_plays_only_while_it_predicts_new_calls_better(small_model):
    learner = CallLearner(small_model, 0.5)
    learned(learner, 2)
    assert learner.model is not small_model
    learned(learner, 1)
    saved, events = learner._gains[-1]
    assert saved > events
    learner._gains.append((-10_000.0, 10))  # as if it had failed at the last call
    learned(learner, 1)
    assert learner.model is small_model


class TestComposer:
    """A composer that learns."""

    def call(self, start: int) -> Call:
        return Call(start, start + BAR, tuple(note._replace(onset_pulses=note.onset_pulses + start) for note in PHRASE))

    def composed(self, source: ModelComposer, until: int) -> list[object]:
        found: list[object] = []
        while (passage := source.compose()).until < until:
            found += passage.notes
        return found

    def test_a_call_of_one_note_is_answered_and_not_learned(self, small_model):
        source = ModelComposer(lambda _: small_model, PLAIN, 1, stay=0.5)
        source.respond(Call(0, BAR, PHRASE[:1]), 0, PLAIN)
        assert not source.learn()
        assert self.composed(source, 3 * BAR)

    def test_before_any_call_there_is_nothing_to_learn(self, small_model):
        assert not ModelComposer(lambda _: small_model, PLAIN, 1, stay=0.5).learn()

    def test_the_next_answer_is_drawn_with_what_was_learned(self, small_model):
        answers = []
        for learns in (False, True):
            source = ModelComposer(lambda _: small_model, PLAIN, 1, stay=0.5)
            source.respond(self.call(0), 0, PLAIN)
            while learns and source.learn():
                pass
            source.respond(self.call(2 * BAR), 2 * BAR, PLAIN)
            answers.append(self.composed(source, 6 * BAR))
        assert answers[0] != answers[1]

    def test_an_answer_that_is_repeated_is_drawn_with_what_was_known_then(self, small_model):
        source = ModelComposer(lambda _: small_model, PLAIN, 1, stay=0.5)
        source.respond(self.call(0), 0, PLAIN)
        first = self.composed(source, 3 * BAR)
        while source.learn():
            pass
        source.rewind(BAR)
        assert self.composed(source, 3 * BAR) == first

    def test_a_new_style_learns_for_itself(self, small_model):
        source, fancy = ModelComposer(lambda _: small_model, PLAIN, 1, stay=0.5), replace(PLAIN, style="fancy")
        for turn, settings in enumerate((PLAIN, fancy, PLAIN)):
            source.respond(self.call(2 * turn * BAR), 2 * turn * BAR, settings)
            while source.learn():
                pass
        plain, style = source._learners["plain"], source._learners["fancy"]
        assert (len(plain._calls), len(style._calls)) == (2, 1)
        assert plain.model is not small_model
