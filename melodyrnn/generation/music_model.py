"""A model ready to play."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from melodyrnn.arrays import AnyInts
from melodyrnn.encoding.events import ENCODING_VERSION, FIELDS, SIZES
from melodyrnn.encoding.features import HEAD_FEATURES, STYLES, sized
from melodyrnn.encoding.matrices import Selection
from melodyrnn.errors import ModelFileError, OptionError
from melodyrnn.generation.keys import KeyShares, shares_of_keys
from melodyrnn.generation.steering import merged_constants
from melodyrnn.model.config import ModelConfig
from melodyrnn.model.engine import Engine
from melodyrnn.model.modelfile import Model

STEPS_AT_ONCE = 32


@dataclass(frozen=True, init=False, eq=False, repr=False)
class MusicModel:
    """A network, checked to be one for music, and its engine. Immutable: any number of threads may share one.

    `selection`: the columns of the context that it reads. `steering`: the constants of the steering terms.
    `keys`: by style, the share of its pieces in each key. ModelFileError if the model was not made for this encoding.
    """

    name: str
    model: Model
    engine: Engine
    selection: Selection
    steering: Mapping[str, Mapping[str, float]]
    keys: Mapping[str, KeyShares]

    def __init__(self, model: Model, name: str = "model") -> None:
        config = model.config
        fields = tuple((f.name, f.size) for f in config.fields)
        if model.encoding_version != ENCODING_VERSION or fields != tuple(zip(FIELDS, SIZES, strict=True)):
            raise ModelFileError(
                f"{name}: made for encoding {model.encoding_version}; this is encoding {ENCODING_VERSION}"
            )
        try:
            Selection(config.inputs, config.dense, config.head_features, config.dense_scale)
        except ValueError as error:
            raise ModelFileError(f"{name}: {error}") from None
        if not 0 < len(model.styles) <= STYLES:
            raise ModelFileError(f"{name}: has {len(model.styles)} styles; 1 to {STYLES} are possible")
        # No weight depends on the order of the head features: from here on it is that of the Context.
        config = replace(config, head_features=sized(HEAD_FEATURES))
        model = replace(model, config=config)
        selection = Selection(config.inputs, config.dense, config.head_features, config.dense_scale)
        values = {"name": name, "model": model, "engine": Engine(config, model.weights), "selection": selection}
        values["steering"] = merged_constants(model.steering)
        values["keys"] = {style: shares_of_keys(shares) for style, shares in model.keys.items()}
        for attribute, value in values.items():
            object.__setattr__(self, attribute, value)

    def __deepcopy__(self, _: dict[int, object]) -> "MusicModel":
        return self  # it never changes

    @property
    def config(self) -> ModelConfig:
        """The network's configuration."""
        return self.model.config

    @property
    def styles(self) -> tuple[str, ...]:
        """The names of the styles that it knows."""
        return self.model.styles

    @property
    def reads_scores(self) -> bool:
        """Whether it was trained on scores, and so must be given scores, rather than music as it was played."""
        return self.model.reads_scores

    @property
    def about(self) -> Mapping[str, Any]:
        """Where it comes from: what its file says of it."""
        return self.model.about

    def style_number(self, style: str) -> int:
        """The number of a style by name; OptionError lists those there are."""
        if style not in self.styles:
            raise OptionError(f"style {style!r}: {self.name} knows {', '.join(self.styles)}")
        return self.styles.index(style)

    def nll(self, inputs: AnyInts, dense: AnyInts, features: AnyInts, events: AnyInts) -> npt.NDArray[np.float32]:
        """-log p, in nats, of every field of given events, streams side by side: (T, B, columns) -> (T, B, fields)."""
        state = self.engine.start(inputs.shape[1])
        result = np.zeros(events.shape, np.float32)
        for start in range(0, len(inputs), STEPS_AT_ONCE):  # the heads need no order: they take many steps in one go
            steps = slice(start, start + STEPS_AT_ONCE)
            tops = [self.engine.step(state, *each).copy() for each in zip(inputs[steps], dense[steps], strict=True)]
            projected = self.engine.project(np.concatenate(tops))
            drawn, known = list(_rows(events[steps]).T), _rows(features[steps])
            for index in range(len(FIELDS)):
                logits = self.engine.logits(index, projected, drawn[:index], known)
                logits -= logits.max(1, keepdims=True)
                nll = np.log(np.exp(logits).sum(1)) - logits[np.arange(len(logits)), drawn[index]]
                result[steps, :, index] = nll.reshape(result[steps].shape[:2])
        return result


def _rows(array: AnyInts) -> AnyInts:
    """(T, B, columns) -> (T B, columns)."""
    return array.reshape(-1, array.shape[-1])
