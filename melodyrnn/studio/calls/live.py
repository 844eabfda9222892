"""Live playing: ports, start and stop, knobs and buttons, the take."""

import asyncio
import json
from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from melodyrnn.errors import OptionError, StudioError
from melodyrnn.generation import Request
from melodyrnn.live.assemble import READINGS
from melodyrnn.live.score.prefetch import DEFAULT_LOOK_AHEAD_PULSES
from melodyrnn.live.wire.controls import AGAIN_BARS, KNOBS, MOST_AGAIN_BARS, Turned
from melodyrnn.options import OPTIONS, new_random_seed
from melodyrnn.studio.calls.call import Call, asked_of, fields, of
from melodyrnn.studio.program import Program, command
from melodyrnn.studio.studio import Studio
from melodyrnn.studio.view import Facts

CLOCKS = ("internal", "external", "send")
MOST_BARS_ANSWERED = 64
PORT_SECONDS = 20.0
BUTTONS = ("panic", "again")
LIVE_OPTIONS = tuple(name for name, option in OPTIONS.items() if "live" in option.where)


async def get_ports(_: Studio, __: HttpRequest) -> Facts:
    """The ports of this machine, looked up in a process of its own: a MIDI system may hang."""
    program = await Program.start(command("ports", "--json"))
    try:
        found = json.loads(await asyncio.wait_for(program.output(), PORT_SECONDS))
    except (TimeoutError, asyncio.TimeoutError, ValueError):
        raise StudioError("the MIDI system does not answer", 503) from None
    finally:
        await program.kill()
    return {"error": None, **found}


async def start(studio: Studio, http: HttpRequest) -> Facts:
    """Begin to play."""
    asked = await asked_of(http, START)
    _check(asked)
    seed, options = asked.get("seed"), _checked(studio, asked.get("options", {}))
    options |= {
        "clock": asked.get("clock") or "internal",
        "clock_only": False,
        "respond": asked.get("respond"),
        "reading": next(iter(READINGS)),
        "harmony": bool(asked.get("harmony")),
        "look_ahead": DEFAULT_LOOK_AHEAD_PULSES,
        "with_seed": bool(asked.get("with_seed")),
    }
    return await studio.live.start(
        {
            "options": options,
            "ports": {name: asked.get(name) for name in ("port", "virtual", "input")},
            "seed_path": None if seed is None else str(studio.seeds.path(seed)),
            "seed_name": None if seed is None else studio.seeds.facts(seed)["name"],
        }
    )


def _check(asked: dict[str, Any]) -> None:
    """OptionError for what does not fit together."""
    port, virtual, keys = (asked.get(name) for name in ("port", "virtual", "input"))
    respond, answers = asked.get("respond"), asked.get("respond") is not None
    if bool(port) == bool(virtual):
        raise OptionError("port: give a port to play into, or a name for a virtual one, not both")
    if asked.get("clock") not in (None, *CLOCKS):
        raise OptionError(f"clock {asked['clock']!a:.40}: must be {', '.join(CLOCKS)}")
    bars = isinstance(respond, int) and 1 <= respond <= MOST_BARS_ANSWERED
    if answers and not bars and respond != "pause":
        raise OptionError(f"respond {respond!a:.40}: must be 1 to {MOST_BARS_ANSWERED} bars, or pause")
    if (answers or asked.get("harmony")) and not (keys or virtual):
        raise OptionError("respond and harmony need an input to listen to")
    if answers and asked.get("harmony"):
        raise OptionError("respond and harmony exclude each other")
    if asked.get("with_seed") and (asked.get("seed") is None or answers):
        raise OptionError("with_seed needs a seed, and excludes respond")


def _checked(studio: Studio, asked: dict[str, Any]) -> dict[str, Any]:
    """The options of the table as the session takes them. OptionError for one that is not legal."""
    for name in asked:
        if name not in LIVE_OPTIONS:
            raise OptionError(f"{name!a:.40} is no option of live playing: there are {', '.join(LIVE_OPTIONS)}")
    given = {name: value for name, value in asked.items() if value is not None}
    if "model" in given:
        given["model"] = studio.models.named(given["model"])
    metre = given.pop("metre", None)
    if not isinstance(metre, str | None):
        raise OptionError("metre: must be like 3/4")
    request = Request.of(given)
    checked = {name: getattr(request, name) for name in given}
    return {"random_seed": new_random_seed(), **checked, **({} if metre is None else {"metre": metre})}


async def stop(studio: Studio, _: HttpRequest) -> None:
    """Stop."""
    await studio.live.stop()


async def turn(studio: Studio, http: HttpRequest) -> None:
    """Turn knobs."""
    asked = await asked_of(http, TURN)
    for name, value in asked.items():
        if name != "style":
            Turned(name, value)  # OptionError for a value that is not legal
    if "style" in asked:
        known = await asyncio.to_thread(studio.models.styles)
        if asked["style"] not in known:
            raise OptionError(f"style {asked['style']!a:.40}: must be one of {', '.join(known)}")
    studio.live.tell({"knobs": asked})


async def press(studio: Studio, http: HttpRequest) -> None:
    """Press a button."""
    asked = await asked_of(http, PRESS)
    button, bars = asked["button"], asked.get("bars", AGAIN_BARS)
    if button not in BUTTONS or not 1 <= bars <= MOST_AGAIN_BARS:
        raise OptionError(f"button: must be {' or '.join(BUTTONS)}, of 1 to {MOST_AGAIN_BARS} bars")
    studio.live.tell({"press": button, "bars": bars})


async def get_take(studio: Studio, _: HttpRequest) -> Response:
    """What was sent so far, as of the last bar line."""
    if not studio.live.take.is_file():
        raise StudioError("nothing was played yet", 404)
    data = await asyncio.to_thread(studio.live.take.read_bytes)
    return Response(data, media_type="audio/midi", headers={"Content-Disposition": 'attachment; filename="live.mid"'})


START = Call(
    "POST",
    "/api/live",
    "Start to play into a port.",
    start,
    201,
    fields(
        {
            "port": of(["string", "null"], "A port to play into, by name."),
            "virtual": of(["string", "null"], "Or the name of a port to make, which other programs can listen to."),
            "input": of(["string", "null"], "A port to listen to: keys, controllers, clock."),
            "clock": of(["string", "null"], "Whose time counts.", enum=[*CLOCKS, None]),
            "respond": of(
                ["integer", "string", "null"], "Answer what is played: after so many bars, or at each pause."
            ),
            "harmony": of("boolean", "Keep to the chord that was held last."),
            "with_seed": of("boolean", "Play the seed first."),
            "seed": of(["string", "null"], "The ID of a seed to go on from."),
            "options": of("object", 'Options of the table that have "live" in `where`, by name.'),
        }
    ),
)
TURN = Call(
    "POST",
    "/api/live/knobs",
    "Turn knobs; they act at the next bar.",
    turn,
    204,
    fields({**dict.fromkeys(KNOBS, of("number")), "style": of("string")}),
)
PRESS = Call(
    "POST",
    "/api/live/press",
    "Press a button.",
    press,
    204,
    fields(
        {"button": of("string", enum=[*BUTTONS]), "bars": of("integer", "Of again: how many are repeated.")}, ["button"]
    ),
)
CALLS = (
    Call("GET", "/api/ports", "List the MIDI ports of this machine.", get_ports),
    START,
    Call("DELETE", "/api/live", "Stop.", stop, 204),
    TURN,
    PRESS,
    Call("GET", "/api/live/take.mid", "Get what was sent so far.", get_take, gives="audio/midi"),
)
