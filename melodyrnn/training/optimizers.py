"""The optimizers by name, and the learning rate each starts from."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from melodyrnn.errors import OptionError

FINE_TUNING = 0.25  # of an optimizer's learning rate, where training starts from a model


class CautiousAdamW(torch.optim.AdamW):
    """AdamW that leaves out, weight by weight, what goes against the present gradient; the rest steps the further.

    Liang et al., Cautious Optimizers: Improving Training with One Line of Code, 2024, algorithm 2: the update is
    masked to where its sign agrees with the gradient's, and divided by the part of a tensor's weights that is left.
    """

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """One update; no closure is taken. Weight decay is not masked."""
        before = [[w.clone() for w in group["params"]] for group in self.param_groups]
        super().step(closure)
        for group, olds in zip(self.param_groups, before, strict=True):
            kept = 1 - group["lr"] * group["weight_decay"]
            for w, old in zip(group["params"], olds, strict=True):
                if w.grad is not None:
                    update = w - old.mul_(kept)
                    agrees = torch.mul(update, w.grad).lt_(0)  # downhill
                    w.copy_(old.add_(update.mul_(agrees).div_(agrees.mean().clamp_(min=1e-3))))


def _adamw(parameters: list[Tensor], rate: float, decay: float) -> torch.optim.Optimizer:
    return torch.optim.AdamW(parameters, rate, weight_decay=decay, fused=True)


def _cautious(parameters: list[Tensor], rate: float, decay: float) -> torch.optim.Optimizer:
    return CautiousAdamW(parameters, rate, weight_decay=decay, fused=True)


def _adam(parameters: list[Tensor], rate: float, _: float) -> torch.optim.Optimizer:
    return torch.optim.Adam(parameters, rate, fused=True)


def _sgd(parameters: list[Tensor], rate: float, _: float) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, rate, momentum=0.9, nesterov=True)


def _rmsprop(parameters: list[Tensor], rate: float, _: float) -> torch.optim.Optimizer:
    return torch.optim.RMSprop(parameters, rate)


# Each with its learning rate at the highest; how they compare is in docs/experiments/training.md.
OPTIMIZERS: dict[str, tuple[Callable[[list[Tensor], float, float], torch.optim.Optimizer], float]] = {
    "adamw": (_adamw, 2e-3),
    "cautious": (_cautious, 2e-3),
    "adam": (_adam, 2e-3),
    "sgd": (_sgd, 0.3),
    "rmsprop": (_rmsprop, 5e-4),
}


def optimizer_of(
    name: str, parameters: list[Tensor], learning_rate: float, weight_decay: float
) -> torch.optim.Optimizer:
    """An optimizer by name. OptionError for one there is not. Weight decay is for AdamW, plain and cautious."""
    if name not in OPTIMIZERS:
        raise OptionError(f"optimizer {name!r}: must be one of {', '.join(OPTIMIZERS)}")
    return OPTIMIZERS[name][0](parameters, learning_rate, weight_decay)


def default_learning_rate(optimizer: str, fine_tuning: bool) -> float:
    """The rate that measured best from nothing; a part of that if it starts from a trained model."""
    return OPTIMIZERS[optimizer][1] * (FINE_TUNING if fine_tuning else 1.0)
