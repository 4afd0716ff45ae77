"""The token of a store, from a person with a browser: asked for once, then kept as a cookie that no script can read."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from html import escape
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from otel_llmroute.store.web.pages import HEADERS

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

COOKIE: Final = "llmroute_session"
LASTS_S: Final = 7 * 86_400
MAX_FORM: Final = 4_000
"""Bytes of a form with a token."""
_FORM: Final = (Path(__file__).parent / "login.html").read_text(encoding="utf-8")


class Login:
    """ASGI middleware before a guard that has a token. Who has the cookie goes on to ``app``; a person who opens the
    page without it is asked for the token; everybody else meets ``guarded``. The files of the page, which hold no data,
    are for all."""

    def __init__(self, app: ASGIApp, guarded: ASGIApp, token: str, clock: Callable[[], float] = time.time) -> None:
        self._app = app
        self._guarded = guarded
        self._token = token
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._guarded(scope, receive, send)
            return
        request = Request(scope, receive)
        if scope["path"] == "/" and request.method == "POST":
            await (await self._entered(request))(scope, receive, send)
        elif scope["path"].startswith("/static/") or self._is_known(request):
            await self._app(scope, receive, send)
        elif scope["path"] == "/" and "authorization" not in request.headers:
            await _form("")(scope, receive, send)
        else:
            await self._guarded(scope, receive, send)

    async def _entered(self, request: Request) -> Response:
        """The way back to the page with the cookie, or the form again."""
        told = await _told_token(request)
        if told is None or not hmac.compare_digest(told.encode(), self._token.encode()):
            return _form("That is not the token of this store.")
        answer = RedirectResponse(f"./?{request.url.query}" if request.url.query else "./", 303)
        answer.set_cookie(
            COOKIE,
            session_of(self._token, int(self._clock()) + LASTS_S),
            max_age=LASTS_S,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer

    def _is_known(self, request: Request) -> bool:
        """Whether the request has a cookie of this store that still holds, and comes from no page but its own."""
        told = _cookie(request)
        until = told.partition(".")[0]
        if not until.isascii() or not until.isdigit() or not _is_own_origin(request):
            return False
        is_right = hmac.compare_digest(told.encode(), session_of(self._token, int(until)).encode())
        return is_right and int(until) > self._clock()


def session_of(token: str, until: int) -> str:
    """What a cookie holds: until when it is good, in seconds since 1970, signed with the token. It does not tell it."""
    return f"{until}.{hmac.new(token.encode(), f'page {until}'.encode(), 'sha256').hexdigest()}"


def _cookie(request: Request) -> str:
    try:
        morsel = SimpleCookie(request.headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value[:200] if morsel else ""


def _is_own_origin(request: Request) -> bool:
    """Pages at other ports of the same machine are of the same site for a browser, and send its cookies along."""
    origin = request.headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc == request.headers.get("host")
    except ValueError:
        return False


async def _told_token(request: Request) -> str | None:
    """The token in the form that was sent; ``None`` when there is none, or more than a token."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_FORM:
            return None
    values = parse_qs(body.decode("utf-8", "replace")).get("token", [])
    return values[0].strip() if len(values) == 1 else None


def _form(problem: str) -> Response:
    said = f'<p id="problem" class="trouble" role="alert">{escape(problem)}</p>' if problem else ""
    headers = {**HEADERS, "Cache-Control": "no-store"}
    return HTMLResponse(_FORM.replace("<!-- problem -->", said), 401, headers)
