"""Generating: what there is to choose, jobs, and the takes that they make."""

import asyncio
from pathlib import Path
from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import FileResponse

from melodyrnn import options
from melodyrnn.generation import Request
from melodyrnn.studio.calls.call import Call, asked_of, fields, of
from melodyrnn.studio.shelf import shown_name
from melodyrnn.studio.studio import Studio
from melodyrnn.studio.view import Facts


async def get_options(_: Studio, __: HttpRequest) -> Facts:
    """The table of options."""
    return {"options": options.as_json()}


async def get_models(studio: Studio, _: HttpRequest) -> Facts:
    """The models to choose from."""
    return await asyncio.to_thread(studio.models.as_json)


async def generate(studio: Studio, http: HttpRequest) -> Facts:
    """A new job. What is asked is checked here, so that a wrong call is no job."""
    asked = await asked_of(http, GENERATE)
    seed, shown = asked.get("seed"), dict(asked.get("options", {}))
    if seed is not None:
        studio.seeds.facts(seed)
    if shown.get("random_seed") is None:
        shown["random_seed"] = options.new_random_seed()
    given: dict[str, Any] = dict(shown)
    if given.get("model") is not None:
        given["model"] = studio.models.named(given["model"])
    request = Request.of(given)
    return studio.jobs.add(seed, shown, given, request)


async def get_job(studio: Studio, http: HttpRequest) -> Facts:
    """A job."""
    return studio.jobs.get(http.path_params["id"])


async def cancel(studio: Studio, http: HttpRequest) -> None:
    """End a job."""
    await studio.jobs.cancel(http.path_params["id"])


async def get_take(studio: Studio, http: HttpRequest) -> Facts:
    """A take with its notes."""
    return await asyncio.to_thread(studio.takes.whole, http.path_params["id"])


async def get_take_file(studio: Studio, http: HttpRequest) -> FileResponse:
    """Its MIDI file."""
    name = http.path_params["id"]
    return FileResponse(studio.takes.path(name), media_type="audio/midi", filename=studio.takes.facts(name)["name"])


async def change_take(studio: Studio, http: HttpRequest) -> Facts:
    """Another name, a star."""
    asked = await asked_of(http, CHANGE)
    if "name" in asked:
        asked["name"] = shown_name(asked["name"])
    return studio.jobs.change_take(http.path_params["id"], **asked)


async def remove_take(studio: Studio, http: HttpRequest) -> None:
    """Away with it."""
    studio.jobs.remove_take(http.path_params["id"])


async def get_sound(studio: Studio, http: HttpRequest) -> FileResponse:
    """Its sound."""
    name = http.path_params["id"]
    path, facts = studio.takes.path(name), studio.takes.facts(name)
    target = await studio.sound.of(path, facts["seconds"])
    return FileResponse(target, media_type="audio/wav", filename=f"{Path(facts['name']).stem}.wav")


GENERATE = Call(
    "POST",
    "/api/generate",
    "Make music: go on from a seed, or begin from nothing.",
    generate,
    202,
    fields(
        {
            "seed": of(["string", "null"], "The ID of a seed; null: from nothing."),
            "options": of("object", "Options of the table, by name."),
        }
    ),
)
CHANGE = Call(
    "PUT",
    "/api/takes/{id}",
    "Give a take a star or a name.",
    change_take,
    body=fields({"starred": of("boolean"), "name": of("string")}),
)
CALLS = (
    Call("GET", "/api/options", "List the options of generating music.", get_options),
    Call("GET", "/api/models", "List the models and styles.", get_models),
    GENERATE,
    Call("GET", "/api/jobs/{id}", "Get a job.", get_job),
    Call("DELETE", "/api/jobs/{id}", "Cancel a job.", cancel, 204),
    Call("GET", "/api/takes/{id}.mid", "Get the MIDI file of a take.", get_take_file, gives="audio/midi"),
    Call("GET", "/api/takes/{id}.wav", "Get the sound of a take.", get_sound, gives="audio/wav"),
    Call("GET", "/api/takes/{id}", "Get a take with its notes.", get_take),
    CHANGE,
    Call("DELETE", "/api/takes/{id}", "Remove a take.", remove_take, 204),
)
