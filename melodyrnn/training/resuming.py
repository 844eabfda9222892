"""All that the next window depends on, taken out of a trainer and put back: so that a run goes on as if never cut."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from melodyrnn.errors import TrainingError
from melodyrnn.training.checkpoint import Checkpoint, read_checkpoint
from melodyrnn.training.dataset import Streams
from melodyrnn.training.distributed import Team
from melodyrnn.training.network import Network


class Resumable(Protocol):
    """The parts of a trainer in a checkpoint. `best`: weights by name; `progress`: a dataclass of plain data."""

    network: Network
    optimizer: torch.optim.Optimizer
    scaler: torch.amp.GradScaler
    streams: Streams[Any]
    team: Team
    state: Tensor | None
    best: dict[str, Tensor]
    progress: Any
    settings: dict[str, Any]


def standing_of(trainer: Resumable) -> Checkpoint:
    """Weights, the best, optimizer, state of the cells, place in the data, random state; of all processes together."""
    tensors = {f"best.{name}": tensor for name, tensor in trainer.best.items()}
    for name in trainer.network.config.shapes():
        tensors[f"weights.{name}"] = trainer.network[name]
        for key, value in trainer.optimizer.state.get(trainer.network[name], {}).items():
            if value is not None:
                tensors[f"optimizer.{key}.{name}"] = value
    if trainer.state is not None:
        tensors["state"] = trainer.team.gather(trainer.state, 2)
    tensors["random"] = trainer.team.gather(_random_state(trainer.team.device)[None], 0)
    plain = {
        "config": trainer.network.config.to_json(),
        "settings": trainer.settings,
        "streams": trainer.streams.state(),
        "scaler": trainer.scaler.state_dict(),
        "progress": asdict(trainer.progress),
    }
    return Checkpoint(tensors, plain)


def restore(trainer: Resumable, path: Path) -> None:
    """Put a trainer where the checkpoint stands. TrainingError if it is not one of this network, data and settings.

    The processes may be more or fewer than they were, if they have as many streams together; dropout then draws anew.
    """
    tensors, plain = read_checkpoint(path)
    network, team = trainer.network, trainer.team
    try:
        if plain["config"] != _as_json(network.config.to_json()):
            raise TrainingError(f"{path}: a checkpoint of another network")
        check_settings(path, plain["settings"], trainer.settings)
        names = list(network.config.shapes())
        network.load({name: tensors[f"weights.{name}"].numpy() for name in names})
        trainer.best = {name: tensors[f"best.{name}"] for name in names if f"best.{name}" in tensors}
        _restore_optimizer(trainer, tensors)
        if "state" in tensors:
            columns = team.columns(tensors["state"].shape[2])
            trainer.state = tensors["state"][:, :, columns].clone().to(team.device)
        if len(tensors["random"]) == team.size:
            own = tensors["random"][team.rank].clone()  # torch misreads a view into a larger one
            _set_random_state(team.device, own)
        trainer.streams.restore(plain["streams"])
        trainer.scaler.load_state_dict(plain["scaler"])
        trainer.progress = type(trainer.progress)(**plain["progress"])
    except (LookupError, TypeError, ValueError, RuntimeError) as error:
        raise TrainingError(f"{path}: not a readable checkpoint ({' '.join(str(error).split())})") from None


def check_settings(path: Path, kept: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """TrainingError that names each of the settings `given` that is not as it was `kept` with the checkpoint.

    One that is not kept is of a later version than the checkpoint.
    """
    other = [f"{name} {kept[name]}, not {value}" for name, value in given.items() if kept.get(name, value) != value]
    if other:
        raise TrainingError(f"{path}: continues with {'; '.join(other)}")


def _as_json(data: Any) -> Any:
    return json.loads(json.dumps(data))


def _restore_optimizer(trainer: Resumable, tensors: Mapping[str, Tensor]) -> None:
    numbers = {id(parameter): i for i, parameter in enumerate(trainer.network.parameters())}
    state: dict[int, dict[str, Tensor]] = {}
    for full_name, tensor in tensors.items():
        kind, key, name = (*full_name.split(".", 2), "", "")[:3]
        if kind == "optimizer":
            state.setdefault(numbers[id(trainer.network[name])], {})[key] = tensor.clone()
    groups = trainer.optimizer.state_dict()["param_groups"]
    trainer.optimizer.load_state_dict({"state": state, "param_groups": groups})


def _random_state(device: str) -> Tensor:
    """Of the generator that dropout draws from."""
    return torch.cuda.get_rng_state(device) if device.startswith("cuda") else torch.get_rng_state()


def _set_random_state(device: str, state: Tensor) -> None:
    if device.startswith("cuda"):
        torch.cuda.set_rng_state(state, device)
    else:
        torch.set_rng_state(state)
