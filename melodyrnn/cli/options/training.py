"""The settings of a training run, beside its music: given, by default, or kept with a checkpoint."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from melodyrnn.cli.options.corpus import HEARING
from melodyrnn.errors import ModelFileError, OptionError, TrainingError

if TYPE_CHECKING:
    from melodyrnn.model.config import ModelConfig
    from melodyrnn.model.modelfile import Model
    from melodyrnn.training.checkpoint import Checkpoint
    from melodyrnn.training.trainer import TrainingOptions

OF_THE_NETWORK = ("cell", "hidden", "layers")
SETTINGS = (
    *OF_THE_NETWORK,
    *HEARING,
    *("base", "optimizer", "learning_rate", "dropout", "streams", "window"),
    *("minutes", "events", "patience", "precision", "compile", "random_seed"),
)
OPTION_OF = {"base": "--from", "streams": "--batch-size", "window": "--bptt"}  # settings of another name
MINUTES, FINE_TUNING_MINUTES = 60.0, 10.0
WARMUP_EVENTS, FINE_TUNING_WARMUP_EVENTS = 50_000, 10_000


def with_defaults(settings: Mapping[str, Any], given: set[str], base: "Model | None", device: str) -> dict[str, Any]:
    """The settings of a new run. OptionError where one that was `given` is decided by the model to start from."""
    from melodyrnn.training.devices import choose_precision
    from melodyrnn.training.optimizers import default_learning_rate

    result = dict(settings)
    if base:
        decided = {name: getattr(base.config, name) for name in OF_THE_NETWORK}
        _refuse_others(f"the model {settings['base']}", decided, settings, given)
        result.update(decided)
        result["base_styles"], result["base_about"] = list(base.styles), dict(base.about)
    if result["minutes"] is None:
        result["minutes"] = FINE_TUNING_MINUTES if base else MINUTES
    if result["learning_rate"] is None:
        result["learning_rate"] = default_learning_rate(result["optimizer"], base is not None)
    result["precision"] = choose_precision(device, result["precision"])
    return result


def kept_settings(
    checkpoint: Path, settings: Mapping[str, Any], given: set[str]
) -> tuple[dict[str, Any], "Model | None"]:
    """The settings the run began with, and what the model it began from has become. OptionError for another `given`."""
    from melodyrnn.training.checkpoint import read_checkpoint

    standing = read_checkpoint(checkpoint)
    kept = standing.plain.get("settings", {})
    _refuse_others(f"the checkpoint {checkpoint}", kept, settings, given)
    together = {**settings, **kept}
    return together, _base_within(standing, together) if together["base"] else None


def _base_within(standing: "Checkpoint", settings: Mapping[str, Any]) -> "Model":
    """The file it was read from may be gone, or another by now: a checkpoint is enough to go on."""
    from melodyrnn.model.config import ModelConfig
    from melodyrnn.model.modelfile import Model

    try:
        config = ModelConfig.from_json(standing.plain["config"])
        weights = {name: standing.tensors[f"weights.{name}"].numpy() for name in config.shapes()}
        return Model(config, weights, styles=tuple(settings["base_styles"]), about=settings["base_about"])
    except LookupError as error:
        raise TrainingError(f"the checkpoint lacks {error} of the model that the run began from") from None


def _refuse_others(what: str, decided: Mapping[str, Any], settings: Mapping[str, Any], given: set[str]) -> None:
    others = [name for name in SETTINGS if name in given & decided.keys() and settings[name] != decided[name]]
    if others:
        named = ", ".join(f"{_option(name)} {settings[name]} (it has {decided[name]})" for name in others)
        raise OptionError(f"{what} contradicts {named}: leave {'it' if len(others) == 1 else 'them'} out")


def _option(name: str) -> str:
    return OPTION_OF.get(name) or f"--{name.replace('_', '-')}"


def options_of(settings: Mapping[str, Any]) -> "TrainingOptions":
    """For the trainer."""
    from melodyrnn.training.trainer import TrainingOptions

    return TrainingOptions(
        **{
            name: settings[name]
            for name in ("minutes", "events", "optimizer", "learning_rate", "patience", "precision")
        },
        warmup_events=FINE_TUNING_WARMUP_EVENTS if settings["base"] else WARMUP_EVENTS,
    )


def config_of(settings: Mapping[str, Any], base: "Model | None") -> "ModelConfig":
    """The network: that of the model to start from, or a new one for music."""
    from melodyrnn.training.recipe import music_config

    if base:
        return base.config
    return music_config(settings["cell"], settings["hidden"], settings["layers"], settings["hidden"] // 2)


def read_base(name: str) -> "Model":
    """The model to start from. ModelFileError if there is none of that name, or it does not fit."""
    from melodyrnn.generation.library import find_model
    from melodyrnn.model.modelfile import read_model
    from melodyrnn.training.fine_tuning import check_fits

    _, path = find_model(name)
    try:
        with open(path, "rb"):
            pass
    except OSError as error:  # such as a folder, or a file without rights
        raise ModelFileError(f"{name}: cannot be read ({error.strerror}); give a model file, or a name") from None
    model = read_model(path)
    check_fits(model, name)
    return model
