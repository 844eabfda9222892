"""The style of a seed: the one whose model finds its opening likeliest."""

import numpy as np
import pytest

from melodyrnn.encoding.events import END, encode
from melodyrnn.encoding.matrices import feature_matrices
from melodyrnn.generation import MusicModel, Seed
from melodyrnn.generation import styles as module
from melodyrnn.generation.styles import FAR_NATS, STYLE_EVENTS, likeliest_style, style_nats
from melodyrnn.music import Note, Song, Track
from models import random_model

SONG = Song((Track([Note(12 * i, 60 + i % 5, 12, 78) for i in range(40)], 73),))
SEED = Seed.of(SONG)


def voice(random_seed: int, *styles: str) -> MusicModel:
    return random_model(random_seed, layers=2, styles=styles)


def choices_of(*models: MusicModel) -> list[tuple[MusicModel, str]]:
    return [(model, style) for model in models for style in model.styles]


@pytest.mark.parametrize("far", [4 * FAR_NATS, 1e9])  # chance models differ by more than those that learned
def test_it_is_the_one_whose_notes_have_the_fewest_nats(far: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FAR_NATS", far)
    choices = choices_of(voice(1, "one", "two"), voice(2, "three"), voice(3, "two", "four"))
    events = encode(SONG).events[:STYLE_EVENTS]
    notes, totals = events[:, 3] < END, []
    for model, style in choices:
        piece = model.selection(feature_matrices(events, model.style_number(style)))
        arrays = (piece.inputs, piece.dense, piece.head_features, events)
        totals.append(model.nll(*(array[:, None] for array in arrays))[notes][..., :-1].sum())
    read = {model: events for model, _ in choices}
    assert style_nats(choices, read) == pytest.approx(totals, rel=1e-5)
    chosen = likeliest_style(choices, SEED)
    assert (id(chosen[0]), chosen[1]) == (id(choices[int(np.argmin(totals))][0]), choices[int(np.argmin(totals))][1])


def test_velocity_does_not_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    model = voice(1, "one", "two")
    fields = [[1, 1, 1, 1, 1, 0], [1, 1, 1, 0, 1, 9]]  # the second style expects the pitches, not the loudness
    monkeypatch.setattr(MusicModel, "nll", lambda _, inputs, *__: np.tile(fields, (len(inputs), 1, 1)))
    assert likeliest_style(choices_of(model), SEED) == (model, "two")


def test_what_is_far_behind_after_a_few_events_is_not_heard_further(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[str, int]] = []
    models = [voice(i, name) for i, name in enumerate(("likely", "near", "far"))]
    nats = dict(zip(("likely", "near", "far"), (0.1, 0.2, 5.0), strict=True))

    def nll(self: MusicModel, inputs: np.ndarray, *_: object) -> np.ndarray:
        heard.append((self.styles[0], len(inputs)))
        return np.full((*inputs.shape[:2], 6), nats[self.styles[0]])

    monkeypatch.setattr(MusicModel, "nll", nll)
    assert likeliest_style(choices_of(*models), SEED) == (models[0], "likely")
    assert heard == [("likely", 8), ("near", 8), ("far", 8), ("likely", 24), ("near", 24)]


def test_one_choice_is_taken_unheard(monkeypatch: pytest.MonkeyPatch) -> None:
    model = voice(1, "only")
    monkeypatch.setattr(MusicModel, "nll", lambda *_: pytest.fail("read"))
    assert likeliest_style(choices_of(model), SEED) == (model, "only")
