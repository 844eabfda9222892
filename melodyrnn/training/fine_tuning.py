"""Starting from a model instead of from nothing: does it fit, and where do new styles begin."""

from collections.abc import Sequence

import numpy as np

from melodyrnn.encoding.events import ENCODING_VERSION, FIELDS, SIZES
from melodyrnn.encoding.matrices import Selection
from melodyrnn.errors import ModelFileError
from melodyrnn.model.modelfile import Model, Weights


def check_fits(model: Model, name: str) -> None:
    """ModelFileError if the model reads or writes other columns than this version's music has."""
    config = model.config
    if model.encoding_version != ENCODING_VERSION:
        versions = f"made for encoding {model.encoding_version}, and this version has encoding {ENCODING_VERSION}"
        raise ModelFileError(f"{name}: {versions}; train from nothing instead")
    drawn = tuple((f.name, f.size) for f in config.fields)
    if drawn != tuple(zip(FIELDS, SIZES, strict=True)):
        raise ModelFileError(f"{name}: its vocabulary is not that of music; train from nothing instead")
    try:
        Selection(config.inputs, config.dense, config.head_features, config.dense_scale)
    except ValueError as error:
        raise ModelFileError(f"{name}: {error}; train from nothing instead") from None
    if not model.styles:
        raise ModelFileError(f"{name}: has no styles to start from")


def starting_weights(model: Model, styles: Sequence[str]) -> Weights:
    """The model's weights, in which each of `styles` that it does not know begins as the mean of those it knows."""
    first = 0
    for name, size in model.config.inputs:
        if name == "style":
            table = np.array(model.weights["inputs"])
            known = table[first : first + len(model.styles)]
            table[first + len(model.styles) : first + len(styles)] = known.mean(0)
            return {**model.weights, "inputs": table}
        first += size
    return model.weights
