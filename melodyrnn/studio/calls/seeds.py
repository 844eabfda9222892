"""Seeds: give one, get it, remove it."""

import asyncio

from starlette.requests import Request
from starlette.responses import FileResponse

from melodyrnn.studio.body import length_of, too_large
from melodyrnn.studio.calls.call import Call, of
from melodyrnn.studio.reading import LIMITS
from melodyrnn.studio.samples import sample, samples, title
from melodyrnn.studio.studio import Studio
from melodyrnn.studio.view import Facts


async def add(studio: Studio, request: Request) -> Facts:
    """A new seed."""
    query = request.query_params
    if "sample" in query:
        facts = await studio.seeds.copy(sample(query["sample"]), f"{title(query['sample'])}.mid")
    elif "take" in query:
        take = studio.takes.facts(query["take"])
        facts = await studio.seeds.copy(studio.takes.path(query["take"]), take["name"], from_take=take["id"])
    else:
        if length_of(request) > LIMITS.file_bytes:
            raise too_large(LIMITS.file_bytes)
        facts = await studio.seeds.add(query.get("name", ""), request.stream())
    studio.events.tell({"type": "seed", "seed": facts})
    studio.jobs.prepare(facts["id"])
    return studio.seeds.whole(facts["id"])


async def get(studio: Studio, request: Request) -> Facts:
    """A seed with its notes."""
    return await asyncio.to_thread(studio.seeds.whole, request.path_params["id"])


async def get_file(studio: Studio, request: Request) -> FileResponse:
    """The file as it came."""
    name = request.path_params["id"]
    return FileResponse(studio.seeds.path(name), media_type="audio/midi", filename=studio.seeds.facts(name)["name"])


async def remove(studio: Studio, request: Request) -> None:
    """Away with it."""
    name = request.path_params["id"]
    studio.seeds.remove(name)
    studio.events.tell({"type": "seed_removed", "id": name})


async def list_samples(_: Studio, __: Request) -> Facts:
    """The samples."""
    return {"samples": [{"name": name, "title": title(name)} for name in samples()]}


CALLS = (
    Call("GET", "/api/samples", "List the samples.", list_samples),
    Call(
        "POST",
        "/api/seeds",
        "Give a MIDI file to go on from, or name a sample or a take.",
        add,
        201,
        of("string", "The MIDI file.", format="binary"),
        "audio/midi",
        query={"name": "Its name.", "sample": "Instead of a file: a sample.", "take": "Instead of a file: a take."},
    ),
    Call("GET", "/api/seeds/{id}.mid", "Get the file of a seed as it came.", get_file, gives="audio/midi"),
    Call("GET", "/api/seeds/{id}", "Get a seed with its notes.", get),
    Call("DELETE", "/api/seeds/{id}", "Remove a seed.", remove, 204),
)
