"""The Python API: what it takes, and that what it does not take is one of its own errors."""

from pathlib import Path

import pytest

import melodyrnn
from melodyrnn import api
from melodyrnn.errors import MelodyRnnError, ModelFileError, OptionError


@pytest.mark.parametrize("seed", [5, b"MThd", ["a.mid"]], ids=repr)
def test_a_seed_of_another_type(seed: object) -> None:
    with pytest.raises(OptionError, match="must be a path, Song, PrettyMIDI or None"):
        melodyrnn.generate(seed, bars=1)


def test_a_negative_random_seed() -> None:
    with pytest.raises(OptionError, match="random seed -1: must be 0 or more"):
        melodyrnn.generate(bars=1, random_seed=-1)


def test_a_model_called_by_a_style_plays_it() -> None:
    assert melodyrnn.generate(bars=1, model="folk") == melodyrnn.generate(bars=1, style="folk")
    assert melodyrnn.generate(bars=1, model="chorale", style="drums") == melodyrnn.generate(bars=1, style="drums")
    assert melodyrnn.generate(bars=1, style="folk") != melodyrnn.generate(bars=1, style="drums")


@pytest.mark.parametrize("name", ["nothing", "x" * 300, "a\0b"], ids=["unknown", "long", "zero byte"])
def test_a_name_that_is_no_model(name: str) -> None:
    with pytest.raises(ModelFileError, match=r"neither a model file nor a shipped model .*chorale"):
        melodyrnn.load_model(name)


def test_a_path_with_a_zero_byte_is_an_error_of_its_own() -> None:
    with pytest.raises(MelodyRnnError):
        melodyrnn.read_song("a\0b")


def test_a_style_with_a_model_of_its_own_is_played_by_it_and_a_users_model_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shared = melodyrnn.load_model()
    monkeypatch.setattr(api, "shipped_models", lambda: {"melodyrnn": Path("a"), "folk": Path("b")})
    monkeypatch.setattr(api, "load_model", lambda name: f"the model {name}")
    assert api.specialist(shared, "folk") == "the model folk"
    assert api.specialist(shared, "drums") is shared
    monkeypatch.setattr(shared, "name", "mine.safetensors")
    assert api.specialist(shared, "folk") is shared
