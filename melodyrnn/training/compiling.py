"""torch.compile as an option: what it makes of the network, and one line where it cannot."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import torch
from torch import nn

from melodyrnn.errors import TrainingError


def compiled(network: nn.Module) -> nn.Module:
    """The network as it is to be called; its first window compiles it."""
    return cast(nn.Module, torch.compile(network, dynamic=False))


@contextmanager
def translated_compiler_errors() -> Iterator[None]:
    """TrainingError where torch cannot compile, as without a C++ compiler."""
    try:
        yield
    except RuntimeError as error:
        known = sys.modules.get("torch._dynamo.exc")  # there once something was compiled; it takes as long as torch
        if known is None or not isinstance(error, known.TorchDynamoException):
            raise
        reason = " ".join(str(error).split("\n\n")[0].split())
        raise TrainingError(f"torch.compile failed ({reason:.160}); train without --compile") from None
