"""Who may talk to the store over HTTP: with a token whoever has it, without one only this machine."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response

from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.web.bodies import error_told, response_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches ``host``."""
    if host in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(header: str) -> str:
    """The host in a ``Host`` header, without port and brackets."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.rpartition(":")[0] if header.count(":") == 1 else header


def bearer(scope: Scope) -> Iterable[str]:
    """The token in ``Authorization: Bearer ...``."""
    kind, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
    return (token,) if kind == "Bearer" else ()


def json_refusal(status: int, message: str, hint: str) -> Response:
    """A refusal in the shape of every error of the web port."""
    return response_of(error_told(StoreError.__name__, message, hint), status)


class Guard:
    """ASGI middleware. Without a token the ``Host`` header must name this machine: a page of another site that points
    its own name at 127.0.0.1 is turned away. So is one that sends from the browser of this machine (``Origin``).

    ``sent`` gives the tokens that a request brings, ``refusal`` makes the answer of a status, message and hint.
    """

    def __init__(
        self,
        app: ASGIApp,
        token: str | None = None,
        sent: Callable[[Scope], Iterable[str]] = bearer,
        refusal: Callable[[int, str, str], Response] = json_refusal,
    ) -> None:
        self._app = app
        self._token = token
        self._sent = sent
        self._refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (why := self._why_not(scope)):
            await self._refusal(*why)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _why_not(self, scope: Scope) -> tuple[int, str, str] | None:
        """Status, message and hint of a refusal; ``None`` when the request may pass."""
        if self._token is not None:
            # All are compared, each in the same time however much of it is right.
            right = [hmac.compare_digest(sent.encode(), self._token.encode()) for sent in self._sent(scope)]
            hint = "LLMROUTE_TOKEN, or the header Authorization: Bearer ..."
            return None if any(right) else (401, "the token is missing or wrong", hint)
        headers = Headers(scope=scope)
        if not is_loopback(host_of(headers.get("host", ""))):
            return 403, "the Host header does not name this machine", "http://127.0.0.1"
        if not _is_local_origin(headers.get("origin")):
            return 403, "a page of another site sent this", "http://127.0.0.1"
        return None


def _is_local_origin(origin: str | None) -> bool:
    """Whether a request comes from a page of this machine, or from no page at all."""
    if origin is None:
        return True
    try:
        return is_loopback(urlsplit(origin).hostname or "")
    except ValueError:
        return False
