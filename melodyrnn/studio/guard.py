"""The guard at the door: who may ask, and what a browser may do with the answer.

A page of another site can send requests to this machine. So each request must name this server as its host, which a
name that an attacker points at this machine does not, and, if it comes from a page, come from this server's own. Where
others can reach the server it asks for a token too.
"""

import hmac
from collections.abc import Collection
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import JSONResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "melodyrnn_token"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


class Guard:
    """Lets a request through to `app`, or answers 403. `hosts`: what it may name as its host; None with a token.

    A link with `?token=` leaves the token in a cookie, which no other page can make a browser send.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str] | None, token: str | None) -> None:
        self._app, self._hosts, self._token = app, hosts, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = QueryParams(scope["query_string"]).get("token")
        reason = self._refusal(headers, given)
        if scope["type"] == "websocket":
            if reason:
                await receive()
                await send({"type": "websocket.close", "code": 1008, "reason": reason})
            else:
                await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        if reason:
            await JSONResponse({"error": reason}, 403)(scope, receive, send_guarded)
        elif self._token and given is not None:
            answer = RedirectResponse("/", 303)
            answer.set_cookie(COOKIE, self._token, httponly=True, samesite="strict")
            await answer(scope, receive, send_guarded)
        else:
            await self._app(scope, receive, send_guarded)

    def _refusal(self, headers: Headers, given: str | None) -> str:
        """Why a request is refused; "" if it is not."""
        host, origin = headers.get("host", ""), headers.get("origin")
        if self._hosts is not None and host not in self._hosts:
            return "this server is known by another name: use the link that it prints"
        if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
            return "a page of another site may not ask"
        if self._token and not any(_same(text, self._token) for text in (given, *_tokens(headers))):
            return "the token is missing or wrong: use the link that the server prints"
        return ""


def _tokens(headers: Headers) -> list[str | None]:
    """The tokens that a request brings along."""
    cookie: SimpleCookie = SimpleCookie()
    try:
        cookie.load(headers.get("cookie", ""))
    except CookieError:
        cookie.clear()
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    return [bearer if scheme.lower() == "bearer" else None, cookie[COOKIE].value if COOKIE in cookie else None]


def _same(given: str | None, token: str) -> bool:
    return given is not None and hmac.compare_digest(given.encode(), token.encode())
