"""The Python API: what it takes, and that what it does not take is one of its own errors."""

from pathlib import Path

import pytest

import melodyrnn
from melodyrnn import api
from melodyrnn.errors import MelodyRnnError, ModelFileError, OptionError, OutputError
from melodyrnn.generation import Seed, library
from melodyrnn.generation.styles import likeliest_style
from melodyrnn.model.modelfile import read_model, write_model
from melodyrnn.music import Note, Song, TimeSignature, Track
from melodyrnn.sound import FluidSynth
from models import small_model


@pytest.mark.parametrize("seed", [5, b"MThd", ["a.mid"]], ids=repr)
def test_a_seed_of_another_type(seed: object) -> None:
    with pytest.raises(OptionError, match="must be a path, Song, PrettyMIDI or None"):
        melodyrnn.generate(seed, bars=1)


def test_a_negative_random_seed() -> None:
    with pytest.raises(OptionError, match="random_seed -1: must be 0 or more"):
        melodyrnn.generate(bars=1, random_seed=-1)


@pytest.mark.parametrize("name", ["nothing", "x" * 300, "a\0b"], ids=["unknown", "long", "zero byte"])
def test_a_name_that_is_no_model(name: str) -> None:
    with pytest.raises(ModelFileError, match=r"neither a model file nor an included model .*chorale"):
        melodyrnn.load_model(name)


def test_a_path_with_a_zero_byte_is_an_error_of_its_own() -> None:
    with pytest.raises(MelodyRnnError):
        melodyrnn.read_song("a\0b")


