"""A model as one file: safetensors weights, and JSON metadata that says what they are. Nothing in it is executed."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from melodyrnn.errors import ModelFileError, OutputError
from melodyrnn.files import replacing
from melodyrnn.model.config import ModelConfig

FORMAT = 1
METADATA_KEY = "melodyrnn"
LARGEST_FILE = 2**31  # bytes
Weights = Mapping[str, npt.NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Model:
    """Weights (float32, by name, shapes as `config.shapes()`) and what is known about them."""

    config: ModelConfig
    weights: Weights
    encoding_version: int = 0
    styles: tuple[str, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)


def write_model(model: Model, path: str | os.PathLike[str], overwrite: bool = False) -> None:
    """Write beside, then rename, as float16.

    OutputError where a file is in the way, a weight is no number of float16, or nothing can be written.
    """
    target = Path(path)
    if target.exists() and not overwrite:
        raise OutputError(f"{target} exists: choose another name, or allow overwriting")
    header = {
        "format": FORMAT,
        "encoding_version": model.encoding_version,
        "styles": model.styles,
        "config": model.config.to_json(),
        "about": dict(model.about),
    }
    with np.errstate(over="ignore"):
        tensors = {name: np.ascontiguousarray(weight, np.float16) for name, weight in model.weights.items()}
    for name, tensor in tensors.items():
        if not np.isfinite(tensor).all():
            why = "is no number, or beyond the 65504 of a model file: train at a lower learning rate"
            raise OutputError(f"{target}: not written: weight {name} {why}")
    try:
        with replacing(target) as beside:
            beside.write_bytes(save(tensors, {METADATA_KEY: json.dumps(header)}))
    except OSError as error:
        raise OutputError(f"{target} cannot be written: {error.strerror or error}") from None


def _config(source: Path, data: Any) -> ModelConfig:
    try:
        return ModelConfig.from_json(data)
    except ModelFileError as error:
        raise ModelFileError(f"{source}: {error}") from None


def read_model(path: str | os.PathLike[str]) -> Model:
    """Read and check a model file of any origin. ModelFileError says in one line what is wrong with it."""
    with _opened(path) as (file, header):
        config = _config(Path(path), header["config"])
        expected, found = config.shapes(), {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
        for name in expected.keys() | found.keys():
            if expected.get(name) != found.get(name):
                shapes = f"has shape {found.get(name)}, its configuration says {expected.get(name)}"
                raise ModelFileError(f"{path}: weight {name} {shapes}")
        weights = {name: file.get_tensor(name).astype(np.float32) for name in expected}
        for name, weight in weights.items():
            if not np.isfinite(weight).all():
                raise ModelFileError(f"{path}: weight {name} is not finite")
        return Model(config, weights, int(header["encoding_version"]), _styles(header), dict(header["about"]))


def read_styles(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """The styles of a model file, without reading its weights. ModelFileError as `read_model`."""
    with _opened(path) as (_, header):
        return _styles(header)


def _instead(metadata: Mapping[str, str], header: Any) -> str:
    """What it is, where that tells what to do."""
    if "checkpoint" in metadata:
        return ", but the checkpoint of a training; the model lies beside it once `train` has ended"
    if isinstance(header, dict) and isinstance(header.get("format"), int):
        return f", but of format {header['format']}: it takes another version of melodyrnn"
    return ""


def _styles(header: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(map(str, header["styles"]))


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[tuple[Any, Any]]:
    """The open file and what it says of itself; whatever is wrong with either becomes a ModelFileError."""
    source = Path(path)
    if not os.path.isfile(source):
        raise ModelFileError(f"{source}: no such model file")
    if source.stat().st_size > LARGEST_FILE:
        raise ModelFileError(f"{source}: larger than {LARGEST_FILE >> 20} MB")
    try:
        with safe_open(source, framework="numpy") as file:
            metadata = file.metadata() or {}
            header = json.loads(metadata.get(METADATA_KEY, "null"))
            if not isinstance(header, dict) or header.get("format") != FORMAT:
                raise ModelFileError(f"{source}: not a melodyrnn model of format {FORMAT}{_instead(metadata, header)}")
            yield file, header
    except (SafetensorError, OSError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ModelFileError(f"{source}: not a readable model file ({' '.join(str(error).split())[:90]})") from None
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ModelFileError(f"{source}: its description is damaged ({error!r:.90})") from None
