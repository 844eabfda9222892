"""The bodies of requests: never more of one in memory than is asked for."""

from starlette.requests import Request

from melodyrnn.errors import StudioError


def length_of(request: Request) -> int:
    """How many bytes the body of a request is said to have; 0 where that is not said."""
    said = request.headers.get("content-length", "")
    return int(said) if said.isdecimal() else 0


async def body_bytes(request: Request, most: int) -> bytes:
    """The body of a request. StudioError if it is longer than `most` bytes, or is said to be."""
    if length_of(request) > most:
        raise too_large(most)
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > most:
            raise too_large(most)
    return bytes(data)


def too_large(most: int) -> StudioError:
    """The error for a body that is too long."""
    size = f"{most // 1_000_000} MB" if most >= 1_000_000 else f"{most} bytes"
    return StudioError(f"too much is sent: at most {size} at once", 413)
