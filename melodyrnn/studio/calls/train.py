"""Training: begin, stop, and away with a model."""

import asyncio
from pathlib import Path
from typing import Any

from starlette.requests import Request

from melodyrnn.errors import OptionError, StudioError
from melodyrnn.studio.calls.call import Call, asked_of, fields, of
from melodyrnn.studio.studio import Studio
from melodyrnn.studio.view import Facts

KINDS = ("train", "adapt")
LEAST_MINUTES, MOST_MINUTES = 0.1, 7 * 24 * 60


async def start(studio: Studio, http: Request) -> Facts:
    """Begin to train or to adapt."""
    asked = await asked_of(http, START)
    kind, music, more = asked["kind"], _music(studio, asked), list[str]()
    if kind not in KINDS:
        raise OptionError(f"kind {kind!a:.40}: must be {' or '.join(KINDS)}")
    if kind == "adapt" and isinstance(music, Path):
        raise OptionError("music: adapt learns seeds, not a folder")
    if asked.get("from") is not None:
        more += ["--from" if kind == "train" else "--model", studio.models.named(asked["from"])]
    minutes = asked.get("minutes")
    if minutes is not None:
        if kind == "adapt" or not LEAST_MINUTES <= minutes <= MOST_MINUTES:
            raise OptionError(
                f"minutes {minutes:g}: must be {LEAST_MINUTES:g} to {MOST_MINUTES:g}, and is for train alone"
            )
        more += ["--minutes", f"{minutes:g}"]
    target = await asyncio.to_thread(studio.models.new_path, asked["name"])
    return await studio.training.start(kind, target, music, more)


def _music(studio: Studio, asked: dict[str, Any]) -> Path | list[tuple[Path, str]]:
    """The folder that the server was started with, or the files of seeds."""
    music = asked["music"]
    if music == "folder":
        if studio.folder is None:
            raise StudioError("there is no folder: start the studio with --folder DIR", 409)
        return studio.folder
    if not isinstance(music, list) or not music or not all(isinstance(seed, str) for seed in music):
        raise OptionError('music: must be "folder" or a list of seeds')
    return [(studio.seeds.path(seed), studio.seeds.facts(seed)["name"]) for seed in dict.fromkeys(music)]


async def get(studio: Studio, _: Request) -> Facts:
    """How far it is."""
    return studio.training.facts


async def stop(studio: Studio, _: Request) -> None:
    """Stop."""
    await studio.training.stop()


async def remove_model(studio: Studio, http: Request) -> None:
    """Away with a model."""
    await asyncio.to_thread(studio.models.remove, http.path_params["name"])


START = Call(
    "POST",
    "/api/train",
    "Train a model of your own, or adapt one to a few pieces.",
    start,
    202,
    fields(
        {
            "kind": of("string", enum=[*KINDS]),
            "name": of("string", "The name of the new model."),
            "music": of(["string", "array"], 'What to learn: "folder", that of --folder, or a list of seeds.'),
            "from": of(["string", "null"], "The model to begin with."),
            "minutes": of(["number", "null"], "How long to train."),
        },
        ["kind", "name", "music"],
    ),
)
CALLS = (
    START,
    Call("GET", "/api/train", "Get how far training is.", get),
    Call("DELETE", "/api/train", "Stop training; the best model so far is kept.", stop, 204),
    Call("DELETE", "/api/models/{name}", "Remove a model of your own.", remove_model, 204),
)
