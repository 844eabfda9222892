"""The models at hand: shipped ones by name or style, others by file. Which one plays, and in which style."""

import os
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache
from importlib import resources
from pathlib import Path

from platformdirs import user_data_path

from melodyrnn.errors import ModelFileError, OptionError
from melodyrnn.generation.music_model import MusicModel
from melodyrnn.generation.seed import Seed
from melodyrnn.generation.styles import likeliest_style
from melodyrnn.model.modelfile import read_model, read_styles

DEFAULT_STYLE = "folk"
MODELS_KEPT = 6
ANY_SEED = "any"  # the style of a model that goes on from music of any kind


def shipped_models() -> dict[str, Path]:
    """The models that come with the package, by name."""
    folder = Path(str(resources.files("melodyrnn") / "weights"))
    return {path.stem: path for path in sorted(folder.glob("*.safetensors"))}


def own_models_folder() -> Path:
    """Where the user's own models are, if no other folder is named: those that the page has trained, and others."""
    return user_data_path("melodyrnn") / "models"


def shipped_styles() -> dict[str, str]:
    """The styles of the shipped models, and the model for each: the one of that name, else the first."""
    shipped = shipped_models()
    styles = {style: name for name in reversed(shipped) for style in read_styles(shipped[name])}
    return {style: style if style in shipped else name for style, name in sorted(styles.items())}


def spelled(name: str, known: Iterable[str]) -> str:
    """The known name that this is, in whatever case; itself where it is none."""
    names = list(known)
    return name if name in names else next((other for other in names if other.lower() == name.lower()), name)


def find_model(name_or_path: str | os.PathLike[str]) -> tuple[str, Path]:
    """The name and the file of a shipped model, by its name or one of its styles, or of a model file.

    A shipped name comes before a file of that name, and a file before a style. ModelFileError if there is none.
    """
    name, shipped = os.fspath(name_or_path), shipped_models()
    if name in shipped:
        return name, shipped[name]
    if os.path.isfile(name):
        return Path(name).name, Path(name)
    styles = shipped_styles()
    known = spelled(name, (*shipped, *styles))
    if known in styles or known in shipped:
        model = styles.get(known, known)
        return model, shipped[model]
    if os.path.exists(name):  # such as a folder: reading it says what it is
        return Path(name).name, Path(name)
    legal = ", ".join(dict.fromkeys((*shipped, *styles))) or "none here"
    raise ModelFileError(f"{name}: neither a model file nor an included model or style ({legal})")


def load_model(name_or_path: str | os.PathLike[str] = DEFAULT_STYLE) -> MusicModel:
    """A shipped model by its name or the name of one of its styles, or a model file. ModelFileError if neither.

    The last few are kept: the same file gives the same MusicModel again.
    """
    name, path = find_model(name_or_path)
    try:
        status = path.stat()
    except OSError:
        return MusicModel(read_model(path), name)  # which says what is wrong
    return _loaded(path.absolute(), name, status.st_mtime_ns, status.st_size)


@lru_cache(MODELS_KEPT)
def _loaded(path: Path, name: str, *_: int) -> MusicModel:
    """The model in a file as it is now: a seed that one MusicModel has learned need not be learned again."""
    return MusicModel(read_model(path), name)


def choose_model(
    model: MusicModel | str | os.PathLike[str] | None = None, style: str | None = None, seed: Seed | None = None
) -> tuple[MusicModel, str]:
    """The model that plays, and the style.

    Without `model`, the shipped one of the style. Without `style`: the one that `model` names; else, for a seed, the
    style ANY_SEED if there is one, or that under which the seed is likeliest, of those of the model or of all that are
    shipped; else, with no seed, the first of the model, or folk. ModelFileError for a name that is no model,
    OptionError for an unknown style.
    """
    if model is not None:
        player = model if isinstance(model, MusicModel) else load_model(model)
        if style is None and not isinstance(model, MusicModel):
            named = spelled(os.fspath(model), player.styles)
            style = named if named in player.styles else None
        if seed is not None and style is None and ANY_SEED in player.styles:
            style = ANY_SEED
        style = None if style is None else spelled(style, player.styles)
        choices = [(player, name) for name in player.styles]
    else:
        styles = shipped_styles()
        if not styles:
            raise ModelFileError("this installation includes no models: give a model file")
        if seed is not None and style is None and ANY_SEED in styles:
            style = ANY_SEED
        if style is None and seed is None:
            style = DEFAULT_STYLE if DEFAULT_STYLE in styles else next(iter(styles))
        style = None if style is None else spelled(style, styles)
        if style is not None and style not in styles:
            closest = get_close_matches(style.lower(), styles, 1)
            guess = f"; did you mean {closest[0]}?" if closest else ""
            raise OptionError(f"style {style!r}: must be one of {', '.join(styles)}{guess}")
        needed = styles if style is None else {style: styles[style]}
        loaded = {name: load_model(name) for name in sorted(set(needed.values()))}
        choices = [(loaded[name], known) for known, name in needed.items()]
    if style is not None:
        choices[0][0].style_number(style)
        return choices[0][0], style
    return choices[0] if seed is None else likeliest_style(choices, seed)
