"""What is told of music while it is made is what comes of it, in every way of making it."""

import numpy as np
import pytest

from melodyrnn import api
from melodyrnn.generation import Request
from melodyrnn.generation.progress import listening, sparingly


class Ear:
    """Hears what is told of one take."""

    def __init__(self) -> None:
        self.learning, self.told = [], []

    def learned(self, part):
        self.learning.append(part)

    def drawn(self, random_seed, made, known_until, until_pulse):
        assert random_seed == 7
        self.told.append((made, known_until, until_pulse))


def heard(midi_samples, name, **options):
    """What is told of a take, and the take."""
    request, ear = Request.of({"random_seed": 7, "stay": 0, **options}), Ear()
    seed = None if name is None else api.load_seed(midi_samples / f"{name}.mid")
    with listening(ear):
        (made,) = api.takes(seed, request)
    return ear, made


def pitches(made, until):
    """Those of the new notes before a pulse, part by part, in the order of their onsets."""
    return [sorted(map(tuple, notes[notes[:, 0] < until, :2].tolist())) for notes in made.new_notes]


WAYS = {
    "go on": ("ode_to_joy", {"bars": 4}),
    "bars made anew": ("minuet_in_g", {"replace": "5-8"}),
    "an added part": ("ode_to_joy", {"add": "bass"}),
    "a varied passage": ("minuet_in_g", {"replace": "1-6", "vary": 0.5}),
    "a form": ("ode_to_joy", {"form": "AB4", "vary": 0}),
    "pitches kept": ("ode_to_joy", {"bars": 4, "keep": "pitches"}),
    "an end of its own": ("ode_to_joy", {"bars": "end"}),
    "a beat": (None, {"style": "drums", "bars": 6}),
}


@pytest.mark.parametrize("way", WAYS)
def test_notes_that_are_told_as_known_are_those_of_the_take(midi_samples, way):
    name, options = WAYS[way]
    ear, made = heard(midi_samples, name, **options)
    assert ear.told
    assert any(len(notes) for _, known, _ in ear.told for notes in pitches(made, known))
    for so_far, known, until in ear.told:
        assert known <= until
        assert pitches(so_far, known) == pitches(made, known)


def test_music_from_nothing_is_a_draft_until_its_key_is_chosen(midi_samples):
    ear, _ = heard(midi_samples, None, style="folk", bars=4)
    assert {known for _, known, _ in ear.told} == {0}
    assert any(np.concatenate(so_far.new_notes).size for so_far, *_ in ear.told)


def test_a_form_is_told_with_its_sections(midi_samples):
    ear, made = heard(midi_samples, "ode_to_joy", form="AB4A", vary=0)
    assert made.sections == (("A", 0, 16), ("B", 16, 4), ("A", 20, 16))
    assert {so_far.sections for so_far, *_ in ear.told} == {made.sections}


def test_learning_is_told_from_its_beginning_to_its_end(midi_samples):
    ear, _ = heard(midi_samples, "rock_beat", bars=1, stay=0.1)
    assert (ear.learning[0], ear.learning[-1]) == (0, 1)
    assert ear.learning == sorted(ear.learning)


def test_nothing_is_told_where_telling_would_take_long(monkeypatch):
    now, told = [0.0], []
    monkeypatch.setattr("melodyrnn.generation.progress.time.monotonic", lambda: now[0])

    @sparingly
    def tell(what):
        told.append(what)
        now[0] += 1.0

    for what in range(21):
        tell(what)
        now[0] += 1.0
    assert told == [0, 9, 18]
