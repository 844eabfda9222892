"""A call of the studio as one row: what answers it, and what describes it to other programs."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from melodyrnn import __version__
from melodyrnn.errors import StudioError
from melodyrnn.studio.body import body_bytes
from melodyrnn.studio.studio import Studio

MOST_JSON_BYTES = 1_000_000
Schema = Mapping[str, Any]
Answer = Callable[[Studio, Request], Awaitable[Any]]

ERRORS = {
    "400": "The call was wrong.",
    "403": "Another site or host asks.",
    "404": "There is no such thing.",
    "408": "The upload takes too long.",
    "409": "Not possible now.",
    "413": "Too large.",
    "422": "The file or the music cannot be used.",
    "503": "Busy: try again after `Retry-After` seconds.",
    "507": "Too much is kept here: remove some.",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `answer` returns plain data, which is sent as JSON, a Response, or None for status 204.

    `body`: the schema of the JSON that it takes, if any, or of `takes`, another type of content. `query`: the names of
    its parameters, with a sentence each.
    """

    method: str
    path: str
    summary: str
    answer: Answer
    status: int = 200
    body: Schema | None = None
    takes: str = "application/json"
    gives: str = "application/json"
    query: Mapping[str, str] = field(default_factory=dict)


def of(kind: str | list[str], text: str = "", **more: Any) -> Schema:
    """The schema of a value: `of("string", "Its name.")`."""
    return {"type": kind, **({"description": text} if text else {}), **more}


def fields(schemas: Mapping[str, Schema], required: Sequence[str] = ()) -> Schema:
    """The schema of an object."""
    return {"type": "object", "properties": {**schemas}, "required": [*required], "additionalProperties": False}


async def asked_of(request: Request, call: Call) -> dict[str, Any]:
    """The JSON body of a call. StudioError for one that is none, or has other fields than its schema."""
    data = await body_bytes(request, MOST_JSON_BYTES)
    try:
        asked = json.loads(data or b"{}", parse_constant=_refuse)
        json.dumps(asked, ensure_ascii=False).encode()  # halves of letters cannot be sent on
    except (ValueError, RecursionError):
        raise StudioError("the body is no JSON", 400) from None
    schema: Schema = call.body or {"properties": {}, "required": []}
    if not isinstance(asked, dict):
        raise StudioError("the body must be a JSON object", 400)
    for name in asked:
        if name not in schema["properties"]:
            raise StudioError(f"{name}: no such field; there are {', '.join(schema['properties'])}", 400)
    for name in schema["required"]:
        if name not in asked:
            raise StudioError(f"{name} is missing", 400)
    for name, value in asked.items():
        if not _fits(value, schema["properties"][name]):
            kinds = schema["properties"][name]["type"]
            legal = kinds if isinstance(kinds, str) else " or ".join(kinds)
            raise StudioError(f"{name}: must be {legal}", 400)
    return asked


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def _fits(value: Any, schema: Schema) -> bool:
    """Whether a value is of the kind that its schema names."""
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if isinstance(value, bool):
        return "boolean" in kinds
    return any(isinstance(value, KINDS[kind]) for kind in kinds)


def openapi(calls: Sequence[Call]) -> dict[str, Any]:
    """All calls as an OpenAPI document."""
    paths: dict[str, dict[str, Any]] = {}
    for call in calls:
        names = [part.strip("{}").removesuffix("}") for part in _parameters(call.path)]
        parameters = [{"name": name, "in": "path", "required": True, "schema": of("string")} for name in names]
        parameters += [
            {"name": name, "in": "query", "description": text, "schema": of("string")}
            for name, text in call.query.items()
        ]
        operation: dict[str, Any] = {"summary": call.summary, "parameters": parameters}
        if call.body is not None:
            operation["requestBody"] = {"required": True, "content": {call.takes: {"schema": call.body}}}
        good: dict[str, Any] = {"description": "Done."}
        if call.status != 204:
            good["content"] = {call.gives: {"schema": of("object") if call.gives.endswith("json") else of("string")}}
        errors = {
            status: {"description": text, "content": {"application/json": {"schema": fields({"error": of("string")})}}}
            for status, text in ERRORS.items()
        }
        operation["responses"] = {str(call.status): good, **errors}
        paths.setdefault(call.path, {})[call.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "melodyrnn studio",
            "version": __version__,
            "description": "What the calls give, and what the WebSocket /api/events sends: docs/studio-api.md.",
        },
        "paths": paths,
    }


def _parameters(path: str) -> list[str]:
    return [part.partition("}")[0] for part in path.split("{")[1:]]
