"""The page itself: its HTML and what belongs to it, under headers that let it load nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC: Final = Path(__file__).parent / "static"
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def page_routes() -> list[BaseRoute]:
    """``/`` and ``/static``. No file has a version in its name, so a browser asks each time whether it changed."""

    files = StaticFiles(directory=STATIC)

    async def home(request: Request) -> Response:
        answer = await files.get_response("index.html", request.scope)
        answer.headers["Cache-Control"] = "no-cache"
        return answer

    static = GZipMiddleware(Headed(files, {"Cache-Control": "no-cache"}))
    return [Route("/", home), Mount("/static", static, name="static")]


class Headed:
    """ASGI middleware: ``headers`` on every answer that does not have them."""

    def __init__(self, app: ASGIApp, headers: dict[str, str]) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, headed)
