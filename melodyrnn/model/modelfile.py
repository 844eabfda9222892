"""A model as one file: safetensors weights, and JSON metadata that says what they are. Nothing in it is executed."""

import json
import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from melodyrnn.errors import ModelFileError, OutputError
from melodyrnn.files import check_free, replacing, safe_stem
from melodyrnn.model.config import ModelConfig

FORMAT = 2
METADATA_KEY = "melodyrnn"
LARGEST_FILE = 2**31  # bytes
LARGEST_HEADER = 2**20  # bytes: as JSON it takes forty times its size in memory; that of a shipped model is 11 kB
HEADER_LENGTH = struct.Struct("<Q")  # what a safetensors file begins with
KINDS = ("F16", "F32")  # of numbers: what is written, and what that is read as
LARGEST_WEIGHT = 65504.0  # of F16: with no larger one does any step or logit overflow
LARGEST_CONSTANT = 1e6  # of steering, and of shares of keys
LONGEST_DETAIL = 90  # letters of what a file says that are told of it
Weights = Mapping[str, npt.NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Model:
    """Weights (float32, by name, shapes as `config.shapes()`) and what is known about them.

    `steering`: the constants that this model was tuned with, by steering term and name; those left out are defaults.
    `reads_scores`: whether it was trained on scores, from which the performance was taken out. `keys`: by style, the
    share of its pieces in each key, by name; a style without them has music in all keys.
    """

    config: ModelConfig
    weights: Weights
    encoding_version: int = 0
    styles: tuple[str, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)
    steering: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    reads_scores: bool = False
    keys: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def write_model(model: Model, path: str | os.PathLike[str], overwrite: bool = False) -> None:
    """Write beside, then rename, as float16.

    OutputError where a file is in the way, a weight is no number of float16, or nothing can be written.
    """
    target = Path(path)
    check_free(target, overwrite)
    if reason := _no_style(model.styles):
        raise OutputError(f"{target}: not written: {reason}")
    header = {
        "format": FORMAT,
        "encoding_version": model.encoding_version,
        "styles": model.styles,
        "config": model.config.to_json(),
        "about": dict(model.about),
        "steering": {term: dict(constants) for term, constants in model.steering.items()},
        "reads_scores": model.reads_scores,
        "keys": {style: dict(shares) for style, shares in model.keys.items()},
    }
    with np.errstate(over="ignore"):
        tensors = {name: np.ascontiguousarray(weight, np.float16) for name, weight in model.weights.items()}
    for name, tensor in tensors.items():
        if not np.isfinite(tensor).all():
            why = "is no number, or beyond the 65504 of a model file: train at a lower learning rate"
            raise OutputError(f"{target}: not written: weight {name} {why}")
    with replacing(target) as beside:
        beside.write_bytes(save(tensors, {METADATA_KEY: json.dumps(header)}))


def read_model(path: str | os.PathLike[str]) -> Model:
    """Read and check a model file of any origin. ModelFileError says in one line what is wrong with it.

    What is read takes a few times the memory of the file, whatever the file says of itself.
    """
    with _opened(path) as (file, header):
        config = ModelConfig.from_json(header["config"])
        version, about = header["encoding_version"], header["about"]
        if not isinstance(version, int) or not isinstance(about, dict):
            raise TypeError("no version of an encoding, or nothing about it")
        expected, slices = config.shapes(), {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
        for name in sorted(expected.keys() | slices.keys()):
            wanted, found = expected.get(name), tuple(slices[name].get_shape()) if name in slices else None
            if wanted != found:
                shape = f"has shape {found}, its configuration says {wanted}"
                amiss = "is missing" if found is None else "is none of its network's" if wanted is None else shape
                raise ModelFileError(f"weight {name[:30]} {amiss}")
            kind = slices[name].get_dtype()
            if kind not in KINDS:
                raise ModelFileError(f"weight {name} is of {kind}; {' or '.join(KINDS)} is read")
        weights = {name: _weight(name, file.get_tensor(name)) for name in expected}
        steering, keys = _tables(header, "steering"), _tables(header, "keys")
        if any(share < 0 for shares in keys.values() for share in shares.values()):
            raise TypeError("a share of a key is below 0")
        scores = header.get("reads_scores") is True
        return Model(config, weights, version, _styles(header), about, steering, scores, keys)


def _tables(header: Mapping[str, Any], name: str) -> dict[str, dict[str, float]]:
    """Its steering constants, or shares of keys; none in a file that has none."""
    tables = header.get(name, {})
    numbers = [number for table in tables.values() for number in table.values()]
    if not all(isinstance(number, int | float) and abs(number) <= LARGEST_CONSTANT for number in numbers):
        raise TypeError(f"its {name} are not numbers")
    return {title: {key: float(number) for key, number in table.items()} for title, table in tables.items()}


def _weight(name: str, weight: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    if not (weight.min() >= -LARGEST_WEIGHT and weight.max() <= LARGEST_WEIGHT):
        raise ModelFileError(f"weight {name} is not finite, or beyond {LARGEST_WEIGHT:g}")
    return weight.astype(np.float32)


def read_styles(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """The styles of a model file, without reading its weights. ModelFileError as `read_model`."""
    with _opened(path) as (_, header):
        return _styles(header)


def _instead(metadata: Mapping[str, str], header: Any) -> str:
    """A description of another kind of file, if that helps the user; else empty."""
    if "checkpoint" in metadata:
        return ", but the checkpoint of a training; the model lies beside it once `train` has ended"
    if isinstance(header, dict) and isinstance(header.get("format"), int):
        return f", but of format {str(header['format'])[:9]}: it takes another version of melodyrnn"
    return ""


def _styles(header: Mapping[str, Any]) -> tuple[str, ...]:
    """Their names: checked, because a file that a style is generated into is called after it."""
    styles = header["styles"]
    if not isinstance(styles, list) or not all(isinstance(name, str) for name in styles):
        raise TypeError("its styles are not a list of names")
    if reason := _no_style(styles):
        raise ModelFileError(reason)
    return tuple(styles)


def _no_style(names: Sequence[str]) -> str:
    """Why one of the names cannot be that of a style; "" where all can: see `safe_stem`."""
    wrong = next((name for name in names if safe_stem(name) != name), None)
    return "" if wrong is None else f"style {wrong[:LONGEST_DETAIL]!r}: not a name that a file can have on every system"


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[tuple[Any, Any]]:
    """The open file and what it says of itself; whatever is wrong with either becomes a ModelFileError of one line."""
    source = Path(path)
    if not os.path.isfile(source):
        raise ModelFileError(f"{source}: no such model file")
    try:
        _check_sizes(source)
        with safe_open(source, framework="numpy") as file:
            metadata = file.metadata() or {}
            header = json.loads(metadata.get(METADATA_KEY, "null"))
            if not isinstance(header, dict) or header.get("format") != FORMAT:
                raise ModelFileError(f"not a melodyrnn model of format {FORMAT}{_instead(metadata, header)}")
            yield file, header
    except ModelFileError as error:
        raise ModelFileError(f"{source}: {_short(error, 2 * LONGEST_DETAIL)}") from None
    except (SafetensorError, OSError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ModelFileError(f"{source}: not a readable model file ({_short(error)})") from None
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise ModelFileError(f"{source}: its description is damaged ({_short(repr(error))})") from None
    except MemoryError:
        raise ModelFileError(f"{source}: not enough memory to read it") from None


def _check_sizes(source: Path) -> None:
    """ModelFileError for a file, or a header, that is larger than any of ours: before either is read."""
    if source.stat().st_size > LARGEST_FILE:
        raise ModelFileError(f"larger than {LARGEST_FILE >> 20} MB")
    with open(source, "rb") as file:
        start = file.read(HEADER_LENGTH.size)
    if len(start) == HEADER_LENGTH.size and HEADER_LENGTH.unpack(start)[0] > LARGEST_HEADER:
        raise ModelFileError(f"not a readable model file (its header is larger than {LARGEST_HEADER} bytes)")


def _short(what: object, letters: int = LONGEST_DETAIL) -> str:
    return " ".join(str(what).split())[:letters]
