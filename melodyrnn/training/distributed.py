"""The processes of one run: one alone, or as many as torchrun started, each with a part of every batch.

Every process lays the same pieces into the same streams and takes its own of them. Gradients are averaged over all, so
what is computed is what one process with all the streams would compute.
"""

import os
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from melodyrnn.errors import TrainingError
from melodyrnn.training.dataset import Batch
from melodyrnn.training.network import Network

PATIENCE = timedelta(minutes=30)  # for a process that is still reading its folder


@dataclass(frozen=True, slots=True)
class Team:
    """Process number `rank` of `size`, which computes on `device`."""

    rank: int = 0
    size: int = 1
    device: str = "cpu"

    @property
    def leads(self) -> bool:
        """Whether it is this one that writes and speaks."""
        return self.rank == 0

    def wrapped(self, network: Network) -> nn.Module:
        """The network as it is to be called: its gradients come out averaged over all processes."""
        if self.size == 1:
            return network
        return DistributedDataParallel(network, gradient_as_bucket_view=True)

    def part(self, batch: Batch) -> Batch:
        """The streams of this process, of a batch of all, on its device."""
        if self.size > 1:
            batch = Batch(*(tensor[:, self.columns(tensor.shape[1])] for tensor in batch))
        return batch.to(self.device)

    def columns(self, streams: int) -> slice:
        """Which of all the streams are this process's."""
        each = streams // self.size
        return slice(self.rank * each, (self.rank + 1) * each)

    def sum(self, values: Tensor) -> Tensor:
        """The sum over all processes, on the CPU."""
        if self.size == 1:
            return values.cpu()
        values = values.to(self.device)
        dist.all_reduce(values)
        return values.cpu()

    def gather(self, tensor: Tensor, dim: int) -> Tensor:
        """Everyone's tensors of one shape, joined along `dim` in order of rank, on the CPU."""
        if self.size == 1:
            return tensor.cpu()
        tensor = tensor.to(self.device).contiguous()
        parts = [torch.empty_like(tensor) for _ in range(self.size)]
        dist.all_gather(parts, tensor)
        return torch.cat(parts, dim).cpu()

    @contextmanager
    def leader_first(self) -> Iterator[None]:
        """Let the leader do it, then the others: what it leaves behind, as in a cache, they find there.

        TrainingError where another process is gone: its launcher then ends this one by SIGTERM.
        """
        if self.size == 1:
            yield
            return
        with self._ended_with_a_word():
            if not self.leads:
                self._wait()
            yield
            if self.leads:
                self._wait()

    def _wait(self) -> None:
        try:
            dist.barrier()
        except RuntimeError as error:
            raise TrainingError(f"{self.lost_touch(error)} before training began") from None

    def lost_touch(self, error: RuntimeError) -> str:
        """The text of an error after a message between processes has failed."""
        reason = re.sub(r"^\[[^ ]*\] ", "", " ".join(str(error).split())).split(". ")[0]  # without torch's source line
        return f"process {self.rank} lost touch with another of the {self.size} processes ({reason:.120})"

    @contextmanager
    def _ended_with_a_word(self) -> Iterator[None]:
        def end(*_: object) -> None:
            raise TrainingError(
                f"process {self.rank} was ended before training began: another has died, or all were asked to end"
            )

        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGTERM, end)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, before)

    def check_same(self, what: str, description: str) -> None:
        """TrainingError if `description` is not the same in every process."""
        mine = torch.frombuffer(bytearray(sha256(description.encode()).digest()[:8]), dtype=torch.int64)
        others = self.gather(mine, 0)
        differing = [str(rank) for rank, other in enumerate(others.tolist()) if other != others[0]]
        if differing:
            raise TrainingError(f"process {', '.join(differing)}: {what} not the same as in process 0")


ALONE = Team()


@contextmanager
def joined(device: str) -> Iterator[Team]:
    """The team that torchrun started, or this process alone. `device` is cpu, or cuda for the one of its own."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield Team(device=device)
        return
    rank, local = int(os.environ["RANK"]), int(os.environ.get("LOCAL_RANK", "0"))
    if device == "cuda":
        device = f"cuda:{local}"
        torch.cuda.set_device(local)
    dist.init_process_group("nccl" if device.startswith("cuda") else "gloo", timeout=PATIENCE)
    yield Team(rank, size, device)
    # Not after an error: these may wait for a process that is gone, and the message with it. The barrier leaves gloo's
    # threads no tensor of Python's: one that is released while the interpreter ends would abort the process.
    with suppress(RuntimeError):  # where another process has failed since, that one raises the error
        dist.barrier()
    dist.destroy_process_group()
