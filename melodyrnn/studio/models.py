"""The models that the page may choose: those that come with the package, and those trained here, by name alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from melodyrnn.errors import ModelFileError, OptionError, StudioError
from melodyrnn.files import safe_stem
from melodyrnn.generation.library import shipped_models, shipped_styles
from melodyrnn.model.modelfile import read_styles

SUFFIX = ".safetensors"


class Models:
    """`folder`: where the models are that were trained here. It is made when the first is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _own(self) -> dict[str, Path]:
        return {path.stem: path for path in sorted(self.folder.glob(f"*{SUFFIX}"))}

    def as_json(self) -> dict[str, Any]:
        """All of them, with their styles."""
        known = [(name, path, False) for name, path in shipped_models().items()]
        known += [(name, path, True) for name, path in self._own().items()]
        found = [{"name": name, "styles": styles, "mine": mine} for name, mine, styles in _readable(known)]
        return {"models": found, "styles": list(shipped_styles())}

    def styles(self) -> list[str]:
        """Those of all of them."""
        known = self.as_json()
        return [*dict.fromkeys([*known["styles"], *(name for model in known["models"] for name in model["styles"])])]

    def named(self, name: Any) -> str:
        """What `load_model` takes for the name of a model or style. OptionError if there is none of it."""
        own, shipped = self._own(), {*shipped_models(), *shipped_styles()}
        if not isinstance(name, str) or name not in {*own, *shipped}:
            legal = ", ".join(dict.fromkeys((*own, *shipped_models())))
            raise OptionError(f"model {name!a:.60}: must be one of {legal}")
        return name if name in shipped else str(own[name])

    def new_path(self, name: str) -> Path:
        """Where a new model of that name goes. OptionError for a name that is none, or is taken."""
        if safe_stem(name) != name:
            raise OptionError(f"name {name!a:.60}: must be letters, digits, spaces and - _")
        if name in {*shipped_models(), *shipped_styles()}:
            raise OptionError(f"name {name}: is that of a model that comes with the package")
        if name in self._own():
            raise OptionError(f"name {name}: is taken by a model of yours; remove it, or give another name")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StudioError(f"the folder of models cannot be made ({error.strerror})", 409) from None
        return self.folder / f"{name}{SUFFIX}"

    def remove(self, name: str) -> None:
        """Remove a model that was trained here. StudioError if there is none."""
        own = self._own()
        if name not in own:
            raise StudioError("there is no model of that name of your own", 404)
        own[name].unlink()


def _readable(known: list[tuple[str, Path, bool]]) -> Iterator[tuple[str, bool, list[str]]]:
    for name, path, mine in known:
        try:
            yield name, mine, list(read_styles(path))
        except ModelFileError:  # a file that something else wrote: it is not among the models
            continue
