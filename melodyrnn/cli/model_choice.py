"""Which model a command works with, and in which style."""

from pathlib import Path

from melodyrnn.api import load_model
from melodyrnn.generation import MusicModel


def choose_model(name: str, style: str | None) -> tuple[MusicModel, str | None]:
    """The model of a `--model` and its style: the one asked for, or the one the model was called by, or None.

    ModelFileError for a name that is none, OptionError for a style that the model does not know.
    """
    model = load_model(name)
    if style is not None:
        model.style_number(style)
    elif name != model.name and name in model.styles and not Path(name).is_file():
        style = name
    return model, style
