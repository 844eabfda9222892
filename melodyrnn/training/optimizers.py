"""The optimizers by name, and the learning rate each starts from."""

from collections.abc import Callable

import torch
from torch import Tensor

from melodyrnn.errors import OptionError


def _adamw(parameters: list[Tensor], rate: float, decay: float) -> torch.optim.Optimizer:
    return torch.optim.AdamW(parameters, rate, weight_decay=decay, fused=True)


def _adam(parameters: list[Tensor], rate: float, _: float) -> torch.optim.Optimizer:
    return torch.optim.Adam(parameters, rate, fused=True)


def _sgd(parameters: list[Tensor], rate: float, _: float) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, rate, momentum=0.9, nesterov=True)


def _rmsprop(parameters: list[Tensor], rate: float, _: float) -> torch.optim.Optimizer:
    return torch.optim.RMSprop(parameters, rate)


# Of each the learning rate at its highest, for a GRU of 2 x 256 on folk tunes: see docs/training.md.
OPTIMIZERS: dict[str, tuple[Callable[[list[Tensor], float, float], torch.optim.Optimizer], float]] = {
    "adamw": (_adamw, 2e-3),
    "adam": (_adam, 2e-3),
    "sgd": (_sgd, 0.3),
    "rmsprop": (_rmsprop, 5e-4),
}


FINE_TUNING = 0.25  # of that, where training starts from a model


def optimizer_of(
    name: str, parameters: list[Tensor], learning_rate: float, weight_decay: float
) -> torch.optim.Optimizer:
    """An optimizer by name. OptionError for one there is not. Weight decay is for those that keep it apart."""
    if name not in OPTIMIZERS:
        raise OptionError(f"optimizer {name!r}: must be one of {', '.join(OPTIMIZERS)}")
    return OPTIMIZERS[name][0](parameters, learning_rate, weight_decay)


def default_learning_rate(optimizer: str, fine_tuning: bool) -> float:
    """What measured best for it from nothing; a part of that where it starts from a trained model."""
    return OPTIMIZERS[optimizer][1] * (FINE_TUNING if fine_tuning else 1.0)
