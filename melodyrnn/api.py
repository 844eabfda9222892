"""The Python API: load a model, generate a Song."""

import os
from importlib import resources
from pathlib import Path
from typing import Any

from melodyrnn.errors import ModelFileError, OptionError
from melodyrnn.generation import MusicModel, Sampling, Wishes, continue_song
from melodyrnn.generation.continuation import check_seed
from melodyrnn.generation.form import DEFAULT_VARIATION, compose_song, parse_form
from melodyrnn.generation.generator import DEFAULT_TEMPERATURE, DEFAULT_TOP_P
from melodyrnn.generation.styles import likeliest_style
from melodyrnn.midi import LIMITS, Limits, read_song, song_from_pretty_midi
from melodyrnn.model.modelfile import read_model, read_styles
from melodyrnn.music.join import join_pulse
from melodyrnn.music.scales import Key
from melodyrnn.music.song import Song
from melodyrnn.music.tempo import Tempo

DEFAULT_STYLE = "folk"
DEFAULT_BARS = 8


def shipped_models() -> dict[str, Path]:
    """The models that come with the package, by name."""
    folder = Path(str(resources.files("melodyrnn") / "weights"))
    return {path.stem: path for path in sorted(folder.glob("*.safetensors"))}


def shipped_styles() -> dict[str, str]:
    """The styles that the shipped models know, and the model for each: the one of that name, else the first."""
    shipped = shipped_models()
    styles = {style: name for name in reversed(shipped) for style in read_styles(shipped[name])}
    return {style: style if style in shipped else name for style, name in sorted(styles.items())}


def load_model(name_or_path: str | os.PathLike[str] = DEFAULT_STYLE) -> MusicModel:
    """A shipped model by its name or the name of one of its styles, or a model file. ModelFileError if neither."""
    name, shipped = os.fspath(name_or_path), shipped_models()
    if name not in shipped and os.path.isfile(name):
        return MusicModel(read_model(name), Path(name).name)
    if name not in shipped:
        styles = shipped_styles()
        if name not in styles:
            legal = ", ".join(styles) or "none here"
            raise ModelFileError(f"{name}: neither a model file nor a shipped model ({legal})")
        name = styles[name]
    return MusicModel(read_model(shipped[name]), name)


def choose_model(
    model: MusicModel | str | os.PathLike[str] | None = None, style: str | None = None, seed: Song | None = None
) -> tuple[MusicModel, str]:
    """The model that plays, and the style.

    Without `model`, the shipped one of the style. Without `style`: the one by which the model was called; else the one
    the seed sounds most like, of those of the model or of all that are shipped; else, with no seed, the first of the
    model, or folk. ModelFileError for a name that is no model, OptionError for a style that there is not.
    """
    heard = seed if seed is not None and seed.note_count else None
    if heard is not None:
        check_seed(heard)
    if model is not None:
        player = model if isinstance(model, MusicModel) else load_model(model)
        if style is None and not isinstance(model, MusicModel) and os.fspath(model) in player.styles:
            style = os.fspath(model)
        choices = [(player, name) for name in player.styles]
    else:
        styles = shipped_styles()
        if not styles:
            raise ModelFileError("no model came with this installation: name a model file")
        if style is None and heard is None:
            style = DEFAULT_STYLE if DEFAULT_STYLE in styles else next(iter(styles))
        if style is not None and style not in styles:
            raise OptionError(f"style {style!r}: must be one of {', '.join(styles)}")
        needed = styles if style is None else {style: styles[style]}
        loaded = {name: load_model(name) for name in sorted(set(needed.values()))}
        choices = [(loaded[name], known) for known, name in needed.items()]
    if style is not None:
        choices[0][0].style_number(style)
        return choices[0][0], style
    return choices[0] if heard is None else likeliest_style(choices, heard)


def load_seed(seed: Any, limits: Limits = LIMITS) -> Song | None:
    """A Song from what a caller may hold: a path, a Song, a PrettyMIDI, or None for none; else OptionError. That names
    the file, where nothing can go on from what is in it. `limits`: of what a file may ask for.
    """
    if seed is None or isinstance(seed, Song):
        return seed
    if isinstance(seed, str | os.PathLike):
        song = read_song(seed, limits)
        check_seed(song, os.fspath(seed))
        return song
    if not hasattr(seed, "instruments"):
        raise OptionError(f"a seed of type {type(seed).__name__}: must be a path, Song, PrettyMIDI or None")
    return song_from_pretty_midi(seed)


def generate(
    seed: Any = None,
    bars: int | None = DEFAULT_BARS,
    *,
    model: MusicModel | str | os.PathLike[str] | None = None,
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
    form: str | None = None,
    variation: float = DEFAULT_VARIATION,
) -> Song:
    """Continue `seed` (a path, Song, PrettyMIDI, or None to start from nothing) by exactly `bars` bars.

    `bars=None` lets the model end the piece. `model` and `style` choose who plays, as in `choose_model`: without either
    the seed decides. The same `random_seed` gives the same Song; a Song continued again and again by one MusicModel is
    heard once. `tempo` replaces the seed's, in bpm. `key` ("D minor"), `low` and `high` bound the melodic pitches that
    are drawn; `density` is 1 as learned; `monophonic` draws one note at a time. Without the seed the new bars stand
    alone, from pulse 0. With `form` ("AABA", "A8B4A") the piece has these sections instead of `bars`, of which a seed
    is the first; `variation`, 0 to 1, says how much a section changes when it comes again. Raises MelodyRnnError in one
    line.
    """
    wishes = Wishes(low, high, Key.parse(key) if isinstance(key, str) else key, density, monophonic)
    sampling = Sampling(temperature, top_p, wishes)
    if random_seed < 0:
        raise OptionError(f"random seed {random_seed}: must be 0 or more")
    if tempo is not None and not 10 <= tempo <= 1000:
        raise OptionError(f"tempo {tempo:g}: must be 10 to 1000 bpm")
    opening = load_seed(seed)
    player, style = choose_model(model, style, opening)
    if form is None:
        song = continue_song(player, opening, bars, style, sampling, random_seed)
    else:
        song = compose_song(player, opening, parse_form(form), variation, style, sampling, random_seed)
    if tempo is not None:
        song = Song(song.tracks, (Tempo(0, tempo),), song.time_signatures, song.length_pulses)
    if opening is not None and not with_seed:
        song = song.from_pulse(join_pulse(opening))
    return song
