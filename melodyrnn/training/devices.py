"""Where and how finely to compute: a GPU if there is one, and numbers of 16 bits on it."""

import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import torch

from melodyrnn.errors import OptionError, TrainingError

PRECISIONS = {"float32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def choose_device(wanted: str | None = None) -> str:
    """`wanted`, or by default a GPU of CUDA where there is one, else the CPU. OptionError if it is not there."""
    if wanted is None:
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.ones(1, device=wanted).add(1).item()  # some kinds of device have tensors but compute nothing
    except (RuntimeError, AssertionError) as error:
        reason = str(error).strip().split("\n")[0]
        if reason.startswith("Expected one of"):
            reason = "no kind of device"
        legal = ["cpu", *(f"cuda:{i}" for i in range(torch.cuda.device_count()))]
        raise OptionError(f"device {wanted}: not here ({reason}); there is {', '.join(legal)}") from None
    return wanted


def choose_precision(device: str, wanted: str | None = None) -> str:
    """`wanted`, or by default float32 on a CPU, and on a GPU bf16 if it has that, else fp16."""
    if wanted is not None:
        return wanted
    if not device.startswith("cuda"):
        return "float32"
    return "bf16" if torch.cuda.is_bf16_supported() else "fp16"


@contextmanager
def translated_memory_errors() -> Iterator[None]:
    """TrainingError where the memory of the device does not suffice. Checkpoints stay what they were."""
    try:
        yield
    except RuntimeError as error:  # on a CPU it has no class of its own
        if not isinstance(error, torch.OutOfMemoryError) and "can't allocate memory" not in str(error):
            raise
        raise TrainingError(
            "not enough memory for this: use a smaller --batch-size, a shorter --bptt or fewer units (--hidden)"
        ) from None


def autocast(device: str, precision: str) -> AbstractContextManager[None]:
    """Matrix products in that precision; sums, gates and the state of the cells stay float32."""
    enabled = precision != "float32"
    return torch.autocast(device.split(":")[0], PRECISIONS[precision] if enabled else None, enabled)