@pytest.fixture
def shipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Other models come with the package, one of them for two styles. -> the names of those that are read."""
    paths = {"drums": ("drums",), "folk": ("folk",), "mixed": ("chorale", "folk"), "song": ("song",)}
    for number, (name, styles) in enumerate(paths.items()):
        model = small_model(number, hidden=12, styles=styles, bars={1: 5})  # about a note a bar
        write_model(model, tmp_path / f"{name}.safetensors")
    monkeypatch.setattr(library, "shipped_models", lambda: {name: tmp_path / f"{name}.safetensors" for name in paths})
    read: list[str] = []
    monkeypatch.setattr(library, "read_model", lambda path: (read.append(Path(path).stem), read_model(path))[1])
    return read


def test_a_shipped_model_is_found_by_its_style_and_only_it_is_read(shipped: list[str]) -> None:
    assert api.shipped_styles() == {"chorale": "mixed", "drums": "drums", "folk": "folk", "song": "song"}
    for asked, name, style in (
        ((None, None), "folk", "folk"),
        ((None, "chorale"), "mixed", "chorale"),
        ((None, "song"), "song", "song"),
        (("drums", None), "drums", "drums"),
        (("chorale", None), "mixed", "chorale"),
        (("mixed", None), "mixed", "chorale"),
        (("mixed", "folk"), "mixed", "folk"),
    ):
        shipped.clear()
        library._loaded.cache_clear()  # else a model that was read before is not read again
        model, chosen = api.choose_model(*asked)
        assert (model.name, chosen, shipped) == (name, style, [name])
    assert api.load_model().name == "folk"


def test_without_a_style_the_seed_decides_among_all_that_are_shipped(shipped: list[str]) -> None:
    seed = Song((Track([Note(12 * i, 60 + i % 5, 12, 78) for i in range(40)]),))
    model, style = api.choose_model(None, None, Seed.of(seed))
    assert shipped == ["drums", "folk", "mixed", "song"]
    models = {name: api.load_model(name) for name in tuple(shipped)}
    choices = [(models[name], style) for style, name in api.shipped_styles().items()]
    likeliest = likeliest_style(choices, Seed.of(seed))
    assert (model.name, style) == (likeliest[0].name, likeliest[1])
    assert melodyrnn.generate(seed, bars=2) == melodyrnn.generate(seed, bars=2, style=style)
    assert melodyrnn.generate(seed, bars=2) == melodyrnn.generate(seed, bars=2, model=model, style=style)


def test_a_model_that_is_named_plays_and_the_seed_decides_among_its_styles(shipped: list[str], tmp_path: Path) -> None:
    seed = Song((Track([Note(12 * i, 60 + i % 5, 12, 78) for i in range(40)]),))
    mine = tmp_path / "mine"
    (tmp_path / "mixed.safetensors").rename(mine)
    model, style = api.choose_model(mine, None, Seed.of(seed))
    assert (model.name, shipped) == ("mine", ["mine"])
    assert style == likeliest_style([(model, "chorale"), (model, "folk")], Seed.of(seed))[1]
    assert api.choose_model(model, None, Seed.of(seed)) == (model, style)


def test_a_style_for_any_seed_goes_on_from_seeds(shipped: list[str], tmp_path: Path) -> None:
    seed = Seed.of(Song((Track([Note(12 * i, 60 + i % 5, 12, 78) for i in range(40)]),)))
    write_model(small_model(9, hidden=12, styles=("folk", "any")), tmp_path / "general.safetensors")
    model, style = api.choose_model(tmp_path / "general.safetensors", None, seed)
    assert (model.name, style) == ("general.safetensors", "any")
    assert api.choose_model(model, "folk", seed)[1] == "folk"
    assert api.choose_model(model)[1] == "folk"  # from nothing it is no style


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ((None, "polka"), r"^style 'polka': must be one of chorale, drums, folk, song; did you mean folk\?$"),
        (("mixed", "song"), "^style 'song': mixed knows chorale, folk$"),
    ],
)
def test_a_style_that_there_is_not(shipped: list[str], asked: tuple[str, str], reason: str) -> None:
    with pytest.raises(OptionError, match=reason):
        api.choose_model(*asked)
    assert shipped == ([] if asked[0] is None else [asked[0]])


def test_an_installation_without_models_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "shipped_models", dict)
    with pytest.raises(ModelFileError, match="this installation includes no models"):
        melodyrnn.generate(bars=1)


def test_a_seed_of_more_metres_than_any_is_refused_before_a_model_hears_it() -> None:
    metres = tuple(TimeSignature(24 * i, 1 + i % 2, 4) for i in range(10_001))
    with pytest.raises(OptionError, match="the seed has 10001 metres: at most 10000"):
        melodyrnn.generate(Song((Track([Note(0, 60, 24, 64)]),), (), metres), 1)


def test_bars_beside_a_form_are_refused() -> None:
    with pytest.raises(OptionError, match="bars 3: a form has as many as its sections"):
        melodyrnn.generate(bars=3, form="A4B4")


def test_the_range_holds_for_the_whole_of_a_piece_that_the_model_ends() -> None:
    song = melodyrnn.generate(None, None, style="folk", random_seed=3, low=62, high=67)
    assert {note.pitch for track in song.tracks for note in track} <= {*range(62, 68)}


def test_a_song_is_drawn_alone_and_below_what_was_given(midi_samples: Path) -> None:
    song = melodyrnn.read_song(midi_samples / "ode_to_joy.mid")
    assert melodyrnn.plot(song).svg == melodyrnn.plot(midi_samples / "ode_to_joy.mid").svg
    made = melodyrnn.generate(song, bars=1, random_seed=1)
    both = melodyrnn.plot(made, given=song, from_bar=16)
    assert both.about == "given; made, bars 16 to 17"
    with pytest.raises(OptionError, match="bars 1 to 99"):
        melodyrnn.plot(song, to_bar=99)


def test_a_song_is_written_as_sound(synth: FluidSynth, tmp_path: Path) -> None:
    song = melodyrnn.Song([melodyrnn.Track([melodyrnn.Note(0, 60, 24, 90)])])
    melodyrnn.write_sound(song, tmp_path / "note.wav")
    assert (tmp_path / "note.wav").read_bytes().startswith(b"RIFF")
    with pytest.raises(OutputError, match="already exists"):
        melodyrnn.write_sound(song, tmp_path / "note.wav")
