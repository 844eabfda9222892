"""A checkpoint: tensors and plain data in one safetensors file that is checked before it takes the last one's place."""

import json
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from melodyrnn.errors import TrainingError
from melodyrnn.files import not_written, replacing

FORMAT = 1


class Checkpoint(NamedTuple):
    """Tensors by name, and what goes into JSON."""

    tensors: Mapping[str, Tensor]
    plain: Mapping[str, Any]


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write beside, read back, then rename: until the new one is known to be good, the last one stays.

    TrainingError if a number in it is not finite, OutputError if it cannot be written, as on a full disk.
    """
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in checkpoint.tensors.items()}
    lost = [name for name, tensor in tensors.items() if not torch.isfinite(tensor).all()]
    if lost:
        raise TrainingError(
            f"{lost[0]} is no longer finite: {path} stays as it was; start again with a lower learning rate"
        )
    plain = json.dumps(dict(checkpoint.plain))
    described = {"format": str(FORMAT), "checkpoint": plain, "crc32": str(_sum(tensors, plain))}
    try:
        with replacing(path) as beside:
            with open(beside, "xb") as file:
                rights = os.fstat(file.fileno()).st_mode  # as of every new file; `save_file` takes most of them away
            save_file(tensors, beside, described)
            os.chmod(beside, rights)
            with open(beside, "rb+") as file:
                os.fsync(file.fileno())
            read_checkpoint(beside)
    except (SafetensorError, TrainingError) as error:
        raise not_written(path, str(error)) from None


def read_checkpoint(path: Path) -> Checkpoint:
    """Read and check the sum of its contents. TrainingError where there is none, or it is damaged or not ours."""
    if not path.is_file():
        raise TrainingError(f"{path}: no such checkpoint to resume from")
    try:
        with safe_open(path, framework="pt") as file:
            described = file.metadata() or {}
            if described.get("format") != str(FORMAT):
                raise TrainingError(f"{path}: not a checkpoint of format {FORMAT}")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if described["crc32"] != str(_sum(tensors, described["checkpoint"])):
            raise TrainingError(f"{path}: the checkpoint is damaged: its checksum does not match its contents")
        return Checkpoint(tensors, dict(json.loads(described["checkpoint"])))
    except (SafetensorError, OSError, LookupError, TypeError, ValueError) as error:
        raise TrainingError(f"{path}: not a readable checkpoint ({' '.join(str(error).split())})") from None


def _sum(tensors: Mapping[str, Tensor], plain: str) -> int:
    total = zlib.crc32(plain.encode())
    for name in sorted(tensors):
        total = zlib.crc32(tensors[name].numpy().tobytes(), total)
    return total
