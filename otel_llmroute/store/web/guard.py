"""Who may talk to the store over HTTP: with a token whoever has it, without one only this machine."""

from __future__ import annotations

import hmac
import ipaddress
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers
from starlette.responses import JSONResponse

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


class Guard:
    """ASGI middleware. Without a token the ``Host`` header must name this machine: a page of another site that points
    its own name at 127.0.0.1 is turned away."""

    def __init__(self, app: ASGIApp, token: str | None = None) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (refusal := self._refusal(Headers(scope=scope))):
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refusal(self, headers: Headers) -> JSONResponse | None:
        if self._token is not None:
            sent = headers.get("authorization", "").encode("latin-1")
            if hmac.compare_digest(sent, f"Bearer {self._token}".encode()):
                return None
            return _error(
                401, "the token is missing or wrong", "LLMROUTE_TOKEN, or the header Authorization: Bearer ..."
            )
        if is_loopback(host_of(headers.get("host", ""))):
            return None
        return _error(403, "the Host header does not name this machine", "http://127.0.0.1")


def _error(status: int, message: str, hint: str) -> JSONResponse:
    return JSONResponse({"error": {"kind": "StoreError", "message": message, "hint": hint}}, status)
