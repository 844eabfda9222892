"""The Python API: load a model, generate a Song."""

import os
from importlib import resources
from pathlib import Path
from typing import Any

from melodyrnn.errors import ModelFileError, OptionError
from melodyrnn.generation import MusicModel, Sampling, Wishes, continue_song
from melodyrnn.generation.continuation import join_pulse, likeliest_style
from melodyrnn.generation.generator import DEFAULT_TEMPERATURE, DEFAULT_TOP_P
from melodyrnn.midi import read_song, song_from_pretty_midi
from melodyrnn.model.modelfile import read_model
from melodyrnn.music.scales import Key
from melodyrnn.music.song import Song, Tempo

DEFAULT_MODEL = "melodyrnn"
DEFAULT_BARS = 8


def shipped_models() -> dict[str, Path]:
    """The models that come with the package, by name."""
    folder = Path(str(resources.files("melodyrnn") / "weights"))
    return {path.stem: path for path in sorted(folder.glob("*.safetensors"))}


def load_model(name_or_path: str | os.PathLike[str] = DEFAULT_MODEL) -> MusicModel:
    """A shipped model by its name or the name of one of its styles, or a model file. ModelFileError if neither."""
    name, shipped = os.fspath(name_or_path), shipped_models()
    if name in shipped:
        return MusicModel(read_model(shipped[name]), name)
    if os.path.isfile(name):
        return MusicModel(read_model(name), Path(name).name)
    legal = []
    for known, path in shipped.items():
        model = read_model(path)
        legal.append(f"{known} with the styles {', '.join(model.styles)}")
        if name in model.styles:
            return MusicModel(model, known)
    raise ModelFileError(f"{name}: neither a model file nor a shipped model ({'; '.join(legal) or 'none here'})")


def choose_model(name: str | os.PathLike[str], style: str | None = None) -> tuple[MusicModel, str | None]:
    """`load_model`, and the style: the one asked for, or the one the model was called by, or None.

    ModelFileError for a name that is none, OptionError for a style that the model does not know.
    """
    model, called = load_model(name), os.fspath(name)
    if style is not None:
        model.style_number(style)
    elif called not in shipped_models() and called in model.styles and not os.path.isfile(called):
        style = called
    return model, style


def default_style(model: MusicModel, seed: Song | None) -> str:
    """The style to go on in where none is asked for: the one the seed sounds most like, or the first."""
    return model.styles[0] if seed is None or not seed.note_count else likeliest_style(model, seed)


def specialist(model: MusicModel, style: str) -> MusicModel:
    """The shipped model that learned this style alone, where there is one and `model` is the shipped one for all."""
    if model.name != DEFAULT_MODEL or style not in shipped_models():
        return model
    return load_model(style)


def load_seed(seed: Any) -> Song | None:
    """A Song from what a caller may hold: a path, a Song, a PrettyMIDI, or None for none; else OptionError."""
    if seed is None or isinstance(seed, Song):
        return seed
    if isinstance(seed, str | os.PathLike):
        return read_song(seed)
    if not hasattr(seed, "instruments"):
        raise OptionError(f"a seed of type {type(seed).__name__}: must be a path, Song, PrettyMIDI or None")
    return song_from_pretty_midi(seed)


def generate(
    seed: Any = None,
    bars: int | None = DEFAULT_BARS,
    *,
    model: MusicModel | str | os.PathLike[str] = DEFAULT_MODEL,
    style: str | None = None,
    temperature: float = DEFAULT_TEMPERATURE,
    top_p: float = DEFAULT_TOP_P,
    random_seed: int = 0,
    tempo: float | None = None,
    key: Key | str | None = None,
    low: int = 0,
    high: int = 127,
    density: float = 1.0,
    monophonic: bool = False,
    with_seed: bool = True,
) -> Song:
    """Continue `seed` (a path, Song, PrettyMIDI, or None to start from nothing) by exactly `bars` bars.

    `bars=None` lets the model end the piece. `style` is one of the model's; without it a
    `model` called by a style ("folk") plays that, else the seed decides, else it is the model's first. Where a shipped
    model learned that style alone, it plays instead of the one for all.
    The same `random_seed` gives the same Song. `tempo` replaces the seed's, in bpm. `key` ("D minor"), `low` and `high`
    bound the melodic pitches that are drawn; `density` is 1 as learned; `monophonic` draws one note at a time.
    Without the seed the new bars stand alone, from pulse 0. Raises MelodyRnnError in one line.
    """
    player, style = (model, style) if isinstance(model, MusicModel) else choose_model(model, style)
    wishes = Wishes(low, high, Key.parse(key) if isinstance(key, str) else key, density, monophonic)
    if random_seed < 0:
        raise OptionError(f"random seed {random_seed}: must be 0 or more")
    if tempo is not None and not 10 <= tempo <= 1000:
        raise OptionError(f"tempo {tempo:g}: must be 10 to 1000 bpm")
    opening = load_seed(seed)
    style = style or default_style(player, opening)
    player = specialist(player, style)
    song = continue_song(player, opening, bars, style, Sampling(temperature, top_p, wishes), random_seed)
    if tempo is not None:
        song = Song(song.tracks, (Tempo(0, tempo),), song.time_signatures, song.length_pulses)
    if opening is not None and not with_seed:
        song = song.from_pulse(join_pulse(opening))
    return song
